"""One-off orders and cancelled pairs."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.engine.oneoffs import OrderLines, cancelled, candidates, one_offs


def lines(rows):
    product, customer, day, units = (np.array(column) for column in zip(*rows, strict=True))
    return OrderLines(product, customer, day, units.astype(float))


def usual(count=200, seed=1):
    rng = np.random.default_rng(seed)
    return [(0, int(rng.integers(0, 40)), int(rng.integers(0, 364)), int(rng.integers(1, 7))) for _ in range(count)]


def test_a_bulk_order_of_one_customer_is_found():
    assert np.flatnonzero(one_offs(lines([*usual(), (0, 99, 100, 500)]))).tolist() == [200]


def test_a_customer_who_always_orders_much_is_no_one_off():
    assert not one_offs(lines([*usual(), (0, 99, 100, 500), (0, 99, 200, 450)])).any()


def test_a_cancelled_bulk_order_is_no_one_off():
    assert not one_offs(lines([*usual(), (0, 99, 100, 500), (0, 99, 101, -500)])).any()


def test_usual_lines_raise_no_alarm():
    rng = np.random.default_rng(5)
    rows = [
        (p, int(rng.integers(0, 50)), int(rng.integers(0, 700)), int(np.ceil(rng.lognormal(1, 0.8))))
        for p in range(50)
        for _ in range(150)
    ]
    assert one_offs(lines(rows)).mean() < 0.001


def test_bulk_orders_planted_among_usual_ones_are_found():
    rng = np.random.default_rng(6)
    rows = [
        (p, int(rng.integers(0, 50)), int(rng.integers(0, 700)), int(np.ceil(rng.lognormal(1, 0.8))))
        for p in range(50)
        for _ in range(150)
    ]
    planted = [(p, 1000 + p, int(rng.integers(0, 700)), int(rng.integers(150, 900))) for p in range(50)]
    found = one_offs(lines(rows + planted))
    assert found[len(rows) :].mean() >= 0.9
    assert found[: len(rows)].sum() <= 0.05 * found.sum()


def test_a_product_with_few_lines_is_never_flagged():
    assert not one_offs(lines([(0, 1, 1, 1), (0, 2, 5, 900)])).any()


def test_no_lines_no_flags():
    empty = OrderLines(*(np.empty(0, np.int64),) * 3, np.empty(0))
    assert one_offs(empty).shape == cancelled(empty).shape == (0,)


def test_a_cancellation_takes_one_order_only():
    found = cancelled(lines([(0, 1, 1, 5), (0, 1, 2, 5), (0, 1, 3, -5), (0, 2, 3, -5)]))
    assert found.tolist() == [False, True, True, False]


def test_two_bulk_orders_of_a_slow_product_do_not_hide_each_other():
    rows = [(0, k, 20 * k, 1 + k % 3) for k in range(20)]
    assert np.flatnonzero(one_offs(lines([*rows, (0, 90, 50, 60), (0, 91, 300, 70)]))).tolist() == [20, 21]


def test_a_wholesaler_who_buys_such_lots_of_other_products_is_no_one_off():
    other = [(1, 99, 30 * k, 50) for k in range(4)]
    assert not one_offs(lines([*usual(), *other, (0, 99, 100, 60)])).any()
    assert one_offs(lines([*usual(), *other, (0, 98, 100, 60)])).any()


def test_a_regular_who_orders_many_times_more_than_ever_is_asked_about():
    own = [(0, 99, 10 * k, 5) for k in range(5)]
    assert np.flatnonzero(one_offs(lines([*usual(), *own, (0, 99, 100, 500)]))).tolist() == [205]
    assert not one_offs(lines([*usual(), *own, (0, 99, 100, 28)])).any()


def test_what_a_person_decided_wins_and_is_not_asked_again():
    found = replace(lines([*usual(), (0, 99, 100, 500), (0, 98, 200, 7)]), ids=tuple(f"L{k}" for k in range(202)))
    assert [one.row for one in candidates(found)] == [200]
    assert candidates(found, decided={"L200": False}) == candidates(found, decided={"L200": True}) == []
    assert not one_offs(found, decided={"L200": False}).any()
    assert np.flatnonzero(one_offs(found, decided={"L200": False, "L201": True})).tolist() == [201]


def test_a_candidate_says_in_numbers_why_it_stands_out():
    (one,) = candidates(lines([*usual(), (0, 99, 100, 500)]))
    assert (one.row, one.product, one.customer, one.day, one.units, one.usual) == (200, 0, 99, 100, 500, 6)
    assert str(one.reason).startswith("500 units in one line: the largest usual line is 6, and it is ")
    assert one.weeks == pytest.approx(500 / (sum(row[3] for row in usual()) / (364 / 7)), rel=0.05)
