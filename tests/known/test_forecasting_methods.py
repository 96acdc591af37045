"""Answers from methods.md, sections 1 to 5."""

import numpy as np
import pytest

from forecasting.engine.classes import better_croston, classify
from forecasting.engine.distribution import cumulative
from forecasting.engine.oneoffs import OrderLines, cancelled
from forecasting.engine.recovery import full_demand
from forecasting.engine.zoo.means import shrunk_mean


def test_gap_and_variation_by_hand():
    kind, gap, variation = classify(np.array([[0, 2, 0, 0, 4, 0]], np.float32))
    assert gap[0] == 3.0
    assert variation[0] == pytest.approx((1 / 3) ** 2)
    assert kind[0] == 2


def test_corrected_boundary_between_croston_and_sba():
    assert better_croston(1.0, 0.6) == "sba"
    assert better_croston(1.0, 0.4) == "croston"
    assert better_croston(4 / 3, 0.01) == "sba"


def test_six_units_in_ten_of_sixteen_open_hours_are_nine_point_six():
    found = full_demand(np.array([6.0]), np.full((1, 16), 1 / 16), np.arange(16)[None] < 10)
    assert found[0] == pytest.approx(9.6)


def test_gamma_poisson_mean_after_three_weeks_with_four_sold():
    found = shrunk_mean(np.array([[1, 2, 1]], np.float32), [3], 2, prior=(np.array([2.0]), np.array([1.0])))
    np.testing.assert_allclose(found, 1.5)


def test_an_order_of_80995_and_its_cancellation_net_to_zero():
    lines = OrderLines(
        product=np.array([1, 1, 1]),
        customer=np.array([7, 7, 8]),
        day=np.array([10, 10, 11]),
        units=np.array([80995.0, -80995.0, 3.0]),
    )
    assert cancelled(lines).tolist() == [True, True, False]


def test_negative_binomial_chances_are_those_of_the_textbook():
    # size r = 2, chance p = r / (r + m) = 0.4: P(0) = .16, P(1) = 2 * .16 * .6 = .192
    found = cumulative(np.array([-1.0, 0.0, 1.0]), np.full(3, 3.0), np.full(3, 0.5))
    np.testing.assert_allclose(found, [0, 0.16, 0.352], rtol=1e-9)
