"""Naive and averaging models."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Floats

Doubles = NDArray[np.float64]


def seasonal_naive(units: Floats, origins: Sequence[int], horizon: int, *, season: int) -> Floats:
    """Repeat the last known value of the same phase of the season, looking back at most four seasons.

    F(t+h) = y(t + h - m·ceil(h/m)). Where none is known, the mean of the last four seasons stands in.
    """
    out = np.full((len(units), len(origins), horizon), np.nan, np.float32)
    ahead = np.arange(1, horizon + 1)
    for k, origin in enumerate(origins):
        phase = origin + ahead - 1 - season * np.ceil(ahead / season).astype(int)
        for back in range(4):
            at = phase - back * season
            value = units[:, np.maximum(at, 0)]
            use = np.isnan(out[:, k]) & (at >= 0)
            out[:, k] = np.where(use, value, out[:, k])
    if not np.isnan(out).any():
        return out
    fallback = moving_average(units, origins, horizon, window=4 * season)
    return np.where(np.isnan(out), fallback, out).astype(np.float32)


def moving_average(units: Floats, origins: Sequence[int], horizon: int, *, window: int) -> Floats:
    """Average the known values of the last `window` periods; of the whole past when none of them is known.

    Returns NaN where nothing is known before the origin.
    """
    return moving_averages(units, origins, horizon, windows=(window,))[0]


def moving_averages(
    units: Floats, origins: Sequence[int], horizon: int, *, windows: Sequence[int]
) -> tuple[Floats, ...]:
    """Forecast by moving averages of several windows, whose sums are made once."""
    totals = running_totals(units)
    return tuple(_averaged(totals, origins, horizon, window) for window in windows)


def _averaged(totals: tuple[Doubles, Doubles], origins: Sequence[int], horizon: int, window: int) -> Floats:
    total, count = totals
    out = np.empty((len(total), len(origins), horizon), np.float32)
    for k, origin in enumerate(origins):
        start = max(origin - window, 0)
        near = total[:, origin] - total[:, start], count[:, origin] - count[:, start]
        value = np.where(
            near[1] > 0, near[0] / np.maximum(near[1], 1), total[:, origin] / np.maximum(count[:, origin], 1)
        )
        out[:, k, :] = np.where(count[:, origin] > 0, value, np.nan)[:, None]
    return out


def shrunk_mean(units: Floats, origins: Sequence[int], horizon: int, *, prior: tuple[Doubles, Doubles]) -> Floats:
    """Average the whole past together with what like products sell: (a + sum y) / (b + n), Gamma-Poisson.

    prior: a and b of each product, float64 (n,) each.

    >>> shrunk_mean(np.array([[1, 2, 1]], np.float32), [3], 1, prior=(np.array([2.0]), np.array([1.0]))).item()
    1.5
    """
    total, count = running_totals(units)
    at = np.asarray(origins, np.int64)
    value = (prior[0][:, None] + total[:, at]) / (prior[1][:, None] + count[:, at])
    return np.repeat(value[:, :, None], horizon, axis=2).astype(np.float32)


def running_totals(units: Floats) -> tuple[Doubles, Doubles]:
    """Sum known units and count known periods before each period: float64 (n, T + 1) each."""
    known = ~np.isnan(units)
    total = np.zeros((len(units), units.shape[1] + 1))
    count = np.zeros_like(total)
    np.cumsum(np.where(known, units, 0), axis=1, dtype=np.float64, out=total[:, 1:])
    np.cumsum(known, axis=1, dtype=np.float64, out=count[:, 1:])
    return total, count
