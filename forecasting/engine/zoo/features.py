"""What the global model looks at: one row per product, origin and step ahead, nothing at or after the origin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.periods import YEAR
from forecasting.engine.types import Floats, Freq
from forecasting.engine.zoo.means import running_totals

WINDOWS: dict[Freq, tuple[int, ...]] = {
    "D": (7, 14, 28, 56, 91, 182, 364),
    "W": (1, 2, 4, 8, 13, 26, 52),
    "M": (1, 2, 3, 6, 12, 24),
}
LEVEL: dict[Freq, int] = {"D": 56, "W": 13, "M": 8}  # periods of the level that everything is divided by
LOOKED_BACK = 3  # years
NEAR: dict[Freq, int] = {"D": 4, "W": 1, "M": 0}  # periods on either side of the same time last year

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sight:
    """What may be looked at, in counts: prefix sums of the products and of the pool's series.

    total, count, square, sales: float64 (n, T + 1), sums before each period of known units, known periods, squared
    units, periods with demand; last: int (n, T + 1) last period with demand before each, -1 = none. pool, pooled: the
    same sums and counts of the pool's series (G + 1, ...), all products last; group (n,) is the row of each product;
    events (F, T + H) describe the calendar.
    """

    freq: Freq
    total: Doubles
    count: Doubles
    square: Doubles
    sales: Doubles
    last: Places
    first: Places
    factor: Floats
    pool: Doubles
    pooled: Doubles
    group: Places
    prior: tuple[Doubles, Doubles]
    promo: Doubles | None
    price: Floats | None
    month: Places
    day: Places
    events: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Places in the panel: product, origin (periods known) and step ahead (0 = the first period after)."""

    product: Places
    origin: Places
    step: Places

    def chunk(self, rows: slice) -> "Rows":
        """Take some rows."""
        return Rows(self.product[rows], self.origin[rows], self.step[rows])


def look(
    counts: Floats,
    factor: Floats,
    *,
    freq: Freq,
    pool: tuple[Floats, Places],
    prior: tuple[Doubles, Doubles],
    extra: tuple[Floats | None, Floats | None, Places, Places, Floats],
) -> Sight:
    """Prepare the sums that features are read from. extra: promo, price (n, T), month, day of month
    (T + H,) and events (F, T + H)."""
    total, count = running_totals(counts)
    known = ~np.isnan(counts)
    square, _ = running_totals(np.where(known, counts * counts, np.nan))
    sold = known & (counts > 0)
    sales, _ = running_totals(sold.astype(np.float32))
    at = np.where(sold, np.arange(counts.shape[1]), -1)
    last = np.concatenate([np.full((len(counts), 1), -1), np.maximum.accumulate(at, axis=1)], axis=1)
    first = np.where(known.any(axis=1), known.argmax(axis=1), counts.shape[1])
    series, pooled = running_totals(pool[0])
    promo = None if extra[0] is None else running_totals(np.nan_to_num(extra[0]))[0]
    return Sight(
        freq, total, count, square, sales, last, first, factor, series, pooled, pool[1], prior, promo, *extra[1:]
    )


def levels(sight: Sight, rows: Rows) -> Doubles:
    """Return the level that a row is divided by: the mean of the last weeks, with one period of the whole past."""
    i, t = rows.product, rows.origin
    ever = (sight.prior[0][i] + sight.total[i, t]) / (sight.prior[1][i] + sight.count[i, t])
    start = np.maximum(t - LEVEL[sight.freq], 0)
    near, count = sight.total[i, t] - sight.total[i, start], sight.count[i, t] - sight.count[i, start]
    return np.asarray((near + ever) / (count + 1))


def features(sight: Sight, rows: Rows) -> Floats:
    """Return the features of rows: float32 (R, F), NaN where there is nothing to look at."""
    i, t, target = rows.product, rows.origin, rows.origin + rows.step
    level = levels(sight, rows)
    columns = [np.log(level + 1e-3), rows.step, sight.factor[i, target], np.minimum(t - sight.first[i], 1500)]
    for window in WINDOWS[sight.freq]:
        columns.append(_mean(sight.total, sight.count, i, t - window, t) / level)
    wide = WINDOWS[sight.freq][-2]
    columns += _unrest(sight, i, t, wide, level)
    columns += _same_phase(sight, i, t, target, level)
    columns += _last_year(sight.total, sight.count, i, t, target, sight.freq)
    for group in (sight.group[i], np.full(len(i), len(sight.pool) - 1)):
        columns += _last_year(sight.pool, sight.pooled, group, t, target, sight.freq)
        columns += _trend(sight, group, t)
    columns += [sight.month[target], sight.day[target]] if sight.freq != "M" else [sight.month[target]]
    columns += [*sight.events[:, target], *_offers(sight, i, t)]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _mean(total: Doubles, count: Doubles, i: Places, start: Places, end: Places) -> Doubles:
    """Average what is known in start..end; NaN where the window leaves the panel or nothing is known."""
    last = total.shape[1] - 1
    a, b = np.clip(start, 0, last), np.clip(end, 0, last)
    n = count[i, b] - count[i, a]
    good = (n > 0) & (start >= 0)
    return np.where(good, (total[i, b] - total[i, a]) / np.maximum(n, 1), np.nan)


def _unrest(sight: Sight, i: Places, t: Places, window: int, level: Doubles) -> list[NDArray[np.generic]]:
    """Spread, share of periods with demand, and time since the last demand."""
    start = np.maximum(t - window, 0)
    n = np.maximum(sight.count[i, t] - sight.count[i, start], 1)
    mean = (sight.total[i, t] - sight.total[i, start]) / n
    spread = np.sqrt(np.maximum((sight.square[i, t] - sight.square[i, start]) / n - mean**2, 0))
    share = (sight.sales[i, t] - sight.sales[i, start]) / n
    since = np.where(sight.last[i, t] >= 0, t - sight.last[i, t], 999)
    return [spread / level, share, np.minimum(since * share, 50), np.minimum(since, 400)]


def _same_phase(sight: Sight, i: Places, t: Places, target: Places, level: Doubles) -> list[NDArray[np.generic]]:
    """Means of the last four and eight periods of the same weekday."""
    if sight.freq != "D":
        return []
    total, count = np.zeros(len(i)), np.zeros(len(i))
    out: list[NDArray[np.generic]] = []
    newest = target - 7 * ((target - t) // 7 + 1)
    for back in range(8):
        at = newest - 7 * back
        a = np.maximum(at, 0)
        inside = at >= 0
        total += np.where(inside, sight.total[i, a + 1] - sight.total[i, a], 0)
        count += np.where(inside, sight.count[i, a + 1] - sight.count[i, a], 0)
        if back in (0, 3, 7):
            out.append(np.where(count > 0, total / np.maximum(count, 1), np.nan) / level)
    return out


def _last_year(
    total: Doubles, count: Doubles, i: Places, t: Places, target: Places, freq: Freq
) -> list[NDArray[np.generic]]:
    """How demand went from a year before the origin to a year before the target: last year, and three on average.

    The years are counted back from where all of a target's time of year lies before the origin.
    """
    total_ratio, found = np.zeros(len(i)), np.zeros(len(i))
    later = np.maximum(-((t - 1 - NEAR[freq] - target + YEAR[freq]) // YEAR[freq]), 0)
    out: list[NDArray[np.generic]] = []
    for years in range(1, max(1, min(LOOKED_BACK, total.shape[1] // YEAR[freq])) + 1):
        back = (years + later) * YEAR[freq]
        then = _mean(total, count, i, target - back - NEAR[freq], target - back + NEAR[freq] + 1)
        base = _mean(total, count, i, t - back - LEVEL[freq], t - back)
        ratio = np.clip((then + 1e-3) / (base + 1e-3), 0, 20)
        seen = ~np.isnan(ratio)
        total_ratio += np.where(seen, ratio, 0)
        found += seen
        if years == 1:
            out.append(ratio)
    return [*out, np.where(found > 0, total_ratio / np.maximum(found, 1), np.nan)]


def _trend(sight: Sight, group: Places, t: Places) -> list[NDArray[np.generic]]:
    """How the pool's demand of late compares with that of the last half year and year."""
    windows = WINDOWS[sight.freq]
    near, mid, far = (_mean(sight.pool, sight.pooled, group, t - w, t) for w in (windows[2], windows[-2], windows[-1]))
    return [near / np.maximum(mid, 1e-6), mid / np.maximum(far, 1e-6)]


def _offers(sight: Sight, i: Places, t: Places) -> list[NDArray[np.generic]]:
    """Promotion in the last period and of late; price now against its own past."""
    out: list[NDArray[np.generic]] = []
    if sight.promo is not None:
        end = np.minimum(t, sight.promo.shape[1] - 1)
        for window in (WINDOWS[sight.freq][0], LEVEL[sight.freq]):
            start = np.maximum(end - window, 0)
            out.append((sight.promo[i, end] - sight.promo[i, start]) / np.maximum(end - start, 1))
    if sight.price is not None:
        now = sight.price[i, np.maximum(t - 1, 0)]
        past = [sight.price[i, np.maximum(t - back, 0)] for back in WINDOWS[sight.freq]]
        usual = np.median(np.stack(past), axis=0)
        out += [now / np.where(usual > 0, usual, np.nan), now / np.where(past[0] > 0, past[0], np.nan)]
    return out
