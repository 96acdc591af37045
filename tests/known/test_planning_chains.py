"""Vectors of methods.md sections 10, 11 and 15: stages, shared orders, cash caps, bullwhip."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from forecasting.planning import bullwhip
from forecasting.planning.budget import Ladder, spend
from forecasting.planning.echelons import Network, Stage, base_stocks, guaranteed_service, serial_base_stock
from forecasting.planning.economic import economic_order_quantity, lot_cost
from forecasting.planning.joint import joint_replenishment


def test_guaranteed_service_of_four_stages():
    stages = {
        "1": Stage(2, 1, sqrt(2), outside=1),
        "3": Stage(1, 2, sqrt(2)),
        "2": Stage(1, 3, promised=0),
        "4": Stage(1, 3, promised=1),
    }
    network = Network(stages, (("1", "3"), ("3", "2"), ("3", "4")))
    times, cost = guaranteed_service(network)
    assert times == {"1": 0, "3": 0, "2": 0, "4": 1}
    assert cost == pytest.approx(8.277917, abs=1e-6)
    held = base_stocks(network, times)
    assert [held[name] for name in "1234"] == pytest.approx([2.4495, 1.0, 1.4142, 0], abs=1e-4)


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


SERIES = {"echelon_holding": [3, 2, 2], "lead_times": [1, 1, 2], "shortage": 37.12, "mean": 5, "sd": 1}


def test_series_with_stochastic_service():
    """The book has S* = 6.49, 12.02, 22.71 and cost 47.65, both read off a grid; Gauss's quadrature knows no grid."""
    levels, cost = serial_base_stock(**SERIES)
    assert levels == pytest.approx([6.49, 12.02, 22.71], abs=0.005)
    assert cost == pytest.approx(47.65, abs=0.015)
    exact = by_quadrature(levels)
    assert cost == pytest.approx(exact, abs=1e-4)
    for stage in range(3):
        aside = np.eye(3)[stage] * 0.02
        assert min(by_quadrature(levels + aside), by_quadrature(levels - aside)) > exact


def by_quadrature(levels):
    """Cost of echelon base-stock levels: the recursion of Clark and Scarf with 400 nodes a stage."""
    at, weight = np.polynomial.legendre.leggauss(400)
    z, chance = 9 * at, 9 * weight * stats.norm.pdf(9 * at)
    holding, lead = SERIES["echelon_holding"], SERIES["lead_times"]

    def cost(stage, y):
        x = y[..., None] - 5 * lead[stage] - sqrt(lead[stage]) * z
        if stage == 0:
            k = y - 5
            return 3 * k + (37.12 + 7) * (stats.norm.pdf(k) - k * stats.norm.sf(k))
        return ((holding[stage] * x + cost(stage - 1, np.minimum(x, levels[stage - 1]))) * chance).sum(axis=-1)

    return float(cost(2, np.array([levels[2]]))[0])


def test_series_on_the_grid_of_the_library():
    """Its 47.7746613 is the same recursion rounded to 100 steps of stock and 10 of demand: ours has no such error."""
    holding, lead = SERIES["echelon_holding"], SERIES["lead_times"]
    whole = stats.norm(20, 2)
    low, high = whole.ppf([1 - stats.norm.cdf(4), stats.norm.cdf(8)])
    grid = np.linspace(low - high, high, 101)
    step, below = grid[1] - grid[0], (37.12 + 7) * np.maximum(-grid, 0)
    for j in range(3):
        leads = stats.norm(5 * lead[j], sqrt(lead[j]))
        demand = np.linspace(*leads.ppf([1 - stats.norm.cdf(4), stats.norm.cdf(4)]), 11)
        chance = np.diff([0, *leads.cdf((demand[:-1] + demand[1:]) / 2), 1])
        left = grid[:, None] - demand
        near = np.clip(np.round((left - grid[0]) / step).astype(int), 0, 100)
        far = sum(holding[i] * (left - 5 * sum(lead[i:j])) for i in range(j + 1)) - 44.12 * (left - 5 * sum(lead[:j]))
        cost = np.where(left < grid[0], far, (holding[j] * grid + below)[near]) @ chance
        below = np.where(np.arange(101) < cost.argmin(), cost, cost.min())
    assert cost.min() == pytest.approx(47.7746613, abs=1e-6)
    assert cost.min() == pytest.approx(serial_base_stock(**SERIES)[1], abs=0.12)


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
    size = np.linspace(0, 10, 60_001)
    cost = [h * size**2 / 20 + p * (10 - size) ** 2 / 20 for p, h in ((5, 1), (2, 1))]
    best = [size[c.argmin()] for c in cost]
    assert best == pytest.approx([25 / 3, 20 / 3], abs=1e-4)
    found = spend(Ladder(np.stack([size, size]), np.stack(cost), np.zeros((2, 60_001))), np.ones(2), 10)
    assert found.units == pytest.approx([20 / 3, 10 / 3], abs=1e-4)
    assert found.next_gain == pytest.approx(1.0, abs=1e-4)


def test_bullwhip_of_a_moving_average():
    assert bullwhip.moving_average(2, 5) == pytest.approx(2.12)
    assert bullwhip.moving_average(4, 10) == pytest.approx(2.12)
    assert bullwhip.smoothing(2, 0.2) == pytest.approx(1.97778, abs=1e-5)


@pytest.mark.parametrize(("lead", "window"), [(2, 5), (4, 10)])
def test_bullwhip_formula_agrees_with_the_orders_themselves(lead, window):
    """Orders are sums of independent demands, so their variance is that of one unit's echoes, squared and added."""
    one = np.zeros(60)
    one[20] = 1.0
    assert (bullwhip.simulated_orders(one, lead, window) ** 2).sum() == pytest.approx(2.12, abs=1e-12)


def test_bullwhip_of_proportional_orders_is_least_at_the_golden_ratio():
    assert bullwhip.proportional(2, 2) == pytest.approx((1 / 3, 2 + 1 / 3), abs=1e-12)
    golden = (1 + sqrt(5)) / 2
    assert bullwhip.proportional(0, golden)[0] == pytest.approx(1 / sqrt(5), abs=1e-12)
    sums = {tn: sum(bullwhip.proportional(0, tn)) for tn in (1.2, 1.5, golden, 1.8, 2.5)}
    assert min(sums, key=sums.get) == golden
