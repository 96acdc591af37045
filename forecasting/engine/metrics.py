"""How good a forecast was: all metrics scaled, so that products of any size can be averaged.

Arrays: actual (n, ...) with NaN = not known, forecasts of the same shape, scale (n,). Where nothing is known the
score is NaN.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Floats

STOCK_LEVELS = (0.5, 0.8, 0.9, 0.95)  # the quantiles that stock uses: models are chosen by them

Doubles = NDArray[np.float64]


def naive_scale(units: Floats, *, season: int = 1) -> tuple[Doubles, Doubles]:
    """Measure each product's own unrest: mean absolute and root mean square change over a season, float64 (n,) each.

    Where it is zero or unknown, the mean of known units stands in, and 1 where that is zero too.
    """
    step = (units[:, season:] - units[:, :-season]).astype(np.float64)
    known = ~np.isnan(step)
    count = np.maximum(known.sum(axis=1), 1)
    absolute = np.where(known, np.abs(step), 0).sum(axis=1) / count
    square = np.sqrt(np.where(known, step**2, 0).sum(axis=1) / count)
    level = mean_level(units)
    level = np.where(level > 0, level, 1)
    return np.where(absolute > 0, absolute, level), np.where(square > 0, square, level)


def mean_level(units: Floats) -> Doubles:
    """Average the known units of each product: float64 (n,), 0 where nothing is known."""
    known = ~np.isnan(units)
    total = np.where(known, units, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(total / np.maximum(known.sum(axis=1), 1))


def rmsse(actual: Floats, mean: Floats, scale: Doubles) -> Doubles:
    """Root mean squared error over the root mean squared naive change (Hyndman, Koehler 2006; M5)."""
    return np.asarray(np.sqrt(_mean((actual - mean) ** 2)) / scale)


def mase(actual: Floats, mean: Floats, scale: Doubles) -> Doubles:
    """Mean absolute error over the mean absolute naive change. Shown, never used to choose: zero wins it."""
    return np.asarray(_mean(np.abs(actual - mean)) / scale)


def bias(actual: Floats, mean: Floats) -> Doubles:
    """Sum of forecasts over sum of actuals, less one; NaN where nothing was sold."""
    known = ~np.isnan(actual) & ~np.isnan(mean)
    total = _flat(np.where(known, actual, 0)).sum(axis=1, dtype=np.float64)
    said = _flat(np.where(known, mean, 0)).sum(axis=1, dtype=np.float64)
    return np.asarray(np.where(total > 0, said / np.where(total > 0, total, 1) - 1, np.nan))


def pinball(actual: Floats, quantiles: Floats, levels: Sequence[float], scale: Doubles) -> Doubles:
    """Scaled pinball loss, averaged over levels: mean of max(q·(y - f), (q - 1)·(y - f)) over the scale.

    quantiles: (n, ..., Q), last axis as levels.
    """
    miss = actual[..., None] - quantiles
    level = np.asarray(levels, np.float32)
    loss = np.maximum(level * miss, (level - 1) * miss)
    return np.asarray(_mean(loss) / scale)


def coverage(actual: Floats, quantiles: Floats) -> Doubles:
    """Share of actuals under each quantile, a tie counting one half: float64 (Q,), over all products."""
    known = ~np.isnan(actual)
    real, said = actual[known][:, None], quantiles[known]
    return np.asarray(((real < said) + 0.5 * (real == said)).mean(axis=0, dtype=np.float64))


def _flat(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return values.reshape(len(values), int(np.prod(values.shape[1:])))


def _mean(values: NDArray[np.floating]) -> Doubles:
    flat = _flat(values)
    known = ~np.isnan(flat)
    total = np.where(known, flat, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan))
