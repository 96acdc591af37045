"""Prophet's shapes of aggregated demand, against shapes that are known because they were put in."""

from datetime import date

import numpy as np
import pytest

from forecasting.engine.types import Calendar
from forecasting.engine.zoo.prophet_shape import MOST_GROUPS, prophet_shapes

START = date(2022, 1, 3)  # a Monday
WEEKS = 156
FEAST = (date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29))  # Chinese New Year
CALENDAR = Calendar(tuple(("new year", day) for day in FEAST))


def demand(*, feast=0.0, seed=5):
    """Yearly wave of ±40 %, and a moving feast, with noise of 5 %."""
    weeks = np.arange(WEEKS + 13)
    shape = 1 + 0.4 * np.sin(2 * np.pi * weeks / 52.18)
    for day in FEAST:
        shape[(day - START).days // 7] += feast
    noise = np.random.default_rng(seed).normal(1, 0.05, (2, WEEKS))
    return (shape[:WEEKS] * noise).astype(np.float32), shape


def test_the_yearly_wave_is_found_and_goes_on_into_the_future():
    series, true = demand()
    found = prophet_shapes(series, start=START, freq="W", length=WEEKS + 13)
    assert found.shape == (2, WEEKS + 13)
    assert np.abs(found[-1] - true / true[:WEEKS].mean()).max() < 0.12


def test_a_feast_that_moves_is_expected_where_it_will_stand():
    series, _ = demand(feast=1.0)
    found = prophet_shapes(series, start=START, freq="W", length=WEEKS + 13, calendar=CALENDAR)
    week = (FEAST[3] - START).days // 7
    assert found[-1, week] - found[-1, week - 1] == pytest.approx(1.0, abs=0.25)
    without = prophet_shapes(series, start=START, freq="W", length=WEEKS + 13)
    assert without[-1, week] - without[-1, week - 1] < 0.5


def test_less_than_a_year_and_a_half_says_nothing():
    series, _ = demand()
    assert prophet_shapes(series[:, :70], start=START, freq="W", length=83) is None


def test_what_comes_after_the_cut_changes_no_shape():
    series, _ = demand()
    first = prophet_shapes(series[:, :120], start=START, freq="W", length=133)
    again = prophet_shapes(series[:, :120].copy(), start=START, freq="W", length=133)
    assert first.tobytes() == again.tobytes()


def test_small_groups_share_the_shape_of_all(monkeypatch):
    series, _ = demand()
    monkeypatch.setattr("forecasting.engine.zoo.prophet_shape.MOST_GROUPS", 1)
    many = np.stack([series[0], 0.01 * series[1], series[0]])
    found = prophet_shapes(many, start=START, freq="W", length=WEEKS)
    assert MOST_GROUPS > 1
    assert (found[1] == found[-1]).all()


def test_two_years_of_months_without_a_season_show_none():
    """Ten waves a year, as for weeks, would see +80 % here, and take a hundred times as long."""
    noise = np.random.default_rng(3).normal(1, 0.07, (1, 24)).astype(np.float32)
    found = prophet_shapes(np.repeat(noise, 2, axis=0), start=date(2022, 1, 1), freq="M", length=36)
    assert np.abs(found - 1).max() < 0.3
