"""The engine against its peers on held-out periods of every data set, side by side."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.engine import DemandPanel, fit, forecast
from forecasting.engine.backtest import until
from forecasting.engine.metrics import coverage, naive_scale, pinball, rmsse
from tests.bench.datasets import Dataset
from tests.bench.peers import LEVELS, PANDAS, QUICK, SAMPLE, broken, peer

__all__ = ["PANDAS", "Run", "engine_run", "figures"]


@dataclass(frozen=True)
class Run:
    """What was said at each origin: mean (n, K, H), quantiles (n, K, H, 4); and what followed, NaN = not known."""

    mean: np.ndarray
    quantiles: np.ndarray
    actual: np.ndarray
    seconds: float
    models: tuple[str, ...]


def engine_run(data: Dataset, *, allowed: Sequence[str] | None = None) -> Run:
    means, quantiles, actual, models = [], [], [], ()
    began = time.perf_counter()
    for origin in data.origins:
        known = until(data.panel, origin)
        model = fit(known, data.horizon)
        if allowed is not None:
            model = replace(model, allowed=tuple(allowed))
        said = forecast(known, data.horizon, levels=LEVELS, fitted=model)
        means.append(said.mean)
        quantiles.append(said.quantiles)
        actual.append(_followed(data.panel, origin, data.horizon))
        models = said.model
    took = (time.perf_counter() - began) / len(data.origins)
    return Run(np.stack(means, 1), np.stack(quantiles, 1), np.stack(actual, 1), took, models)


def _followed(panel: DemandPanel, origin: int, horizon: int) -> np.ndarray:
    real = panel.units[:, origin : origin + horizon].copy()
    if panel.stocked is not None:
        real[panel.stocked[:, origin : origin + horizon] < 1] = np.nan
    return real


def figures(data: Dataset, mean: np.ndarray, quantiles: np.ndarray, actual: np.ndarray, rows=slice(None)) -> dict:
    """Score one forecast of some products: scaled by their past before the first origin."""
    past = data.panel.units[rows, : data.origins[0]]
    absolute, square = naive_scale(past)
    error = rmsse(actual, mean, square)
    weight = np.nansum(past[:, -10 * data.horizon :], axis=1)
    good = np.isfinite(error) & (np.nansum(past, axis=1) > 0)
    known = np.isfinite(actual)
    total = np.where(known, actual, 0).sum()
    loss = [pinball(actual, quantiles[..., q : q + 1], LEVELS[q : q + 1], absolute)[good] for q in range(len(LEVELS))]
    return {
        "rmsse": error[good].mean(),
        "wrmsse": (error[good] * weight[good]).sum() / max(weight[good].sum(), 1e-9),
        "pinball": np.mean(loss),
        **{f"pin{level}": values.mean() for level, values in zip(LEVELS, loss, strict=True)},
        "wpinball": (np.mean(loss, axis=0) * weight[good]).sum() / max(weight[good].sum(), 1e-9),
        "bias": np.where(known, mean, 0).sum() / total - 1,
        **{f"cov{level}": value for level, value in zip(LEVELS, coverage(actual, quantiles), strict=True)},
    }


def against(
    data: Dataset, run: Run, names: Sequence[str] = tuple(SAMPLE)
) -> dict[str, tuple[dict, dict, float, int, int]]:
    """Score each peer and the engine on the peer's sample, less the products on which the peer broke down: name ->
    (peer's, engine's, seconds per product, products, broken)."""
    out = {}
    for name in names:
        said = peer(name, data)
        sound = ~broken(said, data.panel.units[said["rows"], : data.origins[-1]])
        rows = said["rows"][sound]
        which = slice(None) if name in QUICK else slice(-1, None)
        actual = run.actual[rows][:, which]
        theirs = figures(data, said["mean"][sound], said["quantiles"][sound], actual, rows)
        ours = figures(data, run.mean[rows][:, which], run.quantiles[rows][:, which], actual, rows)
        out[name] = (theirs, ours, float(said["seconds"]), len(rows), int((~sound).sum()))
    return out
