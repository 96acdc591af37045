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

SHARP = 35.0  # how sharply weights fall with a model's loss
LEAST = 0.03  # weights below this share of the best model's are dropped
HEADSTART = {"global": 0.96}  # in tests the trees have seen less of the past than they will have seen
ENOUGH = 150.0  # tested periods at which a product's own backtest weighs as much as its kind's

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
    table = np.stack([loss[name] * HEADSTART.get(name, 1.0) for name in names])
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


def scores(table: Doubles, kinds: Doubles, kind: NDArray[np.int64], tested: Doubles) -> Doubles:
    """Shrink each product's relative losses to its kind's: float64 (M, n), w·own + (1 - w)·kind, w = tested/(tested
    + 60)."""
    weight = tested / (tested + ENOUGH)
    prior = kinds[:, kind]
    return np.asarray(weight * np.where(np.isfinite(table), table, prior) + (1 - weight) * prior)


def weights(score: Doubles, usable: NDArray[np.bool_]) -> Doubles:
    """Share each product's forecast among its models: float64 (M, n), columns adding to 1.

    w ∝ exp(-35·(score / best - 1)): a model four per cent worse than the best gets a quarter of its weight. usable
    (M, n)
    bars models; where none is usable all weights are 0.
    """
    barred = np.where(usable, score, np.inf)
    best = barred.min(axis=0)
    worse = np.where(usable, score, 1) / np.where(np.isfinite(best), best, 1) - 1
    share = np.where(usable, np.exp(-SHARP * worse), 0)
    share = np.where(share < LEAST, 0, share)
    return np.asarray(share / np.maximum(share.sum(axis=0), 1e-12))


def combined(means: Mapping[str, Floats], share: Doubles) -> Floats:
    """Average the models' means by weight: float32 (n, ...); models that say nothing pass their weight on."""
    first = next(iter(means.values()))
    total, weight = np.zeros(first.shape), np.zeros(first.shape)
    for one, mean in zip(share, means.values(), strict=True):
        part = np.where(np.isnan(mean), 0, one.reshape(-1, *(1,) * (first.ndim - 1)))
        total += part * np.nan_to_num(mean)
        weight += part
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1), np.nan).astype(np.float32)
