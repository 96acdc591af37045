"""Orders under lost sales against the optimum of a dynamic program (Zipkin 2008: 4.04, 5.44 and 6.68 a week).

Poisson demand of 5 a week, holding 1 per unit and week. What is ordered at the close of a week can be used from the
opening after the next, so an order depends on the stock of the next opening alone.
"""

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from forecasting.engine.types import LEVELS, Forecast
from forecasting.planning import ItemTerms, Policy, StockState, order_units
from forecasting.words import say

RATE, MOST, PERIODS = 5.0, 50, 16
STOCK = np.arange(MOST)
Floats = NDArray[np.float64]


def left() -> Floats:
    """Chances of what is left at the close (columns) of the stock at the opening (rows)."""
    sold = np.arange(MOST)[:, None] - np.arange(MOST)
    chance = np.where(sold >= 0, stats.poisson.pmf(np.maximum(sold, 0), RATE), 0.0)
    chance[:, 0] = stats.poisson.sf(np.arange(MOST) - 1, RATE)
    return np.asarray(chance)


LEFT = left()


def week(shortage: float) -> Floats:
    """Cost of a week by its stock at the opening."""
    held = LEFT @ STOCK
    return np.asarray(held + shortage * (RATE - STOCK + held))


def least_cost(shortage: float) -> float:
    """Cost a week of the best orders, by value iteration."""
    worth = gain = np.zeros(MOST)
    opens = np.minimum(STOCK[:, None] + np.arange(MOST // 2), MOST - 1)
    for _ in range(500):
        after = week(shortage) + (LEFT @ worth[opens]).min(axis=1)
        gain, worth = after - worth, after - after[0]
    return float(gain[:20].mean())


def cost_of(orders: Floats, shortage: float) -> float:
    """Cost a week of orders by the stock of the next opening, in the long run."""
    moves = np.zeros((MOST, MOST))
    for stock in STOCK:
        np.add.at(moves[stock], np.minimum(STOCK + orders[stock].astype(int), MOST - 1), LEFT[stock])
    return float(np.linalg.matrix_power(moves, 4096)[5] @ week(shortage))


def ordered(shortage: float) -> Floats:
    """Order at each stock what the plan says."""

    def draw(m: int, seed: int, rows: slice) -> NDArray[np.float32]:
        made = [np.random.default_rng([seed, i]).poisson(RATE, (m, PERIODS)) for i in range(MOST)[rows]]
        return np.array(made, np.float32)

    mean = np.full((MOST, PERIODS), RATE, np.float32)
    ids = tuple(f"P{i}" for i in STOCK)
    quantiles = np.repeat(mean[:, :, None], len(LEVELS), axis=2)
    what = (("poisson",) * MOST, (say("known"),) * MOST)
    forecast = Forecast(ids, date(2026, 11, 23), "W", LEVELS, quantiles, mean, *what, draw=draw)
    terms = ItemTerms.of(MOST, lead_time_days=7, review_days=7, holding_cost=1.0, shortage_cost=shortage)
    return order_units(forecast, terms, StockState(STOCK.astype(float)), policy=Policy(paths=4000))


@pytest.mark.parametrize(("shortage", "published"), [(4.0, 4.04), (9.0, 5.44), (19.0, 6.68)])
def test_with_lost_sales_the_plan_costs_little_more_than_the_optimum(shortage, published):
    best = least_cost(shortage)
    assert best == pytest.approx(published, abs=0.005)
    assert cost_of(ordered(shortage), shortage) < 1.02 * best
