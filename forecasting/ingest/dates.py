"""Dates and times as people, shops and Excel write them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forecasting.ingest.types import DateOrder

_DIGITS = {ord(char): str(unicodedata.digit(char)) for char in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"}
_MONTH_WORDS = (
    "jan january januar",
    "feb february februar",
    "mar march märz mär mrz",
    "apr april",
    "may mai",
    "jun june juni",
    "jul july juli",
    "aug august",
    "sep sept september",
    "oct october okt oktober",
    "nov november",
    "dec december dez dezember",
)
_MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}
_CLOCK = (
    r"(?:[T,]?\s*(?P<before>上午|下午|AM|PM)?\s*(?P<hour>\d{1,2})[:.时](?P<minute>\d{2})分?"
    r"(?:[:.]?(?P<second>\d{2})秒?(?:[.,]\d{1,9})?)?\s*(?P<after>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2})?(?:\s*\([A-Za-z ]+\))?$"
)
_NUMBERS = re.compile(r"^(?P<a>\d{1,4})\s*[-/. 年]\s*(?P<b>\d{1,2})\s*[-/. 月]\s*(?P<c>\d{1,4})[日.]?\s*" + _CLOCK)
_NAMED = re.compile(
    r"^(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?[-/. ]+(?P<m1>[^\W\d]{3,9})"
    r"|(?P<m2>[^\W\d]{3,9})[-/. ]+(?P<d2>\d{1,2})(?:st|nd|rd|th)?)"
    r"[-/., ]+(?P<y>\d{4}|\d{2})(?:\s+at)?\s*" + _CLOCK
)
_COMPACT = re.compile(
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?Z?$"
)
_SERIAL = re.compile(r"^\d{1,7}(?:[.,]\d+)?$")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[., ]+", re.IGNORECASE)
_FIRST, _LAST = 1970, 2200


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with its time of day as written (midnight when absent) and its distance from UTC, if it was written."""

    local: datetime
    minutes: int | None = None


def read_moment(text: str, order: DateOrder | None, system: int = 1900) -> Moment | None:
    """Read one date or time; None when it is none, or when only the order of day and month would tell.

    >>> read_moment("2025-10-07 09:50:26 +0200", None).minutes
    120
    >>> read_moment("03/04/2025", "dmy").local.month, read_moment("03/04/2025", None)
    (4, None)
    >>> read_moment("2025-07-01 08:00 @Europe/Berlin", None).minutes
    120
    """
    text, _, zone = text.partition(" @")
    if zone:
        return _in_zone(read_moment(text, order, system), zone)
    bare = _bare(text)
    if _SERIAL.match(bare) and not _COMPACT.match(bare):
        return _from_serial(bare, system)
    if match := _COMPACT.match(bare):
        return _moment(match, int(match["y"]), int(match["m"]), int(match["d"]))
    if match := _NAMED.match(bare):
        month = _MONTHS.get((match["m1"] or match["m2"]).casefold())
        return _moment(match, _year(match["y"]), month, int(match["d1"] or match["d2"])) if month else None
    if match := _NUMBERS.match(bare):
        found = _ordered(match["a"], match["b"], match["c"], order)
        return _moment(match, *found) if found else None
    return None


def _in_zone(moment: Moment | None, zone: str) -> Moment | None:
    """Give a local time its distance from UTC by the rules of its zone; a time that is twice is the earlier one."""
    if moment is None or moment.minutes is not None:
        return moment
    try:
        away = moment.local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return None if away is None else replace(moment, minutes=int(away.total_seconds() // 60))


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_DIGITS).strip(" \t\ufeff'")
    return _WEEKDAY.sub("", re.sub(r"\s+", " ", folded))


def _ordered(a: str, b: str, c: str, order: DateOrder | None) -> tuple[int, int, int] | None:
    if len(a) >= 3:
        return (int(a), int(b), int(c)) if len(a) == 4 and len(c) <= 2 else None
    if len(c) == 3 or len(c) == 1:
        return None
    if order == "ymd":
        return (_year(a), int(b), int(c)) if len(a) == 2 and len(c) == 2 else None
    if order is None:
        if len(c) == 2:
            return None
        day_first, month_first = int(a) > 12, int(b) > 12
        if day_first == month_first and a != b:
            return None
        order = "mdy" if month_first else "dmy"
    day, month = (a, b) if order == "dmy" else (b, a)
    return _year(c), int(month), int(day)


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (2000 if int(text) < 70 else 1900)


def _moment(match: re.Match[str], year: int, month: int, day: int) -> Moment | None:
    parts = match.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("before") or parts.get("after") or "").replace(".", "").upper()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in ("PM", "下午") else 0)
    next_day = hour == 24 and minute == second == 0
    try:
        local = datetime(year, month, day, 0 if next_day else hour, minute, min(second, 59))  # noqa: DTZ001 - as written
    except ValueError:
        return None
    if not _FIRST <= year <= _LAST or second > 60:
        return None
    return Moment(local + timedelta(days=next_day), _minutes(parts.get("zone")))


def _minutes(zone: str | None) -> int | None:
    if not zone:
        return None
    match = re.search(r"([+-])(\d{2}):?(\d{2})$", zone)
    if match is None:
        return 0
    size = int(match[2]) * 60 + int(match[3])
    return -size if match[1] == "-" else size


def day_of_serial(days: float, system: int = 1900) -> datetime | None:
    """Turn Excel's count of days into a time; in the 1900 system day 60 is a 29 February that never was.

    >>> day_of_serial(59), day_of_serial(60), day_of_serial(61)
    (datetime.datetime(1900, 2, 28, 0, 0), None, datetime.datetime(1900, 3, 1, 0, 0))
    """
    if not 0 < days < 2_958_466 or (system == 1900 and 60 <= days < 61):
        return None
    first = date(1904, 1, 1) if system == 1904 else date(1899, 12, 30 if days >= 61 else 31)
    return datetime.combine(first, time()) + timedelta(seconds=round(days * 86400))


def _from_serial(text: str, system: int) -> Moment | None:
    local = day_of_serial(float(text.replace(",", ".")), system)
    return Moment(local) if local is not None and _FIRST <= local.year <= _LAST else None


def to_utc(moment: Moment) -> datetime:
    """Turn a moment with a zone into UTC."""
    return (moment.local - timedelta(minutes=moment.minutes or 0)).replace(tzinfo=UTC)


def could_be_moment(text: str) -> bool:
    """Tell whether a cell reads as a date under some order of day, month and year."""
    bare = _bare(text)
    return any(read_moment(bare, order) is not None for order in _ORDERS)


_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")


@dataclass(slots=True)
class OrderEvidence:
    """What cells say about the order of day, month and year: how many each order reads, and one read differently."""

    votes: Counter[DateOrder] = field(default_factory=Counter)
    cells: int = 0
    unclear: str = ""

    @property
    def order(self) -> DateOrder | None:
        """Name the order when the cells decide it or none is needed; None when a person must be asked."""
        if not self.cells:
            return "ymd"
        (best, most), (_, second), *_ = [(order, self.votes[order]) for order in sorted(_ORDERS, key=self._rank)]
        if most == second:
            return None if self.unclear or most < self.cells else best
        return None if (self.cells - most) * 20 > most - second else best

    def _rank(self, order: DateOrder) -> tuple[int, int]:
        return -self.votes[order], _ORDERS.index(order)


def order_evidence(cells: Iterable[str]) -> OrderEvidence:
    """Weigh cells for the order of day and month; cells that every order reads alike, or none reads, say nothing.

    >>> order_evidence(["03/04/2025", "05/06/2025"]).order, order_evidence(["03/04/2025", "15/06/2025"]).order
    (None, 'dmy')
    """
    found = OrderEvidence()
    for cell in cells:
        readings = {order: moment.local for order in _ORDERS if (moment := read_moment(cell, order)) is not None}
        alike = len(set(readings.values())) == 1
        if not readings or (alike and len(readings) == len(_ORDERS)):
            continue
        found.cells += 1
        found.votes.update(list(readings))
        if not alike:
            found.unclear = found.unclear or cell.strip()
    return found
