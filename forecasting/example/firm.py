"""What the example firm is: the tables it would upload, and the truth that it cannot know."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened on every shelf and day: (shelves, days) arrays from `start`, one row a sku and location.

    demand: int32 units that customers wanted, one-off orders left out. bulk: int32 units of one-off orders.
    sold: int32 units handed out, one-off orders included, returns not deducted. received, restocked (returned units,
    on the day of their negative line; a kit comes back as its parts), used (parts that went into kits): int32 units.
    closing: int32 units left at the end of the day; opening: int32 (shelves) before the first day. On every shelf that
    is not a kit's: closing = closing of the day before + received + restocked - sold - used. Kits hold no stock.
    stocked: float32 share of the day's wishes that could be met, 0 on an empty shelf, 1 where nothing ran out.
    live: bool, launched and not yet ended. expected: float32 mean of demand. promo_effect: float32 factor on it.
    kit: bool (shelves). bulk_lines, cancelled_lines: line_ids in the sales table.
    """

    start: date
    skus: tuple[str, ...]
    locations: tuple[str, ...]
    kit: NDArray[np.bool_]
    opening: Ints
    demand: Ints
    bulk: Ints
    sold: Ints
    received: Ints
    restocked: Ints
    used: Ints
    closing: Ints
    stocked: Floats
    live: NDArray[np.bool_]
    expected: Floats
    promo_effect: Floats
    bulk_lines: tuple[str, ...]
    cancelled_lines: tuple[str, ...]

    @property
    def lost(self) -> Ints:
        """Count the units that customers wanted and did not get: int32 (shelves, days)."""
        return self.demand + self.bulk - self.sold


@dataclass(frozen=True, slots=True)
class Firm:
    """The example firm: tables as polars frames, with the column names of the English files; and the truth apart.

    products, suppliers, locations, channels, sales, stock, inbound, events, components: see docs/example-firm.md.
    start, until: first and last day of the sales; today is the day after.
    """

    name: str
    name_zh: str
    currency: str
    start: date
    until: date
    products: pl.DataFrame
    suppliers: pl.DataFrame
    locations: pl.DataFrame
    channels: pl.DataFrame
    sales: pl.DataFrame
    stock: pl.DataFrame
    inbound: pl.DataFrame
    events: pl.DataFrame
    components: pl.DataFrame
    truth: Truth
