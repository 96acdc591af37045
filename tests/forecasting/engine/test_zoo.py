"""The models against statsforecast's, and against hand calculation."""

import warnings

import numpy as np
import pytest
from panels import made

from forecasting.engine.zoo.boosting import PARAMETERS
from forecasting.engine.zoo.features import Rows, features, look
from forecasting.engine.zoo.intermittent import adida, croston_sba, tsb
from forecasting.engine.zoo.means import moving_average, seasonal_naive
from forecasting.engine.zoo.smoothing import exponential_smoothing, theta

RNG = np.random.default_rng(11)
SLOW = (RNG.random((6, 60)) < 0.35) * RNG.integers(1, 9, (6, 60))
BUSY = RNG.poisson(20, (6, 60))


@pytest.fixture(scope="module")
def peers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsforecast import models
    return models


def theirs(model, series, horizon):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.array([model.forecast(y=row.astype(np.float64), h=horizon)["mean"] for row in series])


def ours(model, series, horizon, **options):
    return model(series.astype(np.float32), [series.shape[1]], horizon, **options)[:, 0]


def test_seasonal_naive_agrees_with_statsforecast(peers):
    expected = theirs(peers.SeasonalNaive(season_length=7), BUSY, 10)
    np.testing.assert_array_equal(ours(seasonal_naive, BUSY, 10, season=7), expected)


def test_moving_average_agrees_with_statsforecast(peers):
    expected = theirs(peers.WindowAverage(window_size=9), BUSY, 3)
    np.testing.assert_allclose(ours(moving_average, BUSY, 3, window=9), expected, rtol=1e-6)


def test_croston_sba_agrees_with_statsforecast(peers):
    np.testing.assert_allclose(ours(croston_sba, SLOW, 2), theirs(peers.CrostonSBA(), SLOW, 2), rtol=1e-6)


def test_tsb_agrees_with_statsforecast(peers):
    expected = theirs(peers.TSB(alpha_d=0.1, alpha_p=0.05), SLOW, 2)
    np.testing.assert_allclose(ours(tsb, SLOW, 2), expected, rtol=1e-6)


def test_exponential_smoothing_follows_its_recursion():
    y = np.array([[3, 5, 9, 1, 2, 6, 4, 8, 0, 7]], np.float32)
    level = y[0, :5].mean()
    for value in y[0]:
        level += 0.3 * (value - level)
    np.testing.assert_allclose(ours(exponential_smoothing, y, 4, alphas=(0.3,)), level, rtol=1e-6)


def test_adida_of_buckets_of_one_is_exponential_smoothing():
    np.testing.assert_allclose(ours(adida, SLOW, 3, bucket=1), ours(exponential_smoothing, SLOW, 3), rtol=1e-5)


def test_theta_continues_half_of_a_clean_trend():
    y = np.arange(40, dtype=np.float32)[None]
    found = ours(theta, y, 10, alphas=(0.999,))
    np.testing.assert_allclose(np.diff(found[0]), 0.5, rtol=1e-3)


MODELS = {
    "seasonal_naive": lambda u, o, h: seasonal_naive(u, o, h, season=7),
    "moving_average": lambda u, o, h: moving_average(u, o, h, window=8),
    "smoothing": exponential_smoothing,
    "theta": theta,
    "croston_sba": croston_sba,
    "tsb": tsb,
    "adida": lambda u, o, h: adida(u, o, h, bucket=3),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_lies_after_an_origin_has_no_influence(name):
    units = SLOW.astype(np.float32)
    noisy = units.copy()
    noisy[:, 40:] = 999
    np.testing.assert_array_equal(MODELS[name](units, [25, 40], 5), MODELS[name](noisy, [25, 40], 5))


@pytest.mark.parametrize("name", MODELS)
def test_many_origins_at_once_equal_each_alone(name):
    units = SLOW.astype(np.float32)
    together = MODELS[name](units, [25, 40, 60], 5)
    for k, origin in enumerate([25, 40, 60]):
        alone = MODELS[name](units[:, :origin], [origin], 5)[:, 0]
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_unknown_periods_are_skipped_and_nothing_known_is_said_as_nan(name):
    units = np.full((2, 30), np.nan, np.float32)
    units[0, 10:] = 4
    units[0, 20:25] = np.nan
    found = MODELS[name](units, [30], 3)
    assert np.isnan(found[1]).all()
    limit = 4 * 0.95 if name == "croston_sba" else 4
    np.testing.assert_allclose(found[0], limit, rtol=0.2)


def test_a_forest_is_grown_on_one_thread_since_large_ones_have_other_bytes_on_two():
    # 80,000 rows on two threads gave other trees, deterministic or not; panels of this suite's size would not show it
    assert PARAMETERS["num_threads"] == 1 and PARAMETERS["deterministic"]


@pytest.mark.parametrize(
    ("freq", "origin", "horizon"), [("D", 500, 28), ("D", 800, 400), ("W", 150, 60), ("M", 40, 30)]
)
def test_the_trees_look_at_nothing_at_or_after_the_origin(freq, origin, horizon):
    whole = made(n=12, periods=origin + horizon, freq=freq)
    noisy = whole.units.copy()
    noisy[:, origin:] = np.random.default_rng(5).poisson(500, (12, horizon))
    place, ahead = (part.ravel() for part in np.indices((12, horizon)))
    seen = [
        features(view(whole, units, horizon), Rows(place, np.full_like(place, origin), ahead))
        for units in (whole.units, noisy)
    ]
    assert np.isfinite(seen[0]).mean() > 0.5
    np.testing.assert_array_equal(*seen)


def view(panel, units, horizon):
    """Let the trees look at the units of a panel, at its prices and promotions, which are units here, and at a pool."""
    at = np.arange(units.shape[1] + horizon)
    return look(
        units,
        np.ones((len(units), len(at)), np.float32),
        freq=panel.freq,
        pool=(np.stack([np.nan_to_num(units).mean(axis=0)] * 2), np.zeros(len(units), np.int64)),
        prior=(np.ones(len(units)), np.ones(len(units))),
        extra=(
            np.nan_to_num(units) % 2,
            np.nan_to_num(units),
            at % 12 + 1,
            at % 31 + 1,
            np.zeros((0, len(at)), np.float32),
        ),
    )
