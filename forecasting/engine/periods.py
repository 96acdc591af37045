"""Dates and periods: which period a day is in, and on which day a period begins."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Freq

SEASON: dict[Freq, int] = {"D": 7, "W": 52, "M": 12}  # periods of the season that a naive forecast repeats
YEAR: dict[Freq, int] = {"D": 364, "W": 52, "M": 12}  # periods after which the same time of year returns
PER_YEAR: dict[Freq, float] = {"D": 365.25, "W": 52.18, "M": 12.0}


def period_index(days: NDArray[np.datetime64], start: Any, freq: Freq) -> NDArray[np.int64]:
    """Count periods from the one that begins at start to each day's (0-based; floor within a week or month)."""
    origin = np.datetime64(start, "D")
    if freq == "M":
        months: NDArray[np.int64] = (days.astype("datetime64[M]") - origin.astype("datetime64[M]")).astype(np.int64)
        return months
    passed: NDArray[np.int64] = (days.astype("datetime64[D]") - origin).astype(np.int64)
    return passed if freq == "D" else passed // 7


def period_starts(start: date, freq: Freq, count: int, *, offset: int = 0) -> NDArray[np.datetime64]:
    """List the first days of `count` periods, the first being `offset` periods after the one that begins at start."""
    steps = np.arange(offset, offset + count)
    origin = np.datetime64(start, "D")
    if freq == "M":
        starts: NDArray[np.datetime64] = (origin.astype("datetime64[M]") + steps).astype("datetime64[D]")
        return starts
    days: NDArray[np.datetime64] = origin + steps * (1 if freq == "D" else 7)
    return days


def after(start: date, freq: Freq, count: int) -> date:
    """Return the first day of the period that follows `count` periods from start."""
    day: date = period_starts(start, freq, 1, offset=count)[0].astype(date)
    return day


@dataclass(frozen=True, slots=True)
class Dates:
    """The grid of a panel's periods."""

    start: date
    freq: Freq

    def parts(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return month (1..12) and day of the month (1..31) of the first `count` periods."""
        days = period_starts(self.start, self.freq, count)
        months = days.astype("datetime64[M]")
        return months.astype(np.int64) % 12 + 1, (days - months.astype("datetime64[D]")).astype(np.int64) + 1
