"""Vectors of methods.md sections 10, 11 and 15: stages, shared orders, cash caps, bullwhip."""

from math import sqrt

import numpy as np
import pytest

from forecasting.planning import bullwhip
from forecasting.planning.budget import Ladder, spend
from forecasting.planning.echelons import Network, Stage, guaranteed_service, serial_base_stock
from forecasting.planning.economic import economic_order_quantity, lot_cost
from forecasting.planning.joint import joint_replenishment


def test_guaranteed_service_of_four_stages():
    stages = {
        "1": Stage(2, 1, sqrt(2), outside=1),
        "3": Stage(1, 2, sqrt(2)),
        "2": Stage(1, 3, promised=0),
        "4": Stage(1, 3, promised=1),
    }
    times, cost = guaranteed_service(Network(stages, (("1", "3"), ("3", "2"), ("3", "4"))))
    assert times == {"1": 0, "3": 0, "2": 0, "4": 1}
    assert cost == pytest.approx(8.277917, abs=1e-5)


def test_guaranteed_service_of_a_camera():
    rows = [("1", 2, 0.01), ("2", 3, 0.03), ("3", 2, 0.04), ("4", 4, 0.06), ("5", 2, 0.12)]
    rows += [("6", 3, 0.13), ("7", 6, 0.2), ("8", 4, 0.08), ("9", 3, 0.04), ("10", 2, 0.5)]
    spread = 10 * 1.6448536269514722
    stages = {n: Stage(t, h, spread, promised=2 if n == "10" else None) for n, t, h in rows}
    arcs = (
        ("1", "2"),
        ("2", "3"),
        ("3", "5"),
        ("4", "5"),
        ("5", "6"),
        ("6", "10"),
        ("7", "10"),
        ("8", "10"),
        ("9", "10"),
    )
    _, cost = guaranteed_service(Network(stages, arcs))
    assert cost == pytest.approx(18.824004, abs=1e-5)


def test_series_with_stochastic_service():
    """The book has S* = 6.49, 12.02, 22.71 and 47.65; the library's coarser grid 47.7746613."""
    levels, cost = serial_base_stock(
        echelon_holding=[3, 2, 2], lead_times=[1, 1, 2], shortage=37.12, mean=5, sd=1, step=0.01
    )
    assert levels == pytest.approx([6.49, 12.02, 22.71], abs=0.03)
    assert cost == pytest.approx(47.65, abs=0.02)
    assert cost == pytest.approx(47.7746613, rel=0.004)


def test_shared_order_costs_less_than_separate_ones():
    rng = np.random.default_rng(4)
    for _ in range(20):
        lines, holding, demand = rng.uniform(1, 20, 5), rng.uniform(0.1, 2, 5), rng.uniform(10, 2000, 5)
        found = joint_replenishment(shared_cost=30, line_cost=lines, holding_cost=holding, demand=demand)
        alone = np.sqrt(2 * (30 + lines) * holding * demand).sum()
        assert found.cost <= alone


def test_shared_order_of_one_product_is_its_economic_lot():
    found = joint_replenishment(
        shared_cost=5, line_cost=np.array([3.0]), holding_cost=np.array([0.225]), demand=np.array([1300.0])
    )
    lot = economic_order_quantity(order_cost=8, holding_cost=0.225, demand=1300)
    assert found.cycle * 1300 == pytest.approx(lot)
    assert found.cost == pytest.approx(lot_cost(lot, order_cost=8, holding_cost=0.225, demand=1300))


def test_shared_order_of_silver_pyke_and_peterson():
    """Example of page 428, K0 40, k 15 each: m = sqrt(k D1 / (D (K0 + k))) rounds to 4 and 3 (4.09, 2.80)."""
    found = joint_replenishment(
        shared_cost=40,
        line_cost=np.full(4, 15.0),
        holding_cost=np.full(4, 0.24),
        demand=np.array([86000.0, 12500, 1400, 3000]),
    )
    assert found.multiples.tolist() == [1, 1, 4, 3]


def test_budget_of_ten_units_splits_at_equal_margins():
    """p = (5, 2), h = 1, demand uniform on 0..10: 5 - 6 q / 10 = 2 - 3 q / 10 gives 6.67 and 3.33."""
    size = np.linspace(0, 10, 3001)
    cost = [h * size**2 / 20 + p * (10 - size) ** 2 / 20 for p, h in ((5, 1), (2, 1))]
    best = [size[c.argmin()] for c in cost]
    assert best == pytest.approx([8.33, 6.67], abs=0.01)
    found = spend(Ladder(np.stack([size, size]), np.stack(cost), np.zeros((2, 3001))), np.ones(2), 10)
    assert found.units == pytest.approx([6.67, 3.33], abs=0.01)
    assert found.next_gain == pytest.approx(1.0, abs=0.01)


def test_bullwhip_of_a_moving_average():
    assert bullwhip.moving_average(2, 5) == pytest.approx(2.12)
    assert bullwhip.moving_average(4, 10) == pytest.approx(2.12)
    assert bullwhip.smoothing(2, 0.2) == pytest.approx(1.97778, abs=1e-5)


def test_bullwhip_formula_agrees_with_a_simulation():
    demand = np.random.default_rng(5).normal(100, 10, 400_000)
    assert bullwhip.simulated_orders(demand, 2, 5).var() / demand.var() == pytest.approx(2.12, rel=0.01)


def test_bullwhip_of_proportional_orders_is_least_at_the_golden_ratio():
    assert bullwhip.proportional(2, 2) == pytest.approx((1 / 3, 2 + 1 / 3))
    golden = (1 + sqrt(5)) / 2
    assert bullwhip.proportional(0, golden)[0] == pytest.approx(0.447, abs=1e-3)
    sums = {tn: sum(bullwhip.proportional(0, tn)) for tn in (1.2, 1.5, golden, 1.8, 2.5)}
    assert min(sums, key=sums.get) == golden
