"""Events, closures, and what the engine makes of them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from panels import made

from forecasting.engine import Calendar, forecast
from forecasting.engine.calendars import event_features, make_calendar, open_share


def test_chinese_new_year_and_black_friday_fall_where_they_fell():
    events = make_calendar("CN", date(2023, 1, 1), date(2025, 12, 31)).events
    feast = [day for name, day in events if name == "Chinese New Year"]
    assert {date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29)} <= set(feast)
    assert ("Black Friday", date(2024, 11, 29)) in events and ("Cyber Monday", date(2024, 12, 2)) in events
    assert ("11.11", date(2024, 11, 11)) in events and ("6.18", date(2025, 6, 18)) in events


def test_a_country_has_its_own_holidays_and_an_unknown_one_is_refused():
    names = {name for name, _ in make_calendar("GB", date(2024, 1, 1), date(2024, 12, 31)).events}
    assert "Boxing Day" in names and "Chinese New Year" in names
    with pytest.raises(ValueError, match="XX"):
        make_calendar("XX", date(2024, 1, 1), date(2024, 12, 31))


def test_events_are_counted_down_to_and_up_from():
    calendar = Calendar((("fair", date(2024, 1, 4)),))
    which, until, since = event_features(calendar, date(2024, 1, 1), "D", 6)
    assert which.tolist() == [0, 0, 0, 1, 0, 0]
    assert until.tolist() == [3, 2, 1, 0, 20, 20]
    assert since.tolist() == [20, 20, 20, 0, 1, 2]
    assert event_features(None, date(2024, 1, 1), "D", 6).shape == (0, 6)


def test_closures_shorten_a_week():
    calendar = Calendar(closures=(date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 9)))
    np.testing.assert_allclose(open_share(calendar, date(2024, 1, 1), "W", 3), [5 / 7, 6 / 7, 1])
    assert open_share(calendar, date(2024, 1, 1), "D", 4).tolist() == [1, 0, 0, 1]


def test_nothing_is_expected_on_a_closed_day_and_past_closed_days_do_not_lower_the_forecast():
    panel = made(n=10, periods=70, freq="D")
    shut = [panel.start + timedelta(days=d) for d in (*range(50, 64), 72)]
    units = panel.units.copy()
    units[:, 50:64] = 0
    closed = forecast(replace(panel, units=units), 7, calendar=Calendar(closures=tuple(shut)))
    unaware = forecast(replace(panel, units=units, stocked=np.ones_like(units)), 7)
    assert (closed.quantiles[:, 2] == 0).all() and (closed.mean[:, 2] == 0).all()
    assert closed.mean[:, [0, 1, 3, 4, 5, 6]].sum() > 1.1 * unaware.mean[:, [0, 1, 3, 4, 5, 6]].sum()


def test_a_feast_that_was_seen_twice_is_expected_again():
    panel = made(n=30, periods=400, freq="D", seed=8)
    units = np.nan_to_num(panel.units, nan=2.0)
    feast = [60, 150, 240, 330, 403]
    for at in feast[:-1]:
        units[:, at] = 6 * units[:, at] + 3
    calendar = Calendar(tuple(("fair", panel.start + timedelta(days=at)) for at in feast))
    aware = forecast(replace(panel, units=units), 7, calendar=calendar)
    assert aware.mean[:, 3].sum() > 1.5 * aware.mean[:, [2, 4]].sum() / 2
