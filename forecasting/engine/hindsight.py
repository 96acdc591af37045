"""How good a product's forecasts would have been: the engine beside naive and seasonal naive, at past origins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import Cleaned
from forecasting.engine.metrics import bias, naive_scale, rmsse
from forecasting.engine.pooled import GlobalModel
from forecasting.engine.selection import losses
from forecasting.engine.spread import Trial, error_chances, own_phi
from forecasting.engine.types import Floats
from forecasting.engine.zoo.means import moving_average

LOW, HIGH = 0.05, 0.95  # the band whose coverage is told

Doubles = NDArray[np.float64]


def hindsight(
    cleaned: Cleaned, trial: Trial, seasonal: Floats, origins: Sequence[int], model: GlobalModel
) -> dict[str, dict[str, Floats]]:
    """Score the engine, naive and seasonal naive on each product's past: who -> metric -> float32 (n,).

    trial: the engine's means and what came, in counts; seasonal: float32 (n, K, H), seasonal naive's. Each has a spread
    of its own, fitted on its own errors. The engine's weights and spread rest on the same periods: its figures are a
    little kind to it, as everybody's are who was chosen.
    """
    last = moving_average(cleaned.units, origins, model.horizon, window=1) / cleaned.grain[:, None, None]
    absolute, square = naive_scale(cleaned.units / cleaned.grain[:, None])
    row = model.names.index("seasonal_naive")
    tried = {
        "engine": (trial, model.final),
        "naive": (Trial(np.asarray(last, np.float32), trial.actual), model.phi[row]),
        "seasonal_naive": (Trial(seasonal, trial.actual), model.phi[row]),
    }
    out = {who: _scored(one, phi, cleaned, (absolute, square)) for who, (one, phi) in tried.items()}
    unknown = np.full(len(cleaned.keys), np.nan, np.float32)
    covered = _covered(trial, model.final, cleaned, model).astype(np.float32)
    return {who: {**found, "coverage": covered if who == "engine" else unknown} for who, found in out.items()}


def _scored(trial: Trial, pooled: Doubles, cleaned: Cleaned, scale: tuple[Doubles, Doubles]) -> dict[str, Floats]:
    known = trial.known()
    tested = known.sum(axis=(1, 2))
    miss = np.where(known, trial.mean - trial.actual, 0).sum(axis=(1, 2), dtype=np.float64)
    some = tested > 0
    found = {
        "rmsse": rmsse(trial.actual, trial.mean, scale[1]),
        "pinball": losses(trial, pooled) / scale[0],
        "bias": bias(trial.actual, trial.mean),
        "bias_units": np.where(some, miss / np.maximum(tested, 1), np.nan) * cleaned.grain,
        "tested": tested,
    }
    return {metric: np.asarray(values, np.float32) for metric, values in found.items()}


def _covered(trial: Trial, pooled: Doubles, cleaned: Cleaned, model: GlobalModel) -> Doubles:
    """Return the share of actuals in the band from 5 to 95 %, as chances under their forecast: float64 (n,)."""
    chance = error_chances(trial, own_phi(trial, pooled), cleaned.keys)
    known = ~np.isnan(chance)
    count = known.sum(axis=(1, 2))
    level = np.where(known, trial.mean, 0).sum(axis=(1, 2), dtype=np.float64) / np.maximum(count, 1)
    band = model.bank.recalibrated(np.array([LOW, HIGH]))[model.bank.bucket(level)][:, None]
    inside = known & (chance >= band[..., 0]) & (chance <= band[..., 1])
    return np.where(count > 0, inside.sum(axis=(1, 2)) / np.maximum(count, 1), np.nan)
