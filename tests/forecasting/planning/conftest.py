"""Forecasts whose distribution is known."""

from datetime import date

import numpy as np
import pytest

from forecasting.engine.types import LEVELS, Forecast
from forecasting.planning import ItemTerms, Policy, StockState, plan
from forecasting.words import say

START = date(2026, 11, 23)


def known_forecast(rates, horizon=16, freq="W"):
    """A forecast of independent Poisson demand, the same bits however it is chunked."""
    rates = np.atleast_1d(np.asarray(rates, dtype=float))
    n = len(rates)

    def draw(m, seed, rows):
        made = [np.random.default_rng([seed, i]).poisson(rates[i], (m, horizon)) for i in range(n)[rows]]
        return np.array(made, dtype=np.float32).reshape(len(made), m, horizon)

    mean = np.repeat(rates[:, None], horizon, axis=1).astype(np.float32)
    spread = np.sqrt(rates)[:, None, None] * np.array([-2.3, -1.6, -1.28, -0.67, 0, 0.67, 0.84, 1.28, 1.64, 2.3])
    quantiles = np.maximum(mean[:, :, None] + spread, 0).astype(np.float32)
    ids = tuple(f"P{i}" for i in range(n))
    return Forecast(ids, START, freq, LEVELS, quantiles, mean, ("poisson",) * n, (say("known"),) * n, draw=draw)


@pytest.fixture
def forecast_of():
    """Make a forecast of Poisson demand with these rates."""
    return known_forecast


@pytest.fixture
def plan_of():
    """Plan products with these rates: lead time 14 days, weekly reviews, unless told otherwise."""

    def made(rates, on_hand, *, policy=None, inbound=(), freq="W", **terms):
        options = {name: terms.pop(name) for name in ("budget", "previous") if name in terms}
        n = len(np.atleast_1d(rates))
        rows = [(r, u, d) for r, u, d in inbound]
        stock = StockState(
            np.broadcast_to(np.asarray(on_hand, float), (n,)).copy(),
            np.array([r for r, _, _ in rows], np.int64),
            np.array([u for _, u, _ in rows], float),
            np.array([d for _, _, d in rows], "datetime64[D]"),
        )
        known = ItemTerms.of(n, **{"lead_time_days": 14, "review_days": 7, **terms})
        found = known_forecast(rates, horizon=16 if freq == "W" else 90, freq=freq)
        return plan(found, known, stock, policy=policy or Policy(paths=400), **options)

    return made
