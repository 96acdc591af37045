"""What components keep against the forecast errors of what they go into.

The stock of what is made protects customers only while its components are there. Orders of what is made follow its
demand, so a component meets that demand, exploded: it keeps the error of the sum over its own lead time and review, as
every stage does that promises to deliver at once (Graves & Willems 2000, service times of 0).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.planning.production.bills import Bill, Flags, low_level_codes
from forecasting.planning.types import Floats, Ints

Paths = Callable[[Ints], Floats]


@dataclass(frozen=True, slots=True)
class Waits:
    """How long n components are waited for, float64 (n,) days: lead time, its spread, review; period: days of one."""

    lead: Floats
    spread: Floats
    review: Floats
    period: float


def goes_into(bill: Bill, made: Flags) -> list[dict[int, float]]:
    """List for each item what it goes into on all levels, and the units of it in one of those."""
    found: list[dict[int, float]] = [{} for _ in range(bill.n)]
    under = bill.under()
    for parent in np.argsort(low_level_codes(bill), kind="stable").tolist():
        for component, quantity in under[parent] if made[parent] else ():
            for above, units in [(parent, 1.0), *found[parent].items()]:
                found[component][above] = found[component].get(above, 0.0) + units * quantity
    return found


def buffers(bill: Bill, made: Flags, waits: Waits, paths: Paths, level: Floats, seed: int = 0) -> Floats:
    """Return the safety stock of each component, (n,); 0 for what goes into nothing that is made.

    Q_level(sum of demand over lead time and review) - mean, of its own demand and of all that it goes into.
    paths(rows): demand of some items on m sample paths, float64 (rows, m, periods). level (n,): chance to be there.
    """
    above, keeps = goes_into(bill, made), np.zeros(bill.n)
    for row in range(bill.n):
        if not above[row] or np.isnan(waits.lead[row]):
            continue
        rows = np.array([row, *above[row]], np.int64)
        units = np.array([1.0, *above[row].values()])
        demand = np.einsum("r,rmp->mp", units, paths(rows))
        chance = np.random.default_rng([seed, 76, row]).standard_normal(len(demand))
        took = np.maximum(waits.lead[row] + np.nan_to_num(waits.spread[row]) * chance, 0) + waits.review[row]
        usual = np.full(len(demand), waits.lead[row] + waits.review[row])
        total = _until(demand, took / waits.period)
        keeps[row] = max(np.quantile(total, level[row]) - _until(demand, usual / waits.period).mean(), 0.0)
    return keeps


def _until(demand: Floats, periods: Floats) -> Floats:
    """Sum the demand of each path until so many periods from now, (m,); beyond the last it goes on at its mean."""
    whole = np.concatenate([np.zeros((len(demand), 1)), np.cumsum(demand, axis=1)], axis=1)
    last = demand.shape[1]
    inside = np.minimum(periods, last)
    at = np.minimum(inside.astype(np.int64), last - 1)
    path = np.arange(len(demand))
    found = whole[path, at] + (inside - at) * demand[path, at]
    return np.asarray(found + (periods - inside) * whole[:, -1] / last)
