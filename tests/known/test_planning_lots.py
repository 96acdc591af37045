"""Vectors of methods.md sections 9 and 12: lot sizes, reorder points, stock on the day of arrival."""

import numpy as np
import pytest

from forecasting.planning import economic, reorder, windows

EOQ = {"order_cost": 8, "holding_cost": 0.225, "demand": 1300}
DISCOUNT = {
    "order_cost": 8,
    "holding_rate": 0.3,
    "demand": 1300,
    "breaks": [0, 400, 800],
    "prices": [0.75, 0.72, 0.68],
}
EX51 = reorder.Terms(mean=1300, sd=150, lead_time=1 / 12, holding=0.225, shortage=7.5, order_cost=8)


def test_economic_order_quantity():
    lot = economic.economic_order_quantity(**EOQ)
    assert lot == pytest.approx(304.0467800264, abs=1e-8)
    assert economic.lot_cost(lot, **EOQ) == pytest.approx(68.4105255059, abs=1e-8)
    assert economic.lot_cost(250, **EOQ) == pytest.approx(69.725, abs=1e-9)


def test_all_units_discount():
    assert economic.all_units_discount(**DISCOUNT) == pytest.approx((800, 978.60), abs=1e-6)


def test_incremental_discount():
    assert economic.incremental_discount(**DISCOUNT) == pytest.approx((304.0468, 1043.4105), abs=1e-4)


def test_lot_with_backorders():
    assert economic.with_backorders(**EOQ, backorder_cost=5) == pytest.approx(
        (310.81255515896, 0.0430622, 66.92136), abs=1e-5
    )


def test_production_lot():
    found = economic.production_lot(order_cost=4, holding_cost=0.08, demand=80, production=110)
    assert found == pytest.approx((171.26976772, 3.73679), abs=1e-5)


def test_lots_of_known_demand():
    orders, cost = economic.dynamic_lots([90, 120, 80, 70], order_cost=500, holding_cost=2)
    assert orders == [210, 0, 150, 0]
    assert cost == 1380


def test_lot_with_disruptions():
    found = economic.with_disruptions(order_cost=8, holding_cost=0.225, shortage_cost=5, demand=1300, rates=(1.5, 14))
    assert found == pytest.approx((772.8110632, 173.9500026), abs=1e-4)


def test_reorder_point_by_loss_function():
    r, lot = reorder.by_loss_function(EX51)
    assert (r, lot) == pytest.approx((126.8670634, 328.4491422), abs=1e-4)
    assert reorder.reorder_cost(r, lot, EX51) == pytest.approx(78.07114627, abs=1e-5)


def test_reorder_point_by_inventory_level():
    assert reorder.by_inventory_level(EX51) == pytest.approx((213.97044, 318.59018, 95.45114), abs=1e-4)


def test_reorder_point_for_the_lot_of_known_demand():
    assert reorder.by_backorder_lot(EX51) == pytest.approx((128.63781, 308.57378), abs=1e-4)
    assert reorder.by_lot_and_safety(EX51) == pytest.approx((190.3370, 304.0468), abs=1e-4)


def test_exact_reorder_point_of_poisson_demand():
    r, lot, cost = reorder.exact_poisson(rate=1300, lead_time=1 / 12, holding=0.225, shortage=7.5, order_cost=8)
    assert (r, lot) == (100, 313)
    assert cost == pytest.approx(68.610807, abs=1e-5)


def test_exact_minimum_and_maximum():
    s, top, cost = reorder.exact_s_S(mean=6, holding=1, shortage=4, order_cost=5)
    assert (s, top) == (4, 10)
    assert cost == pytest.approx(8.034111561, abs=1e-6)


def test_power_approximation():
    terms = reorder.Terms(mean=50, sd=8, lead_time=0, holding=0.18, shortage=0.7, order_cost=2.5)
    assert reorder.power_approximation(terms) == pytest.approx((40.19461696, 74.29017011), abs=1e-6)


@pytest.mark.parametrize(("backorders", "order"), [(False, 130), (True, 235)])
def test_stock_projected_to_the_day_of_arrival_forgets_what_is_lost_on_the_way(backorders, order):
    """Start 100, receipts 20 and 25, forecasts 150, 100, 50, 80, a week of safety; inventory position orders 235."""
    demand, receipts = np.array([[[150.0, 100, 50, 80]]]), np.array([[20.0, 25, 0, 0]])
    there = windows.projected(demand, receipts, np.array([100.0]), np.array([[2]]), backorders)
    assert max(50 + 80 - there[0, 0], 0) == order
