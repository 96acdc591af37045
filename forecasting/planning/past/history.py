"""What is known of the tenant's own past besides demand: its stock ledger, and how long its suppliers really took."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.past.world import Life
from forecasting.planning.types import Days, Floats

Flags = NDArray[np.bool_]
TRUSTED = 0.25  # share of sales that stock may gain or lose without a record before its ledger is not believed


@dataclass(frozen=True, slots=True)
class History:
    """The window of a replay as the tenant lived it: n products over T periods, float64 (n, T), NaN = not known.

    stock: units on hand at the close of each period. arrived, ordered: units received in it, and ordered before it
    opens. moved: returns and corrections, units that come (or go) whoever orders. took: days that an order placed
    before the period needed. sold, wanted: units sold, and wanted, where the panel tells something else (one-off orders
    made to order). offered: bool, whether the product could be bought before the period: launched and not given up, as
    the firm knew it that day. inbound_received: datetime64[D], when each inbound row of the opening stock really came.

    Absent parts are None: without stock nothing can be said of what the tenant did.
    """

    stock: Floats | None = None
    arrived: Floats | None = None
    ordered: Floats | None = None
    moved: Floats | None = None
    took: Floats | None = None
    sold: Floats | None = None
    wanted: Floats | None = None
    offered: Flags | None = None
    inbound_received: Days | None = None


@dataclass(frozen=True, slots=True)
class Lived:
    """What the tenant did, ready to be compared: stock, arrived, ordered, moved (n, T); usable: bool (n,).

    guessed: receipts were read off the stock because none are recorded, bool (n,).
    """

    stock: Floats
    arrived: Floats
    ordered: Floats
    moved: Floats
    usable: Flags
    guessed: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))


def lived(history: History, sales: Floats, opening: Floats) -> Lived | None:
    """Read what the tenant did out of its ledger; None when it has none.

    What came and went without a record is stock_t - stock_{t-1} - arrived_t + sales_t. Where no receipt is recorded,
    stock that rose was received; a product that gains or loses more than a quarter of its sales is not usable.
    """
    if history.stock is None:
        return None
    stock = history.stock
    known = ~np.isnan(stock).any(axis=1) & ~np.isnan(opening)
    before = np.concatenate([np.nan_to_num(opening)[:, None], np.nan_to_num(stock)[:, :-1]], axis=1)
    recorded = np.zeros_like(stock) if history.arrived is None else np.nan_to_num(history.arrived)
    rest = np.nan_to_num(stock) - before - recorded + sales
    guessed = (recorded.sum(axis=1) == 0) & (rest.sum(axis=1) > TRUSTED * sales.sum(axis=1))
    arrived = np.where(guessed[:, None], np.maximum(rest, 0), recorded)
    moved = rest - np.where(guessed[:, None], np.maximum(rest, 0), 0)
    fits = np.abs(moved.sum(axis=1)) <= TRUSTED * np.maximum(sales.sum(axis=1), 1)
    if history.moved is not None:
        moved, fits = np.nan_to_num(history.moved), np.ones_like(fits)
    ordered = arrived if history.ordered is None else np.nan_to_num(history.ordered)
    return Lived(np.nan_to_num(stock), arrived, ordered, moved, known & fits, guessed)


def as_lived(did: Lived, sales: Floats, demand: Floats) -> Life:
    """Lay the tenant's own past out as an arm of the replay: what it sold, the rest of demand lost."""
    sold = np.minimum(sales, demand)
    return Life(
        stock=did.stock,
        sold=sold,
        lost=demand - sold,
        ordered=did.ordered,
        arrived=did.arrived,
        moved=did.moved,
        coming=np.maximum(did.ordered.sum(axis=1) - did.arrived.sum(axis=1), 0),
    )
