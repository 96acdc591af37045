"""One-off orders and cancelled pairs."""

import numpy as np

from forecasting.engine.oneoffs import OrderLines, cancelled, one_offs


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
