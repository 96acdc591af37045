"""Foreign money: the newest rate that was known on the day, or none."""

from datetime import date
from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.finance import Rates

RATES = Rates.of("EUR", [("USD", date(2026, 6, 1), D("0.90")), ("USD", date(2026, 1, 1), D("0.95"))])


def test_the_newest_rate_on_or_before_the_day_holds():
    assert RATES.at("USD", date(2026, 5, 31)) == D("0.95")
    assert RATES.at("USD", date(2026, 6, 1)) == D("0.90")


def test_before_the_first_rate_nothing_is_known():
    assert RATES.at("USD", date(2025, 12, 31)) is None
    assert RATES.home_money(D(5), "GBP", date(2026, 6, 1)) is None


def test_own_money_and_money_without_a_name_need_no_rate():
    assert RATES.home_money(D("1.23456"), "EUR", date(2000, 1, 1)) == D("1.23456")
    assert RATES.at("", date(2000, 1, 1)) == 1


def test_money_is_converted_half_up_in_decimals():
    rates = Rates.of("EUR", [("USD", date(2026, 1, 1), D("0.33335"))])
    assert rates.home_money(D(1), "USD", date(2026, 1, 1)) == D("0.3334")


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        Rates.of("EUR", [("USD", date(2026, 1, 1), D(0))])


def test_factors_of_many_lines_leave_the_unknown_absent():
    found = RATES.factors(["EUR", "USD", "GBP"], [date(2026, 6, 2)] * 3)
    assert found[:2].tolist() == [1, 0.9] and np.isnan(found[2])


@given(st.lists(st.decimals(0, 9999, places=2), max_size=40), st.decimals("0.01", 99, places=4))
def test_the_sum_of_converted_lines_is_within_their_rounding(amounts, rate):
    rates = Rates.of("EUR", [("USD", date(2026, 1, 1), rate)])
    lines = [rates.home_money(one, "USD", date(2026, 1, 1)) for one in amounts]
    assert abs(sum(lines, D(0)) - sum(amounts, D(0)) * rate) <= D("0.00005") * len(lines)
