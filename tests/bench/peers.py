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
QUICK = ("SeasonalNaive", "CrostonSBA", "TSB", "IMAPA", "LightGBM")
SLOW = ("AutoETS", "DynamicOptimizedTheta")
SAMPLE = {**dict.fromkeys(QUICK, 250), **dict.fromkeys(SLOW, 60), "Prophet": 24}
FEW, ROWS = 6, 120_000  # products of a shortened set for slow peers; rows taught to plain trees at most
ABSURD = 10.0  # times the largest period a peer was given: what says more has broken down
PANDAS = {"D": "D", "W": "7D", "M": "MS"}


def sampled(panel: DemandPanel, count: int) -> np.ndarray:
    """Choose products by a hash of their ids."""
    order = np.argsort([sha256(name.encode()).hexdigest() for name in panel.ids], kind="stable")
    return np.sort(order[:count])


def peer(name: str, data: Dataset) -> dict[str, np.ndarray]:
    """Forecast a sample of products: rows (r,), origins (K,), mean (r, K, H), quantiles (r, K, H, 4), seconds per
    product; NaN where the peer failed.

    Slow peers answer at the last origin only. Unknown periods are filled with the mean of the same phase of the season,
    since these libraries do not take gaps.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = CACHE / f"{data.name}-{name}-{'-'.join(map(str, data.origins))}-{data.horizon}.npz"
    if kept.exists():
        return dict(np.load(kept))
    rows = sampled(data.panel, FEW if data.short and name not in QUICK else SAMPLE[name])
    origins = data.origins if name in QUICK else data.origins[-1:]
    said = np.empty((len(rows), len(origins), data.horizon, 1 + len(LEVELS)), np.float32)
    began = time.perf_counter()
    for k, origin in enumerate(origins):
        series = [_filled(data.panel.units[row, :origin], data.season) for row in rows]
        run = {"Prophet": _prophet, "LightGBM": _lightgbm}.get(name, _statsforecast)
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


def broken(said: dict[str, np.ndarray], past: np.ndarray) -> np.ndarray:
    """Tell for which products a peer has no answer, or one above ten times the largest period it was given: bool (r,).

    past: (r, T), the products' own. One such series outweighs all others in an average, and says nothing of them.
    """
    largest = np.fmax.reduce(past, axis=1, initial=0)
    most = np.maximum(said["mean"], said["quantiles"].max(axis=-1)).max(axis=(1, 2))
    return np.isnan(most) | ((most > ABSURD * largest) & (largest > 0))


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
        out[i] = _one(build(), y, data.horizon, gaussian=interval is None and name in QUICK[1:4])
    return out


def _one(model, y: np.ndarray, horizon: int, *, gaussian: bool) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if gaussian:
                raise ValueError("too short for intervals")
            found = model.forecast(y=y, h=horizon, level=[60, 80, 90])
            columns = [found["mean"], found["mean"], *(found[f"hi-{level}"] for level in (60, 80, 90))]
            return np.stack([np.asarray(c, float) for c in columns], axis=-1)
        except Exception:
            if not gaussian:
                return np.full((horizon, 1 + len(LEVELS)), np.nan)
            mean = np.full(horizon, y[-min(len(y), 2 * horizon) :].mean())
            return np.stack([mean, *(mean + z * y.std() for z in (0, 0.8416, 1.2816, 1.6449))], axis=-1)


def _prophet(name: str, series: list[np.ndarray], data: Dataset) -> np.ndarray:
    import pandas as pd
    from prophet import Prophet

    logging.getLogger("cmdstanpy").addHandler(logging.NullHandler())  # else it adds one of its own and talks
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


def _lightgbm(name: str, series: list[np.ndarray], data: Dataset) -> np.ndarray:
    """Forecast by plain boosted trees on lags: one model of the mean and one per level, for all steps ahead."""
    import lightgbm

    rows, labels = [], []
    for y in series:
        for origin in range(max(8, len(y) - 40 * data.horizon), len(y) - 1, max(1, data.horizon // 3)):
            steps = np.arange(min(data.horizon, len(y) - origin))
            rows.append(_lags(y, origin, steps, data.season))
            labels.append(y[origin + steps] / _size(y, origin))
    ahead = np.concatenate([_lags(y, len(y), np.arange(data.horizon), data.season) for y in series])
    sizes = np.repeat([_size(y, len(y)) for y in series], data.horizon)
    columns = []
    known, answers = np.concatenate(rows), np.concatenate(labels)
    some = np.random.default_rng(1).permutation(len(known))[:ROWS]
    for level in (None, *LEVELS):
        wanted = {"objective": "l2"} if level is None else {"objective": "quantile", "alpha": level}
        taught = lightgbm.Dataset(known[some], label=answers[some])
        trees = lightgbm.train({**wanted, "verbosity": -1, "num_threads": 1, "seed": 1}, taught, num_boost_round=100)
        columns.append(np.asarray(trees.predict(ahead, num_threads=1)) * sizes)
    return np.stack(columns, axis=1).reshape(len(series), data.horizon, -1)


def _size(y: np.ndarray, origin: int) -> float:
    return float(y[max(origin - 26, 0) : origin].mean()) + 0.1


def _lags(y: np.ndarray, origin: int, steps: np.ndarray, season: int) -> np.ndarray:
    past, size = y[:origin], _size(y, origin)
    near = [past[-k] / size if k <= len(past) else np.nan for k in (1, 2, 3)]
    means = [past[-k:].mean() / size for k in (4, 8, 13, 26)]
    phase = origin + steps - season * (steps // season + 1)
    same = np.where(phase >= 0, y[np.maximum(phase, 0)] / size, np.nan)
    alike = np.tile([*near, *means, np.log(size)], (len(steps), 1))
    return np.column_stack([alike, steps, same])
