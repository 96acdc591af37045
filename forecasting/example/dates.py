"""The days of the example firm: its window, seasons, shopping days, and the Chinese New Year that moves."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.example.partners import AMAZON, OUTLETS, OWN, TMALL, WHOLESALE

Floats = NDArray[np.float32]
Days = NDArray[np.datetime64]

WARM_UP = 150
"""Days lived before the first visible one, so that stock and orders are not born with the history."""

AHEAD = 200
"""Days after the last one for which the curves are known: buyers look ahead."""

NEW_YEAR = (
    date(2012, 1, 23),
    date(2013, 2, 10),
    date(2014, 1, 31),
    date(2015, 2, 19),
    date(2016, 2, 8),
    date(2017, 1, 28),
    date(2018, 2, 16),
    date(2019, 2, 5),
    date(2020, 1, 25),
    date(2021, 2, 12),
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 3),
    date(2031, 1, 23),
    date(2032, 2, 11),
    date(2033, 1, 31),
    date(2034, 2, 19),
    date(2035, 2, 8),
    date(2036, 1, 28),
    date(2037, 2, 15),
    date(2038, 2, 4),
    date(2039, 1, 24),
    date(2040, 2, 12),
)
"""Chinese New Year's Days."""

SEASONS: dict[str, tuple[float, int, float, int]] = {
    "winter": (0.75, 345, 0.10, 20),
    "autumn": (0.35, 300, 0.10, 100),
    "summer": (1.00, 175, 0.15, 160),
    "linen": (0.12, 290, 0.15, 105),
    "steady": (0.03, 330, 0.03, 120),
}
"""Yearly shapes: log-size and peak day of the yearly wave, then of the half-yearly one."""

_WEEK = {
    OWN: (1.0, 0.95, 0.95, 0.95, 1.0, 1.1, 1.15),
    TMALL: (1.05, 1.0, 0.95, 0.95, 0.95, 1.05, 1.1),
    AMAZON: (1.15, 1.05, 1.0, 0.95, 0.85, 0.9, 1.1),
    WHOLESALE: (1.5, 1.35, 1.25, 1.3, 1.2, 0.4, 0.0),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The days that the firm lives: day 0 is the start of the warm-up, day `warm` the first visible one."""

    start: date
    until: date
    warm: int = WARM_UP

    @property
    def days(self) -> int:
        """Count the days lived, warm-up included."""
        return self.warm + (self.until - self.start).days + 1

    @property
    def shown(self) -> int:
        """Count the visible days."""
        return self.days - self.warm

    def index(self, day: date) -> int:
        """Number a day, counted from the start of the warm-up; may lie outside the window."""
        return (day - self.start).days + self.warm

    def day(self, index: int) -> date:
        """Name the day with this number."""
        return self.start + timedelta(days=index - self.warm)

    def calendar(self) -> Days:
        """List the days lived and the days ahead: datetime64[D] (days + AHEAD)."""
        first = np.datetime64(self.day(0), "D")
        return first + np.arange(self.days + AHEAD)


def window_of(today: date, years: float) -> Window:
    """Cut the window of so many years that ends yesterday.

    Raises ValueError when it holds fewer than 60 days, or days without a known Chinese New Year.
    """
    until = today - timedelta(days=1)
    window = Window(until - timedelta(days=round(years * 365.25) - 1), until)
    if window.shown < 60:
        raise ValueError(f"years must be at least 0.17, not {years}")
    if window.day(0).year <= NEW_YEAR[0].year or today.year >= NEW_YEAR[-1].year:
        raise ValueError(f"the example firm knows {NEW_YEAR[0].year + 1} to {NEW_YEAR[-1].year - 1}, not {today}")
    return window


def new_years(window: Window) -> list[int]:
    """Number the Chinese New Year's Days from half a year before the window to the end of the days ahead."""
    numbers = [window.index(day) for day in NEW_YEAR]
    return [number for number in numbers if -180 <= number < window.days + AHEAD + 30]


def season_curves(window: Window) -> dict[str, Floats]:
    """Give each yearly shape over days lived and ahead: float32 (days + AHEAD), mean 1 over a year."""
    days = window.calendar()
    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64)
    whole = np.arange(366)
    return {name: (_wave(of_year, *s) / _wave(whole, *s).mean()).astype(np.float32) for name, s in SEASONS.items()}


def _wave(day: NDArray[np.int64], size: float, peak: int, half: float, half_peak: int) -> NDArray[np.float64]:
    turn = 2 * np.pi / 365.25
    wave: NDArray[np.float64] = np.exp(size * np.cos(turn * (day - peak)) + half * np.cos(2 * turn * (day - half_peak)))
    return wave


def channel_curves(window: Window) -> Floats:
    """Give the lift of weekdays, shopping days and New Year per channel: float32 (channels, days + AHEAD)."""
    days = window.calendar()
    weekday = (days.astype(np.int64) + 3) % 7
    lift = np.stack([np.array(_WEEK[channel], np.float32)[weekday] for channel in range(len(OUTLETS))])
    for year in range(window.day(0).year - 1, window.until.year + 2):
        _shopping_days(lift, window, year)
    for day in new_years(window):
        _new_year(lift, day)
    return lift


def _scale(row: Floats, first: int, last: int, factor: float) -> None:
    """Multiply the days first..last, both included, as far as they exist."""
    row[max(first, 0) : max(last + 1, 0)] *= factor


def black_friday(year: int) -> date:
    """Find the Friday after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _shopping_days(lift: Floats, window: Window, year: int) -> None:
    """Lift the sales days, and let the weeks after them pay for it."""

    def at(month: int, day: int) -> int:
        return window.index(date(year, month, day))

    _scale(lift[TMALL], at(11, 1), at(11, 3), 2.0)
    _scale(lift[TMALL], at(11, 11), at(11, 11), 6.5)
    _scale(lift[TMALL], at(11, 12), at(11, 24), 0.72)
    _scale(lift[TMALL], at(6, 1), at(6, 3), 1.6)
    _scale(lift[TMALL], at(6, 16), at(6, 18), 2.0)
    _scale(lift[TMALL], at(6, 18), at(6, 18), 2.2)
    _scale(lift[TMALL], at(6, 19), at(6, 28), 0.78)
    _scale(lift[TMALL], at(12, 12), at(12, 12), 2.2)
    _scale(lift[OWN], at(11, 9), at(11, 11), 1.9)
    _scale(lift[OWN], at(6, 17), at(6, 18), 1.6)
    _scale(lift[WHOLESALE], at(9, 25), at(10, 28), 1.3)
    _scale(lift[WHOLESALE], at(10, 1), at(10, 7), 0.1)
    _scale(lift[WHOLESALE], at(5, 1), at(5, 5), 0.15)
    _scale(lift[AMAZON], at(7, 9), at(7, 12), 2.6)
    friday = window.index(black_friday(year))
    _scale(lift[AMAZON], friday, friday + 3, 3.0)
    _scale(lift[AMAZON], at(12, 1), at(12, 17), 1.35)
    _scale(lift[AMAZON], at(12, 24), at(12, 26), 0.6)


def _new_year(lift: Floats, day: int) -> None:
    """Raise the weeks before Chinese New Year, and empty the days when couriers rest."""
    for channel in (OWN, TMALL):
        _scale(lift[channel], day - 32, day - 10, 1.45)
        _scale(lift[channel], day - 5, day - 2, 0.45)
        _scale(lift[channel], day - 1, day + 6, 0.16)
        _scale(lift[channel], day + 7, day + 10, 0.6)
    _scale(lift[WHOLESALE], day - 40, day - 16, 1.4)
    _scale(lift[WHOLESALE], day - 12, day + 13, 0.04)


SALES_DAYS = (("11.11", (11, 11), 11, 20), ("6.18", (6, 18), 17, 15), ("12.12", (12, 12), 1, 12))
"""Marketplace sales: name, day, days before it with the sale's price, percent off."""


def sale_prices(window: Window) -> NDArray[np.int8]:
    """Give the percent off that the marketplace's sales days impose on everything: int8 (days + AHEAD)."""
    off = np.zeros(window.days + AHEAD, np.int8)
    for _, first, last, percent in sales_days(window):
        off[max(first, 0) : max(last + 1, 0)] = percent
    return off


def sales_days(window: Window) -> list[tuple[str, int, int, int]]:
    """List the marketplace's sales: name, first day, last day, percent off."""
    found = []
    for year in range(window.day(0).year, window.until.year + 2):
        for name, (month, day), before, percent in SALES_DAYS:
            last = window.index(date(year, month, day))
            if -60 < last < window.days + AHEAD:
                found.append((name, last - before + 1, last, percent))
    return sorted(found, key=lambda sale: sale[1])
