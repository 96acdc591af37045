"""What must hold for any terms: found by hypothesis."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.engine.types import LEVELS, Forecast
from forecasting.planning import ItemTerms, Policy, StockState, plan
from forecasting.words import say

RATES = np.array([0.3, 2.0, 9.0, 40.0])
STORE = np.random.default_rng(11).poisson(RATES[:, None, None], (4, 300, 24)).astype(np.float32)
FORECAST = Forecast(
    ("A", "B", "C", "D"),
    date(2026, 11, 23),
    "W",
    LEVELS,
    np.zeros((4, 24, len(LEVELS)), np.float32),
    np.repeat(RATES[:, None], 24, axis=1).astype(np.float32),
    ("poisson",) * 4,
    (say("known"),) * 4,
    draw=lambda m, seed, rows: STORE[rows, :m],
)
POLICY = Policy(paths=300)
QUICK = settings(max_examples=25, deadline=None)
leads = st.floats(0, 60)
spreads = st.floats(0, 20)
levels = st.floats(0.8, 0.98)
stocks = st.lists(st.integers(0, 200), min_size=4, max_size=4)


def planned(on_hand=(0, 0, 0, 0), policy=POLICY, budget=None, **terms):
    stock = StockState(np.array(on_hand, dtype=float))
    return plan(FORECAST, ItemTerms.of(4, **{"review_days": 7, **terms}), stock, policy=policy, budget=budget)


@QUICK
@given(leads, st.floats(0, 40), levels)
def test_longer_lead_time_never_lowers_safety_stock(lead, longer, level):
    """To within the noise of 300 paths and the step of one unit."""
    short = planned(lead_time_days=lead, service_level=level).safety_stock
    long = planned(lead_time_days=lead + longer, service_level=level).safety_stock
    assert (long >= short - 0.35 * np.sqrt(RATES) - 0.35).all()


@QUICK
@given(leads, spreads, spreads, levels)
def test_less_reliable_supplier_never_lowers_safety_stock(lead, spread, more, level):
    steady = planned(lead_time_days=lead, lead_time_sd_days=spread, service_level=level).safety_stock
    shaky = planned(lead_time_days=lead, lead_time_sd_days=spread + more, service_level=level).safety_stock
    assert (shaky >= steady - 1e-9).all()


@QUICK
@given(leads, spreads, levels, st.floats(0, 0.019))
def test_higher_service_never_lowers_safety_stock(lead, spread, level, more):
    low = planned(lead_time_days=lead, lead_time_sd_days=spread, service_level=level).safety_stock
    high = planned(lead_time_days=lead, lead_time_sd_days=spread, service_level=level + more).safety_stock
    assert (high >= low - 1e-9).all()


@QUICK
@given(stocks, st.integers(0, 90), st.integers(1, 40), st.booleans(), st.floats(0, 30))
def test_least_order_and_pack_always_hold(on_hand, moq, pack, priced, line):
    costs = {"holding_cost": 0.1, "shortage_cost": 1.5} if priced else {"service_level": 0.9}
    found = planned(on_hand, lead_time_days=10, moq=moq, pack_size=pack, order_cost=line, **costs).order_units
    assert ((found == 0) | (found >= moq)).all()
    assert found % pack == pytest.approx(np.zeros(4))


@QUICK
@given(stocks, st.floats(0, 3000), st.integers(1, 30), st.booleans())
def test_budget_is_never_exceeded(on_hand, budget, pack, priced):
    costs = {"shortage_cost": 3.0} if priced else {"service_level": 0.9}
    terms = {"lead_time_days": 14, "unit_cost": np.array([1.0, 7.5, 3.0, 12.0]), "pack_size": pack, **costs}
    found = planned(on_hand, budget=budget, **terms)
    assert found.order_units @ terms["unit_cost"] <= budget + 1e-6
    free = planned(on_hand, **terms)
    assert (found.order_units <= free.order_units).all()
    assert found.order_units % pack == pytest.approx(np.zeros(4))
    for passport, units in zip(found.passports, found.order_units, strict=True):
        assert sum(step.units for step in passport.steps) == pytest.approx(units, abs=1e-6)


def test_ample_budget_changes_nothing():
    terms = {"lead_time_days": 14, "unit_cost": 2.0, "service_level": 0.9}
    free, capped = planned(**terms), planned(budget=1e9, **terms)
    assert free.order_units.tolist() == capped.order_units.tolist()


def test_under_a_budget_a_product_without_cost_is_not_bought_and_says_so():
    cost = np.array([1.0, np.nan, 1.0, 1.0])
    found = planned(budget=1e6, lead_time_days=14, unit_cost=cost, service_level=0.9)
    assert np.isnan(found.order_units[1])
    assert found.missing[1] == ("unit_cost",)


@QUICK
@given(stocks, st.integers(0, 60), st.integers(0, 2))
def test_inbound_is_counted_once(on_hand, units, week):
    """With waiting demand, a unit on the way in time is a unit less to order, as long as any is ordered."""
    policy = replace(POLICY, backorders=True)
    terms = ItemTerms.of(4, lead_time_days=14, review_days=7, service_level=0.95)
    day = np.array(["2026-11-23", "2026-11-30", "2026-12-07"], "M8[D]")[week]
    here = StockState(np.array(on_hand, dtype=float))
    coming = replace(
        here, inbound_row=np.arange(4), inbound_units=np.full(4, float(units)), inbound_day=np.repeat(day, 4)
    )
    without = plan(FORECAST, terms, here, policy=policy).order_units
    within = plan(FORECAST, terms, coming, policy=policy).order_units
    assert within == pytest.approx(np.maximum(without - units, 0))


def test_same_seed_gives_the_same_plan():
    first, second = (planned(lead_time_days=14, lead_time_sd_days=5, service_level=0.9) for _ in range(2))
    assert first.reorder_point.tobytes() == second.reorder_point.tobytes()
