"""What a channel leaves: every part known or named, and no cent lost."""

from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.finance import ChannelTerms, Sold, added, move, split
from forecasting.finance.margins import PARTS

MARKET = ChannelTerms(D(15), D("0.3"), D(0), D(0), D(3), D(8), D(5))
SHOP = ChannelTerms(D(0), D(0), D("2.5"), D("0.35"), D(3), D(12), D(5))
money = st.decimals(0, 10_000, places=2)
percent = st.decimals(0, 100, places=2)


def test_margin_is_revenue_less_goods_and_every_fee():
    found = split(Sold(D(10), D(400), orders=D(10)), D(18), MARKET, D(4))
    assert found[1:8] == (D(180), D(63), D(0), D(30), D(32), D(0), D(4))
    assert found.margin == D(400 - 180 - 63 - 30 - 32 - 4)


def test_payment_fees_are_taken_per_order_and_per_hundred():
    assert split(Sold(D(10), D(400), orders=D(4)), D(18), SHOP, D(0)).payment == D("11.40")


def test_a_return_costs_its_refund_and_its_handling_but_brings_the_goods_back():
    found = split(Sold(D(10), D(400), D(2), D(80)), D(18), MARKET, D(0))
    assert found.returns == D(80 - 36 + 10)
    assert found.fees == D("51.00")  # 15 % of the 320 that customers kept, and 0.30 for each of 10


def test_an_unknown_fee_leaves_the_margin_absent_and_is_named():
    found = split(Sold(D(10), D(400)), D(18), ChannelTerms(fee_percent=D(15), fee_fixed=D(0)), D(0))
    assert found.fees == D(60) and found.margin is None
    assert found.needs == ("payment_percent", "shipping_per_unit", "ad_cost_percent")


def test_handling_of_returns_is_asked_for_only_where_something_came_back():
    silent = ChannelTerms(*[D(0)] * 6)
    assert split(Sold(D(1), D(9)), D(1), silent, D(0)).margin == D(8)
    assert split(Sold(D(1), D(9), D(1), D(9)), D(1), silent, D(0)).needs == ("return_cost",)


def test_unknown_holding_takes_nothing_off_and_is_named():
    found = split(Sold(D(1), D(9)), D(1), ChannelTerms(*[D(0)] * 7), None)
    assert (found.holding, found.margin, found.needs) == (None, D(8), ("on_hand",))


@given(
    st.lists(st.tuples(money, money, st.integers(0, 99), st.integers(0, 9), money), min_size=1, max_size=9),
    st.tuples(percent, money, percent, money, money, percent, money),
)
def test_parts_and_margin_are_always_the_revenue_to_the_cent(lines, fees):
    terms = ChannelTerms(*fees)
    splits = [split(Sold(D(u), r, D(b), r / 3, D(u)), c, terms, c / 7) for r, c, u, b, _ in lines]
    for found in [*splits, added(splits)]:
        assert found.margin is not None
        assert found.revenue == sum(getattr(found, name) for name in PARTS) + found.margin
    assert added(splits).margin == sum(one.margin for one in splits)


def test_a_sum_with_an_unknown_line_is_unknown():
    known, unknown = split(Sold(D(1), D(9)), D(1), MARKET, D(0)), split(Sold(D(1), D(9)), None, MARKET, D(0))
    found = added([known, unknown])
    assert found.goods is None and found.margin is None and found.revenue == D(18)
    assert found.needs == ("unit_cost",)


def test_moving_ten_points_brings_the_difference_of_the_same_products():
    # 1,000 units in all; A earns 9.00 on the marketplace and 13.20 in the shop, B 5.00 and 4.00
    found = move(
        np.array([600.0, 200]),
        np.array([5400.0, 1000]),
        np.array([100.0, 100]),
        np.array([1320.0, 400]),
        all_units=1000,
    )
    assert found.units == 100
    assert found.gain == pytest.approx(75 * 4.20 - 25 * 1.00)
    assert found.left_to - found.left_from == pytest.approx(found.gain / 100)


def test_no_more_moves_than_is_there():
    found = move(np.array([30.0]), np.array([30.0]), np.array([10.0]), np.array([20.0]), all_units=1000)
    assert (found.units, found.wanted) == (30, 100)
    assert found.gain == pytest.approx(30)


def test_products_that_one_channel_does_not_sell_or_whose_margin_is_unknown_prove_nothing():
    assert move(np.array([5.0, 5]), np.array([1, np.nan]), np.array([0.0, 5]), np.array([0.0, 9]), all_units=20) is None


@given(st.lists(st.tuples(*[st.floats(1, 1e4)] * 3), min_size=1, max_size=6))
def test_moving_there_and_back_brings_nothing(rows):
    a, b, c = (np.array(column) for column in zip(*rows, strict=True))
    there, back = move(a, b, a, c, all_units=float(a.sum())), move(a, c, a, b, all_units=float(a.sum()))
    assert there.gain == pytest.approx(-back.gain)
