"""What the products of an organisation teach each other: fitted once, handed to every chunk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.candidates import local_means
from forecasting.engine.chance import Keys, keys_of
from forecasting.engine.classes import classify
from forecasting.engine.clean import Cleaned, clean
from forecasting.engine.metrics import mean_level
from forecasting.engine.origins import actuals, past_origins
from forecasting.engine.seasons import Pool, pool_seasons
from forecasting.engine.selection import by_kind, choose, losses, picked, relative
from forecasting.engine.spread import Bank, Trial, build_bank, error_chances, own_phi, pooled_phi
from forecasting.engine.types import Calendar, DemandPanel, Floats, Freq
from forecasting.engine.zoo.means import shrunk_mean

TAUGHT = 2000  # products, at most, that the pooled figures are learned from

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GlobalModel:
    """Everything learned from the products together; independent of any product that is poisoned.

    early is known at the first past origin and serves the backtest, late at the end. names, kinds: relative losses
    of the
    models by kind of demand (M, kinds). phi: (M, sizes). bank: past error paths. prior: (a, b) of the Gamma
    distribution of
    mean demand in counts. allowed: the only models that may be chosen, None = all.
    """

    freq: Freq
    horizon: int
    early: Pool
    late: Pool
    names: tuple[str, ...]
    kinds: Doubles
    phi: Doubles
    bank: Bank
    prior: tuple[float, float]
    allowed: tuple[str, ...] | None = None


def fit(panel: DemandPanel, horizon: int, *, calendar: Calendar | None = None, seed: int = 0) -> GlobalModel:
    """Learn from all products that can be trusted, in the order of their ids' keys, 2,000 of them at most."""
    cleaned = clean(panel)
    periods = panel.units.shape[1]
    keys = keys_of(panel.ids, seed)
    trusted = np.flatnonzero(~cleaned.poisoned & (cleaned.first < periods))
    order = trusted[np.argsort(keys[trusted], kind="stable")][:TAUGHT]
    taught = take(cleaned, order)
    origins = past_origins(periods, horizon, panel.freq)
    teachers = np.ones(len(order), np.bool_)
    early = pool_seasons(taught.units, teachers, origins[0] if origins else periods, panel.freq)
    model = GlobalModel(
        freq=panel.freq,
        horizon=horizon,
        early=early,
        late=pool_seasons(taught.units, teachers, periods, panel.freq),
        names=(),
        kinds=np.empty((0, 4)),
        phi=np.empty((0, 0)),
        bank=build_bank(np.empty((0, 1, horizon), np.float32), np.empty(0), keys[:0]),
        prior=_gamma(mean_level(taught.units) / taught.grain),
    )
    return _learned(model, taught, origins, keys[order])


def _learned(model: GlobalModel, taught: Cleaned, origins: Sequence[int], keys: Keys) -> GlobalModel:
    """Add what the backtest of the teaching products tells: which models win, how far errors stray, how they hang
    together."""
    teachers = np.ones(len(keys), np.bool_)
    past = past_means(model, taught, origins)
    actual = actuals(taught.units, origins, model.horizon) / taught.grain[:, None, None]
    trials = {name: Trial(mean, actual) for name, mean in past.items()}
    phi = np.stack([pooled_phi(trial, teachers) for trial in trials.values()])
    loss = {name: losses(trial, phi[m]) for m, (name, trial) in enumerate(trials.items())}
    names, table = relative(loss)
    kind = classify(taught.units)[0]
    kinds = by_kind(table, kind, teachers)
    choice = choose(table, kinds, kind, (~np.isnan(actual)).sum(axis=(1, 2)).astype(np.float64))
    trial = Trial(picked(past, names, choice), actual)
    spread = spread_of(trial, phi, choice)
    _, _, total, count = trial.sums()
    bank = build_bank(error_chances(trial, spread, keys), total / np.maximum(count, 1), keys)
    return replace(model, names=names, kinds=kinds, phi=phi, bank=bank)


def spread_of(trial: Trial, phi: Doubles, choice: NDArray[np.int64]) -> Doubles:
    """Estimate phi of each product under its chosen model: float64 (n,)."""
    out = np.empty(len(choice))
    for m in range(len(phi)):
        rows = choice == m
        out[rows] = own_phi(Trial(trial.mean[rows], trial.actual[rows]), phi[m])
    return out


def past_means(model: GlobalModel, cleaned: Cleaned, origins: Sequence[int]) -> dict[str, Floats]:
    """Forecast from past origins with what was pooled before the first of them, in counts: name -> (n, K, H)."""
    means = local_means(cleaned.units, origins, model.horizon, pool=model.early, freq=model.freq)
    return _with_prior(model, cleaned, origins, means)


def now_means(model: GlobalModel, cleaned: Cleaned) -> dict[str, Floats]:
    """Forecast from the end of the panel, in counts: name -> (n, H)."""
    end = [cleaned.units.shape[1]]
    means = local_means(cleaned.units, end, model.horizon, pool=model.late, freq=model.freq)
    return {name: mean[:, 0] for name, mean in _with_prior(model, cleaned, end, means).items()}


def take(cleaned: Cleaned, rows: NDArray[np.int64] | slice) -> Cleaned:
    """Take some products."""
    parts = (getattr(cleaned, name)[rows] for name in ("units", "sold", "poisoned", "refused", "grain", "first"))
    return Cleaned(*parts)


def _with_prior(
    model: GlobalModel, cleaned: Cleaned, origins: Sequence[int], means: dict[str, Floats]
) -> dict[str, Floats]:
    """Turn means into counts and add the mean of like products."""
    grain = cleaned.grain[:, None, None]
    out = {name: np.asarray(mean / grain, np.float32) for name, mean in means.items()}
    counts = (cleaned.units / cleaned.grain[:, None]).astype(np.float32)
    out["prior"] = shrunk_mean(counts, origins, model.horizon, prior=model.prior)
    return out


def _gamma(levels: Doubles) -> tuple[float, float]:
    """Fit a Gamma distribution to the products' mean demand by moments, weighing no more than four periods."""
    levels = levels[levels > 0]
    if len(levels) == 0:
        return 0.1, 1.0
    mean, variance = float(levels.mean()), float(levels.var()) + 1e-9
    b = min(mean / variance, 4.0)
    return max(mean * b, 0.05), max(b, 0.05 / max(mean, 1e-9))
