"""What is done to the rows of a shop's export before they are mapped: one small function for each peculiarity.

A step is bound to a header once and gives the new header and a function from one line to the lines it becomes; what it
remembers from line to line lives in that function, so that a file of any length is shaped as it streams by. A column
that the file does not have is passed over, for exports differ by year and plan.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecasting.ingest.header import header_word

ZONE = " @"  # a local time and the name of its zone: "2025-03-30 01:30 @Europe/Berlin"


@dataclass(slots=True)
class Line:
    """One row on its way: its cells, its number in the file, its line in an editor, why it holds nothing of ours."""

    cells: list[str]
    number: int
    line: int
    aside: str = ""


Run = Callable[[Line], Iterable[Line]]
Bound = tuple[list[str], Run]


def place(headers: Sequence[str], name: str) -> int | None:
    """Find a column by its name, whatever its case and spacing."""
    word = header_word(name)
    return next((at for at, header in enumerate(headers) if header_word(header) == word), None)


def places(headers: Sequence[str], names: Iterable[str]) -> list[int]:
    """Find those columns that are there."""
    return [at for name in names if (at := place(headers, name)) is not None]


def fill_down(headers: list[str], *, by: str, columns: Sequence[str]) -> Bound:
    """Repeat what only the first row of a group holds: the order's date and status on each of its lines."""
    key, filled = place(headers, by), places(headers, columns)
    last: list[str] = []

    def run(line: Line) -> Iterable[Line]:
        nonlocal last
        if key is not None and last and line.cells[key] == last[key]:
            for at in filled:
                line.cells[at] = line.cells[at] or last[at]
        last = list(line.cells)
        return (line,)

    return headers, run


def unpivot(headers: list[str], *, columns: Mapping[str, str]) -> Bound:
    """Turn numbered columns into rows: "Product Item 1 SKU", "Product Item 2 SKU" become two rows with "Item SKU".

    columns: pattern with {n} -> the header it becomes.
    """
    found: dict[int, dict[str, int]] = {}
    taken: set[int] = set()
    for pattern, name in columns.items():
        shape = re.compile(re.escape(header_word(pattern.replace("{n}", "0"))).replace("0", r"(\d+)", 1) + "$")
        for at, header in enumerate(headers):
            if match := shape.match(header_word(header)):
                found.setdefault(int(match[1]), {})[name] = at
                taken.add(at)
    kept = [at for at in range(len(headers)) if at not in taken]
    names = list(columns.values())

    def run(line: Line) -> Iterable[Line]:
        for number in sorted(found):
            cells = [line.cells[found[number][name]] if name in found[number] else "" for name in names]
            if any(cell.strip() for cell in cells):
                yield replace(line, cells=[line.cells[at] for at in kept] + cells)

    return [headers[at] for at in kept] + names, run


def spread(headers: list[str], *, pattern: str, name: str, value: str) -> Bound:
    """Turn one column per place into one row per place: "Current Quantity Berlin" becomes Location and Quantity.

    pattern: the header with {} for the place. A blank cell means that the product is not kept there.
    """
    found = _by_place(headers, pattern)
    kept = [at for at in range(len(headers)) if at not in found]

    def run(line: Line) -> Iterable[Line]:
        for at, where in found.items():
            if line.cells[at].strip():
                yield replace(line, cells=[*[line.cells[i] for i in kept], where, line.cells[at]])

    return [*[headers[at] for at in kept], name, value], run


def _by_place(headers: Sequence[str], pattern: str) -> dict[int, str]:
    """Find the columns whose header has a place in it, and the name of each place."""
    before, after = pattern.split("{}")
    return {
        at: header[len(before) : len(header) - len(after)].strip(" -_")
        for at, header in enumerate(headers)
        if header.casefold().startswith(before.casefold())
        and header.casefold().endswith(after.casefold())
        and len(header) > len(before) + len(after)
    }


def inherit(headers: list[str], *, columns: Sequence[str], parent: str, by: Mapping[str, str]) -> Bound:
    """Give a variant what only the row of its parent says, above it: its category.

    parent: the column that names the parent. by: what stands before the name there -> the parent's column that is meant
    ("id:" -> "ID" for "id:100"; "" -> "SKU" for all others).
    """
    filled, up = places(headers, columns), place(headers, parent)
    keys = [(mark, at) for mark, name in by.items() if (at := place(headers, name)) is not None]
    known: dict[str, list[str]] = {}

    def run(line: Line) -> Iterable[Line]:
        above = known.get(line.cells[up].strip()) if up is not None else None
        for at, cell in zip(filled, above or (), strict=False):
            line.cells[at] = line.cells[at] or cell
        told = [line.cells[at] for at in filled]
        if any(told):
            for mark, at in keys:
                if name := line.cells[at].strip():
                    known.setdefault(mark + name, told)
        return (line,)

    return headers, run


def split(headers: list[str], *, columns: Sequence[str], by: str) -> Bound:
    """Take cells with lists apart: three codes and three quantities in one row are three rows.

    A cell with another number of parts belongs to the order, not to a line, and stays with the first row.
    """
    listed = places(headers, columns)

    def run(line: Line) -> Iterable[Line]:
        parts = {at: [part.strip() for part in re.split(f"[{by}]", line.cells[at].strip(" \t;；"))] for at in listed}
        count = max((len(each) for each in parts.values()), default=1)
        if count == 1:
            yield line
            return
        for number in range(count):
            cells = list(line.cells)
            for at, each in parts.items():
                cells[at] = each[number] if len(each) == count else line.cells[at] if number == 0 else ""
            yield replace(line, cells=cells)

    return headers, run


def join(headers: list[str], *, columns: Sequence[str], into: str, by: str = " ", but: Sequence[str] = ()) -> Bound:
    """Write several cells as one: a date and a time; a name and its variant, but not "Default Title"."""
    joined, left_out = places(headers, columns), {word.casefold() for word in but}

    def run(line: Line) -> Iterable[Line]:
        cells = (line.cells[at].strip() for at in joined)
        return (_with(line, by.join(cell for cell in cells if cell and cell.casefold() not in left_out)),)

    return [*headers, into], run


def first(headers: list[str], *, columns: Sequence[str], into: str, patterns: Sequence[str] = ()) -> Bound:
    """Take the first of several cells that is filled: the day of payment, or else that of the order.

    patterns: headers with {} for a place, which come after the columns.
    """
    choices = [*places(headers, columns), *(at for pattern in patterns for at in _by_place(headers, pattern))]
    return [*headers, into], lambda line: (
        _with(line, next((line.cells[at] for at in choices if line.cells[at].strip()), "")),
    )


def constant(headers: list[str], *, into: str, value: str) -> Bound:
    """Say what the export takes for granted: its currency, its channel."""
    return [*headers, into], lambda line: (_with(line, value),)


def zone(
    headers: list[str], *, column: str, name: str = "", names_in: str = "", names: Mapping[str, str] | None = None
) -> Bound:
    """Say in which time zone a column of local times is: one zone for all, or by a column that names it."""
    at, told = place(headers, column), place(headers, names_in) if names_in else None
    known = {word.casefold(): zone for word, zone in (names or {}).items()}

    def run(line: Line) -> Iterable[Line]:
        if at is not None and line.cells[at].strip():
            wanted = name if told is None else _zone_name(line.cells[told].strip(), known)
            line.cells[at] = line.cells[at].strip() + (ZONE + wanted if wanted else "")
        return (line,)

    return headers, run


def _zone_name(cell: str, known: Mapping[str, str]) -> str:
    # A zone nobody knows stays in the cell, which then reads as no date: it is told, not guessed.
    return known.get(cell.casefold(), cell)


def status(headers: list[str], *, of: Sequence[Mapping[str, Any]], into: str = "Lagom status") -> Bound:
    """Write down what became of a line, from the first rule that holds.

    of: rules with `column`; `says` is what any filled cell means, `words` the only cells that count, else the cell
    itself is the status.
    """
    rules = [(at, rule) for rule in of if (at := place(headers, rule["column"])) is not None]
    folded = [{word.casefold() for word in rule.get("words", ())} for _, rule in rules]

    def told(line: Line) -> str:
        for (at, rule), words in zip(rules, folded, strict=True):
            cell = line.cells[at].strip()
            if cell and (not words or cell.casefold() in words):
                return str(rule.get("says", cell))
        return ""

    return [*headers, into], lambda line: (_with(line, told(line)),)


def negative(headers: list[str], *, columns: Sequence[str], when: str, words: Sequence[str]) -> Bound:
    """Make what came back negative where the export marks a return by a word instead of a sign."""
    signed, at = places(headers, columns), place(headers, when)
    folded = {word.casefold() for word in words}

    def run(line: Line) -> Iterable[Line]:
        if at is not None and line.cells[at].strip().casefold() in folded:
            for which in signed:
                cell = line.cells[which].strip()
                line.cells[which] = "-" + cell if cell and cell[0] not in "-(−" else cell
        return (line,)

    return headers, run


def copy(headers: list[str], *, column: str, into: str, when: str, words: Sequence[str]) -> Bound:
    """Repeat a cell under another name where a second one says so: the day of receipt of an order that is closed."""
    at, told = place(headers, column), place(headers, when)
    folded = {word.casefold() for word in words}

    def cell(line: Line) -> str:
        holds = at is not None and told is not None and line.cells[told].strip().casefold() in folded
        return line.cells[at] if holds and at is not None else ""

    return [*headers, into], lambda line: (_with(line, cell(line)),)


def skip(headers: list[str], *, column: str, reason: str, words: Sequence[str] = ()) -> Bound:
    """Set aside rows that hold nothing of ours: those with one of the words, or, without words, those with no cell."""
    at = place(headers, column)
    folded = {word.casefold() for word in words}

    def run(line: Line) -> Iterable[Line]:
        if at is not None and not line.aside:
            cell = line.cells[at].strip().casefold()
            if cell in folded if folded else not cell:
                line.aside = reason
        return (line,)

    return headers, run


def _with(line: Line, cell: str) -> Line:
    line.cells.append(cell)
    return line


STEPS: Mapping[str, Callable[..., Bound]] = {
    step.__name__: step
    for step in (fill_down, inherit, unpivot, spread, split, join, first, constant, zone, status, negative, copy, skip)
}
