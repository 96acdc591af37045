"""Models of demand that comes now and then: sizes and gaps smoothed apart."""

from collections.abc import Sequence

import numpy as np

from forecasting.engine.types import Floats
from forecasting.engine.zoo.smoothing import exponential_smoothing


def croston_sba(units: Floats, origins: Sequence[int], horizon: int, *, alpha: float = 0.1) -> Floats:
    """Forecast size over gap, both smoothed at demands only, less Syntetos' and Boylan's bias (2005).

    F = (1 - alpha/2)·z/p; z starts at the first size and p at the first gap, as in Croston (1972).
    """
    n, periods = units.shape
    size, gap, since = np.full(n, np.nan), np.full(n, np.nan), np.ones(n)
    out = np.full((n, len(origins)), np.nan)
    columns = np.ascontiguousarray(units.T, dtype=np.float64)
    for t in range(periods + 1):
        for k in (k for k, origin in enumerate(origins) if origin == t):
            out[:, k] = np.where(np.isnan(size), np.where(since > 1, 0, np.nan), (1 - alpha / 2) * size / gap)
        if t == periods:
            break
        value = columns[t]
        sold = value > 0
        first = sold & np.isnan(size)
        size = np.where(first, value, np.where(sold, size + alpha * (value - size), size))
        gap = np.where(first, since, np.where(sold, gap + alpha * (since - gap), gap))
        since = np.where(sold, 1, np.where(np.isnan(value), since, since + 1))
    return np.repeat(out[:, :, None], horizon, axis=2).astype(np.float32)


def tsb(
    units: Floats, origins: Sequence[int], horizon: int, *, alpha_size: float = 0.1, alpha_chance: float = 0.05
) -> Floats:
    """Forecast chance times size, falling when demand dries up (Teunter, Syntetos, Babai 2011).

    The chance is smoothed in every known period, the size at demands only; both start at the first known period.
    """
    n, periods = units.shape
    size, chance = np.full(n, np.nan), np.full(n, np.nan)
    out = np.full((n, len(origins)), np.nan)
    columns = np.ascontiguousarray(units.T, dtype=np.float64)
    for t in range(periods + 1):
        for k in (k for k, origin in enumerate(origins) if origin == t):
            out[:, k] = chance * np.where(np.isnan(size), 0, size)
        if t == periods:
            break
        value, known = columns[t], ~np.isnan(columns[t])
        sold = value > 0
        hit = np.where(sold, 1.0, 0.0)
        chance = np.where(known, np.where(np.isnan(chance), hit, chance + alpha_chance * (hit - chance)), chance)
        size = np.where(sold, np.where(np.isnan(size), value, size + alpha_size * (value - size)), size)
    return np.repeat(out[:, :, None], horizon, axis=2).astype(np.float32)


def adida(units: Floats, origins: Sequence[int], horizon: int, *, bucket: int) -> Floats:
    """Smooth sums over buckets of periods and spread them evenly (Nikolopoulos and others 2011).

    Buckets end at the origin; a bucket's unknown periods count at the mean of its known ones.
    """
    n = len(units)
    out = np.full((n, len(origins), horizon), np.nan, np.float32)
    for k, origin in enumerate(origins):
        whole = origin // bucket
        if whole == 0:
            known = ~np.isnan(units[:, :origin])
            total = np.where(known, units[:, :origin], 0).sum(axis=1)
            out[:, k] = np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)[:, None]
            continue
        cut = units[:, origin - whole * bucket : origin].reshape(n, whole, bucket)
        known = ~np.isnan(cut)
        total, count = np.where(known, cut, 0).sum(axis=2), known.sum(axis=2)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
        out[:, k] = exponential_smoothing(mean, [whole], horizon)[:, 0]
    return out
