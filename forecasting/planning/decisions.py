"""What is decided across products, each planned on its own before: ends, joint orders, steadiness, the budget."""

from dataclasses import dataclass, field

import numpy as np

from forecasting.planning import successors
from forecasting.planning.assembly import Decided, Whole
from forecasting.planning.budget import Ladder, Purchase, curve, spend
from forecasting.planning.figures import Figures
from forecasting.planning.lots import Grid
from forecasting.planning.results import Curve
from forecasting.planning.sizing import paid, price_breaks
from forecasting.planning.suppliers import shared
from forecasting.planning.types import Floats
from forecasting.words import Said

TENTH = 0.1


@dataclass(slots=True)
class _Orders:
    """Orders on their way to the plan: units (n,), and what each decision changed, by kind."""

    units: Floats
    changes: dict[str, Floats] = field(default_factory=dict)

    def become(self, kind: str, units: Floats) -> None:
        """Note what a decision changes."""
        self.changes[kind] = units - self.units
        self.units = units


def decided_units(whole: Whole) -> Floats:
    """Return the orders after ends and joint orders, units (n,)."""
    return _joint(whole)[0].units


def decide(whole: Whole, budget: float | None, previous: Floats | None) -> Decided:
    """Decide about all products together; the later decision sees what the earlier one left."""
    orders, told = _joint(whole)
    found = whole.figures
    joined = np.flatnonzero((np.nan_to_num(found.order) == 0) & (np.nan_to_num(orders.units) > 0))
    if previous is not None:
        orders.become("steady", _steady(whole, orders.units, previous))
    unit_cost = paid(whole.terms.unit_cost, price_breaks(whole.terms.breaks, whole.terms.unit_cost), orders.units)
    offers = _offers(found, orders.units)
    weighed = found.rungs.shape[1] > 1
    bought = spend(offers, unit_cost, np.inf if budget is None else budget) if weighed else None
    if budget is not None and bought is not None:
        orders.become("budget", bought.units)
    cost, missed = (_at(found, orders.units, part) for part in ("cost", "missed"))
    return Decided(
        units=orders.units,
        changes=orders.changes,
        told=told,
        joined=joined,
        unit_cost=unit_cost,
        rank=np.zeros(len(cost), np.int64) if bought is None else bought.rank,
        curve=None if bought is None else _curve(found, bought, orders.units, unit_cost),
        cost=cost,
        missed=missed,
        capped=budget is not None,
    )


def _joint(whole: Whole) -> tuple[_Orders, dict[int, Said]]:
    orders = _Orders(whole.figures.order.copy())
    gone = successors.ended(whole.terms)
    if gone.any():
        orders.become("ended", np.where(gone, orders.units * 0, orders.units))
    found = whole.figures
    if whole.terms.suppliers is None:
        return orders, {}
    change = shared(whole.terms, whole.choices, found, whole.rhythm)
    if change.change.any():
        orders.become("shared", np.where(gone, orders.units, found.order + change.change))
    return orders, change.told


def _steady(whole: Whole, units: Floats, previous: Floats) -> Floats:
    """Keep what was proposed before where a change saves less than the policy's share of the order's cost.

    Near the best size that cost is small, and a unit more or less is noise: a tenth of what is paid counts at least.
    """
    found, choices = whole.figures, whole.choices
    slack = whole.policy.steady
    bill = TENTH * np.nan_to_num(units * whole.terms.unit_cost)
    allowed = Grid(choices.pack, choices.lot)
    now, before = _read(found, units, "cost"), _read(found, previous, "cost")
    saves = before - now <= slack * np.maximum(np.maximum(now, bill), 1e-9)
    enough = choices.economic | (previous >= found.need * (1 - slack))
    fits = np.abs(allowed.up(np.nan_to_num(previous)) - previous) < 1e-6
    limited = found.shelf + found.room < 0
    keep = ~np.isnan(previous) & (units > 0) & saves & enough & fits & ~limited & (previous != units)
    return np.where(keep, previous, units)


def _at(found: Figures, units: Floats, part: str) -> Floats:
    """Tell cost or missed units of orders: the product's own figure, moved by what its ladder says of the change."""
    own = getattr(found, part)
    if found.rungs.shape[1] < 2:
        return np.asarray(own)
    return np.asarray(own + _read(found, units, part) - _read(found, found.order, part))


def _read(found: Figures, units: Floats, part: str) -> Floats:
    """Read cost or missed units off the ladders, (n,)."""
    ladder = getattr(found, f"rung_{part}")
    return np.array([np.interp(u, x, y) for u, x, y in zip(units, found.rungs, ladder, strict=True)])


def _offers(found: Figures, units: Floats) -> Ladder:
    """Cut or stretch each ladder so that its top is the order decided on."""
    top = found.rungs[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        rungs = np.minimum(found.rungs, units[:, None])
    rungs[:, -1] = units
    rows = zip(rungs, found.rungs, found.rung_cost, found.rung_missed, strict=True)
    read = np.array([(np.interp(u, x, y), np.interp(u, x, z)) for u, x, y, z in rows]).reshape(len(units), 2, -1)
    cost, missed = read[:, 0], read[:, 1]
    same = (units[:, None] == top) | np.isnan(units[:, None])
    return Ladder(rungs, np.where(same, found.rung_cost, cost), np.where(same, found.rung_missed, missed))


def _curve(found: Figures, bought: Purchase, units: Floats, unit_cost: Floats) -> Curve:
    weighed = ~np.isnan(bought.units)
    demand, before = (float(np.nansum(x[weighed])) for x in (found.demand, found.missed_before))
    spent = float(np.nansum((units * unit_cost)[weighed]))
    return curve(bought, demand, before + float(np.nansum(found.missed_idle[weighed])), spent)
