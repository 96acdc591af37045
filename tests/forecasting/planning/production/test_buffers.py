"""What components keep: the error of all they go into over their own wait, found by hand, and what happens without."""

import numpy as np
import pytest
from scipy import stats

from forecasting.planning.production import Bill, Waits, buffers, goes_into

BED, CHAIR, FRAME, BOARD = range(4)
BILL = Bill.of(4, [(BED, FRAME, 1), (BED, BOARD, 4), (CHAIR, BOARD, 3), (FRAME, BOARD, 2)])
MADE = np.array([True, True, True, False])


def waits(lead, spread=0.0, review=7.0):
    return Waits(np.full(4, float(lead)), np.full(4, float(spread)), np.full(4, float(review)), 7.0)


def normal(sds, m=40_000, periods=12):
    """Weeks of independent demand: mean 100 and so many units of spread for each item."""
    draws = np.random.default_rng(5).standard_normal((len(sds), m, periods))
    demand = 100 * (np.array(sds) > 0)[:, None, None] + np.array(sds, float)[:, None, None] * draws
    return lambda rows: demand[rows]


def test_a_board_goes_into_beds_directly_and_in_their_frames():
    assert goes_into(BILL, MADE) == [{}, {}, {BED: 1.0}, {BED: 6.0, CHAIR: 3.0, FRAME: 2.0}]
    assert goes_into(BILL, np.array([True, False, False, False]))[BOARD] == {BED: 4.0}


def test_a_component_keeps_the_error_of_all_it_goes_into_over_its_own_wait():
    """Three weeks, beds 10 and chairs 20 of spread: z sqrt(3 (6² 10² + 3² 20²)) boards, z sqrt(3) 10 frames."""
    found = buffers(BILL, MADE, waits(14), normal([10, 20, 0, 0]), np.full(4, 0.95))
    z = stats.norm.ppf(0.95)
    assert found[:2].tolist() == [0, 0]
    assert found[FRAME] == pytest.approx(z * np.sqrt(3) * 10, rel=0.02)
    assert found[BOARD] == pytest.approx(z * np.sqrt(3 * (60**2 + 60**2)), rel=0.02)


def test_a_wait_that_varies_and_one_beyond_the_forecast_are_counted():
    """Steady beds, 100 a week, and a week of spread in the lead time: z * 600 boards; 24 weeks ask for more than 12."""
    steady = buffers(BILL, MADE, waits(28, spread=7), normal([1e-6, 0, 0, 0]), np.full(4, 0.9))
    assert steady[BOARD] == pytest.approx(stats.norm.ppf(0.9) * 600, rel=0.03)
    near, far = (buffers(BILL, MADE, waits(7 * n), normal([10, 0, 0, 0]), np.full(4, 0.95))[FRAME] for n in (11, 23))
    assert far == pytest.approx(2 * near, rel=0.01)


@pytest.mark.parametrize(("keeps", "enough"), [(True, 0.95), (False, 0.5)])
def test_without_it_what_is_made_waits_for_its_components(keeps, enough):
    """Beds ordered as they sold, boards three weeks away and reviewed weekly: how often are there enough boards?"""
    bill = Bill.of(2, [(0, 1, 6)])
    wait = Waits(np.array([7.0, 21.0]), np.zeros(2), np.full(2, 7.0), 7.0)
    kept = buffers(bill, np.array([True, False]), wait, normal([20, 0], periods=8), np.full(2, 0.95))[1]
    sold = 100 + 20 * np.random.default_rng(6).standard_normal(20_000)
    wanted = 6 * np.convolve(sold, np.ones(4), "valid")
    assert (wanted <= 6 * 400 + keeps * kept).mean() == pytest.approx(enough, abs=0.02)
