"""Buyers who are already excellent: they know what to expect, how suppliers truly deliver, and when these close."""

import numpy as np
from numpy.typing import NDArray

from forecasting.example.buyers import Buyers, Shelves
from forecasting.example.catalogue import Catalogue
from forecasting.example.dates import Window
from forecasting.example.demand import Expected
from forecasting.example.partners import MAKERS, PLACES, WHOLESALE

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

CARE = 1.4
"""Standard deviations of demand over the interval that careful buyers keep above its mean."""

DAILY_NOISE = 1 / 7
"""Variance of a day's chance factor on demand, as `demand.wish` draws it."""


class CarefulBuyers(Buyers):
    """Order up to expected demand until the next delivery can arrive, and a measured safety above it."""

    def __init__(self, catalogue: Catalogue, shelves: Shelves, expected: Expected, when: tuple[int, Window]) -> None:
        super().__init__(catalogue, shelves, *when)
        daily = expected.units.astype(np.float64)
        for kit, parts in zip(catalogue.kits, catalogue.parts, strict=True):
            for row, units in parts[parts[:, 0] >= 0]:
                daily[0, row] += daily[0, kit] * units
        daily = daily[shelves.place, shelves.product]
        self.days = daily.shape[1]
        self.known = np.concatenate([np.zeros((shelves.n, 1)), np.cumsum(daily, axis=1)], axis=1)
        self.lump = _lumps(catalogue)[shelves.product]

    def _wanted(self, day: int, rows: Longs, on_hand: Longs) -> Longs:
        """Fill up to the target, in full cartons above the least order."""
        if not len(rows):
            return np.zeros(0, np.int64)
        reach, doubt = self._reach(day, int(rows[0]))
        rate = self._expect(day, reach, rows)
        spread = np.sqrt(rate * reach * self.lump[rows] + reach * DAILY_NOISE * rate**2 + (doubt * rate) ** 2)
        missing = rate * reach + CARE * spread - on_hand - self.on_order[rows]
        product = self.shelves.product[rows]
        pack, least = self.catalogue.pack[product], self.catalogue.moq[product]
        units = np.maximum(np.ceil(missing / pack) * pack, least)
        return np.where(missing > 0, units, 0).astype(np.int64)

    def _reach(self, day: int, shelf: int) -> tuple[int, float]:
        """Count the days that an order of today must last, closures included, and the doubt about them in days."""
        supplier, place = int(self.catalogue.supplier[self.shelves.product[shelf]]), int(self.shelves.place[shelf])
        maker, travel = MAKERS[supplier], PLACES[place].travel_days
        every = max(maker.review_days, 14 * place)
        work = maker.lead_days * maker.slow * (1 + 0.5 * maker.late)
        arrives = self.suppliers.finish(supplier, day + every, round(work)) + travel
        return arrives - day, float(np.hypot(work * (maker.spread + maker.late), 0.1 * travel))

    def _expect(self, day: int, reach: int, rows: Longs) -> Floats:
        """Average what is expected a day over the interval; beyond the last day, over the last month known."""
        first, last = min(day + 1, self.days - 30), min(day + 1 + reach, self.days)
        found: Floats = (self.known[rows, last] - self.known[rows, first]) / (last - first)
        return found


def _lumps(catalogue: Catalogue) -> Floats:
    """Weigh how lumpy demand is: mean square of a line's units by their mean, over retail and wholesale lines: (n)."""
    extra = catalogue.extra
    retail, wholesale = 1 / (1 - extra), catalogue.share[:, WHOLESALE] * catalogue.lot * 1.13
    squares = (1 + extra) / (1 - extra) ** 2 + catalogue.share[:, WHOLESALE] * catalogue.lot**2 * 1.65
    found: Floats = squares / (retail + wholesale)
    return found
