"""Money in stock: nothing invented, nothing lost."""

from decimal import Decimal

import numpy as np
import pytest

from forecasting.finance import HoldingRate, StockFacts, amount, money_figures
from forecasting.finance.ratios import floor_days

NAMES = [
    "on_hand",
    "inbound",
    "unit_cost",
    "unit_price",
    "demand_daily",
    "min_target",
    "max_target",
    "average_target",
    "days_since_sale",
]
ONE = dict(zip(NAMES, (100, 0, 2.5, 4.0, 5.0, 20, 60, 40, 3), strict=True))


def facts(*products):
    return StockFacts(**{name: np.array([float({**ONE, **p}[name]) for p in products]) for name in NAMES})


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
    assert np.isnan(found.turns[0]) and np.isnan(found.return_on_stock[0])


def test_missing_stock_is_not_zero_stock():
    found = money_figures(facts({"on_hand": np.nan}))
    assert found.value.each == found.freed.each == found.needed.each == found.dead.each == (None,)
    assert found.freed.needs[0] == ("on_hand",)
    assert np.isnan(found.days[0])


def test_missing_plan_names_the_lead_time():
    found = money_figures(facts({"max_target": np.nan, "min_target": np.nan, "average_target": np.nan}))
    assert found.freed.needs[0] == ("lead_time_days",)
    assert found.target.needs[0] == ("lead_time_days",)


def test_holding_cost_is_the_sum_of_its_parts():
    found = money_figures(facts({}, {}), HoldingRate(capital=0.10, storage=0.05, risk=0.05))
    assert found.holding.total == Decimal("100.00") == sum(part.total for part in found.holding_parts.values())


def test_days_turns_and_return_follow_from_pace():
    found = money_figures(facts({}))
    assert found.days[0] == 20
    assert found.turns[0] == pytest.approx(5 * 365 / 100)
    assert found.return_on_stock[0] == pytest.approx(5 * 365 * 1.5 / 250)
    assert found.total_days == pytest.approx(20)


def test_stock_without_demand_has_no_days():
    assert np.isnan(money_figures(facts({"demand_daily": 0.0})).days[0])


def test_stock_unsold_for_half_a_year_is_dead():
    found = money_figures(facts({"days_since_sale": 180}, {"days_since_sale": 179}, {"days_since_sale": np.inf}))
    assert found.dead.each == (Decimal("250.00"), Decimal("0.00"), Decimal("250.00"))


def test_nobody_gets_below_the_days_that_the_lot_allows():
    assert floor_days(7, 120, 20, 2) == 40


def test_yen_have_no_cents():
    assert money_figures(facts({}), digits=0).value.total == Decimal("250")
