"""Exponential smoothing of all products at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Floats

ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.55)
MEMORY = 0.995  # how slowly old one-step errors are forgotten when the smoothing weight is chosen

Doubles = NDArray[np.float64]


def exponential_smoothing(
    units: Floats, origins: Sequence[int], horizon: int, *, alphas: Sequence[float] = ALPHAS
) -> Floats:
    """Forecast by simple exponential smoothing; each product's weight is the one with the least one-step error so far.

    level(t) = level(t-1) + alpha·(y(t) - level(t-1)); unknown periods leave it as it is (Brown 1956).
    The level starts at the mean of the first five known values.
    """
    levels, _ = smooth(units, origins, alphas)
    return np.repeat(levels[:, :, None], horizon, axis=2).astype(np.float32)


def theta(
    units: Floats, origins: Sequence[int], horizon: int, *, alphas: Sequence[float] = ALPHAS, part: float = 0.5
) -> Floats:
    """Forecast by the Theta method: simple exponential smoothing plus half of the linear trend (Hyndman, Billah 2003).

    F(t+h) = level(t) + part·b·(h - 1 + 1/alpha), part one half, or 1 for the whole trend; b = least-squares slope over
    the known past, damped by its own noise; never below zero.
    """
    return _drifting(smooth(units, origins, alphas), _slopes(units, origins), horizon, part)


def smoothed_and_trends(units: Floats, origins: Sequence[int], horizon: int) -> tuple[Floats, Floats, Floats]:
    """Forecast by exponential smoothing, by Theta and by the whole trend, whose levels and slopes are found once."""
    found, slope = smooth(units, origins, ALPHAS), _slopes(units, origins)
    flat = np.repeat(found[0][:, :, None], horizon, axis=2).astype(np.float32)
    return flat, _drifting(found, slope, horizon, 0.5), _drifting(found, slope, horizon, 1.0)


def _drifting(found: tuple[Doubles, Doubles], slope: Doubles, horizon: int, part: float) -> Floats:
    (levels, alpha), ahead = found, np.arange(horizon)
    drift = slope[:, :, None] * part * (ahead + np.minimum(1 / alpha, 20)[:, :, None])
    return np.maximum(levels[:, :, None] + drift, 0).astype(np.float32)


def smooth(units: Floats, origins: Sequence[int], alphas: Sequence[float]) -> tuple[Doubles, Doubles]:
    """Smooth with every weight at once and keep the best: level and weight, float64 (n, K) each."""
    n, periods = units.shape
    weight = np.asarray(alphas)[:, None]
    level = np.repeat(start_levels(units)[None], len(alphas), axis=0)
    error = np.zeros_like(level)
    best_level, best_alpha = np.empty((n, len(origins))), np.empty((n, len(origins)))
    moments = {origin: [k for k, o in enumerate(origins) if o == origin] for origin in origins}
    columns = np.ascontiguousarray(units.T, dtype=np.float64)
    blank = np.isnan(columns)
    miss, square = np.empty_like(level), np.empty_like(level)
    gaps: list[bool] = np.asarray(blank.any(axis=1)).tolist()
    for t in range(periods + 1):
        if t in moments:
            pick = error.argmin(axis=0)
            for k in moments[t]:
                best_level[:, k] = level[pick, np.arange(n)]
                best_alpha[:, k] = weight[pick, 0]
        if t < periods:
            np.subtract(columns[t], level, out=miss)
            if gaps[t]:
                miss[:, blank[t]] = 0
            error *= MEMORY
            error += np.multiply(miss, miss, out=square)
            level += np.multiply(miss, weight, out=miss)
    _blind(units, origins, best_level)
    return best_level, best_alpha


def start_levels(units: Floats, count: int = 5) -> Doubles:
    """Average the first known values of each product: float64 (n,); 0 where nothing is known."""
    known = ~np.isnan(units)
    early = known & (np.cumsum(known, axis=1) <= count)
    total = np.where(early, units, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(total / np.maximum(early.sum(axis=1), 1))


def _blind(units: Floats, origins: Sequence[int], level: Doubles) -> None:
    """Put NaN where an origin lies before everything known; start anew where it lies among the first values."""
    known = ~np.isnan(units)
    for k, origin in enumerate(origins):
        count = known[:, :origin].sum(axis=1)
        young = count < 5
        total = np.where(known[:, :origin], units[:, :origin], 0).sum(axis=1, dtype=np.float64)
        level[young, k] = total[young] / np.maximum(count[young], 1)
        level[count == 0, k] = np.nan


def _slopes(units: Floats, origins: Sequence[int]) -> Doubles:
    out = np.zeros((len(units), len(origins)))
    for k, origin in enumerate(origins):
        past = units[:, :origin].astype(np.float64)
        known = ~np.isnan(past)
        count = np.maximum(known.sum(axis=1), 1)
        at = np.arange(origin)[None]
        x = np.where(known, at - (np.where(known, at, 0).sum(axis=1) / count)[:, None], 0)
        mean = np.where(known, past, 0).sum(axis=1) / count
        y = np.where(known, past - mean[:, None], 0)
        square = np.maximum((x * x).sum(axis=1), 1e-12)
        slope = (x * y).sum(axis=1) / square
        noise = ((y - slope[:, None] * x) ** 2).sum(axis=1) / np.maximum(count - 2, 1) / square
        out[:, k] = np.where(count >= 8, slope * slope**2 / (slope**2 + noise + 1e-18), 0)
    return out
