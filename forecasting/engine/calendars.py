"""Events of the year: public holidays, feasts that move, days of big sales, closures."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from forecasting.engine.periods import period_index
from forecasting.engine.types import Calendar, Floats, Freq

NEW_YEAR = "Chinese New Year"
FAR = 20  # days beyond which an event is not felt

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
    return name.split(" (")[0].split("（")[0].strip()


def _working(name: str) -> bool:
    return "substituted from" not in name


def _new_year(years: range) -> set[tuple[str, date]]:
    import holidays

    days = holidays.country_holidays("CN", years=list(years), language="en_US")
    feast = [day for day, name in days.items() if name.startswith("Chinese New Year (Spring Festival)")]
    first = {year: min(day for day in feast if day.year == year) for year in {day.year for day in feast}}
    return {(NEW_YEAR, day) for day in first.values()}


def _sales_days(years: range) -> set[tuple[str, date]]:
    out = {(name, date(year, *day)) for name, day in SALES_DAYS.items() for year in years}
    for year in years:
        november = date(year, 11, 1)
        thanksgiving = november + timedelta((3 - november.weekday()) % 7 + 21)
        out |= {("Black Friday", thanksgiving + timedelta(1)), ("Cyber Monday", thanksgiving + timedelta(4))}
    return out


def event_features(calendar: Calendar | None, start: date, freq: Freq, count: int) -> Floats:
    """Describe the events around each of `count` periods: float32 (F, count); F is 0 without events.

    Days: which event (numbered by name), days until the next and since the last, at most 20. Weeks and months: which
    event comes first in the period, and how many there are.
    """
    if calendar is None or not calendar.events:
        return np.empty((0, count), np.float32)
    names = sorted({name for name, _ in calendar.events})
    at = period_index(np.array([day for _, day in calendar.events], "datetime64[D]"), start, freq)
    which, many = np.zeros(count), np.zeros(count)
    for (name, _), place in reversed(list(zip(calendar.events, at.tolist(), strict=True))):
        if 0 <= place < count:
            which[place] = names.index(name) + 1
            many[place] += 1
    if freq != "D":
        return np.stack([which, many]).astype(np.float32)
    days, places = np.arange(count), np.unique(at)
    after = np.searchsorted(places, days)
    until = np.append(places, count + FAR)[after] - days
    since = days - np.append(-FAR, places)[np.searchsorted(places, days, side="right")]
    return np.stack([which, np.minimum(until, FAR), np.minimum(since, FAR)]).astype(np.float32)


def open_share(calendar: Calendar | None, start: date, freq: Freq, count: int) -> Floats:
    """Return the share of days of each of `count` periods that are not closures: float32 (count,)."""
    if calendar is None or not calendar.closures:
        return np.ones(count, np.float32)
    at = period_index(np.array(calendar.closures, "datetime64[D]"), start, freq)
    shut = np.bincount(at[(at >= 0) & (at < count)], minlength=count)
    length = {"D": 1.0, "W": 7.0, "M": 30.4375}[freq]
    return np.maximum(1 - shut / length, 0).astype(np.float32)


SPOKEN_IN = {"zh": ("zh_CN", ("HK", "CN"))}  # language -> its name in `holidays`, and countries whose feasts it can say


def names_in(language: str, country: str, years: Iterable[int]) -> dict[str, str]:
    """Say the English names of feasts in another language, as far as the package `holidays` knows them in it.

    >>> names_in("zh", "DE", [2026])["Christmas Day"]
    '圣诞节'
    """
    import holidays

    if language not in SPOKEN_IN:
        return {}
    spoken, others = SPOKEN_IN[language]
    found: dict[str, str] = {}
    for place in (*others, country):
        try:
            here = holidays.country_holidays(place, years=list(years), language=spoken)
            if spoken not in here.supported_languages:
                continue
            english = holidays.country_holidays(place, years=list(years), language="en_US")
        except (NotImplementedError, KeyError):
            continue
        for day, names in english.items():
            pairs = zip(names.split("; "), here[day].split("; "), strict=False)
            found |= {_plain(name): _plain(own) for name, own in pairs if _working(name)}
    return found
