"""Vectors of methods.md section 14."""

import pytest

from forecasting.finance.ratios import cash_cycle, days_of_inventory, return_on_stock, sell_through, turns
from forecasting.finance.stock import HoldingRate, holding_saved, working_capital_change


def test_turns_and_days():
    assert turns(1_200_000, 200_000) == pytest.approx(6)
    assert days_of_inventory(1_200_000, 200_000) == pytest.approx(365 / 6)  # 60.83
    assert days_of_inventory(1_200_000, 100_000) == pytest.approx(365 / 12)  # 30.4


def test_halved_stock_frees_the_half_and_saves_a_fifth_of_it_a_year():
    assert working_capital_change(100_000 - 200_000, 0, 0) == -100_000
    assert sum(holding_saved(200_000, 100_000, HoldingRate()).values()) == pytest.approx(20_000)


def test_return_on_stock_doubles():
    assert return_on_stock(480_000, 200_000) == pytest.approx(2.4)
    assert return_on_stock(480_000, 100_000) == pytest.approx(4.8)


def test_cash_cycle():
    assert cash_cycle(days_of_inventory(1_200_000, 200_000), 30, 45) == pytest.approx(365 / 6 + 30 - 45)  # 45.8


def test_sell_through():
    assert sell_through(75, 100) == pytest.approx(0.75)
