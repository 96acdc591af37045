"""Which model a product gets, and what that choice rests on."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from panels import made

from forecasting.engine import DemandPanel, forecast
from forecasting.engine.paths import Outlook
from forecasting.engine.selection import losses, relative, scores, sensible, shipped, weights
from forecasting.engine.spread import Bank, Trial, _bounded, own_phi, pooled_phi, unshocked
from forecasting.engine.unsold import awaited, raised, unsold


def trial_of(mean, actual):
    return Trial(np.full(actual.shape, mean, np.float32), actual)


@pytest.mark.parametrize(("rate", "worse"), [(0.15, 1.02), (0.3, 1.1), (0.6, 1.3), (1.5, 2.0)])
def test_always_zero_loses_on_the_metric_that_selects(rate, worse):
    rng = np.random.default_rng(3)
    actual = (rng.poisson(rate, (50, 5, 13))).astype(np.float32)
    teachers = np.ones(50, np.bool_)
    found = {}
    for name, mean in (("zero", 0.0), ("mean", float(actual.mean()))):
        trial = trial_of(mean, actual)
        found[name] = losses(trial, pooled_phi(trial, teachers))
    assert found["zero"].mean() > worse * found["mean"].mean()
    _, table = relative(found)
    gap = np.full(50, 1 / (1 - np.exp(-rate)))
    share = weights(scores(table, table.mean(axis=1, keepdims=True), np.full(50, 65.0), gap), np.ones((2, 50), bool))
    assert share[0].mean() < 0.5


def test_absolute_error_would_have_chosen_always_zero():
    actual = np.random.default_rng(3).poisson(0.3, (50, 5, 13)).astype(np.float32)
    assert np.abs(actual).mean() < np.abs(actual - actual.mean()).mean()


def test_a_product_that_repeats_its_year_gets_seasonal_naive_and_is_told_so():
    rng = np.random.default_rng(1)
    year = np.tile(rng.poisson(30, 52), 3)[:150]
    noise = [rng.poisson(level, 150) for level in (1, 3, 10, 50, 0.2)]
    panel = DemandPanel(tuple("abcdef"), date(2022, 1, 3), "W", np.array([year, *noise], np.float32))
    result = forecast(panel, 13)
    assert result.model[0] == "seasonal_naive" and "no model beat seasonal naive" in str(result.reason[0])
    np.testing.assert_allclose(result.mean[0], year[150 - 52 : 150 - 52 + 13], rtol=1e-6)
    assert all(name != "seasonal_naive" for name in result.model[1:])
    assert any("a blend led by" in str(said) for said in result.reason)


def test_what_is_said_of_naive_is_what_the_figures_say():
    result = forecast(made(n=60, periods=120), 8)
    own = result.backtest["engine"]["pinball"]
    best = np.fmin(result.backtest["naive"]["pinball"], result.backtest["seasonal_naive"]["pinball"])
    gain = np.round(100 * (1 - own / best))
    for said, percent in zip(map(str, result.reason), gain, strict=True):
        assert "beat naive" not in said or f"beat naive by {percent:.0f} %" in said
        assert "naive did better" not in said or percent <= 0
    assert sum("beat naive" in str(said) for said in result.reason) > 30


def test_where_naive_leads_it_ships_alone_and_elsewhere_models_are_blended():
    share = shipped(np.array([[0.5, 0.2, 0.0], [0.3, 0.5, 0.0], [0.2, 0.3, 0.0]]), ("naive", "tsb", "theta"))
    np.testing.assert_array_equal(share, [[1, 0.2, 0], [0, 0.5, 0], [0, 0.3, 0]])


def test_the_last_value_is_no_forecast_for_demand_that_pauses():
    bars = sensible(("naive", "tsb"), np.array([1.0, 1.5, np.inf]))
    np.testing.assert_array_equal(bars, [[True, False, False], [True, True, True]])


def test_quantiles_of_slow_movers_cover_as_often_as_they_say_a_tie_counting_one_half():
    rng = np.random.default_rng(8)
    units = rng.poisson(np.repeat([0.15, 0.4, 1.0, 2.5], 150)[:, None], (600, 68)).astype(np.float32)
    panel = replace(made(n=600, periods=60), units=units[:, :60])
    result = forecast(panel, 8, levels=(0.5, 0.8, 0.9, 0.95))
    actual = units[:, 60:, None]
    under = ((actual < result.quantiles) + 0.5 * (actual == result.quantiles)).mean(axis=(0, 1))
    np.testing.assert_allclose(under, [0.5, 0.8, 0.9, 0.95], atol=0.03)


def test_half_of_what_forecasts_missed_in_common_is_taken_for_a_shock():
    actual = np.random.default_rng(2).poisson(20, (400, 3, 5)).astype(np.float32)
    trial, phi = trial_of(5, actual), np.full(400, 0.001)
    found = unshocked(trial, np.full(400, 2.0)).mean.mean()
    assert found == pytest.approx(5 * np.sqrt(20 / 5), rel=0.05)
    fair = trial_of(20, actual)
    np.testing.assert_allclose(unshocked(fair, phi).mean, fair.mean, rtol=0.01)


def test_of_shocks_that_passed_less_is_kept_than_of_the_newest():
    rng, phi = np.random.default_rng(2), np.full(400, 2.0)
    passed, new = (rng.poisson(rates, (400, 5, 3)).transpose(0, 2, 1) for rates in ((10, 5, 5), (5, 5, 10)))
    kept = []
    for actual in (passed, new):
        left = unshocked(trial_of(5, actual.astype(np.float32)), phi).mean.mean() / 5
        kept.append(np.log(2) / 3 - np.log(left))  # a third of the shock was taken out, but for what is kept
    weights = np.array([0.25, 0.5, 1])
    assert kept == pytest.approx([np.log(2) / 2 * w for w in (weights / weights.sum())[[0, 2]]], abs=0.02)


def test_one_product_out_of_all_bounds_moves_no_others_errors_far():
    actual = np.random.default_rng(2).poisson(20, (400, 3, 5)).astype(np.float32)
    actual[7] = 1e6
    trial = trial_of(20, actual)
    np.testing.assert_allclose(unshocked(trial, np.full(400, 0.1)).mean, trial.mean, rtol=0.02)


def test_tails_of_past_errors_are_kept_in_reach():
    late = np.full((1, 1000), 0.9999, np.float32)
    assert np.quantile(_bounded(late), 0.95) == pytest.approx(1 - 0.05 / 3, abs=1e-3)
    even = ((np.arange(1000) + 0.5) / 1000).astype(np.float32)[None]
    np.testing.assert_allclose(_bounded(even), even, atol=1e-6)


def test_a_product_that_is_steadier_than_its_like_gets_a_narrow_range_of_its_own():
    rng = np.random.default_rng(4)
    wild = rng.poisson(rng.gamma(2, 100, (40, 5, 13)))
    steady = rng.poisson(200, (1, 5, 13))
    trial = trial_of(200, np.concatenate([wild, steady]).astype(np.float32))
    pooled = pooled_phi(trial, np.ones(41, np.bool_))
    phi = own_phi(trial, pooled)
    assert phi[:40].mean() == pytest.approx(0.5, rel=0.2)  # a gamma of shape 2 has phi 1/2
    assert phi[40] < 0.005  # 65 Poisson periods: shrunk as if a few of them were like the others


def test_an_erratic_product_among_steady_ones_gets_a_wide_range_of_its_own():
    rng = np.random.default_rng(4)
    steady, wild = rng.poisson(120, (60, 5, 13)), rng.poisson(rng.gamma(6, 20, (10, 5, 13)))
    trial = trial_of(120, np.concatenate([steady, wild]).astype(np.float32))
    phi = own_phi(trial, pooled_phi(trial, np.ones(70, np.bool_)))
    assert phi[60:].mean() == pytest.approx(1 / 6, rel=0.2) and phi[:60].max() < 0.01


def test_of_what_never_sold_as_much_is_expected_as_came_from_its_like_and_as_often_nothing():
    rng = np.random.default_rng(7)
    counts = rng.negative_binomial(0.2, 0.2 / (0.2 + 0.4), (4000, 2, 6)).astype(np.float32)  # mean 0.4, phi 5
    never = np.zeros((4000, 2), np.bool_)
    never[:2000] = True
    found = awaited(trial_of(0, counts), never)
    assert found.mean == pytest.approx(0.4, rel=0.1) and found.phi == pytest.approx(5, rel=0.2)
    said = raised(np.zeros((2, 2, 3), np.float32), np.array([[True, False], [False, False]]), found)
    assert (said[0, 0] == np.float32(found.mean)).all() and not said[0, 1].any() and not said[1].any()


def test_a_product_has_never_sold_up_to_its_first_sale_and_no_longer():
    units = np.array([[np.nan, 0, 0, 2, 0], [0, 0, 0, 0, 0]], np.float32)
    np.testing.assert_array_equal(unsold(units, [0, 3, 4, 5]), [[1, 1, 0, 0], [1, 1, 1, 1]])


def test_a_quantile_is_what_past_actuals_stayed_under_as_often_as_wanted():
    rows = np.repeat(np.linspace(0, 1, 1001)[:, None] ** 2, 6, axis=1).astype(
        np.float32
    )  # said too high, it turned out
    bank = Bank(np.empty(0), (rows,))
    np.testing.assert_allclose(bank.recalibrated(np.array([0.5, 0.9])), np.full((1, 6, 2), [0.25, 0.81]), atol=1e-3)
    said = Outlook(
        ("a",),
        np.full((1, 6), 1e5, np.float32),
        np.full(1, 0.1),
        np.ones(1, np.float32),
        np.full(1, 1e9, np.float32),
        bank,
    )
    even = replace(said, bank=Bank(np.empty(0), (np.sqrt(rows),)))
    np.testing.assert_allclose(said.quantiles(np.array([0.5, 0.9])), even.quantiles(np.array([0.25, 0.81])), rtol=0.01)
