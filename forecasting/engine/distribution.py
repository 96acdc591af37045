"""Demand around a mean: the negative binomial, its quantiles from one table for all products at once.

Counts c with mean m and variance m + phi·m² (Poisson when phi is 0). Quantiles are those of c plus uniform noise of
±½, so
that they move smoothly with mean and spread; rounding gives back the counts.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaincinv, gammaln

from forecasting.engine.types import Floats

SMALLEST, LARGEST, MEANS = 1e-3, 1e6, 150  # means of the table, evenly spaced in logarithm
NARROW, WIDE, SPREADS = 3e-4, 50.0, 30  # phi of the table
COUNTED = 500  # counts enumerated; beyond them the gamma distribution stands in
CHANCES = np.array(
    [
        *(0.0, 1e-4, 5e-4, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4),
        *(0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.9975, 0.999),
        *(0.9995, 0.9999),
    ]
)

Doubles = NDArray[np.float64]


def cumulative(counts: Doubles, mean: Doubles, phi: Doubles) -> Doubles:
    """Return P(C <= counts) for C negative binomial; 0 below zero."""
    size = 1 / np.maximum(phi, NARROW)
    below = betainc(size, np.maximum(counts, 0) + 1, size / (size + np.maximum(mean, 1e-9)))
    return np.asarray(np.where(counts < 0, 0, below))


def quantiles(mean: Doubles, phi: Doubles, chances: Doubles) -> Floats:
    """Return the noisy counts' quantiles: mean and phi of one shape (...), chances (Q,) -> float32 (..., Q)."""
    table = _columns(tuple(chances.tolist()))
    return _interpolated(table, mean, phi)


def quantile_grid(mean: Doubles, phi: Doubles) -> Floats:
    """Return quantiles at CHANCES, to interpolate paths in: float32 (..., len(CHANCES))."""
    return _interpolated(_table(), mean, phi)


def _interpolated(table: Floats, mean: Doubles, phi: Doubles) -> Floats:
    x = np.log(np.clip(mean, SMALLEST, LARGEST) / SMALLEST) / np.log(LARGEST / SMALLEST) * (MEANS - 1)
    y = np.log(np.clip(phi, NARROW, WIDE) / NARROW) / np.log(WIDE / NARROW) * (SPREADS - 1)
    i, j = np.minimum(x.astype(np.int64), MEANS - 2), np.minimum(y.astype(np.int64), SPREADS - 2)
    a, b = (x - i).astype(np.float32)[..., None], (y - j).astype(np.float32)[..., None]
    low = table[i, j] * (1 - b) + table[i, j + 1] * b
    high = table[i + 1, j] * (1 - b) + table[i + 1, j + 1] * b
    beyond = np.maximum(mean / LARGEST, 1).astype(np.float32)[..., None]  # there only the ratio to the mean counts
    return np.asarray((low * (1 - a) + high * a) * beyond, np.float32)


@lru_cache(maxsize=16)
def _columns(chances: tuple[float, ...]) -> Floats:
    """Cut the table to some chances."""
    want, table = np.asarray(chances), _table()
    right = np.clip(np.searchsorted(CHANCES, want), 1, len(CHANCES) - 1)
    part = ((want - CHANCES[right - 1]) / (CHANCES[right] - CHANCES[right - 1])).astype(np.float32)
    return np.asarray(table[..., right - 1] * (1 - part) + table[..., right] * part, np.float32)


@lru_cache(maxsize=1)
def _table() -> Floats:
    """Compute the quantiles at CHANCES for a grid of means and spreads: float32 (MEANS, SPREADS, Q)."""
    means = np.geomspace(SMALLEST, LARGEST, MEANS)
    spreads = np.geomspace(NARROW, WIDE, SPREADS)
    out = np.empty((MEANS, SPREADS, len(CHANCES)), np.float32)
    edges = np.arange(-0.5, COUNTED + 0.5)
    for i, mean in enumerate(means):
        gamma = gammaincinv(1 / spreads[:, None], CHANCES[None]) * mean * spreads[:, None]
        if mean > COUNTED:
            wider = np.sqrt(1 + 1 / (mean * spreads))[:, None]  # the Poisson part of the variance
            out[i] = mean + (gamma - mean) * wider
            continue
        below = np.cumsum(np.exp(_log_chances(mean, spreads)), axis=1)
        for j in range(SPREADS):
            chance = np.concatenate([[0], below[j]])
            found = np.interp(CHANCES, chance, edges)
            out[i, j] = np.where(chance[-1] < CHANCES, np.maximum(gamma[j], edges[-1]), found)
    return np.maximum.accumulate(out, axis=2)


def _log_chances(mean: float, spreads: Doubles) -> Doubles:
    size, count = 1 / spreads[:, None], np.arange(COUNTED)[None]
    ways = gammaln(count + size) - gammaln(size) - gammaln(count + 1)
    return np.asarray(ways + size * np.log(size / (size + mean)) + count * np.log(mean / (size + mean)))
