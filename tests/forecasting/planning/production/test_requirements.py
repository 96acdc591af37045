"""Net requirements: textbook tables, and the balances that must always close."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.planning.production import Bill, Need, require
from forecasting.planning.production.requirements import served
from tests.forecasting.planning.production.makers import items
from tests.forecasting.planning.production.test_bills import bills


def of(found, item):
    return [(order.week, order.due, order.units) for order in found.orders if order.item == item]


def test_one_item_week_by_week():
    """20 a week; 30 there, 20 coming in week 2, lots of 25, two weeks to make.

    Stock 10; 10 customers go away in week 1; 0 in week 2; the stock plan decides week 0, so the first order is due in
    week 3: 5, then 10, 15 and 20 at the ends of weeks 3 to 6, each with a lot of 25.
    """
    receipts = [[0, 0, 20, 0, 0, 0, 0], [0] * 7]
    demand = [[20] * 7, [0] * 7]
    found = require(
        Bill.of(2, [(0, 1, 1)]), items(2, 7, demand=demand, on_hand=[30, 1000], receipts=receipts, lead=2, least=25)
    )
    assert of(found, 0) == [(1, 3, 25), (2, 4, 25), (3, 5, 25), (4, 6, 25)]
    assert (found.lost[0], found.ending[0]) == (10, 20)


def test_two_levels_with_lead_times():
    """A bed takes 2 cases; 10 beds are proposed now and 6 more are needed later; cases take two weeks to come."""
    found = require(
        Bill.of(2, [(0, 1, 2)]),
        items(2, 6, demand=[[0, 10, 0, 0, 6, 0], [0] * 6], on_hand=[0, 25], proposed=[10, 0], lead=[1, 2],
              made=[True, False]),
    )  # fmt: skip
    assert of(found, 0) == [(0, 1, 10), (3, 4, 6)]
    assert [(need.week, need.units) for need in found.needs] == [(0, 20), (3, 12)]
    assert of(found, 1) == [(1, 3, 7)]
    assert found.extra.tolist() == [0, 0]


def test_what_parents_need_now_is_added_to_the_proposal_of_a_component_once():
    """80 beds take 160 cases: 30 are there, 40 the shops' own plan orders, 90 more are needed, in packs of 20: 100."""
    found = require(
        Bill.of(2, [(0, 1, 2)]),
        items(2, 5, on_hand=[0, 30], proposed=[80, 40], lead=[2, 1], pack=[0, 20], made=[True, False]),
    )
    assert found.extra.tolist() == [0, 100]
    assert of(found, 1) == [(0, 1, 140)]


def test_what_runs_already_and_has_not_begun_still_takes_its_components():
    plain = Bill.of(2, [(0, 1, 1)])
    running = (Need(-1, 1, 2, 15),)
    found = require(plain, items(2, 5, on_hand=[0, 5], running=running, made=[True, False]))
    assert of(found, 1) == [(1, 2, 10)]


def test_a_made_product_without_parents_is_proposed_just_as_the_stock_plan_said():
    found = require(Bill.of(2, [(0, 1, 1)]), items(2, 8, demand=[[9] * 8, [0] * 8], proposed=[5, 0], on_hand=[0, 500]))
    assert of(found, 0)[0] == (0, 1, 5)
    assert found.extra[0] == 0


@st.composite
def works(draw):
    bill = draw(bills(6))
    weeks = draw(st.integers(3, 8))
    n = bill.n

    def whole(most, *shape):
        size = int(np.prod(shape))
        return np.array(draw(st.lists(st.integers(0, most), min_size=size, max_size=size)), float).reshape(shape)

    proposed = np.where(whole(2, n) > 1, whole(40, n), 0)
    made = bill.is_parent
    return bill, items(
        n, weeks, demand=whole(20, n, weeks), on_hand=whole(60, n), receipts=whole(15, n, weeks), safety=whole(10, n),
        proposed=proposed, least=whole(30, n), pack=whole(12, n), lead=whole(3, n).astype(int),
        cover=whole(3, n).astype(int), made=made,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(works())
def test_components_needs_are_their_parents_orders_times_the_quantity(case):
    bill, given_items = case
    found = require(bill, given_items)
    for parent, component, quantity in zip(bill.parent, bill.component, bill.quantity, strict=True):
        of_parent = {k: order for k, order in enumerate(found.orders) if order.item == parent}
        needs = [need for need in found.needs if need.component == component and need.order in of_parent]
        assert {need.order for need in needs} == set(of_parent)
        for need in needs:
            assert need.units == of_parent[need.order].units * quantity
            assert need.week == of_parent[need.order].week


@settings(max_examples=200, deadline=None)
@given(works())
def test_no_unit_is_lost_or_doubled(case):
    bill, given_items = case
    found = require(bill, given_items)
    for row in np.flatnonzero(given_items.made | bill.is_component):
        ordered = sum(order.units for order in found.orders if order.item == row and order.due < given_items.weeks)
        needed = sum(need.units for need in found.needs if need.component == row)
        came = given_items.on_hand[row] + given_items.receipts[row].sum() + ordered
        went = given_items.demand[row].sum() - found.lost[row] + needed
        assert found.ending[row] == pytest.approx(came - went)


@settings(max_examples=200, deadline=None)
@given(works())
def test_lots_hold_and_stock_is_kept_from_the_first_week_that_an_order_can_reach(case):
    bill, given_items = case
    found = require(bill, given_items)
    for order in found.orders:
        step = given_items.pack[order.item] or 1
        units = order.units - (given_items.proposed[order.item] if order.week == 0 else 0)
        assert units % step == pytest.approx(0) or units % step == pytest.approx(step)
        if not order.proposed:
            assert order.units >= given_items.least[order.item]
    for row in np.flatnonzero(given_items.made | bill.is_component):
        if given_items.lead[row] + 1 < given_items.weeks:
            assert found.ending[row] >= given_items.safety[row] - 1e-9
    assert (found.extra >= -1e-9).all()


def test_needs_are_served_by_week_and_wait_for_what_comes():
    needs = [Need(0, 0, 1, 10), Need(1, 0, 0, 5)]
    arrivals, demand = np.array([0, 0, 4, 0.0]), np.array([1, 0, 0, 0.0])
    assert served(needs, on_hand=12, arrivals=arrivals, demand=demand) == [(4, 2), (0, 0)]


def test_what_lies_there_can_be_taken_earlier_but_not_from_others():
    needs = [Need(0, 0, 3, 10), Need(1, 0, 2, 5)]
    none = np.zeros(5)
    assert served(needs, on_hand=15, arrivals=none, demand=none) == [(0, 0), (0, 0)]
    # customers take 5 before week 3, and 5 more come for it then: taking them earlier would take theirs
    later = served(needs, on_hand=15, arrivals=np.array([0, 0, 0, 5.0, 0]), demand=np.array([0, 5.0, 0, 0, 0]))
    assert later == [(0, 3), (0, 0)]
