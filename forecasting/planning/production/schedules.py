"""From requirements to a schedule that can be worked, and what the orders that do not fit will cost."""

from dataclasses import dataclass, replace

import numpy as np

from forecasting.planning.production.bills import Bill, low_level_codes
from forecasting.planning.production.capacity import TINY, Capacity, Jobs, level
from forecasting.planning.production.requirements import Items, Requirements, served
from forecasting.planning.types import Floats, Ints


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

    An order can begin when all its components are there. Two schedules are made, and the one with the smaller sum of
    weight x weeks late over what customers buy is taken: all orders of a level together, or week of due by week of due
    and within each week level by level. Sales are lost when units are missing at the pace of customers' demand beyond
    the safety stock: in each week from the due one, min(demand, missing) uses up the safety stock first.
    """
    tries = [_Try(bill, items, required, works, capacity) for _ in range(2)]
    for one, by_week in zip(tries, (True, False), strict=True):
        one.place(by_week=by_week)
    best = min(tries, key=lambda one: one.cost)
    capacity.free = best.capacity.free
    return best.schedule()


class _Try:
    """One way to place the orders; the state of the works while they fill up."""

    def __init__(self, bill: Bill, items: Items, required: Requirements, works: Works, capacity: Capacity) -> None:
        self.bill, self.items, self.required, self.works = bill, items, required, works
        self.codes = low_level_codes(bill)
        self.capacity = Capacity(capacity.minutes)
        self.made = np.zeros((len(required.orders), items.weeks))
        self.met: list[tuple[float, int]] = [(0.0, 0)] * len(required.needs)
        self.found: list[Consequence | None] = [None] * len(required.orders)
        self.load, self.wanted = np.zeros_like(capacity.minutes), np.zeros_like(capacity.minutes)
        self.cost = 0.0
        for row in np.flatnonzero(bill.is_component).tolist():
            _serve(items, required, row, self.made, self.met)

    def place(self, *, by_week: bool) -> None:
        """Place all orders in groups: components first, and, by_week, what is due earlier before all that is later.

        An order's turn comes when its components could be there if the works had no limit, so that those that go into
        it have had theirs.
        """
        groups: dict[tuple[int, int], list[int]] = {}
        turns = self._turns() if by_week else [0] * len(self.required.orders)
        for k, order in enumerate(self.required.orders):
            if self.items.made[order.item]:
                groups.setdefault((turns[k], -int(self.codes[order.item])), []).append(k)
        for key in sorted(groups):
            self._group(groups[key])

    def _turns(self) -> list[int]:
        met = list(self.met)
        for row in np.flatnonzero(self.bill.is_component).tolist():
            _serve(self.items, self.required, row, None, met)
        turns = [order.due for order in self.required.orders]
        for need, (_short, ready) in zip(self.required.needs, met, strict=True):
            if need.order >= 0:
                order = self.required.orders[need.order]
                turns[need.order] = max(turns[need.order], ready + order.due - order.week)
        return turns

    def _group(self, mine: list[int]) -> None:
        jobs = _jobs(self.items, self.required, self.works, mine, self.met)
        placed = level(jobs, self.capacity)
        self.load += placed.load(jobs)
        last = self.items.weeks - 1
        for at, k in enumerate(mine):
            row = self.required.orders[k].item
            self.made[k] = placed.units[at]
            self.wanted[:, min(int(jobs.due[at]), last)] += jobs.minutes[at] * jobs.units[at] + jobs.setup[at]
            told = _consequence(last + 1, jobs, at, self.made[k])
            self.found[k] = told
            if bool(self.items.demand[row].any()):
                late = np.maximum(np.arange(last + 1) - told.due, 0)
                self.cost += float(jobs.weight[at] * (self.made[k] @ late + told.unmade * told.late_weeks))
        for row in sorted({self.required.orders[k].item for k in mine}):
            if self.bill.is_component[row]:
                _serve(self.items, self.required, row, self.made, self.met)

    def schedule(self) -> Schedule:
        """Return what came of it, with the sales that are missed by it."""
        told = {k: one for k, one in enumerate(self.found) if one is not None}
        for row in sorted({self.required.orders[k].item for k in told}):
            mine = [k for k in told if self.required.orders[k].item == row]
            units = np.array([self.required.orders[k].units for k in mine], np.float64)
            due = np.array([told[k].due for k in mine], np.int64)
            lost = lost_units(self.made[mine], units, due, self.items.demand[row], float(self.items.safety[row]))
            for k, missed in zip(mine, lost.tolist(), strict=True):
                self.found[k] = replace(told[k], lost_units=missed)
        return Schedule(self.made, tuple(self.found), tuple(self.met), self.load, self.wanted)


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


def _serve(items: Items, required: Requirements, row: int, made: Floats | None, met: list[tuple[float, int]]) -> None:
    """Give one component to those who need it: what the works make when they make it, else as it is due (None)."""
    arrivals = items.receipts[row].astype(np.float64)
    for k, order in enumerate(required.orders):
        if order.item == row and items.made[row] and made is not None:
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


def _consequence(weeks: int, jobs: Jobs, at: int, made: Floats) -> Consequence:
    due, units = int(jobs.due[at]), float(jobs.units[at])
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
    )


def lost_units(made: Floats, units: Floats, due: Ints, demand: Floats, safety: float) -> Floats:
    """Expect the customers' units missed because k orders of one product are late, float64 (k,).

    made: (k, W). units, due: (k,). demand: (W,). In week t customers ask for units that orders due before t have not
    brought by then, the order due first first: the safety stock gives them until it is used up, the rest is missed. Of
    each order no more can be asked for than was missing when it was due, and nobody asks twice.
    """
    missing = units[:, None] - np.cumsum(made, axis=1)
    asked, lost, cushion = np.zeros(len(units)), np.zeros(len(units)), safety
    turn = np.lexsort((np.arange(len(units)), due)).tolist()
    for week in range(1, made.shape[1]):
        left = float(demand[week])
        for k in turn:
            if due[k] >= week:
                break
            at_due = float(missing[k, min(int(due[k]), made.shape[1] - 1)])
            gap = max(min(left, float(missing[k, week - 1]), at_due - asked[k]), 0.0)
            saved = min(gap, cushion)
            asked[k], lost[k] = asked[k] + gap, lost[k] + gap - saved
            left, cushion = left - gap, cushion - saved
    return lost
