"""What would have been sold: demand in periods when stock ran out, kept as a series of its own."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import DAY, LARGEST, inferred_stock_outs
from forecasting.engine.seasons import Pool, factors, pool_seasons
from forecasting.engine.types import DemandPanel, Floats, Freq

NEAR: dict[Freq, int] = {"D": 49, "W": 4, "M": 2}  # periods on either side that tell the level
OWN = 3.0  # periods of the product's whole past that weigh in
FOUR_WEEKS: dict[Freq, float] = {"D": 28.0, "W": 4.0, "M": 1.0}
TIMES = 3.5  # times the 99th percentile of the others that a single period of an odd order exceeds
LIKE = 3.0  # products' worth of the whole organisation's movement that a group's is shrunk by
ODD = 3  # periods, at most, in which a product had odd orders

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Company:
    """What the products of an organisation tell about each other's stock-outs.

    seasons: theirs together. stretch: see `stretched`. common: float32 (G + 1, T), how demand of each group, and of all
    products in the last row, moved around its level and weekdays (feasts, sales, fashion); 1 = as usual. start: first
    day of its first period.
    """

    seasons: Pool
    stretch: float
    common: Floats
    start: date

    def movement(self, group: NDArray[np.int64], periods: int) -> Doubles:
        """Return how each product's group moved in each period, 1 where that is not known: float64 (n, T)."""
        rows = self.common[np.minimum(group, len(self.common) - 1), :periods].astype(np.float64)
        return np.pad(rows, ((0, 0), (0, periods - rows.shape[1])), constant_values=1)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Some products: sold, what was sold; share, of each period in stock; full, in stock and without odd orders."""

    sold: Doubles
    share: Doubles
    full: Floats
    before: Flags

    def usual(self) -> Doubles:
        """Return sales without odd orders, 0 where none are known."""
        return np.where(self.share >= 1, np.nan_to_num(self.full), self.sold * (self.share > 0))


def recovered(panel: DemandPanel, company: Company | None = None, inferred: Flags | None = None) -> Floats:
    """Return demand with the periods out of stock filled in: float32 (n, T), NaN only before launch.

    In stock: what was sold. Else sales plus the missing share of the usual demand, plus, where stock ran out within a
    week or month, what was asked for beyond it on the last day: (V/m + m·day - 1)/2 with V and m variance and mean of
    the product's demand (the overshoot of a random walk, Feller 1971). Usual demand is sales over time in stock within
    some weeks on either side, by weekday, moved as that of the group's other products was in the period; single
    periods with odd orders count as the largest usual one. Time in stock counts partly sold-out periods by their share:
    stock runs out after high sales, so that leaving those out, or looking at the last days alone, would mislead.
    company: what was learned from the organisation, None = from this panel. inferred: see clean, None = look for them.
    Uses the future of each period: for looking back, never inside a backtest.
    """
    sold, share = _known(panel, inferred)
    before = np.arange(sold.shape[1]) < _launch(panel)[:, None]
    out = np.where(before, np.nan, np.nan_to_num(sold)).astype(np.float32)
    rows = np.flatnonzero(((share < 1) & ~before).any(axis=1))
    if not len(rows):
        return out
    if company is None or company.start != panel.start:
        company = learn_company(panel, np.ones(len(sold), np.bool_))
    shelf = _shelf(sold[rows], share[rows], before[rows], panel.freq)
    season = _season(shelf, company.seasons, panel.freq)
    season *= company.movement(_group(panel)[rows], sold.shape[1])
    stocked = _given_back(shelf, company.stretch)
    level = _level(shelf.usual(), stocked * season, NEAR[panel.freq]) * season
    fill = shelf.sold + (1 - stocked) * level
    if DAY[panel.freq] > 0:
        fill += _beyond(shelf.full / season, level, shelf.share, DAY[panel.freq])
    out[rows] = np.where(shelf.before | (shelf.share >= 1), out[rows], fill).astype(np.float32)
    return out


def learn_company(panel: DemandPanel, teachers: Flags, inferred: Flags | None = None) -> Company:
    """Learn what recovery needs from the teaching products, bool (n,), of a panel.

    Movement of a group in a period: sum of sales over sum of usual demand, of products in stock, each over the root of
    its level, with that of all products weighing as much as three of them. inferred: as in `recovered`.
    """
    sold, share = _known(panel, inferred)
    before = np.arange(sold.shape[1]) < _launch(panel)[:, None]
    shelf = _shelf(sold[teachers], share[teachers], before[teachers], panel.freq)
    pool = pool_seasons(shelf.full, np.ones(len(shelf.full), np.bool_), sold.shape[1], panel.freq)
    group = _group(panel)
    common = np.ones((int(group.max(initial=0)) + 2, sold.shape[1]), np.float32)
    company = Company(pool, stretched(sold[teachers], share[teachers]), common, panel.start)
    if not teachers.any():
        return company
    season = _season(shelf, pool, panel.freq)
    stocked = _given_back(shelf, company.stretch)
    level = _level(shelf.usual(), stocked * season, NEAR[panel.freq]) * season
    weight = 1 / np.sqrt(np.maximum(level.mean(axis=1, keepdims=True), 1e-3))
    came, due = np.zeros(common.shape), np.zeros(common.shape)
    part = np.where(shelf.share >= 1, np.nan_to_num(shelf.full), 0) * weight, (shelf.share >= 1) * level * weight
    for total, values in zip((came, due), part, strict=True):
        np.add.at(total, group[teachers], values)
        total[-1] = values.sum(axis=0)
    few = LIKE * due[-1] / max(int(teachers.sum()), 1) + 1e-9
    whole = (came[-1] + few) / (due[-1] + few)
    return replace(company, common=((came + few * whole) / (due + few)).astype(np.float32))


def _shelf(sold: Floats, share: Doubles, before: Flags, freq: Freq) -> _Shelf:
    certain = np.where(before | (share < 1), np.nan, sold).astype(np.float32)
    full = _without_odd(certain, freq)
    return _Shelf(np.nan_to_num(sold).astype(np.float64), np.where(before, 0, share), full, before)


def _season(shelf: _Shelf, pool: Pool, freq: Freq) -> Doubles:
    return factors(shelf.full, pool, 0, freq, yearly=False).astype(np.float64)


def _group(panel: DemandPanel) -> NDArray[np.int64]:
    return np.zeros(len(panel.ids), np.int64) if panel.groups is None else np.asarray(panel.groups[:, 0], np.int64)


def stretched(sold: Floats, share: Doubles) -> float:
    """Estimate in which share of cases a stock-out is told to last until the next sale, rather than until goods came.

    Who has only counts knows when sales stopped and when they came back. Runs out of stock that are told exactly end,
    for a product that sells in a share p of its periods, with a sale in the next period in a share p of cases:
    (seen - p)/(1 - p), between 0 and 1.
    """
    seen = expected = count = 0.0
    for i in np.flatnonzero((share == 0).any(axis=1)):
        selling = 1 - _idle(sold[i][share[i] >= 1])
        for _, end in _runs(share[i] == 0):
            if end < sold.shape[1] and share[i, end] > 0:
                seen, expected, count = seen + (sold[i, end] > 0), expected + selling, count + 1
    if count < 5 or expected >= count:
        return 0.0
    return float(np.clip((seen - expected) / (count - expected), 0, 1))


def full_demand(sold: Doubles, profile: Doubles, in_stock: Flags) -> Doubles:
    """Scale sales of a period up to all its hours: d = sold / sum of the profile over hours in stock.

    sold (n,), profile (n, hours) adding to 1, in_stock (n, hours). NaN where no open hour had stock.

    >>> full_demand(np.array([6.0]), np.full((1, 16), 1 / 16), np.arange(16)[None] < 10).round(6).tolist()
    [9.6]
    """
    share = (profile * in_stock).sum(axis=1)
    return np.where(share > 0, sold / np.where(share > 0, share, 1), np.nan)


def _known(panel: DemandPanel, inferred: Flags | None) -> tuple[Floats, Doubles]:
    """Return what was sold, NaN = unknown, and the share of each period in stock, 0 where nothing is known of it."""
    raw = np.asarray(panel.units, np.float32)
    sold = np.where(np.isfinite(raw) & (np.abs(raw) <= LARGEST), np.maximum(raw, 0), np.nan).astype(np.float32)
    share = np.ones(sold.shape) if panel.stocked is None else np.nan_to_num(panel.stocked, nan=1).clip(0, 1)
    gone = inferred_stock_outs(panel) if inferred is None else inferred
    return sold, np.where(np.isnan(sold) | gone, 0, share).astype(np.float64)


def _launch(panel: DemandPanel) -> NDArray[np.int64]:
    """Find the first period with anything known of demand: a shelf that is empty before the first sale is no loss."""
    known = ~np.isnan(panel.units)
    first: NDArray[np.int64] = np.where(known.any(axis=1), known.argmax(axis=1), panel.units.shape[1])
    return first


def _idle(sold: Floats) -> float:
    """Estimate the chance that a period in stock passes without a sale."""
    return float(((sold == 0).sum() + 0.5) / (len(sold) + 1))


def _runs(flags: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _given_back(shelf: _Shelf, stretch: float) -> Doubles:
    """Give back to runs out of stock the periods in which goods had come but nobody had bought: float64 (n, T).

    A run of k periods that ends with a sale may have ended j periods before, each as likely as its idle periods:
    q^(k - j), with q the chance of a period without sales.
    """
    out = shelf.share.copy()
    empty = (shelf.share == 0) & ~shelf.before
    for i in np.flatnonzero(empty.any(axis=1)) if stretch > 0 else ():
        full = shelf.full[i]
        idle = _idle(full[~np.isnan(full)])
        sure = stretch / (stretch + (1 - stretch) * (1 - idle))
        for start, end in _runs(empty[i]):
            if end < len(full) and full[end] > 0:
                chance = idle ** np.arange(end - start, -1, -1.0)  # of goods having come before period start + j
                out[i, start:end] = sure * np.cumsum(chance)[:-1] / chance.sum()
    return out


def _without_odd(full: Floats, freq: Freq) -> Floats:
    """Bring down up to three periods above four weeks' demand and 3.5 times the 99th percentile of the others to it."""
    known = ~np.isnan(full)
    count = known.sum(axis=1)
    falling = -np.sort(np.where(known, -full, np.inf), axis=1)
    total, row = np.where(known, full, 0).sum(axis=1, dtype=np.float64), np.arange(len(full))
    bound = np.full(len(full), np.inf)
    for many in range(1, min(ODD, full.shape[1] - 1) + 1):
        rest = np.maximum(count - many, 1)
        high = np.where(count > many + 8, falling[row, np.minimum(many + rest // 100, full.shape[1] - 1)], np.inf)
        mean = (total - np.where(count >= many, falling[:, :many].sum(axis=1), 0)) / rest
        least = falling[row, many - 1]
        odd = (least > TIMES * np.maximum(high, 1)) & (least > FOUR_WEEKS[freq] * mean)
        bound = np.where(odd, np.maximum(high, 1), bound)
    return np.asarray(np.minimum(full, bound[:, None]), np.float32)


def _level(sold: Doubles, stocked: Doubles, reach: int) -> Doubles:
    """Divide sales by time in stock within `reach` periods of each, with a little of the whole past: float64 (n, T)."""
    at = np.arange(sold.shape[1])
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, sold.shape[1])
    near = []
    for part in (sold, stocked):
        total = np.concatenate([np.zeros((len(part), 1)), np.cumsum(part, axis=1, dtype=np.float64)], axis=1)
        near.append(total[:, high] - total[:, low])
    whole = sold.sum(axis=1) / np.maximum(stocked.sum(axis=1), 1)
    return np.asarray((near[0] + OWN * whole[:, None]) / (near[1] + OWN))


def _beyond(full: Doubles, level: Doubles, share: Doubles, day: float) -> Doubles:
    """Estimate what was asked for beyond the stock on the day it ran out, in the first period of each run."""
    known = ~np.isnan(full)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, full, 0).sum(axis=1, dtype=np.float64) / count
    variance = (np.where(known, full - mean[:, None], 0).astype(np.float64) ** 2).sum(axis=1) / count
    lumps = np.where(mean > 0, variance / np.where(mean > 0, mean, 1), 0)
    first = (share < 1) & (share > 0)
    first[:, 1:] &= share[:, :-1] >= 1
    return np.asarray(np.where(first, np.maximum(lumps[:, None] + level * day - 1, 0) / 2, 0))
