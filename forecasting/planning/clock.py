"""When an order arrives: the timing rule of the contract, in periods."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting.engine.periods import period_starts
from forecasting.engine.types import Freq
from forecasting.planning.types import Days, Floats, Ints

FOREVER = 3660.0  # days; nobody plans beyond ten years
SPARE = 7  # openings beyond the last day asked for


@dataclass(frozen=True, slots=True)
class Clock:
    """Openings of the periods to come: `openings` datetime64[D] (P,), `offset` days since the first, float64 (P,)."""

    openings: Days
    offset: Floats
    freq: Freq

    @property
    def days_per_period(self) -> float:
        """Mean length of a period in days."""
        return {"D": 1.0, "W": 7.0, "M": 365.25 / 12}[self.freq]

    def index(self, days: Floats) -> Ints:
        """Index of the first period that opens at least `days` after the next opening; any shape, NaN gives 0.

        Weekly, 14 days: index 2, the third week from now.
        """
        return np.searchsorted(self.offset, np.nan_to_num(days) - 1e-9, side="left")

    def index_of(self, days: Days) -> Ints:
        """Index of the first period that opens on or after a date; overdue dates count as the next opening."""
        return np.searchsorted(self.openings, days.astype("datetime64[D]"), side="left")


def clock(start: date, freq: Freq, days: float) -> Clock:
    """Make a clock of openings from start until at least `days` later, and some more: reviews take whole periods."""
    length = {"D": 1, "W": 7, "M": 28}[freq]
    openings = period_starts(start, freq, int(min(days, FOREVER) // length) + SPARE)
    offset = (openings - openings[0]).astype(np.float64)
    return Clock(openings, offset, freq)
