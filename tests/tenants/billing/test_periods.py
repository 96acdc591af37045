"""Periods by hand and by property: anchored months, leap days, zones; parts always add up to the whole."""

import datetime as dt
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.billing.periods import add_months, earned, less, local_day, next_boundary
from tenants.tiers import Interval

DAYS = st.dates(date(2023, 1, 1), date(2033, 1, 1))


@pytest.mark.parametrize(
    ("anchor", "after", "wanted"),
    [
        (date(2025, 1, 31), date(2025, 1, 31), date(2025, 2, 28)),
        (date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)),
        (date(2024, 1, 30), date(2024, 1, 30), date(2024, 2, 29)),
        (date(2025, 12, 15), date(2026, 1, 15), date(2026, 2, 15)),
    ],
)
def test_months_are_counted_from_the_anchor_not_from_a_short_month(anchor, after, wanted):
    assert next_boundary(anchor, Interval.MONTH, after) == wanted


def test_a_year_from_a_leap_day_ends_on_the_last_of_february_and_finds_back_to_it():
    assert next_boundary(date(2024, 2, 29), Interval.YEAR, date(2024, 2, 29)) == date(2025, 2, 28)
    assert next_boundary(date(2024, 2, 29), Interval.YEAR, date(2027, 2, 28)) == date(2028, 2, 29)


@given(DAYS, st.sampled_from(Interval), st.integers(0, 40))
def test_boundaries_follow_each_other_without_gap_and_never_drift(anchor, interval, n):
    day = anchor
    for _ in range(n):
        day = next_boundary(anchor, interval, day)
    assert day == add_months(anchor, n * (12 if interval == Interval.YEAR else 1))


@given(st.integers(0, 10**7), DAYS, st.integers(1, 366), st.data())
def test_parts_of_a_period_add_up_to_its_price(cents, start, length, data):
    end = start + dt.timedelta(days=length)
    cuts = sorted(data.draw(st.lists(st.integers(0, length), max_size=6)))
    days = [start, *(start + dt.timedelta(days=cut) for cut in cuts), end]
    running = [earned(cents, start, end, day) for day in days]
    assert running[0] == 0
    assert running[-1] == cents
    assert running == sorted(running)


@given(st.integers(0, 10**7), st.integers(0, 10_000))
def test_discount_leaves_between_nothing_and_everything(cents, off):
    assert 0 <= less(cents, off) <= cents


ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "Asia/Shanghai", "America/New_York", "UTC")


@given(st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_a_day_somewhere_is_never_more_than_a_day_from_that_of_utc_and_never_goes_back(moment, zone):
    here, later = local_day(moment, zone), local_day(moment + dt.timedelta(hours=1), zone)
    assert abs((here - moment.date()).days) <= 1
    assert here <= later <= here + dt.timedelta(days=1)


def test_the_last_evening_of_a_month_in_utc_is_the_next_month_in_shanghai():
    assert local_day(datetime(2026, 2, 28, 17, 0, tzinfo=UTC), "Asia/Shanghai") == date(2026, 3, 1)
    assert local_day(datetime(2026, 2, 28, 17, 0, tzinfo=UTC), "America/New_York") == date(2026, 2, 28)
