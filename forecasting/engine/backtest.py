"""Test the whole engine, or single models, on the past: rolling origins, never seeing the future."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.engine.forecasting import forecast
from forecasting.engine.metrics import STOCK_LEVELS, bias, coverage, mase, naive_scale, pinball, rmsse
from forecasting.engine.pooled import fit
from forecasting.engine.types import Calendar, DemandPanel, Floats, Forecast

ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Scores:
    """How models did on the past.

    by_product: model -> metric -> float32 (n,), averaged over origins; metrics rmsse, mase, pinball (mean over
    levels) and
    bias (share). coverage: model -> share of actuals under each level, a tie counting one half. origins: periods known.
    """

    ids: tuple[str, ...]
    origins: tuple[int, ...]
    levels: tuple[float, ...]
    by_product: dict[str, dict[str, Floats]]
    coverage: dict[str, tuple[float, ...]]

    def overall(self, model: str, metric: str) -> float:
        """Average a metric over products that could be scored."""
        return float(np.nanmean(self.by_product[model][metric]))


def backtest(  # noqa: PLR0913 (the contract's arguments)
    panel: DemandPanel,
    horizon: int,
    *,
    origins: Sequence[int],
    models: Sequence[str] = (ENGINE, "seasonal_naive"),
    levels: Sequence[float] = STOCK_LEVELS,
    calendar: Calendar | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Forecast from each origin with what was known then, and score against what followed.

    origins: how many periods are known, each in 1..T-1. models: "engine" is all of it, choosing for each product; other
    names are candidates on their own. Everything pooled is fitted anew at each origin.

    Raises ValueError when an origin leaves nothing to know or nothing to score, or no model of a name is known there.
    """
    periods = panel.units.shape[1]
    if not origins or min(origins) < 1 or max(origins) >= periods:
        raise ValueError(f"origins must lie in 1..{periods - 1}, not {tuple(origins)}")
    actual, said = [], {model: [] for model in models}  # type: ignore[var-annotated]
    for done, origin in enumerate(origins):
        known = until(panel, origin)
        fitted = fit(known, horizon, calendar=calendar, seed=seed)
        if strange := set(models) - {ENGINE, *fitted.names}:
            raise ValueError(f"no model is called {', '.join(sorted(strange))}: there are {', '.join(fitted.names)}")
        for model in models:
            one = fitted if model == ENGINE else replace(fitted, allowed=(model,))
            said[model].append(forecast(known, horizon, levels=levels, calendar=calendar, seed=seed, fitted=one))
        actual.append(_followed(panel, origin, horizon))
        if on_progress is not None:
            on_progress(done + 1, len(origins))
    first = until(panel, min(origins)).units
    truth = np.stack(actual, axis=1)
    return Scores(
        panel.ids,
        tuple(origins),
        tuple(levels),
        {model: _scored(truth, forecasts, levels, first) for model, forecasts in said.items()},
        {model: _covered(truth, forecasts) for model, forecasts in said.items()},
    )


def until(panel: DemandPanel, origin: int) -> DemandPanel:
    """Cut a panel to what was known after `origin` periods."""

    def cut(grid: Floats | None) -> Floats | None:
        return None if grid is None else grid[:, :origin]

    return replace(
        panel,
        units=panel.units[:, :origin],
        price=cut(panel.price),
        promo=cut(panel.promo),
        stocked=cut(panel.stocked),
    )


def _followed(panel: DemandPanel, origin: int, horizon: int) -> Floats:
    """Take what was sold after an origin while in stock: float32 (n, horizon), NaN = not known."""
    out = np.full((len(panel.ids), horizon), np.nan, np.float32)
    real = panel.units[:, origin : origin + horizon]
    out[:, : real.shape[1]] = real
    if panel.stocked is not None:
        out[:, : real.shape[1]][panel.stocked[:, origin : origin + horizon] < 1] = np.nan
    return np.where(np.isfinite(out), np.maximum(out, 0), np.nan).astype(np.float32)


def _scored(actual: Floats, forecasts: Sequence[Forecast], levels: Sequence[float], first: Floats) -> dict[str, Floats]:
    absolute, square = naive_scale(np.where(np.isfinite(first), first, np.nan).astype(np.float32))
    mean = np.stack([f.mean for f in forecasts], axis=1)
    quantiles = np.stack([f.quantiles for f in forecasts], axis=1)
    found = {
        "rmsse": rmsse(actual, mean, square),
        "mase": mase(actual, mean, absolute),
        "pinball": pinball(actual, quantiles, levels, absolute),
        "bias": bias(actual, mean),
    }
    return {metric: values.astype(np.float32) for metric, values in found.items()}


def _covered(actual: Floats, forecasts: Sequence[Forecast]) -> tuple[float, ...]:
    quantiles = np.stack([f.quantiles for f in forecasts], axis=1)
    return tuple(coverage(actual, quantiles).tolist())
