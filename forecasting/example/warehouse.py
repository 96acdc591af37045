"""Lives the firm day by day: goods come in, wishes are met from the shelf, returns come back, buyers order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.example.buyers import Buyers, Purchases, Shelves, put_up
from forecasting.example.careful import CarefulBuyers
from forecasting.example.catalogue import Catalogue
from forecasting.example.dates import Window
from forecasting.example.demand import Expected, Wishes
from forecasting.example.goods import CATEGORIES
from forecasting.example.partners import AMAZON, WHOLESALE

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(slots=True)
class Ledger:
    """What happened on the shelves: int32 (shelves, days), warm-up included; and the fate of every wished line.

    closing = closing of the day before + received + restocked - sold - used, on every shelf and day; for kits, which
    have no stock of their own, sold is what was put together from parts and closing is 0.
    filled: units that the customer of each wished line got. back: days until they came back, 0 never.
    """

    shelves: Shelves
    closing: Ints
    received: Ints
    restocked: Ints
    sold: Ints
    used: Ints
    filled: Ints
    back: Ints
    shelf: Ints
    purchases: Purchases


def live(catalogue: Catalogue, wishes: Wishes, expected: Expected | None, seed: int, window: Window) -> Ledger:
    """Live through the window and write the ledger; with expected demand, the buyers are careful ones who know it."""
    shelves = put_up(catalogue)
    shelf = np.where(wishes.channel == AMAZON, shelves.overseas[wishes.product], wishes.product).astype(np.int32)
    ledger = _blank(shelves, shelf, _returns(catalogue, wishes, seed), window)
    buyers = Buyers(catalogue, shelves, seed, window)
    if expected is not None:
        buyers = CarefulBuyers(catalogue, shelves, expected, (seed, window))
    _made_to_order(buyers, catalogue, wishes, shelf)
    order, bounds = _by_day(catalogue, wishes, shelf, seed, window)
    on_hand = _opening(catalogue, buyers, seed)
    arrived = _Arrivals(ledger, buyers)
    for day in range(window.days):
        arrived.take_in(day, on_hand)
        on_hand += ledger.restocked[:, day]
        first, kits, rest, stop = bounds[3 * day : 3 * day + 4]
        _serve(catalogue, ledger, wishes, on_hand, order[first:kits], day)
        _assemble(catalogue, ledger, wishes, on_hand, order[kits:rest], day)
        _serve(catalogue, ledger, wishes, on_hand, order[rest:stop], day)
        ledger.closing[:, day] = on_hand
        taken = ledger.sold[:, day].astype(np.int64) + ledger.used[:, day]
        buyers.remember(day, taken)
        buyers.review(day, on_hand)
    ledger.purchases = buyers.purchases
    return ledger


def _blank(shelves: Shelves, shelf: Ints, back: Ints, window: Window) -> Ledger:
    """Open an empty ledger."""
    # a day is written at once, so days lie apart in memory and the shelves of a day together
    closing, received, restocked, sold, used = (np.zeros((window.days, shelves.n), np.int32).T for _ in range(5))
    filled = np.zeros(len(shelf), np.int32)
    return Ledger(shelves, closing, received, restocked, sold, used, filled, back, shelf, Purchases())


def _returns(catalogue: Catalogue, wishes: Wishes, seed: int) -> Ints:
    """Decide which retail lines would come back, and after how many days: 0 never."""
    rng = np.random.default_rng([seed, 8])
    chance = np.array([category.returned for category in CATEGORIES])[catalogue.category[wishes.product]]
    comes = (rng.random(len(chance)) < chance) & (wishes.channel != WHOLESALE)
    days = 3 + rng.poisson(np.where(wishes.channel == AMAZON, 14, 6))
    return np.where(comes, days, 0).astype(np.int32)


def _by_day(catalogue: Catalogue, wishes: Wishes, shelf: Ints, seed: int, window: Window) -> tuple[Longs, Longs]:
    """Sort lines by day: one-off orders, kits, the rest, each by shelf; with the bounds of these three."""
    rng = np.random.default_rng([seed, 9])
    turn = 3 * wishes.day + np.where(wishes.bulk, 0, np.where(catalogue.is_kit[wishes.product], 1, 2))
    order = np.lexsort((rng.random(len(shelf)), shelf, turn))
    return order, np.searchsorted(turn[order], np.arange(3 * window.days + 1))


def _opening(catalogue: Catalogue, buyers: Buyers, seed: int) -> Longs:
    """Fill the shelves of the first day of the warm-up somewhere between minimum and maximum."""
    rng = np.random.default_rng([seed, 10])
    cover = buyers.lead * 0.6 + buyers.cover_high * rng.uniform(0.4, 1.0, len(buyers.rate))
    stock = np.round(buyers.rate * cover * buyers.bought * (catalogue.launch[buyers.shelves.product] < 0))
    opening: Longs = stock.astype(np.int64)
    return opening


def _made_to_order(buyers: Buyers, catalogue: Catalogue, wishes: Wishes, shelf: Ints) -> None:
    """Buy one-off orders back to back, so that they arrive on the very day they are shipped."""
    for line in np.flatnonzero(wishes.bulk):
        day = int(wishes.day[line])
        buyers.sent += 1
        ordered = day - int(buyers.lead[shelf[line]]) - 4
        units = int(wishes.units[line])
        buyers.book([int(shelf[line])], [units], ordered, day, day)


class _Arrivals:
    """Goods on the way, taken in on their day."""

    def __init__(self, ledger: Ledger, buyers: Buyers) -> None:
        self.ledger, self.buyers = ledger, buyers
        self.waiting: dict[int, list[int]] = {}
        self.seen = 0
        self.planned = len(buyers.purchases.order)

    def take_in(self, day: int, on_hand: Longs) -> None:
        """Put the goods that arrive on this day on their shelves."""
        book = self.buyers.purchases
        for line in range(self.seen, len(book.order)):
            self.waiting.setdefault(book.received[line], []).append(line)
        self.seen = len(book.order)
        for line in self.waiting.pop(day, ()):
            shelf, units = book.shelf[line], book.units[line]
            on_hand[shelf] += units
            self.ledger.received[shelf, day] += units
            if line >= self.planned:
                self.buyers.on_order[shelf] -= units


def _assemble(catalogue: Catalogue, ledger: Ledger, wishes: Wishes, on_hand: Longs, lines: Longs, day: int) -> None:
    """Put kits together as far as their parts go, and take the parts from their shelves."""
    if not len(lines):
        return
    part, each = catalogue.parts[:, :, 0], catalogue.parts[:, :, 1]
    able = np.where(part >= 0, on_hand[part] // np.maximum(each, 1), np.iinfo(np.int32).max).min(axis=1)
    ready = np.zeros(ledger.shelves.n, np.int64)
    ready[catalogue.kits] = able
    made = _fill(ledger, wishes, ready, lines, day)[catalogue.kits]
    spent = made[:, None] * each
    on_hand[part[part >= 0]] -= spent[part >= 0]
    ledger.used[part[part >= 0], day] += spent[part >= 0]
    _send_back(catalogue, ledger, lines, day, kit=True)


def _serve(catalogue: Catalogue, ledger: Ledger, wishes: Wishes, on_hand: Longs, lines: Longs, day: int) -> None:
    """Serve the lines of single products from their shelves."""
    if not len(lines):
        return
    on_hand -= _fill(ledger, wishes, on_hand, lines, day)
    _send_back(catalogue, ledger, lines, day, kit=False)


def _fill(ledger: Ledger, wishes: Wishes, ready: Longs, lines: Longs, day: int) -> Longs:
    """Give each line, in turn, what is left on its shelf; return units taken per shelf."""
    shelf, units = ledger.shelf[lines], wishes.units[lines].astype(np.int64)
    run = np.cumsum(units)
    first = np.concatenate([[True], shelf[1:] != shelf[:-1]])
    before = run - units - np.maximum.accumulate(np.where(first, run - units, 0))
    filled = np.clip(ready[shelf] - before, 0, units)
    ledger.filled[lines] = filled
    taken = np.bincount(shelf, weights=filled, minlength=ledger.shelves.n).astype(np.int64)
    ledger.sold[:, day] += taken.astype(np.int32)
    return taken


def _send_back(catalogue: Catalogue, ledger: Ledger, lines: Longs, day: int, *, kit: bool) -> None:
    """Put on the calendar what will come back: whole lines; a returned kit comes back as its parts."""
    back = ledger.back[lines]
    coming = lines[(back > 0) & (day + back < ledger.closing.shape[1]) & (ledger.filled[lines] > 0)]
    when, units, shelf = day + ledger.back[coming], ledger.filled[coming], ledger.shelf[coming]
    if not kit:
        np.add.at(ledger.restocked, (shelf, when), units)
        return
    parts = catalogue.parts[np.searchsorted(catalogue.kits, shelf)]
    for slot in range(parts.shape[1]):
        real = parts[:, slot, 0] >= 0
        np.add.at(ledger.restocked, (parts[real, slot, 0], when[real]), units[real] * parts[real, slot, 1])
