from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from portal import formats

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (84213.55, "€84,200", "€8.42万"),
        (1234567, "€1.23M", "€123万"),
        (123456789, "€123M", "€1.23亿"),
        (8421.6, "€8,420", "€8,420"),
        (99.95, "€100", "€100"),
        (8.456, "€8.46", "€8.46"),
        (0, "€0", "€0"),
        (-84213, "-€84,200", "-€8.42万"),
        (999_999, "€1M", "€100万"),
    ],
)
def test_tiles_show_three_significant_digits(value, english, chinese):
    assert formats.money_short(value, "EUR", "en") == english
    assert formats.money_short(value, "EUR", "zh-hans") == chinese


def test_exact_money_has_the_decimals_of_its_currency():
    assert formats.money(Decimal("84213.5"), "EUR", "en") == "€84,213.50"
    assert formats.money(84213.5, "JPY", "en") == "¥84,214"
    assert formats.money(12, "CNY", "zh-hans") == "¥12.00"


def test_rounded_money_has_no_cents_and_rounds_halves_up():
    assert formats.money_rounded(Decimal("2.5"), "EUR", "en") == "€3"
    assert formats.money_rounded(-84213.55, "GBP", "en") == "-£84,214"


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), ""])
def test_an_absent_figure_is_a_dash_and_never_a_zero(value):
    written = [
        formats.money(value, "EUR", "en"),
        formats.money_short(value, "EUR", "en"),
        formats.money_rounded(value, "EUR", "en"),
        formats.units(value, "en"),
        formats.units_short(value, "en"),
        formats.percent(value, "en"),
        formats.days(value, "en"),
    ]
    assert set(written) == {formats.DASH}


@pytest.mark.parametrize(
    ("value", "written"), [(0, "0"), (1.5, "1.5"), (2.254, "2.25"), (1240, "1,240"), (1240.7, "1,241"), (-3, "-3")]
)
def test_units_show_decimals_only_where_they_matter(value, written):
    assert formats.units(value, "en") == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0%"), (0.005, "0.5%"), (0.0994, "9.9%"), (0.0996, "10%"), (0.125, "13%"), (-0.05, "-5%")],
)
def test_percent_is_written_from_a_fraction(value, written):
    assert formats.percent(value, "en") == written


def test_days_carry_their_word():
    assert [formats.days(n, "en") for n in (0, 1, 3.26, 12.4, 100)] == [
        "0 days",
        "1 day",
        "3.3 days",
        "12 days",
        "100 days",
    ]
    assert formats.days(12, "zh-hans") == "12天"
    assert formats.days(3653, "en") == "3,653 days"
    assert formats.days(36_047, "en") == ">10 yrs"
    assert formats.days(36_047, "zh-hans") == ">10年"


def test_a_date_says_its_weekday_and_its_year_only_when_it_is_another():
    assert formats.day(MONDAY, "en", today=MONDAY) == "Mon 23 Nov"
    assert formats.day(date(2027, 1, 4), "en", today=MONDAY) == "Mon 4 Jan 2027"
    assert formats.day(MONDAY, "zh-hans", today=MONDAY) == "11月23日 周一"
    assert formats.moment(datetime(2026, 11, 23, 6, 10, tzinfo=UTC), "en", today=MONDAY) == "Mon 23 Nov, 06:10"
    assert formats.day(None, "en", today=MONDAY) == formats.DASH


def test_how_long_ago_is_said_in_words():
    now = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
    assert formats.ago(now - timedelta(hours=2), "en", now=now) == "2 hours ago"
    assert formats.ago(now + timedelta(days=3), "en", now=now) == "in 3 days"
    assert formats.ago(now - timedelta(minutes=5), "zh-hans", now=now) == "5分钟前"
    assert formats.duration(timedelta(seconds=190), "en") == "3 minutes"


def test_an_axis_says_the_year_under_january():
    assert [formats.month(date(2026, m, 1), "en") for m in (1, 2)] == ["Jan\n2026", "Feb"]
    assert [formats.month(date(2026, m, 1), "zh-hans") for m in (1, 2)] == ["1月\n2026年", "2月"]
