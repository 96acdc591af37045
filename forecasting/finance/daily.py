"""Stock on every day, rebuilt from counts and from what went out and came in between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.finance.amounts import Floats

Ints = NDArray[np.int64]
WEEK = 7


@dataclass(frozen=True, slots=True)
class Events:
    """Units by row (product or shelf) and day, as k entries: row int64, day int64 (0 = first day), units float64."""

    row: Ints
    day: Ints
    units: Floats

    @classmethod
    def of(cls, entries: list[tuple[int, int, float]]) -> "Events":
        """Collect (row, day, units)."""
        rows, days, units = zip(*entries, strict=True) if entries else ((), (), ())
        return cls(np.array(rows, np.int64), np.array(days, np.int64), np.array(units, np.float64))


def daily_stock(n: int, days: int, *, counts: Events, sales: Events, receipts: Events) -> Floats:
    """Rebuild the stock at the end of each day, float64 (n, days), NaN = not known.

    stock(t) = last count - sales since + receipts since. What the next count finds beside that (loss, or goods whose
    arrival nobody wrote down) is spread evenly over the days between the two counts, for its day is not known. Before
    a row's first count nothing is known. A count of day -1 is the stock with which the window opens. Never below 0.
    Linear in rows, days and events. Raises ValueError for an event outside the window.
    """
    moved = np.zeros((n, days + 1))  # column 0 is day -1
    for events, sign in ((sales, -1.0), (receipts, 1.0)):
        _within(events, 0, days)
        np.add.at(moved, (events.row, events.day + 1), sign * events.units)
    _within(counts, -1, days)
    level = np.cumsum(moved, axis=1)
    stock = np.full((n, days + 1), np.nan)
    order = np.lexsort((counts.day, counts.row))
    rows, at, units = counts.row[order], counts.day[order] + 1, counts.units[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    columns = np.arange(days + 1)
    for begin, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        row, mine = rows[begin], at[begin:end]
        beside = units[begin:end] - level[row, mine]
        known = columns >= mine[0]
        stock[row, known] = level[row, known] + np.interp(columns[known], mine, beside)
    return np.asarray(np.maximum(stock[:, 1:], 0))


def _within(events: Events, low: int, high: int) -> None:
    if len(events.day) and (events.day.min() < low or events.day.max() >= high):
        raise ValueError(f"an event lies outside the {high} days of the window")


def average(stock: Floats) -> Floats:
    """Average over the known days, float64 (n,) from (n, days); NaN where no day is known.

    >>> average(np.array([[np.nan, 2.0, 4.0], [np.nan] * 3]))
    array([ 3., nan])
    """
    known = ~np.isnan(stock)
    days = known.sum(axis=1)
    total = np.where(known, stock, 0).sum(axis=1)
    return np.where(days > 0, total / np.maximum(days, 1), np.nan)


def weekly(stock: Floats) -> Floats:
    """Average each whole week up to the last day, float64 (n, days // 7); a week with an unknown day is NaN."""
    n, days = stock.shape
    weeks = days // WEEK
    return np.asarray(stock[:, days - weeks * WEEK :].reshape(n, weeks, WEEK).mean(axis=2))
