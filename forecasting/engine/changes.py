"""What people expect instead of a forecast: their changes to periods, put on means, quantiles and paths alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.periods import period_starts
from forecasting.engine.types import Floats, Forecast, Freq, PathSource

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """A person's change to the days from first to last, both included, of the product in a row.

    units: what is expected in all of these days together; else percent: 20 is a fifth more, -100 is nothing.
    """

    row: int
    first: date
    last: date
    units: float | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What changes do to n products over H periods, float64 (n, H) each: mean · factor + added."""

    factor: Doubles
    added: Doubles

    @property
    def rows(self) -> NDArray[np.bool_]:
        """Tell which products are moved at all: bool (n,)."""
        return np.asarray(((self.factor != 1) | (self.added != 0)).any(axis=1))

    def of(self, values: Floats, rows: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """Move values whose last axis is the periods: (n, H) or (n, m, H)."""
        factor, added = self.factor[rows], self.added[rows]
        if values.ndim == 3:
            factor, added = factor[:, None], added[:, None]
        return np.asarray(values * factor + added, np.float32)


@dataclass(frozen=True, slots=True)
class MovedPaths:
    """Sample paths of a forecast, moved."""

    draw: PathSource
    moved: Moved

    def __call__(self, m: int, seed: int, rows: slice) -> Floats:
        """Return float32 (products, m, H)."""
        return self.moved.of(self.draw(m, seed, rows), rows)


def overlap(first: date, last: date, start: date, freq: Freq, count: int) -> Doubles:
    """Return which share of each of `count` periods lies between two days, both included: float64 (count,).

    >>> overlap(date(2026, 11, 20), date(2026, 11, 24), date(2026, 11, 16), "W", 2).round(4).tolist()
    [0.4286, 0.2857]
    """
    begins = period_starts(start, freq, count + 1)
    low = np.maximum(begins[:-1], np.datetime64(first, "D"))
    high = np.minimum(begins[1:], np.datetime64(last + timedelta(days=1), "D"))
    inside = np.maximum((high - low).astype(np.float64), 0)
    return np.asarray(inside / (begins[1:] - begins[:-1]).astype(np.float64))


def moved(mean: Floats, start: date, freq: Freq, changes: Sequence[Change]) -> Moved:
    """Turn changes into factors; units where nothing is expected are added, spread evenly over their days.

    Of units for days that have partly passed, the share of the days that are left is expected. Changes of one product
    do not overlap.
    """
    n, periods = mean.shape
    factor, added = np.ones((n, periods)), np.zeros((n, periods))
    length = np.diff(period_starts(start, freq, periods + 1)).astype(np.float64)
    for change in changes:
        share = overlap(change.first, change.last, start, freq, periods)
        days = share * length
        if change.percent is not None:
            factor[change.row] *= 1 + share * change.percent / 100
        elif change.units is not None and days.any():
            wanted = change.units * days.sum() / ((change.last - change.first).days + 1)
            expected = float((mean[change.row] * share).sum())
            if expected > 0:
                factor[change.row] += share * (wanted / expected - 1)
            else:
                added[change.row] += wanted * days / days.sum()
    return Moved(np.maximum(factor, 0), added)


def expected(mean: Floats, start: date, freq: Freq, change: Change) -> tuple[float, float] | None:
    """Say what a forecast of (H,) expects in a change's days, and what the person does; None where it does not reach.

    Days before the forecast's start or after its end are not known.
    """
    ends = period_starts(start, freq, 1, offset=len(mean))[0].astype(date)
    if change.first < start or change.last >= ends:
        return None
    share = overlap(change.first, change.last, start, freq, len(mean))
    engine = float((mean * share).sum())
    own = change.units if change.units is not None else engine * (1 + (change.percent or 0) / 100)
    return engine, own


def changed(forecast: Forecast, moves: Moved) -> Forecast:
    """Return the forecast with people's changes on it; where they change nothing it stays the same to the bit."""
    if not moves.rows.any():
        return forecast
    quantiles = forecast.quantiles * moves.factor[:, :, None] + moves.added[:, :, None]
    return replace(
        forecast,
        mean=moves.of(forecast.mean),
        quantiles=np.asarray(quantiles, np.float32),
        draw=None if forecast.draw is None else MovedPaths(forecast.draw, moves),
    )
