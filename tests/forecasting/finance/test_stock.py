"""Money in stock: nothing invented, nothing lost."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.finance import HoldingRate, StockFacts, amount, money_figures
from forecasting.finance.ratios import floor_days

ONE = {
    "on_hand": 100,
    "inbound": 0,
    "unit_cost": 2.5,
    "demand_daily": 5.0,
    "min_target": 20,
    "max_target": 60,
    "average_target": 40,
    "safety_stock": 10,
    "lot": 50,
    "review_days": 7,
    "days_since_sale": 3,
    "average_stock": 80,
}


def facts(*products):
    return StockFacts(**{name: np.array([float({**ONE, **p}[name]) for p in products]) for name in ONE})


def test_value_is_units_times_cost_to_the_cent():
    assert amount({"units": np.array([3.0]), "cost": np.array([0.115])}).each == (Decimal("0.35"),)


def test_total_is_the_sum_of_what_is_shown():
    found = amount({"units": np.full(3, 1.0), "cost": np.full(3, 0.125)})
    assert found.total == sum(found.each) == Decimal("0.39")


def test_excess_and_shortage_are_kept_apart():
    found = money_figures(facts({}, {"on_hand": 4}))
    assert found.freed.each == (Decimal("100.00"), Decimal("0.00"))
    assert found.needed.each == (Decimal("0.00"), Decimal("40.00"))


def test_stock_on_the_way_is_not_money_that_can_be_freed():
    assert money_figures(facts({"on_hand": 10, "inbound": 500})).freed.total == Decimal("25.00")


def test_missing_cost_leaves_figures_absent_and_names_it():
    found = money_figures(facts({"unit_cost": np.nan}, {}))
    assert found.value.each == (None, Decimal("250.00"))
    assert found.value.needs[0] == ("unit_cost",)
    assert found.value.left_out == 1 and not found.value.complete


def test_missing_stock_is_not_zero_stock():
    found = money_figures(facts({"on_hand": np.nan}))
    assert found.value.each == found.freed.each == found.needed.each == found.dead.each == (None,)
    assert found.freed.needs[0] == ("on_hand",)
    assert np.isnan(found.days[0])


def test_missing_plan_names_the_lead_time():
    found = money_figures(facts({"max_target": np.nan, "min_target": np.nan, "average_target": np.nan}))
    assert found.freed.needs[0] == ("lead_time_days",)
    assert found.target.needs[0] == ("lead_time_days",)


def test_holding_cost_comes_in_its_parts():
    found = money_figures(facts({}, {}), HoldingRate(capital=0.10, storage=0.05, risk=0.05))
    assert {name: part.total for name, part in found.holding_parts.items()} == {
        "capital": Decimal("50.00"),
        "storage": Decimal("25.00"),
        "risk": Decimal("25.00"),
    }


def test_days_follow_from_pace_and_their_floor_from_the_terms():
    found = money_figures(facts({}, {"review_days": 14}, {"lot": np.nan}))
    assert found.days[0] == 20
    assert found.floor.tolist() == [5 + 2, 7 + 2, 3.5 + 2]


def test_average_is_of_the_days_that_are_known():
    found = money_figures(facts({}, {"average_stock": np.nan}))
    assert found.average.each == (Decimal("200.00"), None)
    assert found.average.needs[1] == ("on_hand",)


units = st.integers(0, 10_000)


@given(st.lists(st.tuples(units, units, units, units, st.decimals(0, 99, places=2)), min_size=1, max_size=8))
def test_what_goes_out_and_comes_in_leads_from_stock_to_plan(rows):
    names = ("on_hand", "inbound", "min_target", "room", "unit_cost")
    told = [dict(zip(names, map(float, row), strict=True)) for row in rows]
    known = [{**one, "max_target": one["min_target"] + one.pop("room")} for one in told]
    found = money_figures(facts(*known))
    for one, value, freed, needed in zip(known, found.value.each, found.freed.each, found.needed.each, strict=True):
        assert not (freed and needed)
        planned = one["on_hand"] - min(max(one["on_hand"] + one["inbound"] - one["max_target"], 0), one["on_hand"])
        planned += max(one["min_target"] - one["on_hand"] - one["inbound"], 0)
        cost = Decimal(repr(one["unit_cost"]))
        assert freed - needed == value - (Decimal(repr(planned)) * cost).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert found.freed.total - found.needed.total == sum(found.freed.each) - sum(found.needed.each)


def test_stock_without_demand_has_no_days():
    assert np.isnan(money_figures(facts({"demand_daily": 0.0})).days[0])


def test_stock_unsold_for_half_a_year_is_dead():
    found = money_figures(facts({"days_since_sale": 180}, {"days_since_sale": 179}, {"days_since_sale": np.inf}))
    assert found.dead.each == (Decimal("250.00"), Decimal("0.00"), Decimal("250.00"))


def test_nobody_gets_below_the_days_that_the_lot_allows():
    assert floor_days(7, 120, 20, 2) == 40


def test_yen_have_no_cents():
    assert money_figures(facts({}), digits=0).value.total == Decimal("250")
