"""Levelling: never over capacity, all that fits on time, and as good as a linear program where that is one."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from forecasting.planning.production import Bill, Capacity, Jobs, level, lost_units, require, schedule
from forecasting.planning.production.schedules import Works, _Try
from tests.forecasting.planning.production.makers import items

MONDAY = date(2026, 11, 23)


def jobs(units, due, *, ready=0, weight=1.0, minutes=1.0, setup=0.0, centres=1):
    k = len(units)
    return Jobs(
        units=np.array(units, float),
        ready=np.broadcast_to(np.asarray(ready, int), (k,)).copy(),
        due=np.array(due, int),
        weight=np.broadcast_to(np.asarray(weight, float), (k,)).copy(),
        minutes=np.broadcast_to(np.asarray(minutes, float), (k, centres)).copy(),
        setup=np.broadcast_to(np.asarray(setup, float), (k, centres)).copy(),
    )


def test_capacity_of_weeks_with_holidays_closures_and_overtime():
    changes = [
        (0, date(2026, 12, 25), date(2026, 12, 25), 0),  # a Friday
        (0, date(2026, 12, 26), date(2026, 12, 27), 0),  # a weekend, on which nobody works anyway
        (1, date(2026, 11, 30), date(2026, 12, 6), 0),
        (1, date(2026, 12, 7), date(2026, 12, 13), 3000),
    ]
    found = Capacity.of([2400, 2000], changes, start=MONDAY, weeks=5).minutes
    assert found[0].tolist() == [2400, 2400, 2400, 2400, 1920]
    assert found[1].tolist() == [2000, 0, 3000, 2000, 2000]


def test_what_does_not_fit_at_its_due_week_is_pulled_forward():
    found = level(jobs([60, 60, 60], [2, 2, 2]), Capacity(np.full((1, 4), 100.0)))
    assert found.cost == 0
    assert found.units.sum(axis=0).tolist() == [0, 80, 100, 0] or found.units.sum(axis=0).tolist() == [60, 60, 60, 0]
    assert (found.units.sum(axis=0) <= 100).all()


def test_components_that_come_late_make_late():
    found = level(jobs([50], [1], ready=[3]), Capacity(np.full((1, 5), 100.0)))
    assert found.units[0].tolist() == [0, 0, 0, 50, 0]
    assert found.cost == 100


def test_what_costs_less_waits():
    found = level(jobs([100, 100], [0, 0], weight=[1, 5]), Capacity(np.full((1, 2), 100.0)))
    assert found.units.tolist() == [[0, 100], [100, 0]]


def test_what_no_week_has_room_for_is_left_and_said():
    found = level(jobs([250], [0]), Capacity(np.full((1, 2), 100.0)))
    assert found.left.tolist() == [50]


def test_setups_are_paid_in_each_week_and_an_order_stays_together_when_it_can():
    plan = jobs([80], [1], setup=20)
    found = level(plan, Capacity(np.array([[100.0, 50]])))
    assert found.units[0].tolist() == [80, 0]
    assert found.load(plan).tolist() == [[100, 0]]


@st.composite
def overloads(draw):
    k, weeks = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    units = draw(st.lists(st.integers(1, 30), min_size=k, max_size=k))
    due = draw(st.lists(st.integers(0, weeks - 1), min_size=k, max_size=k))
    room = draw(st.lists(st.integers(0, 40), min_size=weeks, max_size=weeks))
    return units, due, np.array([room], float)


@settings(max_examples=300, deadline=None)
@given(overloads(), st.integers(0, 5), st.integers(1, 3))
def test_capacity_is_never_exceeded_and_every_unit_is_somewhere(case, setup, minutes):
    units, due, room = case
    plan = jobs(units, due, setup=setup, minutes=minutes)
    capacity = Capacity(room)
    found = level(plan, capacity)
    assert (found.load(plan) <= room + 1e-9).all()
    assert np.allclose(found.load(plan) + capacity.free, room)
    assert np.allclose(found.units.sum(axis=1) + found.left, units)
    again = level(plan, Capacity(room))
    assert np.array_equal(again.units, found.units)


@settings(max_examples=300, deadline=None)
@given(overloads())
def test_with_equal_weights_it_costs_what_the_linear_program_costs(case):
    """Least weeks late over units x[j, w] and unmade y[j] within weekly capacity: a transport problem."""
    units, due, room = case
    found = level(jobs(units, due), Capacity(room))
    assert found.cost == pytest.approx(best(units, due, np.ones(len(units)), room[0]))


@settings(max_examples=150, deadline=None)
@given(overloads(), st.data())
def test_with_unequal_weights_it_stays_near_the_linear_program(case, data):
    units, due, room = case
    weight = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(units), max_size=len(units))), float)
    found = level(jobs(units, due, weight=weight), Capacity(room))
    least = best(units, due, weight, room[0])
    assert least - 1e-6 <= found.cost <= 2 * least + 1e-6


def best(units, due, weight, room):
    k, weeks = len(units), len(room)
    late = np.array([[max(w - d, 0) for w in range(weeks)] + [max(weeks - d, 1)] for d in due])
    sums = np.kron(np.eye(k), np.ones(weeks + 1))
    used = np.hstack([np.tile(np.hstack([np.eye(weeks), np.zeros((weeks, 1))]), k)])
    found = linprog((late * weight[:, None]).ravel(), A_ub=used, b_ub=room, A_eq=sums, b_eq=units)
    return found.fun


def lost(made, units, due, safety):
    return lost_units(np.array(made, float), np.array(units, float), np.array(due), np.full(5, 10.0), safety).tolist()


def test_a_late_order_loses_what_customers_ask_for_beyond_the_safety_stock():
    """40 due in week 0, made in week 3; 10 a week asked for; 15 in reserve: weeks 1-3 miss 0, 5, 10."""
    assert lost([[0, 0, 0, 40, 0]], [40], [0], 15) == [15]
    assert lost([[0, 0, 0, 40, 0]], [40], [3], 0) == [0]
    assert lost([[0] * 5], [12], [0], 0) == [12]


def test_two_late_orders_do_not_lose_the_same_customer_twice():
    """10 a week in weeks 1 to 4 can be lost in all: 15 by the first order, 25 by the second."""
    assert lost([[0] * 5, [0] * 5], [15, 90], [0, 0], 0) == [15, 25]


def works(minutes, n):
    rows = np.zeros((n, 1))
    rows[:, 0] = minutes
    return Works(rows, np.zeros((n, 1)), np.ones(n))


def test_a_part_that_the_works_make_late_makes_its_parent_late():
    """A bed of 1 frame; 20 beds due next week; frames take 10 minutes each and 100 a week are there: two weeks."""
    bill = Bill.of(2, [(0, 1, 1)])
    given_items = items(2, 5, proposed=[20, 0], lead=1)
    required = require(bill, given_items)
    found = schedule(bill, given_items, required, works([0, 10], 2), Capacity(np.full((1, 5), 100.0)))
    beds, frames = (next(k for k, order in enumerate(required.orders) if order.item == item) for item in (0, 1))
    assert found.made[frames].tolist() == [10, 10, 0, 0, 0]
    assert found.made[beds].tolist() == [0, 0, 20, 0, 0]
    assert found.consequences[beds].ready == 2
    assert (found.consequences[beds].late_units, found.consequences[beds].late_weeks) == (20, 2)
    assert found.met[0] == (20, 2)
    assert found.load.tolist() == [[100, 100, 0, 0, 0]]
    assert found.wanted.tolist() == [[200, 0, 0, 0, 0]]


def test_what_is_bought_for_it_and_comes_late_holds_an_order_up():
    bill = Bill.of(2, [(0, 1, 3)])
    given_items = items(2, 6, proposed=[10, 0], on_hand=[0, 12], lead=[1, 2], made=[True, False])
    required = require(bill, given_items)
    found = schedule(bill, given_items, required, works([1, 0], 2), Capacity(np.full((1, 6), 100.0)))
    assert required.extra.tolist() == [0, 18]
    assert found.met == ((18, 2),)
    assert found.consequences[0].ready == found.consequences[0].start == 2


def test_parts_of_later_orders_do_not_crowd_out_what_is_due_first():
    """100 minutes a week; each week 10 beds of 5 minutes and their frames of 5: just enough, week by week."""
    bill = Bill.of(2, [(0, 1, 1)])
    demand = np.array([[0, 0, 10.0, 10, 10, 10], np.zeros(6)])
    given_items = items(2, 6, demand=demand)
    required = require(bill, given_items)
    room = Capacity(np.full((1, 6), 100.0))
    found = schedule(bill, given_items, required, works([5, 5], 2), room)
    assert all(told.late_weeks == 0 for told in found.consequences if told)
    assert np.allclose(found.load + room.free, room.minutes)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=6, max_size=6), st.integers(0, 60), st.integers(1, 3), st.integers(0, 2))
def test_nothing_is_made_before_what_it_is_made_of_and_never_more_than_the_works_can(wanted, there, each, lead):
    """A bed takes `each` frames, and a frame two boards that are bought."""
    bill = Bill.of(3, [(0, 1, each), (1, 2, 2)])
    demand = np.array([wanted, [0] * 6, [0] * 6], float)
    given_items = items(3, 6, demand=demand, on_hand=[5, there, there], made=[True, True, False], lead=[1, lead, 1])
    required = require(bill, given_items)
    found = schedule(bill, given_items, required, works([3, 2, 0], 3), Capacity(np.full((1, 6), 90.0)))
    assert (found.load <= 90 + 1e-9).all()
    item = np.array([order.item for order in required.orders] or [0])
    made = [found.made[item == row].sum(axis=0) if required.orders else np.zeros(6) for row in (0, 1)]
    boards = sum(
        (order.units * (np.arange(6) >= order.due) for order in required.orders if order.item == 2), np.zeros(6)
    )
    came = there + np.cumsum(np.concatenate([[0], made[1]])[:6] if lead else made[1])
    assert (np.cumsum(made[0]) * each <= came + 1e-6).all()
    assert (np.cumsum(made[1]) * 2 <= there + boards + 1e-6).all()
    for order, told, units in zip(required.orders, found.consequences, found.made, strict=True):
        if told is not None:
            assert units.sum() + told.unmade == pytest.approx(order.units)


def test_week_by_week_an_order_waits_for_the_turn_of_what_goes_into_it():
    """Ten beds are wanted now; their frames take three weeks: due after the beds, they must still be placed first."""
    bill = Bill.of(2, [(0, 1, 1)])
    given_items = items(2, 6, proposed=[10, 0], lead=[1, 3])
    one = _Try(bill, given_items, require(bill, given_items), works([1, 1], 2), Capacity(np.full((1, 6), 100.0)))
    one.place(by_week=True)
    assert one.found[0].unmade == 0
    assert one.found[0].start >= 1
