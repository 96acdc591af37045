"""Levelling: production orders onto the minutes that each work centre really has in each week."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from forecasting.planning.types import Floats, Ints

TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Jobs:
    """k production orders: float64 (k,) unless told otherwise.

    units. ready: int, first week in which it can be made. due: int, last week in which it is on time. weight: what a
    unit that is a week late costs, in any one measure. minutes, setup: (k, c), per unit and per week in which the order
    is on at a work centre; an order takes all its work centres in the same week.
    """

    units: Floats
    ready: Ints
    due: Ints
    weight: Floats
    minutes: Floats
    setup: Floats


@dataclass(frozen=True, slots=True)
class Levelled:
    """units: (k, W) made in each week; left: (k,) units that no week has room for. cost: sum of weight x weeks late."""

    units: Floats
    left: Floats
    cost: float

    def load(self, jobs: Jobs) -> Floats:
        """Sum the minutes of each work centre and week, (c, W)."""
        on = (self.units > TINY).astype(np.float64)
        return np.asarray(jobs.minutes.T @ self.units + jobs.setup.T @ on)


class Capacity:
    """The minutes that are still free at c work centres in W weeks; levelling takes them away."""

    def __init__(self, minutes: Floats) -> None:
        self.minutes = np.array(minutes, np.float64)
        self.free = self.minutes.copy()

    @classmethod
    def of(
        cls, weekly: Iterable[float], changes: Iterable[tuple[int, date, date, float]], *, start: date, weeks: int
    ) -> "Capacity":
        """Spread weekly minutes over the weeks from `start`; changes are (centre, first day, last day, minutes a week).

        The minutes of a week lie on its Mondays to Fridays, a fifth each, so that a holiday takes a fifth and a closed
        week takes all. Of two changes of one day the smaller holds.
        """
        usual = np.array(list(weekly), np.float64)
        changed = np.full((len(usual), weeks * 7), np.inf)
        for centre, first, last, minutes in changes:
            days = slice(max((first - start).days, 0), max((last - start).days + 1, 0))
            changed[centre, days] = np.minimum(changed[centre, days], minutes)
        each = np.where(np.isinf(changed), usual[:, None], changed) / 5
        works = np.array([(start + timedelta(days=day)).weekday() < 5 for day in range(weeks * 7)])
        return cls((each * works).reshape(len(usual), weeks, 7).sum(axis=2))

    @property
    def weeks(self) -> int:
        """Count the weeks."""
        return int(self.minutes.shape[1])


def level(jobs: Jobs, capacity: Capacity) -> Levelled:
    """Place the orders, and take their minutes off the free ones; the same input gives the same schedule.

    Each order goes as late as its due week allows, forward into earlier weeks as far as these have room, and what does
    not fit then into later weeks. Four such schedules are made and the cheapest is taken, the first of equals: orders
    by due week (earliest due date, which meets all due weeks whenever that is possible with equal ready weeks and no
    setup) or by weight per minute, each keeping orders together in one week where it can, or not.
    """
    minutes = jobs.minutes.sum(axis=1)
    dear = jobs.weight / np.maximum(minutes, TINY)
    rows = np.arange(len(jobs.units))
    turns = (np.lexsort((rows, -dear, jobs.due)), np.lexsort((rows, jobs.due, -dear)))
    tries = []
    for turn in turns:
        for together in (True, False):
            free = capacity.free.copy()
            tries.append((_placed(jobs, free, turn.tolist(), together=together), free))
    best, free = tries[0]
    for found, left in tries[1:]:
        if found.cost < best.cost - TINY:
            best, free = found, left
    capacity.free = free
    return best


def _placed(jobs: Jobs, free: Floats, turn: list[int], *, together: bool) -> Levelled:
    weeks = free.shape[1]
    units = np.zeros((len(jobs.units), weeks))
    left = jobs.units.astype(np.float64)
    cost = 0.0
    for row in turn:
        first, due = int(jobs.ready[row]), int(jobs.due[row])
        on_time = range(min(due, weeks - 1), first - 1, -1)
        if together:
            whole = next((week for week in on_time if _room(jobs, row, free[:, week]) >= left[row] - TINY), None)
            on_time_first = [] if whole is None else [whole]
        else:
            on_time_first = []
        for week in (*on_time_first, *on_time, *range(max(first, due + 1), weeks)):
            if left[row] <= TINY:
                break
            if units[row, week] > 0:
                continue
            fits = min(_room(jobs, row, free[:, week]), float(left[row]))
            if fits > TINY:
                units[row, week] = fits
                left[row] -= fits
                free[:, week] -= jobs.minutes[row] * fits + jobs.setup[row]
        late = np.maximum(np.arange(weeks) - due, 0)
        cost += float(jobs.weight[row] * (units[row] @ late + left[row] * max(weeks - due, 1)))
    left[left <= TINY] = 0.0
    return Levelled(units, left, cost)


def _room(jobs: Jobs, row: int, free: Floats) -> float:
    """Return how many units of an order fit into a week: whole ones, or all that there are."""
    over = free - jobs.setup[row]
    if bool((over < -TINY).any()):
        return 0.0
    busy = jobs.minutes[row] > 0
    if not bool(busy.any()):
        return float("inf")
    most = float((np.maximum(over[busy], 0.0) / jobs.minutes[row][busy]).min())
    return most if most >= jobs.units[row] - TINY else float(np.floor(most + TINY))
