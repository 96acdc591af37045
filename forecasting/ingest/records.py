"""Rows that a program sends: each value against its field, strictly, without guessing and without heavy libraries.

Files are read by columns and forgive much; programs say what they mean: codes are texts, times have a zone, a number is
a number. What a row leaves out is not touched, what it says as null becomes unknown.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from forecasting.ingest import faults
from forecasting.ingest.fields import (
    COMPONENTS,
    DAY_OF,
    INBOUND,
    MONEY,
    PRODUCTS,
    RATES,
    SALES,
    STOCK,
    SUPPLIERS,
    Field,
    Kind,
    columns_written,
)
from forecasting.ingest.meanings import is_not_sold
from forecasting.ingest.record_columns import Alike, read_whole
from forecasting.ingest.record_values import BROKEN, READERS, House, NotTaken
from forecasting.words import Said, say

OBJECT = say("an object with the fields of one row")
_SHOWN = 200
_QUOTED = re.compile(r'[",\r\n]')
MOST_SHAPES = 20  # different sets of fields in one call
SHAPES = say("the same fields as the rows before: one call holds at most %(n)d different sets", n=MOST_SHAPES)


def _needing(kind: Kind, *required: str, without: tuple[str, ...] = ()) -> Kind:
    """Return a kind as programs send it: these fields are needed, those are not taken."""
    fields = tuple(replace(one, required=one.name in required) for one in kind.fields if one.name not in without)
    return replace(kind, fields=fields)


def _fee(name: str, high: float = MONEY) -> Field:
    return Field(name, "number", high=high)


RECORDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _needing(PRODUCTS, "sku"),
        _needing(SUPPLIERS, "code"),
        Kind(
            "locations",
            (
                Field("code", "identifier", required=True, longest=100),
                Field("name", "text"),
                Field("transfer_days", "number", high=3650),
                _fee("transfer_cost"),
                Field("lead_time_extra_days", "number", high=3650),
            ),
            key=("code",),
        ),
        Kind(
            "channels",
            (
                Field("code", "identifier", required=True, longest=100),
                Field("name", "text"),
                Field("own", "flag"),
                _fee("fee_percent", 100),
                _fee("fee_fixed"),
                _fee("payment_percent", 100),
                _fee("payment_fixed"),
                _fee("shipping_per_unit"),
                _fee("ad_cost_percent", 100),
                _fee("return_cost"),
            ),
            key=("code",),
        ),
        _needing(COMPONENTS, "parent_sku", "component_sku", "quantity"),
        _needing(SALES, "order_id", "line_id", "sku", "sold_at", "units", without=("name", "amount")),
        _needing(STOCK, "sku", "counted_at", "on_hand"),
        replace(_needing(INBOUND, "order_ref", "sku", "units", "expected_on"), key=("order_ref", "sku", "location")),
        RATES,
    )
}
MAIN_KEYS = {"location": "main"}  # as rows that name no place are stored


@dataclass(frozen=True, slots=True)
class RecordFault:
    """One value that cannot be taken: the number of its row, its field ("" for the whole row), what was expected."""

    row: int
    field: str
    value: str
    expected: Said


@dataclass(slots=True)
class Shape:
    """Good rows that name the same fields, as they will be copied: row number and one plain value per column."""

    named: frozenset[str]
    rows: list[tuple[object, ...]] = field(default_factory=list)


@dataclass(slots=True)
class Records:
    """What came of the rows of a call. withdrawn: keys of sales that were cancelled or hold no units."""

    kind: Kind
    accepted: int
    rejected: int
    shapes: list[Shape]
    withdrawn: list[tuple[str, ...]]
    faults: list[RecordFault]


def read_records(records: Sequence[object], kind: Kind, house: House, *, first: int = 1) -> Records:
    """Check the rows of a call; `first` is the number of the first. Of rows with one key the last one counts."""
    readers = {one.name: (one, READERS[one.type]) for one in kind.fields}
    required = {one.name for one in kind.fields if one.required}
    related = kind.name in ("components", "rates")  # their fields must agree with each other, or with the house
    whole = [] if related else read_whole(records, readers, required, house)
    right = {place for rows in whole for place in rows.places}
    wrong: list[RecordFault] = []
    single: dict[int, dict[str, object]] = {}
    for place in [place for place in range(len(records)) if place not in right]:
        found = _read_one(records[place], readers, required, house)
        if isinstance(found, list):
            wrong.extend(replace(fault, row=place + first) for fault in found)
        else:
            single[place] = found
    taken = len(right) + len(single)
    read = Records(kind, taken, len(records) - taken, [], [], wrong)
    if len(whole) == 1 and not single:
        _shape_columns(read, whole[0], house, first)
    else:
        for rows in whole:
            told = (dict(zip(rows.names, row, strict=True)) for row in zip(*rows.columns, strict=True))
            single.update(zip(rows.places, told, strict=True))
        good: dict[tuple[object, ...], tuple[int, dict[str, object]]] = {}
        for place in sorted(single):
            key = tuple(single[place].get(name) or MAIN_KEYS.get(name) for name in kind.key)
            good.pop(key, None)
            good[key] = (place + first, single[place])
        _sort_by_shape(read, good, house)
    return read


def _shape_columns(read: Records, rows: Alike, house: House, first: int) -> None:
    """Do to rows that all name the same fields what _sort_by_shape does to any, column by column."""
    count, unknown = len(rows.places), [None] * len(rows.places)
    by: dict[str, Sequence[object]] = dict(zip(rows.names, rows.columns, strict=True))
    parts = [[one or MAIN_KEYS.get(name) for one in by.get(name, unknown)] for name in read.kind.key]
    keys = list(zip(*parts, strict=True))
    last = dict(zip(keys, range(count), strict=True))
    kept = range(count) if len(last) == count else sorted(last.values())
    if read.kind.name == "sales":
        gone = list(map(_is_withdrawn, by["units"], by.get("status", unknown)))
        if any(gone):
            read.withdrawn.extend(tuple(map(str, keys[at])) for at in kept if gone[at])
            kept = [at for at in kept if not gone[at]]
        if house.currency:
            by["currency"] = [one or house.currency for one in by.get("currency", unknown)]
    numbers = [place + first for place in rows.places]
    columns = [numbers, *(by.get(name, unknown) for name in columns_written(read.kind)[1:])]
    if len(kept) < count:
        columns = [[column[at] for at in kept] for column in columns]
    if kept:
        read.shapes.append(Shape(frozenset(rows.names), list(zip(*columns, strict=True))))


def _sort_by_shape(
    read: Records, good: Mapping[tuple[object, ...], tuple[int, dict[str, object]]], house: House
) -> None:
    shapes: dict[frozenset[str], Shape] = {}
    columns = columns_written(read.kind)[1:]
    sales = read.kind.name == "sales"
    default = house.currency if sales else None
    for key, (number, found) in good.items():
        if sales and _is_withdrawn(found["units"], found.get("status")):
            read.withdrawn.append(tuple(str(part) for part in key))
            continue
        named = frozenset(found)
        if default and not found.get("currency"):
            found["currency"] = default  # of a new line; it does not change what is known of an old one
        shape = shapes.get(named)
        if shape is None:
            if len(shapes) == MOST_SHAPES:
                read.faults.append(RecordFault(number, "", "", SHAPES))
                read.accepted, read.rejected = read.accepted - 1, read.rejected + 1
                continue
            shape = shapes[named] = Shape(named)
        shape.rows.append((number, *map(found.get, columns)))
    read.shapes = list(shapes.values())


@lru_cache(maxsize=1 << 12)
def _is_withdrawn(units: object, status: object) -> bool:
    return float(str(units)) == 0 or is_not_sold(str(status or ""))


def _read_one(
    record: object,
    readers: Mapping[str, tuple[Field, Callable[[Field, object, House], object]]],
    required: set[str],
    house: House,
) -> dict[str, object] | list[RecordFault]:
    if not isinstance(record, Mapping):
        return [RecordFault(0, "", _shown(record), OBJECT)]
    found: dict[str, object] = {}
    wrong: list[RecordFault] = []
    for name, value in record.items():
        if name not in readers:
            known = say("one of the fields: %(fields)s", fields=", ".join(readers))
            wrong.append(RecordFault(0, str(name)[:100], _shown(value), known))
            continue
        if value is None or value == "":
            found[name] = None
            continue
        one, read = readers[name]
        try:
            told = read(one, value, house)
        except NotTaken as error:
            wrong.append(RecordFault(0, name, _shown(value), error.expected))
            continue
        if one.type == "moment":
            found[name], found[DAY_OF[name]] = told  # type: ignore[misc]
        else:
            found[name] = told
    missing = [name for name in required if found.get(name) is None and not any(w.field == name for w in wrong)]
    wrong.extend(RecordFault(0, name, "", faults.MISSING) for name in sorted(missing))
    return wrong or list(_disagreements(found, house)) or found


def _disagreements(found: Mapping[str, object], house: House) -> Iterator[RecordFault]:
    """Tell which values are right by themselves, and not beside the others or in this house."""
    if "component_sku" in found and found["component_sku"] == found["parent_sku"]:
        yield RecordFault(0, "component_sku", str(found["component_sku"]), faults.ITSELF)
    if "rate" in found and found["currency"] == house.currency:
        yield RecordFault(0, "currency", str(found["currency"]), faults.FOREIGN)
    if "rate" in found and str(found["date"]) > house.today.isoformat():
        yield RecordFault(0, "date", str(found["date"]), faults.FUTURE)


def _shown(value: object) -> str:
    return BROKEN.sub("�", value if isinstance(value, str) else repr(value))[:_SHOWN]


def as_csv(shape: Shape, kind: Kind) -> bytes:
    """Write good rows as the loader copies them: a header, then one line a row; nothing between commas is unknown."""
    columns = [_cells(column) for column in zip(*shape.rows, strict=True)]
    lines = map(",".join, zip(*columns, strict=True))
    return "\n".join([",".join(columns_written(kind)), *lines, ""]).encode()


def _cells(column: Sequence[object]) -> Sequence[str]:
    """Write the cells of a column for CSV; nearly no column holds a cell that must be quoted."""
    cells = ["" if value is None else str(value) for value in column]
    if not _QUOTED.search("".join(cells)):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell for cell in cells]
