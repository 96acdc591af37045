"""One-off orders found on order lines, and orders that were cancelled in full."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TIMES = 3.0  # times a product's 99th percentile of line sizes that a one-off exceeds
WEEKS = 4.0  # weeks of a product's mean demand that a one-off exceeds
FEWEST = 12  # lines a product needs before one of them can stand out by the percentile
AGAIN = 0.5  # a customer's other line of at least this share of the size makes it recurring

Codes = NDArray[np.int64]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OrderLines:
    """Order lines as columns of equal length.

    product, customer: codes, customer -1 = unknown; day: days since any date; units: negative = returned or cancelled.
    """

    product: Codes
    customer: Codes
    day: Codes
    units: Doubles


def cancelled(lines: OrderLines) -> NDArray[np.bool_]:
    """Find lines that cancel each other: bool (L,), true for both lines of a pair.

    Each negative line is paired with the latest earlier line (same day included) of the same customer, product and
    size that is not yet paired, so that an order and its cancellation net to zero.
    """
    out = np.zeros(len(lines.units), np.bool_)
    order = np.lexsort((lines.units < 0, lines.day))
    open_: dict[tuple[int, int, float], list[int]] = {}
    sizes = np.abs(lines.units)
    wanted = set(zip(*_keys(lines, lines.units < 0), strict=True))
    for at in order.tolist():
        key = (int(lines.customer[at]), int(lines.product[at]), float(sizes[at]))
        if lines.units[at] > 0 and key in wanted:
            open_.setdefault(key, []).append(at)
        elif lines.units[at] < 0 and open_.get(key):
            out[[at, open_[key].pop()]] = True
    return out


def _keys(lines: OrderLines, rows: NDArray[np.bool_]) -> tuple[list[int], list[int], list[float]]:
    return lines.customer[rows].tolist(), lines.product[rows].tolist(), np.abs(lines.units[rows]).tolist()


def one_offs(lines: OrderLines) -> NDArray[np.bool_]:
    """Flag lines that are one-off orders, to be shown to a person once: bool (L,).

    A line is one when it is larger than 3 times the 99th percentile of its product's other lines (or the largest of
    them, when they are fewer than a hundred) and than four weeks of the product's mean demand without it, and its
    customer has no other line of half its size for the product. Cancelled pairs are left out before.
    Percentiles and means of a product with fewer than 12 lines are not trusted: its lines are never flagged.
    """
    live = (lines.units > 0) & ~cancelled(lines)
    out = np.zeros(len(lines.units), np.bool_)
    rows = np.flatnonzero(live)
    rows = rows[np.lexsort((-lines.units[rows], lines.product[rows]))]
    starts = np.flatnonzero(np.diff(lines.product[rows], prepend=-1 if len(rows) else 0))
    span = max(float(lines.day.max() - lines.day.min() + 1), 7.0) if len(rows) else 7.0
    for part in np.split(rows, starts[1:]):
        out[part] = _stand_out(lines, part, span)
    return out


def _stand_out(lines: OrderLines, part: Codes, span: float) -> NDArray[np.bool_]:
    """Flag the lines of one product, sorted by falling size; the largest is judged without those above it."""
    size = lines.units[part]
    flags = np.zeros(len(part), np.bool_)
    active = float(lines.day[part].max() - lines.day[part].min() + 1) if len(part) else 7.0
    weeks = max(min(span, active), 28.0) / 7
    for k in range(min(len(part) - FEWEST, max(1, len(part) // 20))):
        others = size[k + 1 :]
        high = others[max(len(others) // 100, 0)]
        if size[k] <= TIMES * high or size[k] <= WEEKS * others.sum() / weeks:
            break
        who = lines.customer[part[k]]
        same = (lines.customer[part] == who) & (who >= 0) & (size >= AGAIN * size[k])
        flags[k] = same.sum() <= 1
    return flags
