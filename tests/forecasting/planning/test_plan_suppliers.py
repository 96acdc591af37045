"""Suppliers: closures, orders that products share, least orders, and a supplier's order summed up."""

from datetime import date

import numpy as np
import pytest

from forecasting.planning import ItemTerms, StockState, Suppliers, order_units
from forecasting.planning.closures import added_days
from forecasting.planning.types import Policy

NEW_YEAR = (date(2027, 2, 5), date(2027, 2, 18))


def closed(*closures):
    return Suppliers.of(1, closures=(tuple(closures),))


def test_only_open_days_count_towards_a_lead_time():
    assert added_days([NEW_YEAR], date(2027, 2, 1), 3) == 0
    assert added_days([NEW_YEAR], date(2027, 2, 1), 4) == 14
    assert added_days([NEW_YEAR], date(2027, 2, 10), 5) == 8
    assert added_days([NEW_YEAR, NEW_YEAR], date(2027, 2, 1), 10) == 14
    assert added_days([NEW_YEAR], date(2027, 2, 18), 10) == 0
    two = [(date(2027, 2, 9), date(2027, 2, 10)), (date(2027, 2, 5), date(2027, 2, 6))]
    assert added_days(two, date(2027, 2, 1), 5) == 2  # open are the 2nd, 3rd, 4th, 7th and 8th
    assert added_days(two, date(2027, 2, 1), 6) == 4  # and the 11th


def test_an_order_into_a_closure_arrives_later_and_covers_more(plan_of):
    usual = plan_of([10], 0, service_level=0.95, supplier=0)
    late = plan_of([10], 0, service_level=0.95, supplier=0, suppliers=closed((date(2026, 11, 30), date(2026, 12, 13))))
    assert usual.arrives_on[0] == np.datetime64("2026-12-07")
    assert late.arrives_on[0] == np.datetime64("2026-12-21")
    assert late.reorder_point[0] > usual.reorder_point[0] + 15
    assert "this order takes 14 days longer" in str(late.passports[0].told[0])


def test_the_order_before_a_closure_is_pulled_forward_to_last_through_it(plan_of):
    stock = 35
    usual = plan_of([10], stock, service_level=0.95, supplier=0)
    before = plan_of(
        [10], stock, service_level=0.95, supplier=0, suppliers=closed((date(2026, 12, 8), date(2026, 12, 21)))
    )
    assert before.arrives_on[0] == usual.arrives_on[0]
    assert before.order_units[0] >= usual.order_units[0] + 15
    assert "so this one lasts until" in str(before.passports[0].told[0])


def test_a_closure_of_another_supplier_changes_nothing(plan_of):
    two = Suppliers.of(2, closures=((), (NEW_YEAR, (date(2026, 11, 24), date(2026, 12, 30)))))
    plain = plan_of([10], 0, service_level=0.95)
    assert plan_of([10], 0, service_level=0.95, supplier=0, suppliers=two).order_units == plain.order_units


COSTS = {"holding_cost": 0.1, "shortage_cost": 4, "supplier": 0}


def test_products_join_an_order_that_is_placed_anyway(plan_of):
    """The second product would fall short within the joint cycle: it joins; on its own it would wait."""
    shared = Suppliers.of(1, order_cost=30.0)
    alone = plan_of([10, 10], [0, 45], **COSTS)
    joint = plan_of([10, 10], [0, 45], **COSTS, suppliers=shared)
    assert alone.order_units[1] == 0
    assert joint.order_units[1] > 0
    assert joint.supplier_orders[0].joined == (1,)
    assert "Joins" in str(joint.passports[1].told[-1])
    for passport, units in zip(joint.passports, joint.order_units, strict=True):
        assert sum(step.units for step in passport.steps) == pytest.approx(units, abs=1e-6)


def test_a_joint_order_waits_while_it_saves_too_little(plan_of):
    terms = {**COSTS, "suppliers": Suppliers.of(1, order_cost=500.0)}
    found = plan_of([2, 2], [6, 30], **terms)
    assert found.order_units.tolist() == [0, 0]
    assert "Waits" in str(found.reason[0])


def test_a_supplier_with_a_least_value_gets_a_fuller_order(plan_of):
    least = Suppliers.of(1, least_value=400.0)
    terms = {"unit_cost": 5.0, "unit_price": 20.0, "supplier": 0}
    alone = plan_of([10, 10], [0, 50], **terms)
    found = plan_of([10, 10], [0, 50], **terms, suppliers=least)
    assert 0 < (alone.order_units * 5).sum() < 400 <= (found.order_units * 5).sum()
    assert found.supplier_orders[0].below is None
    assert found.supplier_orders[0].value >= 400


def test_what_misses_the_least_order_is_told(plan_of):
    found = plan_of([1], [0], service_level=0.9, unit_cost=1.0, supplier=0, suppliers=Suppliers.of(1, least_value=9e5))
    assert "short of the supplier's least order value" in str(found.supplier_orders[0].below)


def test_sharing_orders_costs_less_than_each_product_on_its_own(forecast_of):
    """Five products, 60 weeks, 50 per supplier order: with joint orders against order costs carried by each product."""
    rates = np.array([3.0, 6, 9, 4, 12])
    demand = np.random.default_rng(8).poisson(rates[:, None], (5, 60))
    forecast, policy = forecast_of(rates), Policy(paths=120)
    base = {"lead_time_days": 7, "review_days": 7, "holding_cost": 0.1, "shortage_cost": 5.0}
    joint = ItemTerms.of(5, **base, supplier=0, suppliers=Suppliers.of(1, order_cost=50.0))
    alone = ItemTerms.of(5, **base, order_cost=50.0)
    cost = {}
    for name, terms in (("joint", joint), ("alone", alone)):
        on, coming, spent = rates * 5.0, np.zeros(5), 0.0
        for t in range(60):
            rows = np.flatnonzero(coming)
            stock = StockState(on, rows, coming[rows], np.full(len(rows), "2026-11-23", "datetime64[D]"))
            order = order_units(forecast, terms, stock, policy=policy)
            here = on + coming
            sold = np.minimum(here, demand[:, t])
            on, coming = here - sold, order
            if t >= 8:
                spent += 0.1 * on.sum() + 5 * (demand[:, t] - sold).sum() + 50 * (order > 0).any()
        cost[name] = spent / 52
    assert cost["joint"] < cost["alone"]
    assert cost["joint"] < np.sqrt(2 * 50 * 0.1 * rates).sum() + 0.1 * np.sqrt(2 * rates).sum() * 2
