"""The engine on the generated firm, whose true demand is known: recovery, coverage, one-off orders."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.engine import forecast
from forecasting.engine.backtest import until
from forecasting.engine.oneoffs import OrderLines, one_offs
from forecasting.engine.recovery import recovered
from forecasting.example import generate, panel, true_panel

SEEDS = (4, 5, 6, 7)
HORIZON = 8


@pytest.fixture(scope="module")
def firms():
    """Small firms: each has its own luck (of a few thousand lost units), together they tell of the method."""
    return [generate(products=120, seed=seed, today=date(2026, 11, 22), years=2) for seed in SEEDS]


@pytest.mark.parametrize("freq", ["D", "W"])
def test_recovered_demand_is_within_three_per_cent_of_the_truth_where_stock_ran_out(firms, freq):
    found = truth = sold = 0.0
    for firm in firms:
        said, real = panel(firm, freq), true_panel(firm, freq, bulk=True)
        filled = recovered(said)
        out = (said.stocked < 1) & ~np.isnan(filled) & ~np.isnan(real.units) & alive(firm, real)
        found += float(filled[out].sum())
        truth += float(real.units[out].sum())
        sold += float(np.nan_to_num(said.units)[out].sum())
    assert found == pytest.approx(truth, rel=0.03)
    assert sold < 0.6 * truth  # there was something to recover


def alive(firm, real):
    """Products that were not at their end: nobody misses what was discontinued."""
    place = {sku: row for row, sku in enumerate(real.ids)}
    days = np.zeros((len(real.ids), firm.truth.live.shape[1]), np.bool_)
    for row, sku in enumerate(firm.truth.skus):
        days[place[sku]] |= firm.truth.live[row]
    starts = (np.datetime64(real.start) - np.datetime64(firm.start)).astype(int)
    step = {"D": 1, "W": 7}[real.freq]
    at = starts + step * np.arange(real.units.shape[1])
    return days[:, np.minimum(at, days.shape[1] - 1)]


def test_ninety_of_a_hundred_weeks_of_true_demand_lie_in_the_band_of_ninety_per_cent(firms):
    inside = known = 0
    for firm in firms[:2]:
        said, real = panel(firm, "W"), true_panel(firm, "W")
        for origin in (80, 88):
            result = forecast(until(said, origin), HORIZON, levels=(0.05, 0.5, 0.95))
            came = real.units[:, origin : origin + HORIZON]
            low, high = result.quantiles[:, :, 0], result.quantiles[:, :, 2]
            inside += int(((came >= low) & (came <= high)).sum())
            known += int((~np.isnan(came)).sum())
    assert 0.87 <= inside / known <= 0.93


def test_nine_of_ten_bulk_orders_are_found_with_one_false_alarm_in_twenty(firms):
    found = hits = there = 0
    for firm in firms:
        sales = firm.sales.filter(pl.col("status") != "cancelled")
        code = {name: sales[name].rank("dense").to_numpy().astype(np.int64) for name in ("sku", "customer_ref")}
        day = (sales["sold_at"].dt.date() - firm.start).dt.total_days().to_numpy()
        flags = one_offs(OrderLines(code["sku"], code["customer_ref"], day, sales["units"].to_numpy().astype(float)))
        bulk = sales["line_id"].is_in(list(firm.truth.bulk_lines)).to_numpy()
        found, hits, there = found + flags.sum(), hits + (flags & bulk).sum(), there + bulk.sum()
    assert hits >= 0.9 * there
    assert found - hits <= 0.05 * found
