"""What would have been sold: demand in periods when stock ran out, kept as a series of its own."""

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import clean
from forecasting.engine.periods import SEASON
from forecasting.engine.seasons import factors, pool_seasons
from forecasting.engine.types import DemandPanel, Floats

NEAR = {"D": 28, "W": 8, "M": 4}  # periods on either side that tell the level
RARE = 1e-3  # chance of so long a run without sales below which a stock-out is inferred
SURE = 0.5  # usual sales per period below which nothing is inferred

Doubles = NDArray[np.float64]


def recovered(panel: DemandPanel) -> Floats:
    """Return demand with the periods out of stock filled in: float32 (n, T), NaN only before launch.

    In stock: what was sold. Partly in stock, for at least half: sales plus the usual demand of the rest. Out of
    stock: the
    mean of
    the known periods within four weeks (weeks: eight, months: four) on either side, in season; never below what was
    sold.
    Uses the future of each period: for looking back and for training on, never inside a backtest.
    """
    cleaned = clean(panel)
    pool = pool_seasons(cleaned.units, ~cleaned.poisoned, panel.units.shape[1], panel.freq)
    season = factors(cleaned.units, pool, 0, panel.freq, yearly=True)
    level = _around(cleaned.units / season, NEAR[panel.freq])
    filled = np.where(np.isnan(cleaned.units), level * season, cleaned.units)
    started = np.arange(panel.units.shape[1]) >= _launch(panel)[:, None]
    return np.where(started, np.fmax(filled, cleaned.sold), np.nan).astype(np.float32)


def full_demand(sold: Doubles, profile: Doubles, in_stock: NDArray[np.bool_]) -> Doubles:
    """Scale sales of a period up to all its hours: d = sold / sum of the profile over hours in stock.

    sold (n,), profile (n, hours) adding to 1, in_stock (n, hours). NaN where no open hour had stock.

    >>> full_demand(np.array([6.0]), np.full((1, 16), 1 / 16), np.arange(16)[None] < 10).round(6).tolist()
    [9.6]
    """
    share = (profile * in_stock).sum(axis=1)
    return np.where(share > 0, sold / np.where(share > 0, share, 1), np.nan)


def inferred_stock_outs(panel: DemandPanel) -> NDArray[np.bool_]:
    """Infer periods without stock where no stock data exist: bool (n, T), to be shown as inferred.

    A run of zero sales of k periods is taken for a stock-out when a product that usually sells r per period would have
    it by chance less than once in a thousand times, (1 - s)^k < 0.001 with s the share of its periods that sell, taken
    over the year before the run; and when sales came back. Looks only at what lies before and in the run, and whether
    it ended. Only for products with r >= 0.5.
    """
    units = clean(panel).units
    n, periods = units.shape
    out = np.zeros((n, periods), np.bool_)
    window = 4 * SEASON[panel.freq] if panel.freq == "D" else SEASON[panel.freq]
    for i in range(n):
        for start, end in _zero_runs(units[i]):
            before = units[i, max(start - window, 0) : start]
            before = before[~np.isnan(before)]
            if end == periods or len(before) < 8 or before.mean() < SURE:
                continue
            if (1 - min(float((before > 0).mean()), 0.999)) ** (end - start) < RARE:
                out[i, start:end] = True
    return out


def _zero_runs(units: Floats) -> list[tuple[int, int]]:
    zero = np.concatenate([[False], units == 0, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(zero))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _launch(panel: DemandPanel) -> NDArray[np.int64]:
    raw = ~np.isnan(panel.units)
    if panel.stocked is not None:
        raw |= panel.stocked < 1
    first: NDArray[np.int64] = np.where(raw.any(axis=1), raw.argmax(axis=1), panel.units.shape[1])
    return first


def _around(units: Floats, reach: int) -> Doubles:
    """Average what is known within `reach` periods of each; wider where that is nothing."""
    known = ~np.isnan(units)
    total = np.cumsum(np.where(known, units, 0), axis=1, dtype=np.float64)
    count = np.cumsum(known, axis=1, dtype=np.float64)
    total, count = (np.concatenate([np.zeros((len(units), 1)), part], axis=1) for part in (total, count))
    out = np.full(units.shape, np.nan)
    at = np.arange(units.shape[1])
    while np.isnan(out).any() and reach < 4 * units.shape[1]:
        a, b = np.maximum(at - reach, 0), np.minimum(at + reach + 1, units.shape[1])
        some = count[:, b] - count[:, a]
        mean = (total[:, b] - total[:, a]) / np.maximum(some, 1)
        out = np.where(np.isnan(out) & (some >= 3), mean, out)
        reach *= 2
    return np.where(np.isnan(out), (total[:, -1:] / np.maximum(count[:, -1:], 1)), out)
