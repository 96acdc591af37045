"""When periods begin and end, and which part of a price belongs to which days."""

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tenants.tiers import Interval

MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}


def local_day(moment: datetime, zone: str) -> date:
    """Return the day that it is at a moment where the customer is.

    >>> from datetime import UTC
    >>> local_day(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "Europe/Berlin")
    datetime.date(2026, 2, 1)
    """
    return moment.astimezone(ZoneInfo(zone)).date()


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last where it is shorter.

    >>> add_months(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_boundary(anchor: date, interval: Interval, after: date) -> date:
    """Return the first boundary after a day, counted from the anchor, so that short months do not wear it down.

    >>> next_boundary(date(2024, 1, 31), Interval.MONTH, date(2024, 2, 29))
    datetime.date(2024, 3, 31)
    >>> next_boundary(date(2024, 2, 29), Interval.YEAR, date(2027, 2, 28))
    datetime.date(2028, 2, 29)
    """
    months = MONTHS[interval]
    whole = ((after.year - anchor.year) * 12 + after.month - anchor.month) // months
    for n in (whole, whole + 1, whole + 2):
        if (found := add_months(anchor, n * months)) > after:
            return found
    raise AssertionError("a boundary comes within two intervals")


def rounded(numerator: int, denominator: int) -> int:
    """Divide to the nearest whole number, halves away from zero, without a float in between.

    >>> rounded(5, 2), rounded(-5, 2), rounded(7, 3)
    (3, -3, 2)
    """
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def earned(cents: int, start: date, end: date, day: date) -> int:
    """Return how much of a period's price is used up before a day: cents × days gone ÷ days, rounded.

    Rounded as a running sum, so that parts of a period always add up to the whole.

    >>> earned(9900, date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 15))
    4950
    """
    gone = min(max((day - start).days, 0), (end - start).days)
    return rounded(cents * gone, (end - start).days)


def less(cents: int, off_bp: int) -> int:
    """Take a discount off, given in hundredths of a percent.

    >>> less(9900, 1500)
    8415
    """
    return cents - rounded(cents * off_bp, 10_000)
