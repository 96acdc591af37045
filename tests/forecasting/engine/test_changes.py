"""People's changes to a forecast, by hand calculation."""

from datetime import date

import numpy as np
import pytest

from forecasting.engine.changes import Change, changed, expected, moved, overlap
from forecasting.engine.types import Forecast
from forecasting.words import say

MONDAY = date(2026, 11, 16)
MEAN = np.array([[14.0, 14.0, 14.0], [0.0, 0.0, 0.0]], np.float32)


def whole(mean=MEAN):
    quantiles = mean[:, :, None] * np.array([0.5, 1.0, 2.0], np.float32)
    names = tuple(str(i) for i in range(len(mean)))
    draw = lambda m, seed, rows: np.repeat(mean[rows][:, None], m, axis=1)
    return Forecast(names, MONDAY, "W", (0.1, 0.5, 0.9), quantiles, mean, names, (say("x"),) * len(mean), draw=draw)


def test_a_fifth_more_moves_mean_quantiles_and_paths_of_its_week_alone():
    moves = moved(MEAN, MONDAY, "W", [Change(0, date(2026, 11, 23), date(2026, 11, 29), percent=20)])
    found = changed(whole(), moves)
    assert found.mean[0] == pytest.approx([14, 16.8, 14])
    assert found.quantiles[0, 1] == pytest.approx([8.4, 16.8, 33.6])
    assert found.paths(2, 1, slice(0, 1))[0, 1] == pytest.approx([14, 16.8, 14])


def test_units_for_days_across_two_weeks_add_up_to_what_was_said():
    change = Change(0, date(2026, 11, 20), date(2026, 11, 24), units=100)  # 3 + 2 days: the engine expects 10
    found = changed(whole(), moved(MEAN, MONDAY, "W", [change]))
    assert expected(MEAN[0], MONDAY, "W", change) == (pytest.approx(10), 100)
    assert found.mean[0].sum() == pytest.approx(42 - 10 + 100)
    assert found.mean[0] == pytest.approx([8 + 60, 10 + 40, 14])


def test_units_where_the_engine_expects_nothing_are_spread_over_their_days():
    found = changed(whole(), moved(MEAN, MONDAY, "W", [Change(1, date(2026, 11, 22), date(2026, 11, 23), units=8)]))
    assert found.mean[1] == pytest.approx([4, 4, 0])
    assert found.quantiles[1, 0] == pytest.approx([4, 4, 4])


def test_of_days_that_have_partly_passed_only_the_share_that_is_left_is_expected():
    change = Change(0, date(2026, 11, 9), date(2026, 11, 22), units=100)
    assert moved(MEAN, MONDAY, "W", [change]).of(MEAN)[0] == pytest.approx([50, 14, 14])
    assert expected(MEAN[0], MONDAY, "W", change) is None


def test_months_have_their_own_length():
    assert overlap(date(2026, 2, 15), date(2026, 3, 31), date(2026, 2, 1), "M", 2) == pytest.approx([0.5, 1])


def test_what_nobody_changes_stays_the_same_to_the_bit():
    one = whole()
    assert changed(one, moved(MEAN, MONDAY, "W", [])) is one
    moves = moved(MEAN, MONDAY, "W", [Change(1, MONDAY, MONDAY, percent=-100)])
    assert changed(one, moves).mean[0].tobytes() == one.mean[0].tobytes()
