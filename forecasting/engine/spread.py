"""How far demand strays from its mean: learned from backtest errors, for products together and each apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.chance import Keys, mixed, uniform
from forecasting.engine.distribution import NARROW, WIDE, cumulative
from forecasting.engine.types import Floats

EDGES = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 10000.0])  # counts per period
OFTEN = 3.0  # counts per period from which a product's own spread can be told
OWN = 5.0  # periods of its own past that weigh as much as the products of like size
START, DOUBT = 0.5, 20.0  # phi before anything is seen, and the number of periods it weighs
BANK_ROWS, BUCKET_ROWS, BUCKETS = 1500, 150, 8
SYNTHETIC = 40  # even error paths, at least, mixed into every bucket: they keep tails open when little was seen
TRUST = 9  # past paths per even one
SHOCK = 0.5  # part of what forecasts of late missed in common that stays in: the rest was a shock of its time
OLDER = 0.5  # weight of an origin in that beside the next newer one
SIZES, HELD = 4, 20.0  # sizes of products that miss in common; deviations that nothing was missed
SMALL, OUTLYING = 0.05, 4.0  # least deviation; deviations beyond which a miss counts no more
STRETCH = 3.0  # how many times more or less often than said a chance is taken to be exceeded
CALM = 20.0  # as OWN, for a product that is steadier than its like
TOLD = 0.05  # least phi that can be told, as a part of the Poisson share 1/m
FAR, STEADY = 4.0, 400.0  # how many times more, and how many times less, than its like a product may stray
BELIEVED = 0.2  # phi up to which a product is believed to stray, however steady its like are

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one way of forecasting said at past origins, in counts: mean, actual float32 (n, K, H), NaN = not known."""

    mean: Floats
    actual: Floats

    def known(self) -> NDArray[np.bool_]:
        """Tell where both are known."""
        return ~np.isnan(self.actual) & ~np.isnan(self.mean)

    def sums(self) -> tuple[Doubles, Doubles, Doubles, Doubles]:
        """Sum per product: squared errors less the mean, squared means, means; and count: float64 (n,) each."""
        known = self.known()
        mean = np.where(known, self.mean, 0).astype(np.float64)
        error = np.where(known, self.actual - self.mean, 0).astype(np.float64)
        over, square = (error**2 - mean).sum(axis=(1, 2)), (mean**2).sum(axis=(1, 2))
        return over, square, mean.sum(axis=(1, 2)), known.sum(axis=(1, 2)).astype(np.float64)


def pooled_phi(trial: Trial, teachers: NDArray[np.bool_]) -> Doubles:
    """Estimate phi for products of like size, between EDGES: float64 (len(EDGES) + 1,).

    phi = sum((c - m)² - m) / sum(m²) over the products of a size, with 20 periods of phi = 0.5 added.
    """
    over, square, mean, count = (part[teachers] for part in trial.sums())
    level = mean / np.maximum(count, 1)
    size = np.searchsorted(EDGES, level)
    out = np.full(len(EDGES) + 1, START)
    for b in range(len(out)):
        here = (size == b) & (count > 0)
        per_period = square[here].sum() / max(count[here].sum(), 1)
        if per_period > 0:
            told = np.minimum(over[here], _most(over[here], square[here], EDGES[max(b - 1, 0)]) * square[here])
            out[b] = (told.sum() + DOUBT * START * per_period) / (square[here].sum() + DOUBT * per_period)
    return np.asarray(np.clip(out, NARROW, WIDE))


def _most(over: Doubles, square: Doubles, level: float) -> float:
    """Bound what one erratic product may tell of the others: three times the median, for products that sell often."""
    if level < OFTEN or len(over) < 5:
        return 1e9
    return 3 * max(float(np.median(over / np.maximum(square, 1e-12))), NARROW)


def own_phi(trial: Trial, pooled: Doubles) -> Doubles:
    """Estimate each product's phi, shrunk to that of products of like size: float64 (n,).

    Its own part divides by the square of the larger of what was forecast and what came, so that a product that came to
    life is not taken for an endlessly erratic one. A steadier product than its like is shrunk in logarithms: else a
    twentieth of a large phi would drown its own small one.
    """
    over, square, mean, count = trial.sums()
    known = trial.known()
    came = np.where(known, trial.actual, 0).sum(axis=(1, 2), dtype=np.float64)
    level = np.maximum(mean, came) / np.maximum(count, 1)
    prior = phi_at(pooled, mean / np.maximum(count, 1))
    size = np.maximum(square, count * level**2)
    wilder = (over + OWN * prior * level**2) / np.maximum(size + OWN * level**2, 1e-12)
    seen = np.maximum(over / np.maximum(size, 1e-12), np.maximum(TOLD / np.maximum(level, 1e-9), NARROW))
    calmer = np.exp((count * np.log(seen) + CALM * np.log(prior)) / (count + CALM))
    own = np.where(level > 0, np.where(seen < prior, calmer, wilder), prior)
    return np.asarray(np.clip(np.clip(own, prior / STEADY, np.maximum(prior * FAR, BELIEVED)), NARROW, WIDE))


def phi_at(pooled: Doubles, level: Doubles) -> Doubles:
    """Read the pooled phi at a level, between the middles of the size classes."""
    middles = np.log(np.concatenate([[0.01], np.sqrt(EDGES[:-1] * EDGES[1:]), [3e4]]))
    return np.asarray(np.exp(np.interp(np.log(np.maximum(level, 1e-3)), middles, np.log(pooled)[: len(middles)])))


@dataclass(frozen=True, slots=True)
class Bank:
    """Whole error paths of past forecasts as chances (0..1), by size of product: rows[b] float32 (R, H)."""

    edges: Doubles
    rows: tuple[Floats, ...]

    def bucket(self, level: Doubles) -> NDArray[np.int64]:
        """Find the bucket of products whose mean count per period is `level`."""
        return np.asarray(np.searchsorted(self.edges, level), np.int64)

    def recalibrated(self, levels: Doubles, blocks: int = 4) -> Doubles:
        """Return the chances that past actuals stayed under with the wanted frequency: float64 (buckets, H, Q).

        Neighbouring horizons are taken together in up to four blocks.
        """
        horizon = self.rows[0].shape[1]
        out = np.empty((len(self.rows), horizon, len(levels)))
        for b, rows in enumerate(self.rows):
            for part in np.array_split(np.arange(horizon), min(blocks, horizon)):
                out[b, part] = np.quantile(rows[:, part], levels)
        return out


def error_chances(trial: Trial, phi: Doubles, keys: Keys) -> Floats:
    """Turn actuals into chances under their forecast: float32 (n, K, H), NaN = not known.

    u = F(c - 1) + V·(F(c) - F(c - 1)) with V uniform, so that a calibrated forecast gives uniform chances.
    """
    _, moments, horizon = trial.mean.shape
    place = np.arange(moments * horizon).reshape(1, moments, horizon)
    count, mean = np.round(np.nan_to_num(trial.actual)).astype(np.float64), np.nan_to_num(trial.mean).astype(np.float64)
    wide = np.broadcast_to(phi[:, None, None], mean.shape)
    below, upto = cumulative(count - 1, mean, wide), cumulative(count, mean, wide)
    chance = below + uniform(mixed(keys[:, None, None], place)) * (upto - below)
    return np.where(trial.known(), np.clip(chance, 1e-4, 1 - 1e-4), np.nan).astype(np.float32)


def unshocked(trial: Trial, phi: Doubles) -> Trial:
    """Take what forecasts missed in common out of the past means, but for half of what they missed of late: the origins
    lie close together, so that a shock touches many products at all of them and is not to come again, while the shape
    of errors around their mean is.

    m' = m·exp(mean(r) - r'/2), r = log of sum(y/s) / sum(m/s) over an origin's products of like size (four sizes), r'
    its mean over origins by weight, each half of the next newer one's; s = sqrt(m + phi·m²), no y counting above
    m + 4s; r shrunk to 0 by twenty deviations.
    """
    known = trial.known()
    if not known.any():
        return trial
    mean = np.where(known, trial.mean, 0).astype(np.float64)
    level = mean.sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    size = np.searchsorted(np.unique(np.quantile(level, np.arange(1, SIZES) / SIZES)), level)
    stray = np.maximum(np.sqrt(mean + phi[:, None, None] * mean**2), SMALL)
    came = np.where(known, np.minimum(np.nan_to_num(trial.actual), mean + OUTLYING * stray), 0) / stray
    factor, recent = np.ones(len(mean)), OLDER ** np.arange(mean.shape[1])[::-1]
    recent /= recent.sum()
    for s in range(size.max() + 1):
        here = size == s
        real, said = came[here].sum(axis=(0, 2)), (mean[here] / stray[here]).sum(axis=(0, 2))
        missed = np.log((real + HELD) / (said + HELD))
        factor[here] = np.exp(missed.mean() - SHOCK * (missed * recent).sum())
    return Trial((trial.mean * factor[:, None, None]).astype(np.float32), trial.actual)


def build_bank(chances: Floats, levels: Doubles, keys: Keys) -> Bank:
    """Sort whole error paths into buckets by size; levels (n,) are the products' mean counts per period."""
    horizon = chances.shape[2]
    rows = chances.reshape(-1, horizon)
    level, key = np.repeat(levels, chances.shape[1]), np.repeat(keys, chances.shape[1])
    use = np.isnan(rows).mean(axis=1) < 0.5
    rows, level = _filled(rows[use], key[use]), level[use]
    wanted = int(np.clip(len(rows) // BUCKET_ROWS, 1, BUCKETS))
    edges = np.unique(np.quantile(level, np.arange(1, wanted) / wanted)) if len(rows) else np.empty(0)
    place = np.searchsorted(edges, level)
    parts = [_bounded(_thinned(rows[place == b])) for b in range(len(edges) + 1)]
    even = [_synthetic(max(SYNTHETIC, len(part) // TRUST), horizon) for part in parts]
    return Bank(edges, tuple(np.concatenate(pair) for pair in zip(parts, even, strict=True)))


def _thinned(rows: Floats) -> Floats:
    return rows[np.linspace(0, len(rows) - 1, BANK_ROWS).astype(int)] if len(rows) > BANK_ROWS else rows


def _bounded(rows: Floats) -> Floats:
    """Keep the tails in reach: what was exceeded with chance p is taken for the quantile of p/3 to 3p, at either end.

    A few products that come to life would else stretch the ranges of all that sell as little.
    """
    if not rows.size:
        return rows
    rank = rows.ravel().argsort(kind="stable").argsort(kind="stable").reshape(rows.shape)
    under = (rank + 0.5) / rows.size
    least = np.maximum(under / STRETCH, 1 - (1 - under) * STRETCH)
    most = np.minimum(under * STRETCH, 1 - (1 - under) / STRETCH)
    return np.clip(rows, least, most).astype(np.float32)


def _filled(rows: Floats, keys: Keys) -> Floats:
    """Fill unknown periods of a path with known ones of the same path."""
    rows = rows.copy()
    for r in np.flatnonzero(np.isnan(rows).any(axis=1)):
        gap = np.flatnonzero(np.isnan(rows[r]))
        known = rows[r][~np.isnan(rows[r])]
        rows[r, gap] = known[(mixed(keys[r : r + 1], gap) % np.uint64(len(known))).astype(np.int64)]
    return rows


def _synthetic(count: int, horizon: int) -> Floats:
    """Make evenly spread error paths whose periods hang together as a shared half and an own half."""
    base = (np.arange(count) + 0.5) / count
    keys = mixed(np.arange(count, dtype=np.uint64)[:, None], np.arange(horizon)[None])
    order = np.argsort(np.argsort(base[:, None] + uniform(keys), axis=0, kind="stable"), axis=0, kind="stable")
    return ((order + 0.5) / count).astype(np.float32)
