"""Choose a model for each product: by pinball loss in rolling backtests, shrunk to what wins among products of its
kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.classes import GAP
from forecasting.engine.distribution import quantiles
from forecasting.engine.metrics import STOCK_LEVELS, pinball
from forecasting.engine.spread import Trial, own_phi
from forecasting.engine.types import Floats

SHARP = 35.0  # how sharply weights fall with a model's loss
LEAST = 0.03  # weights below this share of the best model's are dropped
HEADSTART = {"global": 0.96}  # in tests the trees have seen less of the past than they will have seen
NAIVE = ("naive", "seasonal_naive")
STRENGTHS = (0.05, 0.2, 0.4)  # shares of unrest explained by the time of year, between kinds
STRIKING = 0.3  # difference of relative losses that halves the doubt in a product's own backtest
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


@dataclass(frozen=True, slots=True)
class Kinds:
    """How well models do for products of a kind: by size, and by how strongly the year shows.

    edges (3,): counts per period between sizes. sizes (M, 4): average relative loss; seasons (M, 4): what the strength
    of the year adds to it.
    """

    edges: Doubles
    sizes: Doubles
    seasons: Doubles

    def of(self, level: Doubles, strength: Doubles) -> Doubles:
        """Return the relative losses to expect: float64 (M, n)."""
        return np.asarray(self.sizes[:, self._size(level)] + self.seasons[:, _season(strength)])

    def _size(self, level: Doubles) -> NDArray[np.int64]:
        return np.asarray(np.searchsorted(self.edges, level), np.int64)


def by_kind(table: Doubles, level: Doubles, strength: Doubles) -> Kinds:
    """Average relative losses (M, n) over products of like size, shrunk to all; then what the year's strength adds.

    level (n,): counts per period; strength (n,): see seasons.strength. Products never tested teach nothing.
    """
    tested = np.isfinite(table).all(axis=0)
    table, level, strength = table[:, tested], level[tested], strength[tested]
    edges = np.quantile(level, [0.25, 0.5, 0.75]) if len(level) else np.zeros(3)
    overall = table.mean(axis=1) if len(level) else np.ones(len(table))
    sizes = overall[:, None] + _added(table - overall[:, None], np.searchsorted(edges, level), 4)
    left = table - sizes[:, np.searchsorted(edges, level)]
    return Kinds(edges, sizes, _added(left, _season(strength), len(STRENGTHS) + 1))


def _season(strength: Doubles) -> NDArray[np.int64]:
    return np.asarray(np.searchsorted(STRENGTHS, strength), np.int64)


def _added(left: Doubles, kind: NDArray[np.int64], kinds: int) -> Doubles:
    """Average what is left over products of each kind, with ten products of nothing added: float64 (M, kinds)."""
    sums = np.stack([left[:, kind == k].sum(axis=1) / ((kind == k).sum() + 10) for k in range(kinds)], axis=1)
    return np.asarray(sums, np.float64)


def scores(table: Doubles, prior: Doubles, tested: Doubles, gap: Doubles) -> Doubles:
    """Shrink each product's relative losses to its kind's: float64 (M, n), w·own + (1 - w)·kind.

    w = tested / (tested + doubt); doubt = 150, and 300 / (1 + (difference / 0.3)²) for what sells nearly every period
    (ADI, gap, at most 1.32): what differs much from its kind is believed sooner, so that a product whose own pattern is
    plain to see gets the model that sees it. Of demand that pauses, models that say zero would look best.
    """
    own = np.where(np.isfinite(table), table, prior)
    doubt = np.where(gap <= GAP, 2 * ENOUGH / (1 + ((own - prior) / STRIKING) ** 2), ENOUGH)
    weight = tested / np.maximum(tested + doubt, 1e-9)
    return np.asarray(weight * own + (1 - weight) * prior)


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


def sensible(names: Sequence[str], gap: Doubles) -> NDArray[np.bool_]:
    """Bar the last value where demand comes now and then: one period without a sale would forecast none for ever.

    gap: (n,), each product's ADI. Returns bool (M, n).
    """
    last = np.array([name == "naive" for name in names])[:, None]
    return np.asarray(~last | (gap <= GAP))


def shipped(share: Doubles, names: Sequence[str]) -> Doubles:
    """Give a product whose leading model is naive or seasonal naive that one alone: if naive wins, naive ships."""
    leader = share.argmax(axis=0)
    plain = np.isin(np.asarray(names, dtype=object)[leader], NAIVE)
    alone = (np.arange(len(share))[:, None] == leader) & (share.max(axis=0) > 0)
    return np.asarray(np.where(plain, alone, share), np.float64)


def combined(means: Mapping[str, Floats], share: Doubles) -> Floats:
    """Average the models' means by weight: float32 (n, ...); models that say nothing pass their weight on."""
    first = next(iter(means.values()))
    total, weight = np.zeros(first.shape), np.zeros(first.shape)
    for one, mean in zip(share, means.values(), strict=True):
        part = np.where(np.isnan(mean), 0, one.reshape(-1, *(1,) * (first.ndim - 1)))
        total += part * np.nan_to_num(mean)
        weight += part
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1), np.nan).astype(np.float32)
