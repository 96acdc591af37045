"""Net requirements by weeks: gross - on hand - scheduled -> lot -> offset by the lead time, level by level, pegged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from forecasting.planning.production.bills import Bill, Flags, low_level_codes
from forecasting.planning.types import Floats, Ints

LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Need:
    """Units of a component that an order takes from the shelf as its week opens; order -1: one that runs already."""

    order: int
    component: int
    week: int
    units: float


@dataclass(frozen=True, slots=True)
class Items:
    """Supply and demand of n items over W weeks; week w opens 7 w days after the plan's day, units float64.

    demand: (n, W) mean demand of customers. on_hand: (n,). receipts: (n, W) what is on its way, there as a week opens.
    safety: (n,) stock that is kept. proposed: (n,) what the stock plan releases in week 0. least, pack: (n,) lots, 0 =
    none (then whole units). lead: int (n,) weeks from release to shelf. cover: int (n,) weeks that an order lasts for.
    made: bool (n,), in the own works. running: needs of orders on their way that have not begun.
    """

    demand: Floats
    on_hand: Floats
    receipts: Floats
    safety: Floats
    proposed: Floats
    least: Floats
    pack: Floats
    lead: Ints
    cover: Ints
    made: Flags
    running: tuple[Need, ...] = ()

    @property
    def weeks(self) -> int:
        """Count the weeks."""
        return int(self.demand.shape[1])


@dataclass(frozen=True, slots=True)
class Planned:
    """An order of one item: released as a week opens, on the shelf as week `due` opens; proposed: now, in week 0."""

    item: int
    week: int
    due: int
    units: float
    proposed: bool


@dataclass(frozen=True, slots=True)
class Requirements:
    """What follows for all items: orders (level by level), the needs they peg, and what is not met.

    extra: (n,) units that production adds to what the stock plan proposes now. lost: (n,) customers' units that no
    order placed now can save. ending: (n,) stock after the last week, less what still waits.
    """

    orders: tuple[Planned, ...]
    needs: tuple[Need, ...]
    extra: Floats
    lost: Floats
    ending: Floats


@dataclass(slots=True)
class _Book:
    orders: list[Planned] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)


def require(bill: Bill, items: Items) -> Requirements:
    """Plan the orders of all that is made or goes into what is made; the needs of each order are pegged to it.

    Item by item in low-level order: gross_w = demand_w + what parents' orders take; an order is due when stock less
    gross falls below the safety stock, sized so that it lasts for `cover` weeks, rounded up to the lot, and released
    `lead` weeks before. What the stock plan proposes in week 0 is counted first; only what parents need can add to it.
    What cannot be there in time: needs of parents wait, customers do not (lost).
    """
    codes = low_level_codes(bill)
    under = bill.under()
    book = _Book(needs=list(items.running))
    extra, lost, ending = np.zeros(bill.n), np.zeros(bill.n), items.on_hand.astype(np.float64)
    takes = np.zeros((bill.n, items.weeks))
    for need in items.running:
        takes[need.component, min(need.week, items.weeks - 1)] += need.units
    touched = items.made | bill.is_component
    for row in np.lexsort((np.arange(bill.n), codes)).tolist():
        if not touched[row]:
            continue
        orders, lost[row], ending[row] = _netted(items, row, takes[row])
        extra[row] = sum(order.units for order in orders if order.week == 0) - float(items.proposed[row])
        for order in orders:
            book.orders.append(order)
            for component, quantity in under[row] if items.made[row] else ():
                need = Need(len(book.orders) - 1, component, order.week, order.units * quantity)
                book.needs.append(need)
                takes[component, need.week] += need.units
    return Requirements(tuple(book.orders), tuple(book.needs), extra, lost, ending)


def _netted(items: Items, row: int, takes: Floats) -> tuple[list[Planned], float, float]:
    """Net one item over the weeks; return its orders, the units lost, and the stock at the end."""
    lead, own = int(items.lead[row]), float(items.proposed[row])
    coming = items.receipts[row].astype(np.float64)
    if own > 0 and lead < items.weeks:
        coming[lead] += own
    wanted = items.demand[row] + takes
    first = lead if takes.any() else lead + 1  # without parents the stock plan has decided what is released now
    stock, lost = float(items.on_hand[row]), 0.0
    sizes: dict[int, float] = {0: own} if own > 0 else {}
    for week in range(items.weeks):
        stock += float(coming[week] - wanted[week])
        if week < first:
            gone = min(max(-stock, 0.0), float(items.demand[row, week]))
            stock, lost = stock + gone, lost + gone
            continue
        short = _short(items, row, week, stock, (coming, wanted))
        if short > LEAST:
            release = week - lead
            units = _lot(short, 0.0 if release in sizes else float(items.least[row]), float(items.pack[row]))
            sizes[release] = sizes.get(release, 0.0) + units
            stock += units
    orders = [Planned(row, week, week + lead, units, week == 0) for week, units in sorted(sizes.items())]
    return orders, lost, stock


def _short(items: Items, row: int, week: int, stock: float, flows: tuple[Floats, Floats]) -> float:
    """Return how much is missing to keep the safety stock until the order after this one could come; 0 when in none.

    Only a week that is short itself calls for an order; then it is sized for the weeks that it covers.
    """
    safety = float(items.safety[row])
    if safety - stock <= LEAST:
        return 0.0
    coming, wanted = flows
    last = min(week + max(int(items.cover[row]), 1), items.weeks)
    ahead = stock + np.cumsum(np.concatenate([[0.0], (coming - wanted)[week + 1 : last]]))
    return float(safety - ahead.min())


def _lot(units: float, least: float, pack: float) -> float:
    """Round an order up: at least the least order, in whole packs, and in whole units where there are no packs."""
    step = pack if pack > 0 else 1.0
    return float(ceil(round(max(units, least) / step, 9)) * step)


def served(needs: Sequence[Need], *, on_hand: float, arrivals: Floats, demand: Floats) -> list[tuple[float, int]]:
    """Serve the needs of one component in the order of their weeks, before customers; (units short, week ready) each.

    arrivals, demand: (W,), there as a week opens, and asked for during it. Short is what is not there as the need's
    week opens. Ready is the first week from which on all of it is there, W when it is not within the weeks: later than
    its own week when it has to wait, earlier when what lies there allows it without taking from anybody else.
    """
    weeks = len(arrivals)
    turn = sorted(range(len(needs)), key=lambda i: (needs[i].week, i))
    left, short, ready = [need.units for need in needs], [0.0] * len(needs), [weeks] * len(needs)
    stock, there = on_hand, np.zeros(weeks)  # there: what came until then, less what customers took before
    sold = 0.0
    for week in range(weeks):
        stock += float(arrivals[week])
        there[week] = on_hand + float(arrivals[: week + 1].sum()) - sold
        for i in turn:
            if needs[i].week > week:
                break
            given = min(stock, left[i])
            stock, left[i] = stock - given, left[i] - given
            if needs[i].week == week:
                short[i] = left[i] if left[i] > LEAST else 0.0
            if left[i] <= LEAST and ready[i] == weeks:
                ready[i] = week
        taken = min(stock, float(demand[week]))
        stock, sold = stock - taken, sold + taken
    asked = 0.0
    for i in turn:
        asked += needs[i].units
        while ready[i] == min(needs[i].week, ready[i]) and ready[i] > 0 and there[ready[i] - 1] >= asked - LEAST:
            ready[i] -= 1
    return list(zip(short, ready, strict=True))
