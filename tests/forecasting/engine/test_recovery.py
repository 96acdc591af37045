"""Demand in periods without stock."""

from dataclasses import replace

import numpy as np
import pytest
from panels import made

from forecasting.engine.clean import clean, inferred_stock_outs
from forecasting.engine.recovery import recovered, stretched


def test_recovered_demand_is_within_three_per_cent_of_the_truth():
    panel = made(n=200, periods=364, freq="D", seed=4)
    rng = np.random.default_rng(9)
    stocked = np.ones_like(panel.units)
    for row in stocked:
        for start in rng.integers(60, 340, 4):
            row[start : start + 7] = 0
    sold = np.where(stocked == 0, 0, panel.units)
    found = recovered(replace(panel, units=sold.astype(np.float32), stocked=stocked))
    out = (stocked == 0) & ~np.isnan(panel.units)
    assert found[out].sum() == pytest.approx(panel.units[out].sum(), rel=0.03)
    inside = (stocked == 1) & ~np.isnan(panel.units)
    np.testing.assert_array_equal(found[inside], panel.units[inside])


def test_recovered_demand_is_never_below_what_was_sold():
    panel = made(n=5, periods=60)
    stocked = np.ones_like(panel.units)
    stocked[:, 50] = 0
    units = panel.units.copy()
    units[:, 50] = 9999
    assert (recovered(replace(panel, units=units, stocked=stocked))[:, 50] >= 9999).all()


def test_a_long_run_without_sales_of_a_fast_mover_is_inferred_and_one_of_a_slow_mover_is_not():
    units = np.full((3, 120), 5, np.float32)
    units[0, 60:75] = 0
    units[1] = np.where(np.arange(120) % 4 == 0, 3, 0)
    units[1, 60:66] = 0
    units[2, 100:] = 0
    panel = replace(made(n=3, periods=120), units=units)
    found = inferred_stock_outs(panel)
    assert np.flatnonzero(found[0]).tolist() == list(range(60, 75))
    assert not found[1].any()
    assert not found[2].any()


def test_a_run_that_lasts_to_the_end_is_the_end_of_a_product_and_no_stock_out():
    units = np.full((1, 120), 5, np.float32)
    units[0, 90:] = 0
    assert not inferred_stock_outs(replace(made(n=1, periods=120), units=units)).any()


def test_nothing_is_inferred_where_stock_data_say_that_there_was_stock():
    units = np.full((2, 120), 5, np.float32)
    units[:, 60:75] = 0
    stocked = np.ones_like(units)
    stocked[1] = np.nan
    found = inferred_stock_outs(replace(made(n=2, periods=120), units=units, stocked=stocked))
    assert not found[0].any() and found[1].sum() == 15


def test_periods_taken_for_stock_outs_are_filled_and_teach_no_zeros():
    units = np.full((1, 120), 5, np.float32)
    units[0, 60:75] = 0
    panel = replace(made(n=1, periods=120), units=units)
    assert recovered(panel)[0, 60:75] == pytest.approx(5, rel=0.05)
    assert np.isnan(clean(panel).units[0, 60:75]).all() and clean(panel).inferred[0, 60:75].all()


def test_an_empty_shelf_before_the_first_sale_is_no_lost_demand():
    units = np.full((1, 60), 4, np.float32)
    units[0, :30] = np.nan
    stocked = np.where(np.isnan(units), 0, 1).astype(np.float32)
    found = recovered(replace(made(n=1, periods=60), units=units, stocked=stocked))
    assert np.isnan(found[0, :30]).all() and (found[0, 30:] == 4).all()


def test_one_odd_order_does_not_raise_what_is_filled_in():
    units = np.full((1, 120), 4, np.float32)
    units[0, 50] = 400
    stocked = np.ones_like(units)
    stocked[0, 55:60] = units[0, 55:60] = 0
    found = recovered(replace(made(n=1, periods=120), units=units, stocked=stocked))
    assert found[0, 55:60] == pytest.approx(4, rel=0.05)


def test_a_feast_on_which_all_others_sold_twice_as_much_would_have_doubled_the_missing_one():
    units = np.full((20, 120), 10, np.float32)
    units[:, 60:64] = 20
    stocked = np.ones_like(units)
    stocked[0, 60:64] = units[0, 60:64] = 0
    found = recovered(replace(made(n=20, periods=120), units=units, stocked=stocked))
    assert found[0, 60:64] == pytest.approx(20, rel=0.2)


def test_a_runs_end_is_only_given_back_where_runs_always_end_with_a_sale():
    rng = np.random.default_rng(3)
    sold = rng.poisson(0.2, (200, 300)).astype(np.float32)
    exact, told = np.ones(sold.shape), np.ones(sold.shape)
    for row, start in enumerate(rng.integers(50, 240, 200)):
        exact[row, start : start + 14] = told[row, start : start + 14] = 0
        told[row, start + 14 : start + 14 + (sold[row, start + 14 :] > 0).argmax()] = 0
    assert stretched(np.where(exact == 0, 0, sold), exact) < 0.1
    assert stretched(np.where(told == 0, 0, sold), told) > 0.9
    both = [
        recovered(replace(made(n=200, periods=300, freq="D"), units=np.where(s == 0, 0, sold), stocked=s))
        for s in (exact.astype(np.float32), told.astype(np.float32))
    ]
    truth = 200 * 14 * 0.2  # what customers wanted while the shelves were really empty
    for found, share in zip(both, (exact, told), strict=True):
        assert found[share == 0].sum() == pytest.approx(truth, rel=0.1)


def test_lost_units_of_the_day_on_which_stock_ran_out_are_those_of_a_random_walk():
    rng = np.random.default_rng(4)
    daily = rng.poisson(0.5, (400, 700)) * 6.0  # lots of six
    weeks = daily.reshape(400, 100, 7)
    sold, share = weeks.copy(), np.ones((400, 100, 7))
    stock = rng.integers(1, 60, 400)
    for row in range(400):
        left = stock[row]
        for day in range(7):
            got = min(left, weeks[row, 50, day])
            share[row, 50, day] = left > 0
            sold[row, 50, day], left = got, left - got
    stocked = share.mean(axis=2)
    panel = made(n=400, periods=100)
    found = recovered(replace(panel, units=sold.sum(axis=2).astype(np.float32), stocked=stocked.astype(np.float32)))
    out = stocked < 1
    assert found[out].sum() == pytest.approx(weeks.sum(axis=2)[out].sum(), rel=0.05)


def test_a_week_that_stock_ran_out_in_is_filled_with_what_was_asked_for_beyond_it():
    """Variance 8 and mean 20 in the weeks before, half a week in stock: 5 sold + 10 usual + (8/20 + 20/7 - 1)/2."""
    units = np.array([[20 + 8**0.5, 20 - 8**0.5] * 10 + [5, 5]], np.float32)
    stocked = np.ones_like(units)
    stocked[:, 20:] = 0.5
    panel = replace(made(n=1, periods=22), units=units, stocked=stocked)
    found = clean(panel).units[0]
    assert found[20] == pytest.approx(15 + (8 / 20 + 20 / 7 - 1) / 2, rel=1e-4)
    assert found[21] == pytest.approx(15, rel=1e-4)  # it had run out before
    daily = clean(replace(panel, freq="D")).units[0]
    assert daily[20] == pytest.approx(15, rel=1e-4)
