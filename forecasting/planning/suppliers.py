"""Orders that products of one supplier share: when the supplier is ordered from at all, and who joins then.

A can-order policy (Silver 1976): whoever falls short makes the order due; products that would fall short before the
next joint order join, since an order of their own would cost more than holding them for a while. The base cycle and how
long each product's part lasts come from joint.py. An order waits while what it saves is less than what all cycles
cost per review, since waiting puts off every later order, too (renewal reward).
"""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.choices import Choices
from forecasting.planning.figures import Figures
from forecasting.planning.joint import joint_replenishment
from forecasting.planning.lots import Grid
from forecasting.planning.results import SupplierOrder
from forecasting.planning.types import Floats, Ints, ItemTerms, Suppliers
from forecasting.words import Said, say

LONGEST = 52.0  # reviews that a product's part of a joint order may last
TOP_UP = 1.25 ** np.arange(-4, 14)  # reviews of cover tried to reach a supplier's least order


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Joint orders of n products: cycle, periods between them (0 = none), cover, periods that a product's part lasts;
    worth: what an order of its supplier must save to be placed now; float64 (n,).
    """

    cycle: Floats
    cover: Floats
    worth: Floats


def rhythm(terms: ItemTerms, choices: Choices, rate: Floats, review: Floats) -> Rhythm:
    """Find how often each supplier with a cost per order is best ordered from; rate per period, review in periods."""
    cycle, cover, worth = (np.zeros(len(rate)) for _ in range(3))
    for code, shared in _costly(terms.suppliers):
        rows = np.flatnonzero((terms.supplier == code) & (choices.holding > 0) & (rate > 1e-9) & ~terms.discontinued)
        if not rows.size:
            continue
        found = joint_replenishment(
            shared_cost=shared, line_cost=choices.fixed[rows], holding_cost=choices.holding[rows], demand=rate[rows]
        )
        every = float(np.median(review[rows]))
        cycle[rows] = np.maximum(found.cycle, review[rows])
        cover[rows] = np.minimum(np.maximum(found.cycle * found.multiples, review[rows]), LONGEST * review[rows])
        worth[rows] = min(shared, found.cost * every)
    return Rhythm(cycle, cover, worth)


def _costly(suppliers: Suppliers | None) -> list[tuple[int, float]]:
    costs = [] if suppliers is None else suppliers.order_cost.tolist()
    return [(code, cost) for code, cost in enumerate(costs) if cost > 0]


@dataclass(frozen=True, slots=True)
class Shared:
    """What sharing changes: units (n,) more or less than on their own; told: sentences by row."""

    change: Floats
    told: dict[int, Said]


def shared(terms: ItemTerms, choices: Choices, found: Figures, beat: Rhythm) -> Shared:
    """Decide supplier by supplier: order jointly, wait, or top up to the supplier's least order."""
    change, told = np.zeros(len(found.order)), dict[int, Said]()
    if terms.suppliers is None:
        return Shared(change, told)
    for code in np.unique(terms.supplier[terms.supplier >= 0]).tolist():
        rows = np.flatnonzero((terms.supplier == code) & ~np.isnan(found.order) & ~terms.discontinued)
        units = _together(rows, choices, found, beat, told) if beat.cycle[rows].any() else found.order[rows]
        units = _least(terms, choices, found, (code, rows, units), told)
        change[rows] = units - found.order[rows]
    return Shared(change, told)


def _together(rows: Ints, choices: Choices, found: Figures, beat: Rhythm, told: dict[int, Said]) -> Floats:
    own = found.order[rows]
    due = rows[own > 0]
    if not due.size:
        return own
    saves = float((found.idle[due] - found.cost[due])[choices.economic[due]].sum())
    if choices.economic[due].all() and saves < beat.worth[rows].max():
        values = {"saves": round(saves, 2), "worth": round(float(beat.worth[rows].max()), 2)}
        for row in due.tolist():
            told[row] = say(
                "Waits: ordering from this supplier now saves %(saves)g, less than the %(worth)g that an order costs "
                "per review.",
                **values,
            )
        return np.zeros_like(own)
    for row in rows[(own == 0) & (found.shared[rows] > 0)].tolist():
        told[row] = say("Joins since the supplier is ordered from anyway: an order of its own would cost more.")
    return found.shared[rows]


def _least(
    terms: ItemTerms, choices: Choices, found: Figures, mine: tuple[int, Ints, Floats], told: dict[int, Said]
) -> Floats:
    """Top an order up to the supplier's least value and units, or wait where that costs more."""
    code, rows, units = mine
    if terms.suppliers is None or not (units > 0).any() or not _below(terms, code, rows, units):
        return units
    grid = Grid(choices.pack[rows], choices.lot[rows])
    free = (found.unworthy[rows] == 0) & np.isnan(terms.shelf_life_days[rows]) & np.isnan(terms.storage_units[rows])
    for reviews in TOP_UP:
        need = found.need[rows] + found.rate[rows] * reviews * np.maximum(found.rate[rows] > 0, 0)
        more = np.maximum(units, np.where(free, grid.up(np.maximum(need, 0)), 0))
        if not _below(terms, code, rows, more):
            return _worthwhile(choices, found, (rows, units, more), float(reviews), told)
    return units


def _worthwhile(
    choices: Choices, found: Figures, sizes: tuple[Ints, Floats, Floats], reviews: float, told: dict[int, Said]
) -> Floats:
    rows, units, more = sizes
    holds = float(np.nansum(choices.holding[rows] * (more - units)) * reviews / 2)
    due = rows[units > 0]
    saves = float(np.nansum(found.idle[due] - found.cost[due]))
    if choices.economic[due].all() and holds > saves:
        for row in due.tolist():
            told[row] = say("Waits: topping up to the supplier's least order costs more than waiting.")
        return np.zeros_like(units)
    for row in rows[more > units].tolist():
        told[row] = say("Topped up so that the supplier's least order is reached.")
    return more


def _below(terms: ItemTerms, code: int, rows: Ints, units: Floats) -> Said | None:
    """Say by how much an order misses what the supplier accepts; None when it does not."""
    if terms.suppliers is None:
        return None
    value, total = float((terms.unit_cost[rows] * units)[units > 0].sum()), float(units.sum())
    least_value, least_units = float(terms.suppliers.least_value[code]), float(terms.suppliers.least_units[code])
    if total < least_units:
        return say(
            "%(n)g unit short of the supplier's least order of %(least)g."
            if least_units - total == 1
            else "%(n)g units short of the supplier's least order of %(least)g.",
            n=least_units - total,
            least=least_units,
        )
    if value < least_value:
        short = round(least_value - value, 2)
        return say("%(n)g short of the supplier's least order value of %(least)g.", n=short, least=least_value)
    return None


def supplier_orders(terms: ItemTerms, choices: Choices, order: Floats, joined: Ints) -> tuple[SupplierOrder, ...]:
    """Sum the orders up by supplier; order (n,), joined: rows that joined."""
    found = []
    ordered = np.nan_to_num(order) > 0
    for code in np.unique(terms.supplier[ordered & (terms.supplier >= 0)]).tolist():
        rows = np.flatnonzero(ordered & (terms.supplier == code))
        fixed = 0.0 if terms.suppliers is None else float(np.nan_to_num(terms.suppliers.order_cost[code]))
        found.append(
            SupplierOrder(
                supplier=code,
                rows=tuple(rows.tolist()),
                joined=tuple(np.intersect1d(rows, joined).tolist()),
                units=float(order[rows].sum()),
                value=float((order[rows] * terms.unit_cost[rows]).sum()),
                cost=fixed + float(choices.fixed[rows].sum()),
                below=_below(terms, code, rows, order[rows]),
            )
        )
    return tuple(found)
