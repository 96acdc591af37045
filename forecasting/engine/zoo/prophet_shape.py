"""Prophet on aggregated series: the time of year and the feasts, found where there is enough to see and handed down."""

import logging
import warnings
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.periods import PER_YEAR, period_starts
from forecasting.engine.types import Calendar, Floats, Freq

Doubles = NDArray[np.float64]

ENOUGH = 1.5  # years below which a time of year cannot be told from a trend
LEAST = 0.05  # no time of year leaves less than this share of the mean
MOST_GROUPS = 12  # series fitted at most, the rest share the shape of all
WAVES: dict[Freq, int] = {"D": 10, "W": 10, "M": 5}  # in a year; twelve months tell five, more would follow the noise


def prophet_shapes(
    series: Floats, *, start: date, freq: Freq, length: int, calendar: Calendar | None = None
) -> Doubles | None:
    """Find the yearly shape and the holiday effects of aggregated demand, over its past and future.

    series: float32 (G, cut), demand of groups relative to its mean, NaN = unknown, the last row all products together.
    start: first day of the first period. length: periods wanted, the past included. Returns float64 (G, length),
    factors that average 1 over the past; groups beyond MOST_GROUPS get the last row's. None with under 1.5 years of
    past, or for what is all zero. Model: multiplicative trend, Fourier year and holidays (Taylor, Letham 2018).
    """
    cut = series.shape[1]
    if cut < ENOUGH * PER_YEAR[freq] or not np.nansum(series[-1]) > 0:
        return None
    days = period_starts(start, freq, length)
    feasts = _feasts(days, freq, calendar)
    whole = _shape(series[-1], days, feasts, WAVES[freq])
    if whole is None:
        return None
    known = np.nansum(series, axis=1)
    largest = set(np.argsort(-known[:-1], kind="stable")[:MOST_GROUPS].tolist())
    rows = [_shape(row, days, feasts, WAVES[freq]) if g in largest else None for g, row in enumerate(series[:-1])]
    return np.stack([whole if row is None else row for row in rows] + [whole])


def _feasts(days: NDArray[np.datetime64], freq: Freq, calendar: Calendar | None) -> list[tuple[str, np.datetime64]]:
    """Give each event the first day of its period; an event must have been seen at least twice to teach anything."""
    if calendar is None:
        return []
    found = []
    for name, day in calendar.events:
        at = int(np.searchsorted(days, np.datetime64(day), side="right")) - 1
        if 0 <= at < len(days):
            found.append((name, days[at]))
    return sorted(set(found))


def _shape(
    row: Floats, days: NDArray[np.datetime64], feasts: Sequence[tuple[str, np.datetime64]], waves: int
) -> Doubles | None:
    known = np.isfinite(row)
    if known.sum() < 10 or not row[known].sum() > 0:
        return None
    terms = _multiplicative_terms((row.astype(np.float64), known), days, feasts, waves)
    shape = np.maximum(1 + terms, LEAST)
    return np.asarray(shape / shape[: len(row)].mean())


def _multiplicative_terms(
    series: tuple[Doubles, NDArray[np.bool_]],
    days: NDArray[np.datetime64],
    feasts: Sequence[tuple[str, np.datetime64]],
    waves: int,
) -> Doubles:
    import pandas as pd
    from prophet import Prophet

    for name in ("cmdstanpy", "prophet"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # else cmdstanpy adds its own at the first fit and talks
        logger.setLevel(logging.WARNING)
    row, known = series
    past = len(row)
    seen = [(name, day) for name, day in feasts if sum(n == name and d < days[past - 1] for n, d in feasts) >= 2]
    model = Prophet(
        yearly_seasonality=waves,
        weekly_seasonality=False,
        daily_seasonality=False,
        seasonality_mode="multiplicative",
        holidays=pd.DataFrame(seen, columns=["holiday", "ds"]) if seen else None,
        uncertainty_samples=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # prophet's own, about the data frames it makes
        model.fit(pd.DataFrame({"ds": days[:past][known], "y": row[known]}), seed=1)
        return np.asarray(model.predict(pd.DataFrame({"ds": days}))["multiplicative_terms"], np.float64)
