"""From requirements to a schedule that can be worked, and what the orders that do not fit will cost."""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.production.bills import Bill, low_level_codes
from forecasting.planning.production.capacity import TINY, Capacity, Jobs, level
from forecasting.planning.production.requirements import Items, Requirements, served
from forecasting.planning.types import Floats


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes of one order; weeks are numbers, None = not within the weeks.

    start, finish: first and last week in which it is made. due: last week in which it is on time. ready: week in which
    all its components are there. late_units: made after due; unmade: in no week. late_weeks: of its last unit, until
    the end of the weeks for what is not made. lost_units: customers' units expected to be missed by that.
    """

    start: int | None
    finish: int | None
    due: int
    ready: int
    late_units: float = 0.0
    unmade: float = 0.0
    late_weeks: int = 0
    lost_units: float = 0.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """made: (k, W) units of each order of the requirements by week, 0 for what is bought. met: of each need, units
    short as its week opens, and the week in which all is there. load, wanted: (c, W) minutes, as scheduled and
    as due dates alone would want them.
    """

    made: Floats
    consequences: tuple[Consequence | None, ...]
    met: tuple[tuple[float, int], ...]
    load: Floats
    wanted: Floats


@dataclass(frozen=True, slots=True)
class Works:
    """What making takes.

    minutes, setup: (n, c), per unit of an item and per week in which it is made. weight: (n,), of a unit a week late.
    """

    minutes: Floats
    setup: Floats
    weight: Floats


def schedule(bill: Bill, items: Items, required: Requirements, works: Works, capacity: Capacity) -> Schedule:
    """Place all orders of what is made, components before what they go into, and tell what comes too late.

    An order can begin when all its components are there. Sales are lost when units are missing at the pace of
    customers' demand beyond the safety stock: in each week from the due one,
    min(demand, missing) uses up the safety stock first.
    """
    codes = low_level_codes(bill)
    weeks, orders = items.weeks, required.orders
    made = np.zeros((len(orders), weeks))
    met: list[tuple[float, int]] = [(0.0, 0)] * len(required.needs)
    found: list[Consequence | None] = [None] * len(orders)
    load, wanted = np.zeros_like(capacity.minutes), np.zeros_like(capacity.minutes)
    for code in range(int(codes.max(initial=0)), -1, -1):
        mine = [k for k, order in enumerate(orders) if codes[order.item] == code and items.made[order.item]]
        jobs = _jobs(items, required, works, mine, met)
        placed = level(jobs, capacity)
        load += placed.load(jobs)
        for at, k in enumerate(mine):
            made[k] = placed.units[at]
            wanted[:, min(int(jobs.due[at]), weeks - 1)] += jobs.minutes[at] * jobs.units[at] + jobs.setup[at]
            found[k] = _consequence(items, orders[k].item, jobs, at, made[k])
        for row in np.flatnonzero((codes == code) & bill.is_component).tolist():
            _serve(items, required, row, made, met)
    return Schedule(made, tuple(found), tuple(met), load, wanted)


def _jobs(items: Items, required: Requirements, works: Works, mine: list[int], met: list[tuple[float, int]]) -> Jobs:
    orders = [required.orders[k] for k in mine]
    ready = dict.fromkeys(mine, 0)
    for need, (_short, week) in zip(required.needs, met, strict=True):
        if need.order in ready:
            ready[need.order] = max(ready[need.order], week)
    rows = np.array([order.item for order in orders], np.int64)
    return Jobs(
        units=np.array([order.units for order in orders], np.float64),
        ready=np.array([ready[k] for k in mine], np.int64),
        due=np.array([max(order.due - 1, order.week) for order in orders], np.int64),
        weight=works.weight[rows],
        minutes=works.minutes[rows],
        setup=works.setup[rows],
    )


def _serve(items: Items, required: Requirements, row: int, made: Floats, met: list[tuple[float, int]]) -> None:
    """Give one component to those who need it, now that it is known when it comes."""
    arrivals = items.receipts[row].astype(np.float64)
    for k, order in enumerate(required.orders):
        if order.item == row and items.made[row]:
            later = 1 if items.lead[row] > 0 else 0
            arrivals[later:] += made[k, : items.weeks - later]
        elif order.item == row and order.due < items.weeks:
            arrivals[order.due] += order.units
    at = [i for i, need in enumerate(required.needs) if need.component == row]
    answers = served(
        [required.needs[i] for i in at], on_hand=float(items.on_hand[row]), arrivals=arrivals, demand=items.demand[row]
    )
    for i, answer in zip(at, answers, strict=True):
        met[i] = answer


def _consequence(items: Items, row: int, jobs: Jobs, at: int, made: Floats) -> Consequence:
    weeks, due, units = items.weeks, int(jobs.due[at]), float(jobs.units[at])
    on = np.flatnonzero(made > TINY)
    unmade = float(units - made.sum())
    unmade = unmade if unmade > TINY else 0.0
    late = float(made[due + 1 :].sum())
    finish = int(on[-1]) if len(on) and not unmade else None
    last = weeks if unmade else int(on[-1]) if len(on) else due
    return Consequence(
        start=int(on[0]) if len(on) else None,
        finish=finish,
        due=due,
        ready=int(jobs.ready[at]),
        late_units=late,
        unmade=unmade,
        late_weeks=max(last - due, 0) if late or unmade else 0,
        lost_units=lost_units(made, units, due, items.demand[row], float(items.safety[row])),
    )


def lost_units(made: Floats, units: float, due: int, demand: Floats, safety: float) -> float:
    """Expect the customers' units missed because an order is late; made, demand: (W,).

    In week t > due the units still missing are M_t = units - made until t - 1; customers miss min(demand_t, M_t) as
    soon as the safety stock is used up, and at most what was missing when it was due.
    """
    missing = units - np.cumsum(made)
    lost, cushion = 0.0, safety
    for week in range(due + 1, len(made)):
        gap = min(float(demand[week]), max(float(missing[week - 1]), 0.0))
        lost += max(gap - cushion, 0.0)
        cushion = max(cushion - gap, 0.0)
    return min(lost, max(float(missing[due]), 0.0)) if due < len(made) else 0.0
