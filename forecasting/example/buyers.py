"""The firm's own buyers: minimum and maximum by gut, late for the season, fond of full cartons; and their suppliers."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.example.catalogue import ALWAYS, Catalogue, units_per_day
from forecasting.example.dates import AHEAD, SEASONS, Window, new_years
from forecasting.example.demand import buyers_curves
from forecasting.example.partners import AMAZON, MAKERS, PLACES

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

MEMORY = 40
"""Days over which buyers remember sales."""

FORESIGHT = 0.75
"""How much of the coming season buyers dare to order for: 0 none, 1 all."""


@dataclass(frozen=True, slots=True)
class Shelves:
    """Who lies where: product row and place of every shelf; the first n shelves are the factory's, one a product."""

    product: Ints
    place: Ints
    overseas: Ints

    @property
    def n(self) -> int:
        """Count the shelves."""
        return len(self.product)


def put_up(catalogue: Catalogue) -> Shelves:
    """Put up a factory shelf for every product, and an overseas one for those that sell on Amazon."""
    abroad = np.flatnonzero(catalogue.share[:, AMAZON] > 0).astype(np.int32)
    overseas = np.full(catalogue.n, -1, np.int32)
    overseas[abroad] = catalogue.n + np.arange(len(abroad))
    product = np.concatenate([np.arange(catalogue.n, dtype=np.int32), abroad])
    place = np.concatenate([np.zeros(catalogue.n, np.int32), np.ones(len(abroad), np.int32)])
    return Shelves(product, place, overseas)


@dataclass(slots=True)
class Purchases:
    """Order lines sent to suppliers: number of the order, shelf, units, days ordered, promised and received."""

    order: list[int] = field(default_factory=list)
    shelf: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    ordered: list[int] = field(default_factory=list)
    expected: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)


class Suppliers:
    """Delivers late and by chance, and not at all around Chinese New Year."""

    def __init__(self, seed: int, window: Window) -> None:
        self.rng = np.random.default_rng([seed, 6])
        days = window.days + 2 * AHEAD
        self.working = np.stack([_working_days(maker.closes, days, window) for maker in MAKERS])

    def deliver(self, supplier: int, place: int, day: int) -> tuple[int, int]:
        """Promise and keep: the days on which an order sent on this day is expected and received."""
        maker = MAKERS[supplier]
        expected = self.finish(supplier, day, maker.lead_days) + PLACES[place].travel_days
        work = maker.lead_days * maker.slow * float(self.rng.lognormal(0, maker.spread))
        if self.rng.random() < maker.late:
            work *= float(self.rng.uniform(1.4, 2.2))
        travel = PLACES[place].travel_days * float(self.rng.lognormal(0.02, 0.1))
        return expected, self.finish(supplier, day, max(round(work), 3)) + round(travel)

    def finish(self, supplier: int, day: int, work: int) -> int:
        """Find the day on which so many days of work are done."""
        done = self.working[supplier]
        return int(np.searchsorted(done, done[day] + work))


def _working_days(closes: tuple[int, int], days: int, window: Window) -> Ints:
    """Count the working days up to each day: int32 (days)."""
    works = np.ones(days, np.int32)
    for day in new_years(window) if any(closes) else []:
        works[max(day - closes[0], 0) : max(day + closes[1] + 1, 0)] = 0
    return np.cumsum(works, dtype=np.int32)


class Buyers:
    """Remember sales, look at the shelf on the supplier's day, and order up to a gut maximum."""

    def __init__(self, catalogue: Catalogue, shelves: Shelves, seed: int, window: Window) -> None:
        rng = np.random.default_rng([seed, 7])
        p = shelves.product
        self.shelves, self.suppliers = shelves, Suppliers(seed, window)
        self.catalogue, self.purchases, self.sent = catalogue, Purchases(), 0
        self.rate = _first_beliefs(catalogue, shelves) * rng.lognormal(0, 0.3, shelves.n)
        self.on_order = np.zeros(shelves.n, np.int64)
        self.lead = (
            np.array([maker.lead_days for maker in MAKERS])[catalogue.supplier[p]]
            + np.array([place.travel_days for place in PLACES])[shelves.place]
        )
        self.cover_low = rng.lognormal(np.log(18), 0.5, shelves.n)
        slow = 1 + 2 * np.exp(-self.rate / 0.3)
        self.cover_high = self.cover_low + slow * rng.lognormal(np.log(34), 0.45, shelves.n)
        shape = {name: i for i, name in enumerate(SEASONS)}
        self.shape = np.array([shape[name] for name in catalogue.season()])[p]
        self.sums = np.cumsum(buyers_curves(catalogue, window), axis=2, dtype=np.float64)
        self.opens = catalogue.launch[p] - self.lead * 1.5 - 15
        self.stops = np.where(catalogue.end[p] < ALWAYS, catalogue.end[p] - rng.integers(0, 60, shelves.n), ALWAYS)
        self.bought = ~catalogue.is_kit[p]

    def remember(self, day: int, taken: NDArray[np.int64]) -> None:
        """Learn from what left the shelves this day; products not yet launched teach nothing."""
        live = self.catalogue.launch[self.shelves.product] <= day
        self.rate[live] += (taken[live] - self.rate[live]) / MEMORY

    def review(self, day: int, on_hand: NDArray[np.int64]) -> None:
        """Order from the suppliers whose day it is: weekly for the factory, every second or fourth week abroad."""
        for supplier, maker in enumerate(MAKERS):
            for place in range(len(PLACES)):
                every = max(maker.review_days, 14 * place)
                if (day + 3 * supplier) % every == 0:
                    self._order(day, on_hand, supplier, place)

    def _order(self, day: int, on_hand: NDArray[np.int64], supplier: int, place: int) -> None:
        """Send one order to a supplier for one place, if any shelf asks for it."""
        rows = self._due(day, supplier, place)
        units = self._wanted(day, rows, on_hand[rows])
        rows, units = rows[units > 0], units[units > 0]
        if not len(rows):
            return
        expected, received = self.suppliers.deliver(supplier, place, day)
        self.on_order[rows] += units
        self.sent += 1
        self.book(rows.tolist(), units.tolist(), day, expected, received)

    def _due(self, day: int, supplier: int, place: int) -> NDArray[np.int64]:
        """List the shelves of a supplier and place that are bought for on this day."""
        mine = (self.catalogue.supplier[self.shelves.product] == supplier) & (self.shelves.place == place)
        return np.flatnonzero(mine & self.bought & (self.opens <= day) & (self.stops > day))

    def _wanted(self, day: int, rows: NDArray[np.int64], on_hand: NDArray[np.int64]) -> NDArray[np.int64]:
        """Fill up to the maximum where stock and orders fell to the minimum, in full cartons above the least order."""
        rate = self.rate[rows] * self._season_ahead(day, rows)
        position = on_hand + self.on_order[rows]
        low = rate * (self.lead[rows] + self.cover_low[rows])
        high = rate * (self.lead[rows] + self.cover_high[rows])
        product = self.shelves.product[rows]
        pack, least = self.catalogue.pack[product], self.catalogue.moq[product]
        units = np.maximum(np.ceil((high - position) / pack) * pack, least)
        return np.where(position <= low, units, 0).astype(np.int64)

    def _season_ahead(self, day: int, rows: NDArray[np.int64]) -> Floats:
        """Compare the month after arrival with the weeks remembered, and dare only part of the difference."""
        place, shape, lead = self.shelves.place[rows], self.shape[rows], self.lead[rows]
        back = max(day - MEMORY, 0)
        past = (self.sums[place, shape, day] - self.sums[place, shape, back]) / max(day - back, 1)
        ahead = (self.sums[place, shape, day + lead + 30] - self.sums[place, shape, day]) / (lead + 30)
        return np.clip(ahead / np.maximum(past, 1e-6), 0.3, 4.0) ** FORESIGHT if day > 7 else np.ones(len(rows))

    def book(self, rows: list[int], units: list[int], ordered: int, expected: int, received: int) -> None:
        """Write the lines of one order into the book."""
        many = len(rows)
        book = self.purchases
        book.order += [self.sent] * many
        book.shelf += rows
        book.units += units
        book.ordered += [ordered] * many
        book.expected += [expected] * many
        book.received += [received] * many


def _first_beliefs(catalogue: Catalogue, shelves: Shelves) -> Floats:
    """Guess units a day per shelf, as if seasons did not exist: (shelves)."""
    total, size = units_per_day(catalogue) * catalogue.hope, catalogue.hope / (1 - catalogue.extra)
    abroad = catalogue.lines * size * catalogue.share[:, AMAZON]
    home = total - abroad
    for kit, parts in zip(catalogue.kits, catalogue.parts, strict=True):
        for row, units in parts[parts[:, 0] >= 0]:
            home[row] += total[kit] * units
    return np.where(shelves.place == 0, home[shelves.product], abroad[shelves.product])
