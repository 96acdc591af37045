"""A product's plan is its own: it depends neither on how products are chunked nor on who is planned beside it."""

from dataclasses import fields, replace

import numpy as np
import pytest

from forecasting.engine.types import LEVELS, Forecast
from forecasting.planning import ItemTerms, Policy, StockState, plan
from forecasting.planning.types import Breaks
from forecasting.words import say
from tests.forecasting.planning.conftest import START

N, SLOW = 24, 5  # products; the one with a very long lead time
HORIZON = {"D": 90, "W": 26, "M": 12}
DAYS = {"D": 1, "W": 7, "M": 30}
POLICIES = {
    "costs": Policy(paths=120),
    "waiting": Policy(paths=120, backorders=True),
    "fill": Policy(paths=120, economic=False, service="fill"),
    "divisible": Policy(paths=120, whole_units=False, service_level=0.9),
}


def drawn(row, m, seed, horizon):
    """Whole units, divisible units, or units that are whole at first; with a level of its own on each path."""
    rng = np.random.default_rng([seed, row])
    rate = 0.3 * 1.3**row
    units = rng.poisson(rate * rng.gamma(9, 1 / 9, (m, 1)), (m, horizon)).astype(float)
    part = rng.random((m, horizon))
    return units + part * ((row % 3 == 1) | ((row % 3 == 2) & (np.arange(horizon) > 9)))


def mixed(freq, keep=slice(None)):
    """Forecast, terms and stock of a panel in which every product differs, or of some rows of it."""
    rows, horizon, rng = np.arange(N)[keep], HORIZON[freq], np.random.default_rng(5)
    mean = np.repeat(0.3 * 1.3 ** rows[:, None], horizon, axis=1).astype(np.float32)
    forecast = Forecast(
        tuple(f"P{row}" for row in rows),
        START,
        freq,
        LEVELS,
        np.repeat(mean[:, :, None], len(LEVELS), axis=2),
        mean,
        ("known",) * len(rows),
        (say("known"),) * len(rows),
        draw=lambda m, seed, some: np.stack([drawn(row, m, seed, horizon) for row in rows[some]]).astype(np.float32),
    )
    at = np.arange(N)
    some = lambda share, values: np.where(rng.random(N) < share, values, np.nan)
    lead = rng.integers(0, 9, N) * DAYS[freq] * 1.0
    lead[SLOW] = 55 * DAYS[freq]
    terms = ItemTerms.of(
        N,
        unit_cost=rng.uniform(1, 9, N),
        unit_price=rng.uniform(10, 30, N),
        lead_time_days=np.where(at == 7, np.nan, lead),
        lead_time_sd_days=some(0.4, 0.3 * lead),
        review_days=some(0.8, rng.choice([1.0, 7.0, 14.0, 30.0], N)),
        moq=some(0.4, rng.integers(5, 200, N)),
        pack_size=some(0.4, rng.integers(2, 24, N)),
        order_cost=some(0.5, rng.uniform(5, 90, N)),
        service_level=some(0.2, 0.93),
        shelf_life_days=some(0.3, rng.integers(2, 15, N) * DAYS[freq]),
        storage_units=some(0.3, rng.integers(20, 900, N)),
        lead_samples=np.where(at[:, None] % 6 == 2, np.sort(rng.integers(0, 40, (N, 12)), axis=1), np.nan),
        breaks=Breaks(np.array([3, 3, 11]), np.array([40.0, 90.0, 60.0]), np.array([0.9, 0.8, 0.7])),
    )
    coming, day = np.array([2, 4, 4, 9]), np.array(["2026-12-01", "2026-12-08", "2027-03-01", "2027-06-01"], "M8[D]")
    place = np.full(N, -1)
    place[rows] = np.arange(len(rows))
    stock = StockState(np.round(rng.uniform(0, 60, N))[rows], place[coming], np.array([5.1, 7.7, 30, 9]), day)
    return forecast, terms.rows(rows), stock


def told(found, keep=slice(None)):
    """All figures and words of a plan, by name."""
    rows = np.arange(len(found.ids))[keep].tolist()
    arrays = {f.name: getattr(found, f.name) for f in fields(found)}
    figures = {name: values[rows] for name, values in arrays.items() if isinstance(values, np.ndarray)}
    figures.pop("rank")  # among all products
    return figures, [found.passports[row] for row in rows]


def same(one, other):
    """Whether two plans agree to the last bit; names what does not."""
    (left, said), (right, repeated) = one, other
    return [
        name
        for name, values in left.items()
        if not np.array_equal(values, right[name], equal_nan=values.dtype.kind in "fM")
    ] + ["passports"] * (repr(said) != repr(repeated))


@pytest.mark.parametrize("freq", ["D", "W", "M"])
@pytest.mark.parametrize("rule", list(POLICIES))
def test_plans_are_the_same_to_the_last_bit_however_products_are_chunked(monkeypatch, freq, rule):
    made = []
    for cells in (1, 30_000, 10**9):
        monkeypatch.setattr("forecasting.planning.plans.CELLS", cells)
        made.append(told(plan(*mixed(freq), policy=POLICIES[rule])))
    assert same(made[0], made[2]) == []
    assert same(made[0], made[1]) == []


@pytest.mark.parametrize("freq", ["D", "W", "M"])
@pytest.mark.parametrize("rule", ["costs", "fill"])
def test_a_product_with_a_very_long_lead_time_changes_no_other_plan(freq, rule):
    others, policy = np.delete(np.arange(N), SLOW), POLICIES[rule]
    forecast, terms, stock = mixed(freq)
    beside = told(plan(forecast, terms, stock, policy=policy), others)
    without = told(plan(*mixed(freq, others), policy=policy))
    sooner = np.where(np.arange(N) == SLOW, 3.0, terms.lead_time_days)
    altered = told(plan(forecast, replace(terms, lead_time_days=sooner), stock, policy=policy), others)
    assert same(beside, without) == []
    assert same(beside, altered) == []
