"""Choose a model for each product: by pinball loss in rolling backtests, shrunk to what wins among products of its
kind."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.classes import CLASSES
from forecasting.engine.distribution import quantiles
from forecasting.engine.metrics import STOCK_LEVELS, pinball
from forecasting.engine.spread import Trial, own_phi
from forecasting.engine.types import Floats

ENOUGH = 60.0  # tested periods at which a product's own backtest weighs as much as its kind's

Doubles = NDArray[np.float64]


def losses(trial: Trial, pooled_phi: Doubles) -> Doubles:
    """Score one model on each product: pinball loss at the levels that stock uses, in counts per period: float64
    (n,)."""
    phi = own_phi(trial, pooled_phi)
    mean = np.nan_to_num(trial.mean).astype(np.float64)
    said = quantiles(mean, np.broadcast_to(phi[:, None, None], mean.shape), np.asarray(STOCK_LEVELS))
    actual = np.where(trial.known(), trial.actual, np.nan)
    return pinball(actual, np.maximum(said, 0), STOCK_LEVELS, np.ones(len(mean)))


def relative(loss: Mapping[str, Doubles]) -> tuple[tuple[str, ...], Doubles]:
    """Divide each product's losses by their average over models: names and float64 (M, n), NaN = never tested."""
    names = tuple(loss)
    table = np.stack([loss[name] for name in names])
    average = table.mean(axis=0)
    return names, np.where(average > 0, table / np.where(average > 0, average, 1), 1.0)


def by_kind(table: Doubles, kind: NDArray[np.int64], teachers: NDArray[np.bool_]) -> Doubles:
    """Average relative losses over teaching products of each kind, shrunk to all kinds together: float64 (M, kinds)."""
    tested = teachers & np.isfinite(table).all(axis=0)
    overall = table[:, tested].mean(axis=1) if tested.any() else np.ones(len(table))
    out = np.empty((len(table), len(CLASSES)))
    for c in range(len(CLASSES)):
        here = tested & (kind == c)
        out[:, c] = (table[:, here].sum(axis=1) + 10 * overall) / (here.sum() + 10)
    return out


def choose(table: Doubles, kinds: Doubles, kind: NDArray[np.int64], tested: Doubles) -> NDArray[np.int64]:
    """Return the index of each product's model: the least of w·own + (1 - w)·kind, w = tested / (tested + 60)."""
    weight = tested / (tested + ENOUGH)
    prior = kinds[:, kind]
    own = np.where(np.isfinite(table), table, prior)
    return np.asarray((weight * own + (1 - weight) * prior).argmin(axis=0))


def picked(means: Mapping[str, Floats], names: tuple[str, ...], choice: NDArray[np.int64]) -> Floats:
    """Take each product's chosen rows: float32 (n, ...)."""
    out = np.empty_like(next(iter(means.values())))
    for index, name in enumerate(names):
        rows = choice == index
        out[rows] = means[name][rows]
    return out
