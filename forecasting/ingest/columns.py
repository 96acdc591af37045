"""One column of texts at a time, checked and made plain: whole columns by polars, odd cells by Python."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from forecasting.ingest import faults
from forecasting.ingest.dates import could_be_moment, read_moment
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import Field
from forecasting.ingest.meanings import currency, nothing, product_status, yes_or_no
from forecasting.ingest.numbers import PLAIN, read_number
from forecasting.ingest.types import Settings
from forecasting.words import Said, say

_SPACE = " \t\r\n\ufeff\u00a0\u3000\u200b"
_INVISIBLE = r"^[\x{feff}\x{200b}]|[\x{feff}\x{200b}]$"
_ODD = r"^[=#'\x{feff}]|^\d[\d.,]*[eE]|[\x00-\x1f\x7f\x{fffd}]"
_DAMAGED = r"^\d(?:[.,]\d+)?[eE]\+?\d{1,3}$"
_CONTROL = r"[\x00-\x1f\x7f\x{fffd}]"
_CONTROL_IN_TEXT = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_CLOCKS = ((r"$", ""), (r"[T ]\d\d:\d\d:\d\d$", " %H:%M:%S"), (r"[T ]\d\d:\d\d$", " %H:%M"))
_DAYS: dict[str | None, tuple[str, str]] = {  # the usual shapes, which polars reads by itself
    None: (r"^(?:19[7-9]|20\d)\d-\d\d-\d\d", "%Y-%m-%d"),
    "dmy": (r"^\d\d/\d\d/(?:19[7-9]|20\d)\d", "%d/%m/%Y"),
    "mdy": (r"^\d\d/\d\d/(?:19[7-9]|20\d)\d", "%m/%d/%Y"),
}


_GUARDED = r"^'([=+\-@＝＋－＠])"  # as our own files keep a spreadsheet from running a text


@dataclass(frozen=True, slots=True)
class Checked:
    """A column in its plain form, null where empty or faulty, and the masks of what was wrong."""

    values: pl.Series
    wrong: tuple[tuple[pl.Series, Said], ...] = ()


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of times: UTC and local day, null where empty or faulty."""

    utc: pl.Series
    day: pl.Series
    wrong: tuple[tuple[pl.Series, Said], ...] = ()


def strip(cells: pl.Series) -> pl.Series:
    """Take the space around texts away; what is empty then becomes null."""
    bare = cells.str.strip_chars()
    if bool(bare.str.contains(_INVISIBLE).any()):
        bare = bare.str.strip_chars(_SPACE)
    return bare.set(bare == "", None)


def is_damaged(cell: str) -> bool:
    """Tell whether a code is what Excel leaves of a long one.

    >>> is_damaged("6.93E+12"), is_damaged("6930123456789")
    (True, False)
    """
    return re.match(_DAMAGED, cell) is not None


def over_unique(cells: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """Apply a Python function to each different text once."""
    different = cells.drop_nulls().unique(maintain_order=True)  # so that the first odd cell is the one told
    if different.is_empty():
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.String)
    answers = pl.Series([read(text) for text in different.to_list()], dtype=pl.String)
    return cells.replace_strict(different, answers, default=None, return_dtype=pl.String)


def check(field: Field, cells: pl.Series, settings: Settings) -> Checked:
    """Check a column of stripped texts against its field (moments have their own function)."""
    checks: dict[str, Callable[[Field, pl.Series, Settings], Checked]] = {
        "identifier": _identifiers,
        "text": _texts,
        "number": _numbers,
        "share": _shares,
        "currency": _currencies,
        "status": _statuses,
        "flag": _flags,
        "day": _days,
    }
    if not field.required and field.type not in ("identifier", "text"):
        cells = cells.set(cells.str.to_lowercase().is_in(nothing()).fill_null(value=False), None)
    return checks[field.type](field, cells, settings)


def _identifiers(field: Field, cells: pl.Series, _settings: Settings) -> Checked:
    """Keep identifiers as the text they are; only Excel's ="…" and leading apostrophe go."""
    long = (cells.str.len_chars() > field.longest).fill_null(value=False)
    if not bool(cells.str.contains(_ODD).any()):
        return _checked(cells, ((long, faults.too_long(field.longest)),))
    bare = cells.str.replace(r'^="(.*)"$', "$1").str.strip_prefix("'").str.strip_chars(_SPACE)
    bare = bare.set(bare == "", None)
    damaged = bare.str.contains(_DAMAGED).fill_null(value=False)
    error = bare.str.contains(r"^#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)$").fill_null(value=False)
    faulty = bare.str.contains(_CONTROL).fill_null(value=False) | error
    long = (bare.str.len_chars() > field.longest).fill_null(value=False)
    wrong = ((damaged, faults.DAMAGED), (faulty, faults.IDENTIFIER), (long, faults.too_long(field.longest)))
    return _checked(bare, wrong)


def _texts(field: Field, cells: pl.Series, _settings: Settings) -> Checked:
    cells = cells.set(cells.is_in(["nan", "NaN", "NAN"]).fill_null(value=False), None)
    cells = cells.str.replace(_GUARDED, "$1")
    faulty = cells.str.contains(_CONTROL_IN_TEXT).fill_null(value=False)
    flat = cells.str.replace_all(r"[\r\n\t]+", " ") if bool(cells.str.contains(r"[\r\n\t]").any()) else cells
    long = (flat.str.len_chars() > field.longest).fill_null(value=False)
    return _checked(flat, ((faulty, faults.TEXT), (long, faults.too_long(field.longest))))


def _plain_numbers(cells: pl.Series, decimal: str | None) -> pl.Series:
    """Bring numbers into plain decimals; null where a text is none. Raises Unreadable when the mark must be known."""
    plain = cells.str.contains(PLAIN).fill_null(value=True)
    if decimal != "." and bool(cells.str.contains(".", literal=True).any()):
        plain = plain & ~cells.str.contains(".", literal=True).fill_null(value=False)
    if bool(plain.all()):
        return _trimmed(cells)
    odd = cells.set(plain, None)
    read = over_unique(odd, lambda text: _number_or_ask(text, decimal))
    return _trimmed(cells.zip_with(plain, read))


def _number_or_ask(text: str, decimal: str | None) -> str | None:
    if decimal is not None:
        return read_number(text, decimal)
    as_dot, as_comma = read_number(text, "."), read_number(text, ",")
    if as_dot is not None and as_comma is not None and as_dot != as_comma:
        raise Unreadable(say("%(value)s can be two different numbers: say which sign is the decimal mark.", value=text))
    return as_dot if as_dot is not None else as_comma


def _trimmed(cells: pl.Series) -> pl.Series:
    """Drop needless zeros: 12.50 is 12.5, 007 is 7, -0 is 0."""
    if bool(cells.str.contains(".", literal=True).any()):
        cells = cells.str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    if bool(cells.str.contains(r"^-?0\d").any()):
        cells = cells.str.replace(r"^(-?)0+(\d)", "$1$2")
    return cells.replace("-0", "0")


def _numbers(field: Field, cells: pl.Series, settings: Settings) -> Checked:
    values = _plain_numbers(cells, settings.decimal)
    unread = cells.is_not_null() & values.is_null()
    size = values.cast(pl.Float64, strict=False)
    outside = ((size < field.low) | (size > field.high)).fill_null(value=False)
    return _checked(values, ((unread, faults.NUMBER), (outside, faults.between(field.low, field.high))))


def _shares(_field: Field, cells: pl.Series, settings: Settings) -> Checked:
    """Read a service level: 95, 95 % and 0.95 are the same."""
    percent = cells.str.contains(r"[%％]$").fill_null(value=False)
    size = _plain_numbers(cells.str.strip_chars("%％ "), settings.decimal).cast(pl.Float64, strict=False)
    share = size.zip_with(~(percent | (size > 1).fill_null(value=False)), size / 100)
    fits = ((share > 0) & (share < 1)).fill_null(value=False)
    text = _decimal_text(share, 6)
    return _checked(text, ((cells.is_not_null() & ~fits, faults.SHARE),))


def _currencies(_field: Field, cells: pl.Series, _settings: Settings) -> Checked:
    values = over_unique(cells, currency)
    return _checked(values, ((cells.is_not_null() & values.is_null(), faults.CURRENCY),))


def _statuses(_field: Field, cells: pl.Series, _settings: Settings) -> Checked:
    values = over_unique(cells, product_status)
    return _checked(values, ((cells.is_not_null() & values.is_null(), faults.STATUS),))


def _flags(_field: Field, cells: pl.Series, _settings: Settings) -> Checked:
    values = over_unique(cells, yes_or_no)
    return _checked(values, ((cells.is_not_null() & values.is_null(), faults.FLAG),))


def _days(field: Field, cells: pl.Series, settings: Settings) -> Checked:
    read = moments(field, cells, settings)
    return _checked(read.day.dt.to_string("iso"), read.wrong)


def moments(field: Field, cells: pl.Series, settings: Settings) -> Moments:
    """Read dates and times; one without a zone is the organisation's own local time, also where clocks jumped."""
    local, minutes = _local(cells, settings)
    unread = cells.is_not_null() & local.is_null()
    wrong = [(unread, faults.DATE)]
    zone = settings.timezone
    utc = _zoned(local, zone)
    day = local.dt.date()
    if minutes is not None:
        told = (local - (minutes.cast(pl.Int64) * 60_000_000).cast(pl.Duration("us"))).dt.replace_time_zone("UTC")
        utc = told.zip_with(minutes.is_not_null(), utc)
        day = told.dt.convert_time_zone(zone).dt.date().zip_with(minutes.is_not_null(), day)
    if settings.today is not None and field.type == "moment":
        future = (day > date.fromisoformat(settings.today) + timedelta(days=1)).fill_null(value=False)
        wrong.append((future, faults.FUTURE))
        utc, day = utc.set(future, None), day.set(future, None)
    return Moments(utc, day, tuple(wrong))


def _zoned(local: pl.Series, zone: str) -> pl.Series:
    """Turn local times into UTC; one that the clock jumped over counts an hour, or in Samoa a day, later."""
    utc = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    for hours in (1, 24):
        if utc.null_count() > local.null_count():
            later = local + timedelta(hours=hours)
            moved = later.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
            utc = utc.zip_with(utc.is_not_null(), moved)
    return utc.dt.convert_time_zone("UTC")


def _local(cells: pl.Series, settings: Settings) -> tuple[pl.Series, pl.Series | None]:
    """Read as written: local times, and minutes from UTC where they were written (None when nowhere)."""
    for day in (_DAYS[None], _DAYS.get(settings.date_order, _DAYS[None])):
        for clock in _CLOCKS:
            if bool(cells.str.contains(day[0] + clock[0]).all()):
                plain = cells.str.replace("T", " ", literal=True) if bool(clock[1]) else cells
                read = plain.str.to_datetime(day[1] + clock[1], strict=False, time_unit="us")
                if read.null_count() == cells.null_count():
                    return read, None
    text = over_unique(cells, lambda cell: _moment_text(cell, settings))
    parts = text.str.split_exact("|", 1).struct.unnest()
    local = parts.to_series(0).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    minutes = parts.to_series(1).cast(pl.Int32, strict=False)
    return local, None if minutes.null_count() == len(minutes) else minutes


def _moment_text(cell: str, settings: Settings) -> str | None:
    moment = read_moment(cell, settings.date_order, settings.date_system)
    if moment is None:
        if settings.date_order is None and could_be_moment(cell):
            raise Unreadable(
                say("%(value)s can be two different days: say whether day or month comes first.", value=cell)
            )
        return None
    return f"{moment.local:%Y-%m-%d %H:%M:%S}|{'' if moment.minutes is None else moment.minutes}"


def _decimal_text(values: pl.Series, places: int) -> pl.Series:
    return _trimmed(values.cast(pl.Decimal(38, places), strict=False).cast(pl.String))


def ratio(amount: pl.Series, units: pl.Series) -> pl.Series:
    """Divide two columns of plain decimals into a price of six places, never negative; null where units are 0."""
    below = units.cast(pl.Float64)
    return _decimal_text((amount.cast(pl.Float64) / below.set(below == 0, None)).abs().round(6), 6)


def _checked(values: pl.Series, wrong: tuple[tuple[pl.Series, Said], ...]) -> Checked:
    faulty = [(mask, said) for mask, said in wrong if bool(mask.any())]
    for mask, _said in faulty:
        values = values.set(mask, None)
    return Checked(values, tuple(faulty))
