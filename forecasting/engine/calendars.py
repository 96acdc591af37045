"""Events of the year: public holidays, feasts that move, days of big sales, closures."""

from collections.abc import Iterable
from datetime import date, timedelta

from forecasting.engine.types import Calendar

# Days on which online shops sell most; Black Friday is found from Thanksgiving below.
SALES_DAYS = {"6.18": (6, 18), "11.11": (11, 11), "12.12": (12, 12)}


def make_calendar(
    country: str,
    first: date,
    last: date,
    *,
    closures: Iterable[date] = (),
    promotions: Iterable[tuple[str, date]] = (),
) -> Calendar:
    """List the events of a country between two days, both included, sorted by day.

    Public holidays by name from the package `holidays` (Chinese New Year and Easter move there), Chinese New Year for
    every country since suppliers close, 6.18, 11.11, 12.12, Black Friday and Cyber Monday, and the organisation's own
    promotions. closures: days on which nothing is sold.

    Raises ValueError for a country that the package does not know (ISO 3166 code of two letters).
    """
    years = range(first.year, last.year + 1)
    found = {*_public(country, years), *_new_year(years), *_sales_days(years), *promotions}
    events = sorted(
        ((name, day) for name, day in found if first <= day <= last), key=lambda event: (event[1], event[0])
    )
    return Calendar(tuple(events), tuple(sorted(day for day in set(closures) if first <= day <= last)))


def _public(country: str, years: range) -> set[tuple[str, date]]:
    import holidays

    try:
        days = holidays.country_holidays(country, years=list(years), language="en_US")
    except (NotImplementedError, KeyError):
        raise ValueError(f'no public holidays are known for country "{country}"') from None
    return {(_plain(name), day) for day, names in days.items() for name in names.split("; ") if _working(name)}


def _plain(name: str) -> str:
    """Drop "(observed)", "(estimated)": they are the same feast."""
    return name.split(" (")[0].strip()


def _working(name: str) -> bool:
    return "substituted from" not in name


def _new_year(years: range) -> set[tuple[str, date]]:
    import holidays

    days = holidays.country_holidays("CN", years=list(years), language="en_US")
    feast = [day for day, name in days.items() if name.startswith("Chinese New Year (Spring Festival)")]
    first = {year: min(day for day in feast if day.year == year) for year in {day.year for day in feast}}
    return {("Chinese New Year", day) for day in first.values()}


def _sales_days(years: range) -> set[tuple[str, date]]:
    out = {(name, date(year, *day)) for name, day in SALES_DAYS.items() for year in years}
    for year in years:
        november = date(year, 11, 1)
        thanksgiving = november + timedelta((3 - november.weekday()) % 7 + 21)
        out |= {("Black Friday", thanksgiving + timedelta(1)), ("Cyber Monday", thanksgiving + timedelta(4))}
    return out
