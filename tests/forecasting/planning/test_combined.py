"""The plan of a firm's places seen per product."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting import planning
from forecasting.engine.types import Forecast
from forecasting.planning import ItemTerms, StockState, combined, combined_stock
from forecasting.words import say

NAN = float("nan")
DAYS = np.array(["2026-01-09", "2026-01-05", "NaT"], "datetime64[D]")


@pytest.fixture
def plan():
    mean = np.full((3, 12), 20, np.float32)
    draw = lambda m, seed, rows: np.full((len(range(3)[rows]), m, 12), 20, np.float32)
    ids, said = ("A@1", "A@2", "B@1"), (say("known"),) * 3
    forecast = Forecast(ids, date(2026, 1, 1), "W", (0.5,), mean[:, :, None], mean, ids, said, draw=draw)
    made = planning.plan(forecast, ItemTerms.of(3, lead_time_days=7), StockState(np.zeros(3)))
    return replace(made, order_units=np.array([3.0, 4.0, NAN]), order_on=DAYS, risk=np.array([0.1, 0.4, NAN]))


def test_units_add_up_days_are_the_earliest_and_risk_the_highest(plan):
    found = combined(plan, np.array([0, 0, 1]), ["A", "B"])
    assert found.ids == ("A", "B")
    np.testing.assert_array_equal(found.order_units, [7, NAN])
    assert found.order_on[0] == np.datetime64("2026-01-05")
    assert np.isnat(found.order_on[1])
    np.testing.assert_array_equal(found.risk, [0.4, NAN])


def test_a_product_that_lies_nowhere_has_no_figures(plan):
    assert np.isnan(combined(plan, np.array([0, 0, 2]), ["A", "B", "C"]).order_units[1])


def test_a_row_that_points_outside_is_refused(plan):
    with pytest.raises(ValueError, match="of 2"):
        combined(plan, np.array([0, 1, 2]), ["A", "B"])


def test_stock_that_was_counted_in_one_place_only_is_that_place_s():
    stock = StockState(np.array([5.0, NAN, NAN]), np.array([1, 2]), np.array([7.0, 9.0]), DAYS[:2])
    found = combined_stock(stock, np.array([0, 0, 1]), 2)
    np.testing.assert_array_equal(found.on_hand, [5, NAN])
    assert found.inbound_row.tolist() == [0, 1]
