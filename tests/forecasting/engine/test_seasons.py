"""Seasons of the year: what they are told from, and what is no season."""

import numpy as np
import pytest

from forecasting.engine.seasons import factors, pool_seasons

EVERY = np.ones(20, np.bool_)


def shapes(units, horizon=12):
    pool = pool_seasons(units, EVERY[: len(units)], units.shape[1], "M")
    return pool, factors(units, pool, horizon, "M", yearly=True)


def test_growth_is_no_season():
    line = np.exp(0.05 * np.arange(36))[None] * np.linspace(50, 500, 20)[:, None]
    pool, found = shapes(line.astype(np.float32))
    np.testing.assert_allclose(pool.yearly, 1, atol=0.03)
    np.testing.assert_allclose(found, 1, atol=0.03)


def test_a_season_is_found_whether_demand_grows_or_not():
    season = 1 + 0.5 * np.sin(2 * np.pi * np.arange(48) / 12)
    for growth in (0.0, 0.03):
        units = season[None] * np.exp(growth * np.arange(48))[None] * np.linspace(50, 500, 20)[:, None]
        _, found = shapes(units.astype(np.float32))
        np.testing.assert_allclose(found[:, 48:] / found[:, 48:].mean(), np.tile(season[:12], (20, 1)), atol=0.08)


def test_one_year_with_sales_makes_no_season_of_a_products_own():
    rng = np.random.default_rng(5)
    units = rng.poisson(100, (20, 24)).astype(np.float32)
    units[0] = 0
    units[0, 20] = 3
    pool, found = shapes(units)
    np.testing.assert_allclose(found[0, 24:], np.asarray(pool.yearly) / np.mean(pool.yearly), rtol=0.01)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_seasons_do_not_take_demand_away_from_what_sells_now_and_then(rate):
    """The level of sales over factors, times the factors, comes back to the sales."""
    units = np.random.default_rng(6).poisson(rate, (2000, 36)).astype(np.float32)
    pool = pool_seasons(units, np.ones(2000, np.bool_), 24, "M")
    found = factors(units[:, :24], pool, 12, "M", yearly=True)
    level = (units[:, :24] / found[:, :24]).mean(axis=1, keepdims=True)
    assert (level * found[:, 24:]).mean() == pytest.approx(units[:, :24].mean(), rel=0.05)
