"""One value that a program sends, against its field; NotTaken says what was expected."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from forecasting.ingest import faults
from forecasting.ingest.fields import MONEY, Field
from forecasting.words import Said, say

_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_TO_THE_SECOND = re.compile(
    r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)", re.ASCII
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
BROKEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffd]")
_QUOTED_FORMULA = re.compile(r"'[=+\-@\t\r\n＝＋－＠]")
_BLANKS = re.compile(r"[\r\n\t]+")
_FIRST, _LAST = 1970, 2200
_EARLIEST = f"{_FIRST}-01-01"

AS_TEXT = say("a code as text, in quotation marks, so that zeros at its start are kept")
ZONED = say("a time with its zone, such as 2026-11-02T09:30:00+01:00, or a day")
SHARE = say("a share above 0 and below 1, such as 0.95")


class NotTaken(ValueError):
    """A value is not what was expected."""

    def __init__(self, expected: Said) -> None:
        super().__init__(expected.template)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class House:
    """Where and when rows are read: the firm's zone, its today, and the currency of rows that name none."""

    zone: ZoneInfo
    today: date
    currency: str | None = None


def _identifier(one: Field, value: object, _house: House) -> str:
    if not isinstance(value, str):
        raise NotTaken(AS_TEXT)
    text = value.strip()
    if _QUOTED_FORMULA.match(text):  # as our own CSV files write it
        text = text[1:]
    if not text or BROKEN.search(text):
        raise NotTaken(faults.IDENTIFIER)
    if len(text) > one.longest:
        raise NotTaken(faults.too_long(one.longest))
    return text


def _text(one: Field, value: object, _house: House) -> str | None:
    if not isinstance(value, str) or _CONTROL.search(value):
        raise NotTaken(faults.TEXT)
    text = _BLANKS.sub(" ", value).strip()  # as texts of files are read
    if _QUOTED_FORMULA.match(text):
        text = text[1:]
    if len(text) > one.longest:
        raise NotTaken(faults.too_long(one.longest))
    return text or None


def _number(one: Field, value: object, _house: House) -> str:
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise NotTaken(faults.NUMBER)
        number = float(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise NotTaken(faults.between(one.low, one.high)) from None
        text = repr(value)
    else:
        raise NotTaken(faults.NUMBER)
    if not math.isfinite(number):
        raise NotTaken(faults.NUMBER)
    if not one.low <= number <= one.high:
        raise NotTaken(faults.between(one.low, one.high))
    return text


def _share(one: Field, value: object, house: House) -> str:
    text = _number(replace(one, low=-MONEY, high=MONEY), value, house)
    if not 0 < float(text) < 1:
        raise NotTaken(SHARE)
    return text


def _usual_moment(text: str, house: House) -> tuple[str, str] | None:
    """Read a moment as nearly all are written, by its day's place among the firm's days; None leaves it to be read."""
    days = _local_days(text[:10], text[19:], house.zone) if _TO_THE_SECOND.fullmatch(text) else None
    if days is None:
        return None
    turn, before, after = days
    day = before if text[11:16] < turn else after
    return (text, day) if _EARLIEST <= day <= _latest(house.today) else None


@lru_cache(1 << 14)
def _local_days(day: str, offset: str, zone: ZoneInfo) -> tuple[str, str, str] | None:
    """Say when, on a day of a clock so far from UTC, the zone's date turns, and its dates before and from then on.

    None where no such day is, or where the zone changes its own clock on it.
    """
    try:
        begin = datetime.fromisoformat(f"{day}T00:00:00{offset}")
        local, end = begin.astimezone(zone), (begin + timedelta(days=1, microseconds=-1)).astimezone(zone)
        if local.second or local.utcoffset() != end.utcoffset():
            return None
        minutes = 1440 - 60 * local.hour - local.minute
        after = local.date() + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return f"{minutes // 60:02}:{minutes % 60:02}", local.date().isoformat(), after.isoformat()


@lru_cache(1 << 4)
def _latest(today: date) -> str:
    return (today + timedelta(days=1)).isoformat()


def _moment(_one: Field, value: object, house: House) -> tuple[str, str]:
    if not isinstance(value, str):
        raise NotTaken(ZONED)
    text = value.strip()
    if usual := _usual_moment(text, house):
        return usual
    try:
        if _DAY.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time(), house.zone)
        elif (match := _MOMENT.fullmatch(text)) and match[3]:
            moment = datetime.fromisoformat(text)
        else:
            raise NotTaken(ZONED)
        day = moment.astimezone(house.zone).date()
        if not _FIRST <= day.year <= _LAST:
            raise NotTaken(faults.DATE)
        if day > house.today + timedelta(days=1):
            raise NotTaken(faults.FUTURE)
        return moment.astimezone(UTC).isoformat(), day.isoformat()
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, NotTaken) else NotTaken(ZONED) from None


def _day(_one: Field, value: object, _house: House) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        raise NotTaken(faults.DATE)
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise NotTaken(faults.DATE) from None
    if not _FIRST <= day.year <= _LAST:
        raise NotTaken(faults.DATE)
    return day.isoformat()


def _currency(_one: Field, value: object, _house: House) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z]{3}", value.strip(), re.ASCII):
        raise NotTaken(faults.CURRENCY)
    return value.strip().upper()


def _status(_one: Field, value: object, _house: House) -> str:
    if value not in ("active", "discontinued"):
        raise NotTaken(faults.STATUS)
    return str(value)


def _flag(_one: Field, value: object, _house: House) -> str:
    said = {True: "true", False: "false", "true": "true", "false": "false"}
    if not isinstance(value, bool | str) or value not in said:
        raise NotTaken(faults.FLAG)
    return said[value]


READERS: Mapping[str, Callable[[Field, object, House], object]] = {
    "identifier": _identifier,
    "text": _text,
    "number": _number,
    "share": _share,
    "moment": _moment,
    "day": _day,
    "currency": _currency,
    "status": _status,
    "flag": _flag,
}
