"""Rows of texts into rows of plain values: every cell against its field, every fault with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import polars as pl

from forecasting.ingest import faults
from forecasting.ingest.columns import check, is_damaged, moments, over_unique, ratio, strip
from forecasting.ingest.delimited import Chunk
from forecasting.ingest.fields import DAY_OF, Kind
from forecasting.ingest.meanings import is_total
from forecasting.ingest.sales import set_aside
from forecasting.ingest.types import Settings
from forecasting.words import Said

CODES = ("sku", "parent_sku", "component_sku")
UTC = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One kind of fault in one field: which rows have it."""

    field: str
    rows: pl.Series
    expected: Said


@dataclass(slots=True)
class Table:
    """One chunk, checked. values: a column of plain texts per field. away: reason why a line is set aside, or null.

    bad marks the rows with a fault that are not set aside.
    """

    values: dict[str, pl.Series]
    wrong: list[Wrong]
    away: pl.Series
    bad: pl.Series


def checked(chunk: Chunk, kind: Kind, places: Mapping[str, int], width: int, settings: Settings) -> Table:
    """Check a chunk: places tells in which column of the file a field stands, width how many columns there are."""
    values: dict[str, pl.Series] = {}
    wrong: list[Wrong] = []
    for field in kind.fields:
        if field.name not in places:
            continue
        cells = strip(_column(chunk.rows, places[field.name]))
        if field.name == "sku" and settings.repair == "name" and "name" in places:
            cells = _repaired(cells, strip(_column(chunk.rows, places["name"])), settings)
        if field.name in CODES and settings.zeros == "restore" and settings.bare:
            cells = over_unique(cells, lambda code: settings.bare.get(code, code))
        if field.type == "moment":
            read = moments(field, cells, settings)
            values[field.name] = read.utc.dt.to_string(UTC)
            values[DAY_OF[field.name]] = read.day.dt.to_string("iso")
            found = read.wrong
        else:
            result = check(field, cells, settings)
            values[field.name], found = result.values, result.wrong
        wrong.extend(Wrong(field.name, mask, said) for mask, said in found if bool(mask.any()))
        if field.required:
            missing = _missing(values[field.name], found)
            wrong.extend([Wrong(field.name, missing, faults.MISSING)] if bool(missing.any()) else [])
    wrong.extend(_ragged(chunk.rows, width))
    if kind.name == "sales":
        _derive(values, settings)
    if kind.name == "stock" and settings.today:
        _count_today(values, settings)
    if kind.name == "components":
        itself = (values["parent_sku"] == values["component_sku"]).fill_null(value=False)
        wrong.extend([Wrong("component_sku", itself, faults.ITSELF)] if bool(itself.any()) else [])
    if kind.name == "rates":
        wrong.extend(_no_rates(values, settings))
    return _sorted_out(chunk, kind, values, wrong, settings)


def _sorted_out(
    chunk: Chunk, kind: Kind, values: dict[str, pl.Series], wrong: list[Wrong], settings: Settings
) -> Table:
    size = len(chunk.rows)
    faulty = pl.Series([False]).new_from_index(0, size)
    for item in wrong:
        faulty = faulty | item.rows
    away = pl.Series("away", [None], dtype=pl.String).new_from_index(0, size)
    totals = _totals(chunk.rows, values[kind.required[0]])
    if totals:
        away = away.scatter(totals, "total")
    if any(chunk.aside):
        told = pl.Series(chunk.aside, dtype=pl.String)
        away = told.set(told == "", None).zip_with(told != "", away)
    if kind.name == "sales":
        away = set_aside(values, faulty, away, settings)
    return Table(values, wrong, away, faulty & away.is_null())


def _repaired(codes: pl.Series, names: pl.Series, settings: Settings) -> pl.Series:
    """Put the code of the product with the same name where Excel left 6.93E+12 of it; a name nobody knows stays."""
    found = over_unique(names, lambda name: settings.codes.get(name.casefold()))
    damaged = over_unique(codes, lambda code: "1" if is_damaged(code) else None).is_not_null() & found.is_not_null()
    return codes.zip_with(~damaged, found)


def _column(rows: Sequence[Sequence[str]], place: int) -> pl.Series:
    try:
        cells = list(map(itemgetter(place), rows))
    except IndexError:
        cells = [row[place] if place < len(row) else "" for row in rows]
    return pl.Series(cells, dtype=pl.String)


def _missing(values: pl.Series, found: Sequence[tuple[pl.Series, Said]]) -> pl.Series:
    missing = values.is_null()
    for mask, _said in found:
        missing = missing & ~mask
    return missing


def _ragged(rows: Sequence[Sequence[str]], width: int) -> list[Wrong]:
    """Find rows with more filled cells than the header has; a short row only lacks its last, empty cells."""
    if max(map(len, rows)) <= width:
        return []
    mask = pl.Series([len(row) > width and any(cell.strip() for cell in row[width:]) for row in rows])
    return [Wrong("", mask, faults.CELLS)] if bool(mask.any()) else []


def _totals(rows: Sequence[Sequence[str]], identifiers: pl.Series) -> list[int]:
    """Find the lines that only add up the others: no identifier, or the word for a total in its place."""
    empty = identifiers.is_null().arg_true().to_list()
    found = [place for place in empty if any(is_total(cell) for cell in rows[place] if cell)]
    different = identifiers.drop_nulls().unique().to_list()
    words = [text for text in different if is_total(text)]
    if words:
        found.extend(identifiers.is_in(words).fill_null(value=False).arg_true().to_list())
    return found


def _count_today(values: dict[str, pl.Series], settings: Settings) -> None:
    """Take a count without a day as of today: an export of stock tells what is there now."""
    size = len(values["sku"])
    today = {"counted_at": f"{settings.today}T00:00:00Z", "counted_on": str(settings.today)}
    for name, text in today.items():
        now = pl.Series([text]).new_from_index(0, size)
        told = values.get(name)
        values[name] = now if told is None else told.zip_with(told.is_not_null(), now)


def _no_rates(values: Mapping[str, pl.Series], settings: Settings) -> list[Wrong]:
    """Find the rates that cannot be: of the firm's own currency, and of days that are still to come."""
    own = (values["currency"] == (settings.default_currency or "")).fill_null(value=False)
    ahead = (values["date"] > (settings.today or "9999")).fill_null(value=False)
    found = (Wrong("currency", own, faults.FOREIGN), Wrong("date", ahead, faults.FUTURE))
    return [wrong for wrong in found if bool(wrong.rows.any())]


def _derive(values: dict[str, pl.Series], settings: Settings) -> None:
    """Fill what follows from the rest: the price from the amount of the line, the currency of the organisation."""
    if "amount" in values and "units" in values:
        derived = ratio(values["amount"], values["units"])
        price = values.get("unit_price")
        values["unit_price"] = derived if price is None else price.zip_with(price.is_not_null(), derived)
    if settings.default_currency:
        size = len(values["sku"])
        default = pl.Series([settings.default_currency]).new_from_index(0, size)
        told = values.get("currency")
        values["currency"] = default if told is None else told.zip_with(told.is_not_null(), default)
