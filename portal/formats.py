"""Numbers, money and dates as a reader of a language writes them: pure functions over Babel."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)
from babel.units import format_unit

Number = int | float | Decimal

LONG_DAYS = 3653  # ten years: an exact number would say more than is known
DASH = "–"
# "Mon 23 Nov": the weekday first where that is usual, and without the year while it is this year's
DAY_PATTERNS = {"en": ("EEE d MMM", "EEE d MMM y"), "zh": ("M月d日 EEE", "y年M月d日 EEE")}
# where a short number starts to use a word for thousands or millions, and the step between such words
SHORT_FROM = {"en": (1_000_000, 3), "zh": (10_000, 4)}


@cache
def locale(language: str) -> Locale:
    """Find Babel's locale for a language code of Django's ("zh-hans" is zh_Hans)."""
    return Locale.parse(language, sep="-") if "-" in language else Locale.parse(language)


def decimal(value: Number) -> Decimal:
    """Read a number as people see it: 0.1 is a tenth, not its binary neighbour."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def is_missing(value: object) -> bool:
    """Tell whether a figure is absent: None, an empty text or not a number."""
    return value is None or value == "" or value != value or value in (float("inf"), float("-inf"))


def significant(value: Number, digits: int = 3) -> Decimal:
    """Round to so many significant digits, halves away from zero.

    >>> significant(84213.55)
    Decimal('84200')
    >>> significant(0)
    Decimal('0')
    """
    number = decimal(value)
    if not number:
        return Decimal(0)
    step = Decimal(1).scaleb(number.adjusted() - digits + 1)
    rounded = (number / step).to_integral_value(ROUND_HALF_UP) * step
    return rounded.quantize(Decimal(1)) if step >= 1 else rounded


def money(value: Number | None, currency: str, language: str) -> str:
    """Write an amount exactly, with the currency's own number of decimals."""
    if is_missing(value):
        return DASH
    return format_currency(decimal(value or 0), currency, locale=locale(language))


def unit_money(value: Number | None, currency: str, language: str) -> str:
    """Write the cost of one unit: with the currency's decimals, and with more where it has more (0.0125)."""
    if is_missing(value):
        return DASH
    exact = decimal(value or 0)
    if exact == exact.quantize(Decimal("0.01")):
        return money(exact, currency, language)
    return format_currency(exact.normalize(), currency, locale=locale(language), decimal_quantization=False)


def money_rounded(value: Number | None, currency: str, language: str) -> str:
    """Write an amount without its cents, for columns that are read rather than booked."""
    if is_missing(value):
        return DASH
    whole = decimal(value or 0).quantize(Decimal(1), ROUND_HALF_UP)
    return format_currency(whole, currency, locale=locale(language), currency_digits=False, format=_whole(language))


@cache
def _whole(language: str) -> str:
    """Take the currency pattern of a language without its decimals."""
    return str(locale(language).currency_formats["standard"].pattern.replace(".00", ""))


def _short_decimals(rounded: Decimal, language: str) -> int | None:
    """Count the decimals of a shortened number of three digits; None when it is short enough in full."""
    start, step = SHORT_FROM.get(locale(language).language, SHORT_FROM["en"])
    if abs(rounded) < start:
        return None
    return max(0, 2 - rounded.adjusted() % step)


def money_short(value: Number | None, currency: str, language: str) -> str:
    """Write an amount with three significant digits, for tiles: "€84,200", "€1.23M", "¥8.42万"."""
    if is_missing(value):
        return DASH
    rounded = significant(value or 0)
    decimals = _short_decimals(rounded, language)
    if decimals is not None:
        return format_compact_currency(rounded, currency, locale=locale(language), fraction_digits=decimals)
    if abs(rounded) >= 100 or rounded == rounded.to_integral_value():
        return money_rounded(rounded, currency, language)
    return money(rounded, currency, language)


def units(value: Number | None, language: str, *, decimals: int = 2) -> str:
    """Write a quantity: grouped, with decimals only when it has some."""
    if is_missing(value):
        return DASH
    rounded = decimal(value or 0).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if abs(rounded) >= 1000:
        rounded = rounded.quantize(Decimal(1), ROUND_HALF_UP)
    return format_decimal(rounded, locale=locale(language))


def units_short(value: Number | None, language: str) -> str:
    """Write a quantity with three significant digits, for tiles and axes."""
    if is_missing(value):
        return DASH
    rounded = significant(value or 0)
    decimals = _short_decimals(rounded, language)
    if decimals is None:
        return format_decimal(rounded, locale=locale(language))
    return format_compact_decimal(rounded, locale=locale(language), fraction_digits=decimals)


def percent(value: Number | None, language: str, *, decimals: int | None = None) -> str:
    """Write a fraction as percent; below ten percent with one decimal, unless told otherwise."""
    if is_missing(value):
        return DASH
    number = decimal(value or 0)
    if decimals is None:
        decimals = 1 if 0 < abs(number) < Decimal("0.0995") else 0
    rounded = number.quantize(Decimal(1).scaleb(-decimals - 2), ROUND_HALF_UP)
    return format_percent(rounded, locale=locale(language), decimal_quantization=False)


def days(value: Number | None, language: str) -> str:
    """Write a number of days with its word: "12 days", "12天"; what lasts a firm for ever is ">10 yrs"."""
    if is_missing(value):
        return DASH
    number = decimal(value or 0)
    if number > LONG_DAYS:
        return ">" + format_unit(10, "duration-year", "short", locale=locale(language))
    rounded = number.quantize(Decimal(1) if abs(number) >= 10 else Decimal("0.1"), ROUND_HALF_UP)
    return format_unit(rounded.normalize() + 0, "duration-day", "short", locale=locale(language))


@lru_cache(1 << 12)  # the days of a plan are few, and writing one takes as long as reading ten rows
def day(value: date | None, language: str, *, today: date) -> str:
    """Write a date with its weekday, and with its year unless it is this year."""
    if value is None:
        return DASH
    spoken = locale(language)
    near, far = DAY_PATTERNS.get(spoken.language, DAY_PATTERNS["en"])
    return format_date(value, near if value.year == today.year else far, locale=spoken)


def month(value: date, language: str) -> str:
    """Write a month for an axis: "Feb", and under January its year."""
    spoken = locale(language)
    if value.month > 1:
        return format_date(value, "LLL", locale=spoken)
    return format_date(value, "M月\ny年" if spoken.language == "zh" else "LLL\ny", locale=spoken)


def moment(value: datetime | None, language: str, *, today: date) -> str:
    """Write a date and its time of day: "Mon 23 Nov, 06:10"; the value is in the reader's time zone already."""
    if value is None:
        return DASH
    spoken = locale(language)
    joint = " " if spoken.language == "zh" else ", "
    return day(value.date(), language, today=today) + joint + format_time(value.time(), "HH:mm", locale=spoken)


def ago(value: datetime | None, language: str, *, now: datetime) -> str:
    """Write how long ago something was, or how far ahead it is: "2 hours ago", "in 3 days"."""
    if value is None:
        return DASH
    return format_timedelta(value - now, add_direction=True, threshold=1.1, locale=locale(language))


def duration(value: timedelta | None, language: str) -> str:
    """Write how long something takes: "3 minutes"."""
    if value is None:
        return DASH
    return format_timedelta(value, threshold=1.5, locale=locale(language))
