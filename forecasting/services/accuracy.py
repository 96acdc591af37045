"""Turns a forecast's arrays into rows that also tell how good such forecasts were, what was refused and recovered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel, Forecast
from forecasting.models import Override, Product, ProductForecast, Run
from forecasting.services.proposals import PERIOD_DAYS, number
from forecasting.words import pack

Doubles = NDArray[np.float64]

ENGINE, NAIVES = "engine", ("naive", "seasonal_naive")


def rows(
    run: Run,
    panel: DemandPanel,
    products: Sequence[Product],
    own: Forecast,
    forecast: Forecast,
    changes: Sequence[Override],
) -> list[ProductForecast]:
    """Make one row per product; own: the engine's forecast, forecast: with people's changes on it."""
    applied: dict[int, list[str]] = {}
    for one in changes:
        applied.setdefault(one.product_id, []).append(str(one.pk))
    figures, added, found = measures(own, panel), value_added(own), recovered(own, panel)
    return [
        ProductForecast(
            organisation_id=run.organisation_id,
            run=run,
            product=product,
            model=own.model[row],
            reason=pack(own.reason[row]),
            scores=_by_name(own.scores, row),
            backtest=_by_name(own.backtest, row),
            value_added=number(added[row]),
            **{name: number(values[row]) for name, values in figures.items()},
            refusals=(refusals := [pack(said) for said in own.refusals[row]] if own.refusals else []),
            refused=bool(refusals),
            recovered=found[row],
            changes=applied.get(product.pk, []),
            own_mean=_rounded(own.mean[row]) if product.pk in applied else None,
            mean=_rounded(forecast.mean[row]),
            quantiles=_rounded(forecast.quantiles[row]),
        )
        for row, product in enumerate(products)
    ]


def _rounded(values: NDArray[np.float32]) -> list[Any]:
    return np.round(values.astype(np.float64), 4).tolist()


def _by_name(figures: dict[str, dict[str, NDArray[np.float32]]], row: int) -> dict[str, dict[str, float | None]]:
    return {
        name: {metric: number(round(float(values[row]), 6)) for metric, values in metrics.items()}
        for name, metrics in figures.items()
    }


def measures(forecast: Forecast, panel: DemandPanel) -> dict[str, Doubles]:
    """Return the figures by which products are compared and added up: float64 (n,) each, NaN = not known."""
    return {
        "weight": _usual(panel),
        "rmsse": _tested(forecast, ENGINE, "rmsse"),
        "naive_rmsse": _least(forecast, "rmsse"),
        "bias_units": _tested(forecast, ENGINE, "bias_units"),
        "coverage": _tested(forecast, ENGINE, "coverage"),
        "tested": _tested(forecast, ENGINE, "tested"),
    }


def _usual(panel: DemandPanel) -> Doubles:
    """Average what a product sells a period over the last year."""
    year = round(366 / PERIOD_DAYS[panel.freq])
    units = panel.units[:, -year:].astype(np.float64)
    known = np.isfinite(units)
    return np.asarray(np.where(known, units, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _tested(forecast: Forecast, who: str, metric: str) -> Doubles:
    values = forecast.backtest.get(who, {}).get(metric)
    return np.full(len(forecast.ids), np.nan) if values is None else values.astype(np.float64)


def _least(forecast: Forecast, metric: str) -> Doubles:
    """Return the smaller error of the two naive forecasts."""
    return np.asarray(np.fmin(*(_tested(forecast, naive, metric) for naive in NAIVES)))


def value_added(forecast: Forecast) -> Doubles:
    """Compute by how much the engine beat the better of the two naive forecasts in the backtest, NaN = not tested.

    0.14 = 14 % less pinball loss; below 0 the naive forecast was better.
    """
    own, naive = _tested(forecast, ENGINE, "pinball"), _least(forecast, "pinball")
    if not forecast.backtest:
        own, naive = _by_scores(forecast)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - own / np.where(naive > 0, naive, np.nan))


def _by_scores(forecast: Forecast) -> tuple[Doubles, Doubles]:
    unknown = np.full(len(forecast.ids), np.nan)
    losses = {model: figures.get("pinball", unknown) for model, figures in forecast.scores.items()}
    own = np.array([losses.get(model, unknown)[row] for row, model in enumerate(forecast.model)], np.float64)
    return own, np.asarray(losses.get("seasonal_naive", unknown), np.float64)


def recovered(forecast: Forecast, panel: DemandPanel) -> list[list[list[Any]]]:
    """List per product the periods in which stock was out, or is inferred to have been, and what would have been sold.

    Each is [first day, units, inferred].
    """
    if forecast.recovered is None:
        return [[] for _ in forecast.ids]
    out = np.zeros(panel.units.shape, np.bool_) if panel.stocked is None else panel.stocked < 1
    inferred = np.zeros_like(out) if forecast.inferred is None else forecast.inferred
    days = period_starts(panel.start, panel.freq, panel.units.shape[1])
    told = (out | inferred) & np.isfinite(forecast.recovered)
    return [
        [
            [str(days[at]), round(float(forecast.recovered[row, at]), 2), bool(inferred[row, at])]
            for at in np.flatnonzero(told[row]).tolist()
        ]
        for row in range(len(forecast.ids))
    ]


def summary(forecast: Forecast, panel: DemandPanel) -> dict[str, Any]:
    """Sum a forecast up: which models won, how many products beat naive, how many were held back."""
    added = value_added(forecast)
    scored = added[np.isfinite(added)]
    names, counts = np.unique(np.array(forecast.model), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    until = forecast.start + timedelta(days=int(PERIOD_DAYS[forecast.freq] * forecast.mean.shape[1]))
    return {
        "products": len(forecast.ids),
        "models": {str(names[at]): int(counts[at]) for at in order},
        "history_from": panel.start.isoformat(),
        "forecast_until": until.isoformat(),
        "beat_naive": float((scored > 0).mean()) if len(scored) else None,
        "scored": len(scored),
        "refused": sum(1 for said in forecast.refusals if said),
        "censored_share": float((panel.stocked == 0).mean()) if panel.stocked is not None else 0.0,
        "inferred": 0 if forecast.inferred is None else int(forecast.inferred.any(axis=1).sum()),
    }
