"""Make a panel safe to compute with: what is unknown, what cannot be true, and which products may teach others."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.calendars import open_share
from forecasting.engine.chance import Keys, keys_of
from forecasting.engine.periods import SEASON
from forecasting.engine.types import Bools, Calendar, DemandPanel, Floats, Freq

LARGEST = 1e9  # units in a period beyond which a number cannot be true
SPIKE = 10_000.0  # a period this many times the product's usual one cannot teach others
RETURNED = 0.05  # share of negative units beyond which a product cannot teach others
BEFORE = 28  # periods that tell the usual demand of a partly stocked one
DAY: dict[Freq, float] = {"D": 0.0, "W": 1 / 7, "M": 12 / 365.25}  # a day as a share of a period; 0: days are not split
OPEN = 0.5  # periods in stock for a smaller share tell nothing about demand
RARE: dict[Freq, float] = {"D": 1e-3, "W": 1e-6, "M": 1e-6}  # chance of a run without sales that is a stock-out
SURE = 0.5  # usual sales per period below which nothing is inferred
SEEN = 8  # known periods before a run without which nothing is inferred


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Demand as far as it is known.

    units: float32 (n, T), never negative, NaN = unknown; partly stocked periods are filled up to the full period.
    proof: float32 (n, T), units of periods fully in stock: what forecasts are tested against.
    sold: float32 (n, T), what was sold, NaN only where nothing was recorded (before launch).
    poisoned: bool (n,), holds values that cannot be true: forecast alone, taught to nobody.
    refused: int (n,), how many values were left out as impossible.
    grain: float32 (n,), smallest unit that demand comes in (1 for most products).
    first: int (n,), first known period, T when none is known.
    inferred: bool (n, T), periods taken for stock-outs although no stock data say so.
    keys: uint64 (n,), from the ids: what is left to chance depends on them. group: int (n,), category or 0.
    promo, price: float32 (n, T) or None.
    """

    units: Floats
    proof: Floats
    sold: Floats
    poisoned: NDArray[np.bool_]
    refused: NDArray[np.int64]
    grain: Floats
    first: NDArray[np.int64]
    inferred: Bools
    keys: Keys
    group: NDArray[np.int64]
    promo: Floats | None
    price: Floats | None

    def take(self, rows: NDArray[np.int64] | slice) -> "Cleaned":
        """Take some products."""
        whole: list[Any] = [getattr(self, field.name) for field in fields(self)]
        taken: list[Any] = [None if part is None else part[rows] for part in whole]
        return Cleaned(*taken)


def clean(panel: DemandPanel) -> Cleaned:
    """Mask what is unknown or impossible, product by product: no row looks at another."""
    raw = np.asarray(panel.units, np.float32)
    impossible = np.isinf(raw) | (np.abs(raw) > LARGEST)
    sold = np.where(impossible, np.nan, raw)
    poisoned = impossible.any(axis=1) | _beyond_belief(sold)
    sold = np.where(sold < 0, 0, sold).astype(np.float32)
    inferred = inferred_stock_outs(panel)
    units = proof = np.where(inferred, np.nan, sold).astype(np.float32)
    if panel.stocked is not None:
        share = np.where(np.isnan(panel.stocked), 1, np.clip(panel.stocked, 0, 1)).astype(np.float32)
        units, proof = _in_stock(units, share, panel.freq), np.where(share >= 1, units, np.nan).astype(np.float32)
    known = ~np.isnan(units)
    first = np.where(known.any(axis=1), known.argmax(axis=1), raw.shape[1])
    promo, price = _believable(panel.promo), _believable(panel.price)
    for given, kept in ((panel.promo, promo), (panel.price, price)):
        if given is not None and kept is not None:
            poisoned = poisoned | (np.isnan(kept) & ~np.isnan(given)).any(axis=1)
    group = np.zeros(len(raw), np.int64) if panel.groups is None else np.asarray(panel.groups[:, 0], np.int64)
    return Cleaned(
        units=units,
        proof=proof,
        sold=sold,
        poisoned=poisoned,
        refused=impossible.sum(axis=1),
        grain=_grain(sold),
        first=first,
        inferred=inferred,
        keys=keys_of(panel.ids),
        group=group,
        promo=promo,
        price=price,
    )


def inferred_stock_outs(panel: DemandPanel) -> Bools:
    """Infer periods without stock where no stock data exist: bool (n, T), to be shown as inferred.

    A run of zero sales of k periods is taken for a stock-out when a product that usually sells r >= 0.5 per period
    would have it by chance less than once in a thousand times, (1 - s)^k < 0.001 with s the share of its periods that
    sell, taken over the season before the run; and when sales came back: a run that lasts to the end may be the end of
    the product. Once in a million for weeks and months, whose gaps are often the time of year. Looks only at what lies
    before and in the run, and whether it ended. Periods whose `stocked` is a number have stock data; NaN or no
    `stocked` at all means that there are none.
    """
    raw = panel.units
    blind = np.ones(raw.shape, np.bool_) if panel.stocked is None else np.isnan(panel.stocked)
    out = np.zeros(raw.shape, np.bool_)
    window = (4 if panel.freq == "D" else 1) * SEASON[panel.freq]
    zero = (raw <= 0) & blind
    sold = np.where(np.isfinite(raw) & (raw > 0) & (raw <= LARGEST), raw, 0)
    edges = np.diff(np.pad(zero, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, start = np.nonzero(edges > 0)
    end = np.nonzero(edges < 0)[1]
    since = np.maximum(start - window, 0)
    count, total, sales = (_between(part, row, since, start) for part in (~np.isnan(raw), sold, sold > 0))
    share = np.minimum(sales / np.maximum(count, 1), 0.999)
    rare = (1 - share) ** (end - start) < RARE[panel.freq]
    gone = rare & (end < raw.shape[1]) & (count >= SEEN) & (total >= SURE * count)
    for i, first, last in zip(row[gone].tolist(), start[gone].tolist(), end[gone].tolist(), strict=True):
        out[i, first:last] = True
    return out


def _between(
    values: NDArray[np.generic], row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sum values over start..end of rows: float64, as long as row."""
    sums = np.pad(np.cumsum(values, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    return np.asarray(sums[row, end] - sums[row, start])


def without_closures(panel: DemandPanel, calendar: Calendar | None) -> DemandPanel:
    """Put NaN on days on which the organisation was closed: nothing sold says nothing about demand."""
    if calendar is None or not calendar.closures or panel.freq != "D":
        return panel
    share = open_share(calendar, panel.start, "D", panel.units.shape[1])
    return replace(panel, units=np.where(share > 0, panel.units, np.nan).astype(np.float32))


def _believable(values: Floats | None) -> Floats | None:
    """Put NaN for prices and promotions that cannot be true."""
    if values is None:
        return None
    good = np.isfinite(values) & (values >= 0) & (values <= LARGEST)
    return np.where(good, values, np.nan).astype(np.float32)


def _beyond_belief(sold: Floats) -> NDArray[np.bool_]:
    """Tell products whose returns outweigh a twentieth of sales, or with a period of 10,000 times the usual one."""
    gone = np.nansum(np.where(sold < 0, -sold, 0), axis=1)
    came = np.nansum(np.where(sold > 0, sold, 0), axis=1)
    count = np.maximum((sold > 0).sum(axis=1), 1)
    ordered = np.sort(np.where(sold > 0, sold, np.inf), axis=1)
    usual = ordered[np.arange(len(sold)), (count - 1) // 2]
    largest = np.where(sold > 0, sold, 0).max(axis=1, initial=0)
    return np.asarray((gone > RETURNED * came) | (largest > SPIKE * usual))


def _in_stock(sold: Floats, share: Floats, freq: Freq) -> Floats:
    """Fill up partly stocked periods: sales plus the usual demand of the share without stock; unknown below a half.

    The usual demand is the mean m of up to 28 fully stocked periods before. Dividing sales by the share would
    overshoot, because stock runs out after high sales. Where stock ran out within a week or month, what was asked for
    beyond it on the last day is added, (V/m + m·day - 1)/2 with V the variance of those periods (see recovered).
    """
    full = (share >= 1) & ~np.isnan(sold)
    total, square, count = (
        _lately(np.where(full, part, 0)) for part in (sold, np.square(sold, dtype=np.float64), full)
    )
    usual = np.where(count >= 3, total / np.maximum(count, 1), sold / np.maximum(share, OPEN))
    filled = sold + (1 - share) * usual
    if DAY[freq] > 0:
        variance = np.maximum(square / np.maximum(count, 1) - usual**2, 0)
        lumps = np.where(usual > 0, variance / np.where(usual > 0, usual, 1), 0)
        ran_out = (share < 1) & (count >= SEEN)
        ran_out[:, 1:] &= share[:, :-1] >= 1
        filled = filled + np.where(ran_out, np.maximum(lumps + usual * DAY[freq] - 1, 0) / 2, 0)
    return np.where(share >= OPEN, filled, np.nan).astype(np.float32)


def _lately(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Sum values over the last 28 periods: float64 (n, T)."""
    total = np.cumsum(values, axis=1, dtype=np.float64)
    total[:, BEFORE:] = total[:, BEFORE:] - total[:, :-BEFORE]
    return np.asarray(total)


def _grain(sold: Floats) -> Floats:
    """Find the step that demand comes in: 1 for whole units, else a fiftieth of the usual period."""
    fraction = np.abs(sold - np.round(sold))
    whole = ~(fraction > 1e-4 * np.maximum(np.abs(sold), 1)).any(axis=1)
    positive = sold > 0
    usual = np.where(positive, sold, 0).sum(axis=1) / np.maximum(positive.sum(axis=1), 1)
    return np.where(whole, 1, np.maximum(usual / 50, 1e-6)).astype(np.float32)
