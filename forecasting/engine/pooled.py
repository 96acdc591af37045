"""What the products of an organisation teach each other: fitted once, handed to every chunk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.candidates import local_means, mixture
from forecasting.engine.classes import classify
from forecasting.engine.clean import Cleaned, clean
from forecasting.engine.metrics import mean_level
from forecasting.engine.origins import actuals, past_origins
from forecasting.engine.periods import Dates
from forecasting.engine.seasons import Pool, factors, pool_seasons
from forecasting.engine.selection import by_kind, combined, losses, relative, scores, weights
from forecasting.engine.spread import Bank, Trial, build_bank, error_chances, own_phi, pooled_phi
from forecasting.engine.types import Calendar, DemandPanel, Floats, Freq
from forecasting.engine.zoo.boosting import boosted, grow
from forecasting.engine.zoo.features import Sight, look
from forecasting.engine.zoo.means import shrunk_mean

LIKE = 5  # products a group needs to have a prior of its own
TAUGHT = 2000  # products, at most, that the pooled figures are learned from

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taught:
    """What is learned from the products together up to a cut: seasons, series of the groups (all products last), trees.

    series: float32 (G + 1, cut), demand relative to each product's mean, averaged; prior: float64 (G, 2), a and b
    of the
    Gamma distribution of mean demand in counts; trees: text, None = too little data.
    """

    seasons: Pool
    series: Floats
    prior: Doubles
    trees: str | None

    def prior_of(self, group: NDArray[np.int64]) -> tuple[Doubles, Doubles]:
        """Return a and b of each product: float64 (n,) each."""
        rows = self.prior[np.minimum(group, len(self.prior) - 1)]
        return rows[:, 0], rows[:, 1]


@dataclass(frozen=True, slots=True)
class GlobalModel:
    """Everything learned from the products together; independent of any product that is poisoned.

    early is known at the first past origin and serves the backtest, late at the end. names, kinds: relative losses
    of the models by kind of demand (M, kinds). phi: (M, sizes) of the models, final: (sizes,) of their weighted mean.
    bank: past error paths of the latter. allowed: the only models that may be chosen, None = all.
    """

    freq: Freq
    horizon: int
    early: Taught
    late: Taught
    names: tuple[str, ...]
    kinds: Doubles
    phi: Doubles
    final: Doubles
    bank: Bank
    allowed: tuple[str, ...] | None = None


def fit(panel: DemandPanel, horizon: int, *, calendar: Calendar | None = None, seed: int = 0) -> GlobalModel:
    """Learn from all products that can be trusted, in the order of their ids' keys, 2,000 of them at most.

    Nothing depends on the order of products, nor on one that is poisoned (see clean): without it the bytes are the
    same.
    """
    cleaned = clean(panel)
    periods = panel.units.shape[1]
    trusted = np.flatnonzero(~cleaned.poisoned & (cleaned.first < periods))
    taught = cleaned.take(trusted[np.argsort(cleaned.keys[trusted], kind="stable")][:TAUGHT])
    origins = past_origins(periods, horizon, panel.freq)
    when = Dates(panel.start, panel.freq)
    groups = int(cleaned.group.max(initial=0)) + 1
    early, late = (
        _teach(taught, cut, horizon, when=when, groups=groups) for cut in (origins[0] if origins else periods, periods)
    )
    empty = build_bank(np.empty((0, 1, horizon), np.float32), np.empty(0), cleaned.keys[:0])
    model = GlobalModel(
        freq=panel.freq,
        horizon=horizon,
        early=early,
        late=late,
        names=(),
        kinds=np.empty((0, 4)),
        phi=np.empty((0, 0)),
        final=np.empty(0),
        bank=empty,
    )
    return _learned(model, taught, origins, when)


def _teach(taught: Cleaned, cut: int, horizon: int, *, when: Dates, groups: int) -> Taught:
    seasons = pool_seasons(taught.units, np.ones(len(taught.keys), np.bool_), cut, when.freq)
    before = taught.units[:, :cut]
    series = group_series(before, taught.group, groups)
    bare = Taught(seasons, series, _priors(mean_level(before) / taught.grain, taught.group, groups), None)
    return replace(bare, trees=grow(sight(bare, taught, horizon, when=when), taught.keys, cut, horizon))


def sight(known: Taught, cleaned: Cleaned, horizon: int, *, when: Dates) -> Sight:
    """Prepare what the trees may look at."""
    periods = cleaned.units.shape[1]
    series = np.full((len(known.series), periods), np.nan, np.float32)
    width = min(periods, known.series.shape[1])
    series[:, :width] = known.series[:, :width]
    month, day = when.parts(periods + horizon)
    return look(
        (cleaned.units / cleaned.grain[:, None]).astype(np.float32),
        factors(cleaned.units, known.seasons, horizon, when.freq, yearly=False),
        freq=when.freq,
        pool=(series, np.minimum(cleaned.group, len(series) - 2)),
        prior=known.prior_of(cleaned.group),
        extra=(cleaned.promo, cleaned.price, month, day),
    )


def group_series(units: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Average the products' demand relative to their own mean, by group and over all: float32 (groups + 1, T).

    A product weighs the root of its mean; NaN where none is known.
    """
    mean = mean_level(units)
    weight = np.sqrt(mean) * (mean > 0)
    known = ~np.isnan(units)
    part = np.where(known, units, 0) * (weight / np.maximum(mean, 1e-9))[:, None]
    total, count = np.zeros((groups + 1, units.shape[1])), np.zeros((groups + 1, units.shape[1]))
    np.add.at(total, group, part)
    np.add.at(count, group, known * weight[:, None])
    total[-1], count[-1] = part.sum(axis=0), (known * weight[:, None]).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1e-9), np.nan).astype(np.float32)


def _learned(model: GlobalModel, taught: Cleaned, origins: Sequence[int], when: Dates) -> GlobalModel:
    """Add what the backtest tells: which models win, how far errors stray, how they hang together."""
    teachers = np.ones(len(taught.keys), np.bool_)
    past = means_at(model, taught, origins, model.early, when=when)
    actual = actuals(taught.proof, origins, model.horizon) / taught.grain[:, None, None]
    trials = {name: Trial(mean, actual) for name, mean in past.items()}
    phi = np.stack([pooled_phi(trial, teachers) for trial in trials.values()])
    loss = {name: losses(trial, phi[m]) for m, (name, trial) in enumerate(trials.items())}
    names, table = relative(loss)
    kind = classify(taught.units)[0]
    kinds = by_kind(table, kind, teachers)
    score = scores(table, kinds, kind, (~np.isnan(actual)).sum(axis=(1, 2)).astype(np.float64))
    trial = Trial(combined(past, weights(score, np.ones(score.shape, np.bool_))), actual)
    final = pooled_phi(trial, teachers)
    _, _, total, count = trial.sums()
    chances = error_chances(trial, own_phi(trial, final), taught.keys)
    bank = build_bank(chances, total / np.maximum(count, 1), taught.keys)
    return replace(model, names=names, kinds=kinds, phi=phi, final=final, bank=bank)


def means_at(
    model: GlobalModel, cleaned: Cleaned, origins: Sequence[int], known: Taught, *, when: Dates
) -> dict[str, Floats]:
    """Forecast by every model from some origins with what was pooled before them, in counts: name -> (n, K, H)."""
    grain = cleaned.grain[:, None, None]
    means = local_means(cleaned.units, origins, model.horizon, pool=known.seasons, freq=model.freq)
    out = {name: np.asarray(mean / grain, np.float32) for name, mean in means.items()}
    out["mixture"] = mixture(out)
    if known.trees is not None:
        view = sight(known, cleaned, model.horizon, when=when)
        out["global"] = boosted(known.trees, view, tuple(origins), model.horizon)
        out["blend"] = np.asarray((out["global"] + out["mixture"]) / 2, np.float32)
    counts = (cleaned.units / cleaned.grain[:, None]).astype(np.float32)
    out["prior"] = shrunk_mean(counts, origins, model.horizon, prior=known.prior_of(cleaned.group))
    return {name: out[name] for name in model.names or out}


def _priors(levels: Doubles, group: NDArray[np.int64], groups: int) -> Doubles:
    """Fit a Gamma distribution to the mean demand of each group's products, of all where a group has fewer than
    five."""
    out = np.tile(_gamma(levels), (groups, 1))
    for g in range(groups):
        own = levels[group == g]
        if (own > 0).sum() >= LIKE:
            out[g] = _gamma(own)
    return out


def _gamma(levels: Doubles) -> tuple[float, float]:
    """Fit by moments, weighing no more than four periods: a = mean·b, b = mean / variance."""
    levels = levels[levels > 0]
    if len(levels) == 0:
        return 0.1, 1.0
    mean, variance = float(levels.mean()), float(levels.var()) + 1e-9
    b = max(min(mean / variance, 4.0), 0.05 / mean)
    return mean * b, b
