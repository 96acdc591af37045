"""Seasonal factors: how a product's demand differs by weekday and by time of year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.periods import YEAR
from forecasting.engine.types import Floats, Freq

TRUST = 0.04  # variance of a product's own factor around its pool's: the larger, the more its own past counts
TOLD, UNTOLD = 4, 1e4  # phases seen again without which nothing tells a product's own season; the variance then
LUCK = 2.0  # phases' worth of all unrest taken for chance: two sales in the same month are no season
WEEKS = 26  # how far back weekdays are compared
MOST = 1.0  # growth a year, in logarithms, that is taken out at most
YEARS = 4  # how far back times of the year are compared
BINS: dict[Freq, int] = {"D": 52, "W": 52, "M": 12}

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pool:
    """Seasons of the products together, known at a cut: weekday (7,), yearly (B,) or None; both average 1."""

    cut: int
    weekday: Doubles | None
    yearly: Doubles | None


def pool_seasons(units: Floats, teachers: NDArray[np.bool_], cut: int, freq: Freq) -> Pool:
    """Learn the seasons of all teaching products together from what lies before the cut."""
    taught = units[teachers]
    weekday: Doubles | None = None
    yearly: Doubles | None = None
    if freq == "D" and cut >= 21 and len(taught):
        weekday = _pooled(*_by_weekday(taught, cut))
    table = _by_year(taught, cut, freq) if len(taught) else None
    if table is not None:
        yearly = _pooled(*table)
        yearly = None if yearly is None else _smooth(yearly, 2 if BINS[freq] == 52 else 0)
    return Pool(cut, weekday, yearly)


def factors(units: Floats, pool: Pool, horizon: int, freq: Freq, *, yearly: bool) -> Floats:
    """Return each product's seasonal factors over past and future: float32 (n, T + horizon), about 1 on average.

    A product's own ratio is shrunk to its pool's: (sum of own ratios + k·pool)/(count + k), k = cv²/0.04, where cv²
    is the
    squared coefficient of variation left within a phase. Only what lies before the pool's cut is used.
    """
    n, periods = units.shape
    out = np.ones((n, periods + horizon), np.float32)
    at = np.arange(periods + horizon)
    if pool.weekday is not None:
        week = _shrunk(*_by_weekday(units, pool.cut), pool.weekday)
        out *= week[:, (at - pool.cut) % 7].astype(np.float32)
    table = _by_year(units, pool.cut, freq) if yearly and pool.yearly is not None else None
    if table is not None and pool.yearly is not None:
        year = _smooth(_shrunk(*table, pool.yearly), 1 if BINS[freq] == 52 else 0)
        out *= year[:, _bins(at - pool.cut, freq)].astype(np.float32)
    return np.maximum(out, 0.02)


def _bins(since: NDArray[np.int64], freq: Freq) -> NDArray[np.int64]:
    """Number the bin of the year; years are counted back from the cut, so bin 0 is what comes right after it."""
    found: NDArray[np.int64] = (since % YEAR[freq]) // (YEAR[freq] // BINS[freq])
    return found


def _by_weekday(units: Floats, cut: int) -> tuple[Doubles, Doubles, Doubles]:
    weeks = min(WEEKS, cut // 7)
    return _ratios(units[:, cut - 7 * weeks : cut].reshape(len(units), weeks, 7))


def strength(units: Floats, freq: Freq) -> Doubles:
    """Tell which share of a product's unrest within the year returns every year: float64 (n,), 0 with under two years.

    (variance of the bins' means over the years, less what chance leaves in a mean) / variance of all bins, each
    relative to its year's level.
    """
    table = _years(units, units.shape[1], freq)
    if table is None:
        return np.zeros(len(units))
    known = ~np.isnan(table)
    level = np.where(known, table, 0).sum(axis=2, keepdims=True) / np.maximum(known.sum(axis=2, keepdims=True), 1)
    known &= level > 0
    ratio = np.where(known, table / np.where(level > 0, level, 1) - 1, 0)
    count = known.sum(axis=1)
    mean = ratio.sum(axis=1) / np.maximum(count, 1)
    between = np.where(count > 0, mean**2, 0).sum(axis=1) / np.maximum((count > 0).sum(axis=1), 1)
    total = (ratio**2).sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    years = np.maximum(count.mean(axis=1), 1)
    return np.asarray(np.where((total > 0) & (years > 1), (between - total / years) / np.where(total > 0, total, 1), 0))


def _by_year(units: Floats, cut: int, freq: Freq) -> tuple[Doubles, Doubles, Doubles] | None:
    table = _years(units, cut, freq)
    return None if table is None else _ratios(_level_led(table), by_row=True)


def _level_led(table: NDArray[np.floating]) -> Doubles:
    """Take the growth within each year out of a table (n, years, bins): else the end of a year that grows would look
    like its season, and what comes after the cut like the low start of one.

    Growth a year, in logarithms, between the first and the last year, shrunk by its own noise: g·g²/(g² + e²).
    """
    known = ~np.isnan(table)
    count = known.sum(axis=2)
    level = np.where(known, table, 0).sum(axis=2, dtype=np.float64) / np.maximum(count, 1)
    good = (level > 0) & (count >= table.shape[2] / 2)
    last = table.shape[1] - 1
    both = good[:, 0] & good[:, last]
    growth = np.where(both, np.log(np.where(both, level[:, last] / np.where(both, level[:, 0], 1), 1)), 0)
    spread = np.where(known, table - level[:, :, None], 0).astype(np.float64)
    relative = (spread**2).sum(axis=2) / np.maximum(count, 1) ** 2 / np.where(good, level, 1) ** 2
    noise = relative[:, 0] + relative[:, last]
    growth = np.clip(growth * growth**2 / np.maximum(growth**2 + noise, 1e-12) / last, -MOST, MOST)
    along = (np.arange(table.shape[2]) + 0.5) / table.shape[2] - 0.5
    return np.asarray(table / np.exp(growth[:, None, None] * along))


def _years(units: Floats, cut: int, freq: Freq) -> NDArray[np.floating] | None:
    """Average demand by year and bin of the year, before the cut: (n, years, bins), None with under two years."""
    year, bins = YEAR[freq], BINS[freq]
    years = min(YEARS, cut // year)
    if years < 2:
        return None
    cut_out = units[:, cut - years * year : cut].reshape(len(units), years, bins, year // bins)
    known = ~np.isnan(cut_out)
    count = known.sum(axis=3)
    mean = np.where(known, cut_out, 0).sum(axis=3) / np.maximum(count, 1)
    return np.asarray(np.where(count > 0, mean, np.nan))


def _ratios(table: NDArray[np.floating], *, by_row: bool = False) -> tuple[Doubles, Doubles, Doubles]:
    """Return sums of ratios to the level (n, phases), their count, and the variance within a phase (n,), to which two
    degrees of freedom of the variance around the level are added.

    The level is that of the whole table, or of each row (year) when by_row.
    """
    table = table.astype(np.float64)
    known = ~np.isnan(table)
    axes = 2 if by_row else (1, 2)
    total = np.where(known, table, 0).sum(axis=axes, keepdims=True)
    level = total / np.maximum(known.sum(axis=axes, keepdims=True), 1)
    known &= level > 0
    ratio = np.where(known, table / np.where(level > 0, level, 1), 0)
    count, sums = known.sum(axis=1).astype(np.float64), ratio.sum(axis=1)
    mean = sums / np.maximum(count, 1)
    left = (np.where(known, ratio - mean[:, None], 0) ** 2).sum(axis=(1, 2))
    free = count.sum(axis=1) - (count > 0).sum(axis=1)
    unrest = (np.where(known, ratio - 1, 0) ** 2).sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    return sums, count, np.where(free >= TOLD, (left + LUCK * unrest) / (free + LUCK), UNTOLD)


def _pooled(sums: Doubles, count: Doubles, variance: Doubles) -> Doubles | None:
    weight = np.where(count.sum(axis=1) > 0, 1 / (0.1 + variance), 0)[:, None]
    total = (weight * count).sum(axis=0)
    if not (total > 0).all():
        return None
    profile = (weight * sums).sum(axis=0) / total
    mean = float(profile.mean())
    return np.asarray(profile / mean) if mean > 0 else None


def _shrunk(sums: Doubles, count: Doubles, variance: Doubles, prior: Doubles) -> Doubles:
    k = np.clip(variance / TRUST, 0.5, 1e6)[:, None]
    own = (sums + k * prior) / (count + k)
    return np.asarray(own / np.maximum(own.mean(axis=1, keepdims=True), 1e-9))


def _smooth(profile: Doubles, reach: int) -> Doubles:
    """Average each bin with its neighbours in the circle of the year."""
    shifted = [np.roll(profile, step, axis=-1) for step in range(-reach, reach + 1)]
    return np.asarray(np.mean(shifted, axis=0))
