"""Order sizes: least orders, price breaks, shelf life, room, and what is said of them."""

import numpy as np
import pytest
from scipy.stats import poisson

from forecasting.planning import Breaks, Policy
from forecasting.planning.economic import all_units_discount
from forecasting.planning.types import ItemTerms


def breaks(*pairs, row=0):
    units, cost = zip(*pairs, strict=True)
    return Breaks(np.full(len(pairs), row), np.array(units, float), np.array(cost, float))


def adds_up(plan):
    for passport, units in zip(plan.passports, plan.order_units, strict=True):
        assert sum(step.units for step in passport.steps) == pytest.approx(units, abs=1e-6)


def test_costly_order_lines_are_ordered_for_longer_about_the_economic_lot(plan_of):
    """sqrt(2 K d / h) = sqrt(2 * 40 * 10 / 0.1) = 89; as stock is nearly out, the order also fills up to the level."""
    found = plan_of([10], 12, holding_cost=0.1, shortage_cost=8, order_cost=40)
    assert 70 < found.order_units[0] < 150
    assert found.order_up_to[0] - found.reorder_point[0] == pytest.approx(89, rel=0.35)
    adds_up(found)


def test_a_line_cost_waits_until_stock_is_below_the_level(plan_of):
    level = plan_of([10], 12, holding_cost=0.1, shortage_cost=8, order_cost=40).reorder_point[0]
    assert plan_of([10], level + 1, holding_cost=0.1, shortage_cost=8, order_cost=40).order_units[0] == 0


def test_an_order_that_costs_more_than_it_earns_is_not_placed_and_says_so(plan_of):
    found = plan_of([0.1], 0, holding_cost=0.1, shortage_cost=1, order_cost=500)
    assert found.order_units[0] == 0
    assert "Not worth ordering" in str(found.reason[0])
    adds_up(found)


def test_a_price_break_worth_it_is_taken_and_one_that_is_not_is_left(plan_of):
    terms = {"unit_cost": 1.0, "holding_rate": 0.2, "shortage_cost": 5, "order_cost": 2}
    plain = plan_of([20], 30, **terms).order_units[0]
    cheap = plan_of([20], 30, **terms, breaks=breaks((300, 0.8)))
    assert plain < 300 <= cheap.order_units[0]
    assert cheap.unit_cost[0] == 0.8
    dear = plan_of([20], 30, **terms, breaks=breaks((5000, 0.99)))
    assert dear.order_units[0] < 300
    assert dear.unit_cost[0] == 1.0


def test_price_breaks_end_at_the_textbook_lot_when_demand_is_nearly_sure(plan_of):
    """K 8, D 1300 a year, breaks 0 / 400 / 800 at .75 / .72 / .68, 0.3 a year: 800 (Snyder & Shen, example 3.4)."""
    lot, _ = all_units_discount(
        order_cost=8, holding_rate=0.3, demand=1300, breaks=[0, 400, 800], prices=[0.75, 0.72, 0.68]
    )
    assert lot == 800
    terms = {"unit_cost": 0.75, "holding_rate": 0.3, "shortage_cost": 7.5, "order_cost": 8}
    found = plan_of([25], 20, **terms, breaks=breaks((400, 0.72), (800, 0.68)))
    assert found.order_units[0] == pytest.approx(800, rel=0.15)
    assert found.order_units[0] >= 800


def test_a_least_order_of_many_weeks_is_told_with_its_yearly_cost(plan_of):
    """62 units of 2 a week are 31 weeks; h Q / 2 is 0.1 * (62 - 2) / 2 * 52.18 = 156 a year more than weekly orders."""
    found = plan_of([2], 0, holding_cost=0.1, shortage_cost=20, moq=62)
    said = [str(x) for x in found.passports[0].told]
    assert any("62 is 31 weeks of demand and costs 15" in text for text in said), said


def test_never_more_is_ordered_than_sells_before_it_expires(plan_of):
    terms = {"holding_cost": 0.01, "shortage_cost": 8, "order_cost": 200}
    free = plan_of([10], 0, **terms)
    fresh = plan_of([10], 0, **terms, shelf_life_days=28)
    assert free.order_units[0] > 60
    assert fresh.order_units[0] <= 40  # four weeks of 10
    assert fresh.order_units[0] > 20
    adds_up(fresh)


def test_a_least_order_that_would_expire_is_not_placed(plan_of):
    found = plan_of([1], 0, service_level=0.95, moq=48, shelf_life_days=21)
    assert found.order_units[0] == 0
    assert "expires" in str(found.reason[0])
    adds_up(found)


@pytest.mark.parametrize("cost", [1.0, 5.0, 9.0])
def test_what_expires_within_a_week_is_ordered_at_the_newsvendors_level(plan_of, cost):
    """Sold for 10, bought for v, worth nothing after its week: P(D <= q) = (10 - v) / 10 of Poisson(40)."""
    terms = {"unit_cost": cost, "unit_price": 10, "holding_rate": 0.001, "lead_time_days": 0}
    found = plan_of([40], 0, **terms, shelf_life_days=7, policy=Policy(paths=2000))
    assert found.order_units[0] == pytest.approx(poisson.ppf(1 - cost / 10, 40), abs=1)
    adds_up(found)


def test_what_expires_within_days_is_ordered_for_those_days(plan_of):
    terms = {"unit_cost": 5.0, "unit_price": 10, "holding_rate": 0.001, "lead_time_days": 0}
    assert plan_of([70], 0, **terms, shelf_life_days=2).order_units[0] == pytest.approx(20, abs=1)


def test_waste_that_is_likely_is_told_with_its_cost(plan_of):
    found = plan_of([3], 0, service_level=0.98, shelf_life_days=7, unit_cost=2.0, policy=Policy(paths=400, fresh=0.2))
    assert any("expire unsold, worth" in str(text) for text in found.passports[0].told)


def test_no_more_is_ordered_than_there_is_room_for(plan_of):
    found = plan_of([10], 5, service_level=0.95, moq=1, storage_units=12, lead_time_days=7)
    free = plan_of([10], 5, service_level=0.95, moq=1, lead_time_days=7)
    assert found.order_units[0] < free.order_units[0]
    assert found.order_units[0] <= 12
    adds_up(found)


@pytest.mark.parametrize("costs", [{"holding_cost": 0.2, "shortage_cost": 3}, {"service_level": 0.9}])
def test_more_cushion_means_more_stock(plan_of, costs):
    usual = plan_of([10], 0, **costs)
    more = plan_of([10], 0, **costs, policy=Policy(paths=400, cushion=1.5))
    assert more.reorder_point[0] > usual.reorder_point[0]
    adds_up(more)


def test_terms_of_some_rows_keep_their_own_breaks_and_successors():
    terms = ItemTerms.of(3, unit_cost=1.0, successor=[2, -1, -1], breaks=breaks((5, 0.9), row=2))
    some = terms.rows(np.array([0, 2]))
    assert some.successor.tolist() == [1, -1]
    assert some.breaks.row.tolist() == [1]
    assert terms.rows(np.array([0, 1])).successor.tolist() == [-1, -1]
