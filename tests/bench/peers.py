"""What others say: statsforecast's models and Prophet on a sample of products, kept in var/bench because they are
slow."""

import logging
import time
import warnings
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np

from forecasting.engine import DemandPanel
from tests.bench.datasets import Dataset

CACHE = Path(__file__).parents[2] / "var" / "bench"
LEVELS = (0.5, 0.8, 0.9, 0.95)
QUICK = ("SeasonalNaive", "CrostonSBA", "TSB", "IMAPA")
SLOW = ("AutoETS", "DynamicOptimizedTheta")
SAMPLE = {**dict.fromkeys(QUICK, 250), **dict.fromkeys(SLOW, 60), "Prophet": 24}
PANDAS = {"D": "D", "W": "7D", "M": "MS"}


def sampled(panel: DemandPanel, count: int) -> np.ndarray:
    """Choose products by a hash of their ids."""
    order = np.argsort([sha256(name.encode()).hexdigest() for name in panel.ids], kind="stable")
    return np.sort(order[:count])


def peer(name: str, data: Dataset) -> dict[str, np.ndarray]:
    """Forecast a sample of products: rows (r,), origins (K,), mean (r, K, H), quantiles (r, K, H, 4), seconds per
    product.

    Slow peers answer at the last origin only. Unknown periods are filled with the mean of the same phase of the season,
    since these libraries do not take gaps.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = CACHE / f"{data.name}-{name}-{'-'.join(map(str, data.origins))}-{data.horizon}.npz"
    if kept.exists():
        return dict(np.load(kept))
    rows = sampled(data.panel, SAMPLE[name])
    origins = data.origins if name in QUICK else data.origins[-1:]
    said = np.empty((len(rows), len(origins), data.horizon, 1 + len(LEVELS)), np.float32)
    began = time.perf_counter()
    for k, origin in enumerate(origins):
        series = [_filled(data.panel.units[row, :origin], data.season) for row in rows]
        run = _prophet if name == "Prophet" else _statsforecast
        said[:, k] = run(name, series, data)
    took = (time.perf_counter() - began) / len(rows) / len(origins)
    out = {
        "rows": rows,
        "origins": np.array(origins),
        "mean": np.maximum(said[..., 0], 0),
        "quantiles": np.maximum(np.maximum.accumulate(said[..., 1:], axis=-1), 0),
        "seconds": np.array(took),
    }
    np.savez_compressed(kept, **out)
    return out


def _filled(units: np.ndarray, season: int) -> np.ndarray:
    known = ~np.isnan(units)
    if not known.any():
        return np.zeros(3)
    units = units[known.argmax() :].astype(np.float64)
    for at in np.flatnonzero(np.isnan(units)):
        same = units[at % season :: season]
        units[at] = np.nanmean(same) if (~np.isnan(same)).any() else np.nanmean(units)
    return units


def _statsforecast(name: str, series: list[np.ndarray], data: Dataset) -> np.ndarray:
    from statsforecast import models
    from statsforecast.utils import ConformalIntervals

    out = np.empty((len(series), data.horizon, 1 + len(LEVELS)))
    for i, y in enumerate(series):
        windows = 2 if len(y) > 3 * data.horizon + 2 else 0
        interval = ConformalIntervals(n_windows=windows, h=data.horizon) if windows else None
        season = data.season if len(y) >= 2 * data.season else 1
        build = {
            "SeasonalNaive": lambda s=season: models.SeasonalNaive(season_length=s),
            "CrostonSBA": lambda iv=interval: models.CrostonSBA(prediction_intervals=iv),
            "TSB": lambda iv=interval: models.TSB(alpha_d=0.1, alpha_p=0.1, prediction_intervals=iv),
            "IMAPA": lambda iv=interval: models.IMAPA(prediction_intervals=iv),
            "AutoETS": lambda s=season: models.AutoETS(season_length=s if s <= 24 else 1),
            "DynamicOptimizedTheta": lambda s=season: models.DynamicOptimizedTheta(season_length=s),
        }[name]
        out[i] = _one(build(), y, data.horizon, gaussian=interval is None and name in QUICK[1:])
    return out


def _one(model, y: np.ndarray, horizon: int, *, gaussian: bool) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if gaussian:
                raise ValueError("too short for intervals")
            found = model.forecast(y=y, h=horizon, level=[60, 80, 90])
            columns = [found["mean"], found["mean"], *(found[f"hi-{level}"] for level in (60, 80, 90))]
            return np.nan_to_num(np.stack([np.asarray(c, float) for c in columns], axis=-1))
        except Exception:
            mean = np.full(horizon, y[-min(len(y), 2 * horizon) :].mean())
            return np.stack([mean, *(mean + z * y.std() for z in (0, 0.8416, 1.2816, 1.6449))], axis=-1)


def _prophet(name: str, series: list[np.ndarray], data: Dataset) -> np.ndarray:
    import pandas as pd
    from prophet import Prophet

    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    logging.getLogger("prophet").setLevel(logging.ERROR)
    out = np.empty((len(series), data.horizon, 1 + len(LEVELS)))
    for i, y in enumerate(series):
        dates = pd.date_range(
            data.panel.start + timedelta(0), periods=len(y) + data.horizon, freq=PANDAS[data.panel.freq]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = Prophet(uncertainty_samples=200)
            model.fit(pd.DataFrame({"ds": dates[: len(y)], "y": y}))
            np.random.seed(0)
            paths = model.predictive_samples(pd.DataFrame({"ds": dates[len(y) :]}))["yhat"]
        out[i, :, 0] = paths.mean(axis=1)
        out[i, :, 1:] = np.quantile(paths, LEVELS, axis=1).T
    return out
