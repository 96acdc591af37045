"""Feasts and shopping days, against days that anybody can look up."""

from datetime import date

from forecasting.engine.calendars import calendar_of

CHINA = dict.fromkeys(calendar_of("CN", date(2024, 1, 1), date(2026, 12, 31)).events)


def test_chinese_new_year_moves():
    name = "Chinese New Year (Spring Festival)"
    assert [day for event, day in CHINA if event == name] == [date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17)]


def test_shopping_days_are_kept_in_china_and_not_in_britain():
    assert ("11.11", date(2025, 11, 11)) in CHINA
    assert ("6.18", date(2026, 6, 18)) in CHINA
    britain = calendar_of("GB", date(2025, 1, 1), date(2025, 12, 31)).events
    assert not any(name == "11.11" for name, _ in britain)
    assert ("Christmas Day", date(2025, 12, 25)) in britain


def test_black_friday_is_the_day_after_the_fourth_thursday():
    days = [
        day for name, day in calendar_of("US", date(2024, 1, 1), date(2026, 12, 31)).events if name == "Black Friday"
    ]
    assert days == [date(2024, 11, 29), date(2025, 11, 28), date(2026, 11, 27)]


def test_days_swapped_for_working_days_are_no_feasts():
    assert not any(name.startswith("Day off") for name, _ in CHINA)


def test_an_unknown_country_has_shopping_days_only():
    assert {name for name, _ in calendar_of("ZZ", date(2025, 1, 1), date(2025, 12, 31)).events} == {"Black Friday"}
