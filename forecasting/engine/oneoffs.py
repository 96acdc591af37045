"""One-off orders found on order lines, what a person said about them, and orders that were cancelled in full."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.words import Said, digits, say

TIMES = 3.5  # times a product's 99th percentile of line sizes that a one-off exceeds
WEEKS = 4.0  # weeks of a product's mean demand that a one-off exceeds
FEWEST = 12  # lines a product needs before one of them can stand out
TOGETHER = 2  # lines of a product, or one in a hundred if more, that may stand out side by side
ALIKE = 2.0  # times the smaller of two such lines that the larger may be: else they are the tail of usual large lots
OFTEN = 200  # lines from which a percentile of 99 can be told while several stand out
AGAIN = 0.5  # a customer's other line of at least this share of the size makes it usual
REGULAR = 3  # other lines of the product from which a customer is its regular
FAR = 6.0  # times the largest of its other lines that a regular's one-off exceeds

Codes = NDArray[np.int64]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrderLines:
    """Order lines as columns of equal length.

    product, customer: codes, customer -1 = unknown; day: days since any date; units: negative = returned or cancelled.
    ids: what decisions are remembered by, () when there are none to remember.
    """

    product: Codes
    customer: Codes
    day: Codes
    units: Doubles
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OneOff:
    """A line to be shown to a person once: its row, what stands out, and why in words.

    usual: units of the product's largest usual line (99th percentile); weeks: how many weeks of its usual demand.
    """

    row: int
    product: int
    customer: int
    day: int
    units: float
    usual: float
    weeks: float
    reason: Said


def cancelled(lines: OrderLines) -> Flags:
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


def _keys(lines: OrderLines, rows: Flags) -> tuple[list[int], list[int], list[float]]:
    return lines.customer[rows].tolist(), lines.product[rows].tolist(), np.abs(lines.units[rows]).tolist()


def one_offs(lines: OrderLines, *, decided: Mapping[str, bool] | None = None) -> Flags:
    """Flag the lines to be kept apart from usual demand: bool (L,).

    decided: line id -> True = keep apart, False = normal demand; what a person said wins over what is found.
    """
    out = np.zeros(len(lines.units), np.bool_)
    out[[found.row for found in candidates(lines, decided=decided)]] = True
    for row, apart in _answers(lines, decided).items():
        out[row] = apart
    return out


def candidates(lines: OrderLines, *, decided: Mapping[str, bool] | None = None) -> list[OneOff]:
    """List the lines that look like one-off orders and that nobody has decided about, the largest in weeks first.

    A line is one when it is larger than 3.5 times the 99th percentile of its product's other lines and than four weeks
    of the product's mean demand without it, and when it is not usual for its customer: no other line of half its size
    on another day, of any product; and larger than 6 times the others where the customer is a regular of the product.
    Two lines of like size (one in a hundred of many lines) may stand out together; more are a habit. Cancelled pairs
    are left out before, and so are lines kept apart by a person; lines that a person called normal count as such.
    Products with fewer than 12 lines have none.
    """
    answers = _answers(lines, decided)
    live = (lines.units > 0) & ~cancelled(lines)
    live[[row for row, apart in answers.items() if apart]] = False
    normal = np.zeros(len(live), np.bool_)
    normal[[row for row, apart in answers.items() if not apart]] = True
    rows = np.flatnonzero(live)
    largest = _largest_elsewhere(lines, rows)
    rows = rows[np.lexsort((-lines.units[rows], lines.product[rows]))]
    starts = np.flatnonzero(np.diff(lines.product[rows], prepend=-1 if len(rows) else 0))
    found = [one for part in np.split(rows, starts[1:]) for one in _standing_out(lines, part, normal, largest)]
    return sorted(found, key=lambda one: (-one.weeks, one.row))


def _answers(lines: OrderLines, decided: Mapping[str, bool] | None) -> dict[int, bool]:
    """Find the rows that a person decided about."""
    if not decided:
        return {}
    return {row: decided[line] for row, line in enumerate(lines.ids) if line in decided}


def _largest_elsewhere(lines: OrderLines, rows: Codes) -> Doubles:
    """Tell each line's customer's largest line of any product on any other day: float64 (L,), 0 = none or unknown."""
    out = np.zeros(len(lines.units))
    known = rows[lines.customer[rows] >= 0]
    order = known[np.lexsort((-lines.units[known], lines.customer[known]))]
    edges = np.flatnonzero(np.diff(lines.customer[order], prepend=-1 if len(order) else 0))
    for part in np.split(order, edges[1:]) if len(order) else []:
        day, size = lines.day[part], lines.units[part]
        other = np.flatnonzero(day != day[0])
        out[part] = size[0]
        out[part[day == day[0]]] = size[other[0]] if len(other) else 0
    return out


def _standing_out(lines: OrderLines, part: Codes, normal: Flags, largest: Doubles) -> list[OneOff]:
    """Find the one-offs of one product, whose lines are sorted by falling size."""
    if len(part) < FEWEST:
        return []
    size, day = lines.units[part], lines.day[part]
    weeks = max(float(day.max() - day.min() + 1), 28.0) / 7
    for many in range(min(max(TOGETHER, len(part) // 100), len(part) - FEWEST + 1), 0, -1):
        others = size[many:]
        few = many > 1 and len(others) < OFTEN
        high, mean = float(others[0 if few else len(others) // 100]), float(others.sum()) / weeks
        if size[many - 1] <= max(TIMES * high, WEEKS * mean) or (few and size[0] > ALIKE * size[many - 1]):
            continue
        chosen = [row for row in part[:many].tolist() if not normal[row] and not _is_usual(lines, part, row, largest)]
        return [_one_off(lines, row, high, mean) for row in chosen]
    return []


def _is_usual(lines: OrderLines, part: Codes, row: int, largest: Doubles) -> bool:
    """Tell whether the customer of a line orders so much as a habit."""
    who, size = int(lines.customer[row]), float(lines.units[row])
    if who < 0:
        return False
    own = part[(lines.customer[part] == who) & (part != row)]
    most = float(lines.units[own].max(initial=0))
    return bool(largest[row] >= AGAIN * size or (len(own) >= REGULAR and most * FAR >= size) or most >= AGAIN * size)


def _one_off(lines: OrderLines, row: int, usual: float, mean: float) -> OneOff:
    units = float(lines.units[row])
    weeks = units / mean if mean > 0 else float("inf")
    reason = say(
        "%(units)s units in one line: the largest usual line is %(usual)s, and it is %(weeks)s weeks of usual demand.",
        units=digits(units),
        usual=digits(usual),
        weeks=f"{weeks:.0f}",
    )
    return OneOff(
        row, int(lines.product[row]), int(lines.customer[row]), int(lines.day[row]), units, usual, weeks, reason
    )
