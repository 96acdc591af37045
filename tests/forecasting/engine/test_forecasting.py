"""The forecast of a panel keeps its promises."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from panels import made

from forecasting.engine import DemandPanel, backtest, fit, forecast
from forecasting.engine.backtest import until
from forecasting.engine.clean import clean
from forecasting.engine.origins import past_origins
from forecasting.engine.periods import Dates
from forecasting.engine.pooled import means_at

POISONS = {"inf": np.inf, "minus inf": -np.inf, "1e12": 1e12, "negative": -1e6, "1e38": 1e38}


@pytest.fixture(scope="module")
def plain():
    """A panel too small for trees, and its forecast."""
    panel = made(n=16, periods=60)
    return panel, forecast(panel, 8)


@pytest.fixture(scope="module")
def grown():
    """A panel large enough for trees, what was fitted, and its forecast."""
    panel = made(n=40, periods=60)
    fitted = fit(panel, 8)
    assert fitted.early.trees and fitted.late.trees
    return panel, fitted, forecast(panel, 8, fitted=fitted)


def same(left, right, rows=slice(None)):
    np.testing.assert_array_equal(left.quantiles[rows], right.quantiles[rows])
    np.testing.assert_array_equal(left.mean[rows], right.mean[rows])
    assert np.array(left.model, dtype=object)[rows].tolist() == np.array(right.model, dtype=object)[rows].tolist()


@pytest.mark.parametrize("freq", ["D", "W", "M"])
def test_quantiles_are_finite_monotone_and_never_negative(freq):
    result = forecast(made(n=40, periods=70, freq=freq), 13)
    assert result.quantiles.shape == (40, 13, 10) and result.quantiles.dtype == np.float32
    assert np.isfinite(result.quantiles).all() and np.isfinite(result.mean).all()
    assert (result.quantiles >= 0).all() and (result.mean >= 0).all()
    assert (np.diff(result.quantiles, axis=2) >= 0).all()


def test_the_same_input_and_seed_give_the_same_bytes_and_another_seed_other_paths(grown):
    panel, _, first = grown
    again = forecast(panel, 8)
    same(first, again)
    np.testing.assert_array_equal(first.paths(50, 7), again.paths(50, 7))
    assert (first.paths(50, 7) != first.paths(50, 8)).any()


def test_chunks_computed_apart_give_the_same_bytes_as_all_at_once(grown):
    panel, fitted, whole = grown
    for rows in (slice(0, 7), slice(7, 8), slice(8, 40)):
        part = replace(panel, ids=panel.ids[rows], units=panel.units[rows])
        piece = forecast(part, 8, fitted=pickle.loads(pickle.dumps(fitted)))
        np.testing.assert_array_equal(piece.quantiles, whole.quantiles[rows])
        np.testing.assert_array_equal(piece.paths(20, 1), whole.paths(20, 1, rows))


def test_two_processes_with_other_numbers_of_threads_give_the_same_bytes():
    code = (
        "import sys, hashlib; sys.path.insert(0, 'tests/forecasting/engine'); from panels import made;"
        "from forecasting.engine import fit, forecast; panel = made(n=40, periods=60); model = fit(panel, 8);"
        "f = forecast(panel, 8, fitted=model); grown = model.late.trees.partition('parameters:')[0].encode();"
        "print(hashlib.sha256(f.quantiles.tobytes() + f.paths(20, 1).tobytes() + grown).hexdigest())"
    )
    root, found = Path(__file__).parents[3], set()
    for threads in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads},
            capture_output=True,
            check=True,
        )
        found.add(run.stdout)
    assert len(found) == 1


def test_the_order_of_products_does_not_matter(grown):
    panel, _, left = grown
    right = forecast(replace(panel, ids=panel.ids[::-1], units=panel.units[::-1].copy()), 8)
    np.testing.assert_array_equal(left.quantiles, right.quantiles[::-1])


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_product_changes_no_other_products_forecast(poison, grown):
    healthy, _, left = grown
    ids = (*healthy.ids[:5], "poisoned", *healthy.ids[5:])
    row = np.array(healthy.units[10])
    row[50] = POISONS[poison]
    units = np.insert(healthy.units, 5, row, axis=0)
    right = forecast(replace(healthy, ids=ids, units=units), 8)
    others = np.delete(np.arange(41), 5)
    np.testing.assert_array_equal(left.quantiles, right.quantiles[others])
    np.testing.assert_array_equal(left.paths(20, 1), right.paths(20, 1)[others])
    assert np.isfinite(right.quantiles[5]).all()
    if poison != "negative":
        assert "impossible" in str(right.reason[5])


@pytest.mark.parametrize("poison", [np.nan, 0.0, 7e8, *POISONS.values()])
def test_whatever_one_row_holds_no_other_row_changes_once_the_organisation_is_fitted(poison, grown):
    panel, fitted, left = grown
    units = panel.units.copy()
    units[5] = poison
    right = forecast(replace(panel, units=units), 8, fitted=fitted)
    others = np.delete(np.arange(40), 5)
    np.testing.assert_array_equal(left.quantiles[others], right.quantiles[others])


def test_a_product_without_any_known_demand_changes_nothing_and_gets_a_wide_range(plain):
    healthy, left = plain
    panel = replace(healthy, ids=(*healthy.ids, "new"), units=np.vstack([healthy.units, np.full((1, 60), np.nan)]))
    right = forecast(panel, 8)
    np.testing.assert_array_equal(left.quantiles, right.quantiles[:-1])
    assert "not enough data" in str(right.reason[-1])
    assert right.model[-1] == "prior"
    assert right.quantiles[-1, 0, -2] > 2 * right.mean[-1, 0]


def test_what_never_sold_yet_may_sell_and_its_range_says_how_often_others_began_to():
    rng = np.random.default_rng(6)
    begins = rng.integers(1, 120, 400)  # parts on the list from the start, each asked for from some week on
    units = rng.poisson(0.5, (400, 66)) * (np.arange(66) >= begins[:, None])
    panel = replace(made(n=400, periods=60), units=units[:, :60].astype(np.float32))
    fitted = fit(panel, 6)
    result = forecast(panel, 6, levels=(0.5, 0.8, 0.9, 0.95), fitted=fitted)
    never, actual = units[:, :60].sum(axis=1) == 0, units[:, 60:, None]
    assert never.sum() > 100 and fitted.unsold.mean > 0.01
    assert (result.mean[never] >= 0.999 * fitted.unsold.mean).all()
    assert (result.draw.phi[never] == fitted.unsold.phi).all()
    under = ((actual < result.quantiles) + 0.5 * (actual == result.quantiles))[never].mean(axis=(0, 1))
    np.testing.assert_allclose(under, [0.5, 0.8, 0.9, 0.95], atol=0.04)


def test_noise_after_an_origin_changes_nothing_that_was_said_at_it(grown):
    panel = grown[0]
    units = panel.units.copy()
    units[:, 45:] = np.random.default_rng(5).poisson(500, units[:, 45:].shape)
    noisy = replace(panel, units=units)
    same(forecast(until(panel, 45), 8), forecast(until(noisy, 45), 8))
    left, right = (backtest(p, 8, origins=[45], models=["tsb"]) for p in (panel, noisy))
    assert left.overall("tsb", "rmsse") != right.overall("tsb", "rmsse")


def test_the_past_test_of_the_global_model_sees_nothing_after_its_first_origin(grown):
    panel, fitted, _ = grown
    units = panel.units.copy()
    units[:, fitted.early.series.shape[1] :] = 77
    again = fit(replace(panel, units=units), 8)
    assert again.early.trees == fitted.early.trees
    assert again.late.trees != fitted.late.trees


@pytest.mark.parametrize("freq", ["D", "W", "M"])
def test_no_model_says_at_a_past_origin_what_came_after_it(freq):
    panel = made(n=30, periods=80, freq=freq)
    fitted, cleaned = fit(panel, 6), clean(panel)
    origins = past_origins(80, 6, freq)
    for k in (0, len(origins) - 1):
        units = cleaned.units.copy()
        units[:, origins[k] :] = np.random.default_rng(5).poisson(500, units[:, origins[k] :].shape)
        when = Dates(panel.start, freq)
        said, noisy = (
            means_at(fitted, replace(cleaned, units=demand), origins, fitted.early, when=when)
            for demand in (cleaned.units, units)
        )
        assert set(said) == set(fitted.names) > {"global", "trend", "smoothing"}
        for name, mean in said.items():
            np.testing.assert_array_equal(mean[:, : k + 1], noisy[name][:, : k + 1], err_msg=name)


def test_periods_out_of_stock_are_masked_not_taken_for_zero_demand():
    panel = made(n=12, periods=100)
    stocked = np.ones_like(panel.units)
    stocked[:, 60:] = 0
    sold = panel.units.copy()
    sold[:, 60:] = 0
    masked = forecast(replace(panel, units=sold, stocked=stocked), 8)
    naive = forecast(replace(panel, units=sold, stocked=np.ones_like(panel.units)), 8)
    assert masked.mean.sum() > 1.5 * naive.mean.sum()


@pytest.mark.parametrize("periods", [1, 2, 5, 8, 13, 30])
@pytest.mark.parametrize("freq", ["D", "W", "M"])
def test_short_histories_get_a_forecast_and_say_so(periods, freq):
    result = forecast(made(n=5, periods=periods, freq=freq), 13)
    assert np.isfinite(result.quantiles).all()
    if periods < 8:
        assert all("not enough data" in str(reason) for reason in result.reason)


def test_an_empty_panel_gives_an_empty_forecast():
    result = forecast(replace(made(), ids=(), units=np.empty((0, 120), np.float32)), 8)
    assert result.quantiles.shape == (0, 8, 10) and result.paths(5, 0).shape == (0, 5, 8)


def test_wrong_arguments_are_refused():
    panel = made(n=3, periods=20)
    with pytest.raises(ValueError, match="horizon"):
        forecast(panel, 0)
    with pytest.raises(ValueError, match="levels"):
        forecast(panel, 4, levels=(0.9, 0.5))
    with pytest.raises(ValueError, match="fitted"):
        forecast(panel, 4, fitted=fit(panel, 5))
    with pytest.raises(ValueError, match="origins"):
        backtest(panel, 4, origins=[20])
    with pytest.raises(ValueError, match="no model is called oracle"):
        backtest(panel, 4, origins=[16], models=["oracle"])


def test_a_model_that_is_asked_for_alone_is_scored_even_where_it_would_be_barred():
    now_and_then = np.zeros((3, 40), np.float32)
    now_and_then[:, 3::9] = 2  # the last value of such demand is mostly 0
    panel = replace(made(n=3, periods=40), units=now_and_then)
    found = backtest(panel, 4, origins=[36], models=["naive"]).by_product["naive"]["pinball"]
    assert np.isfinite(found).all()


def test_paths_agree_with_quantiles_and_hang_together():
    result = forecast(made(n=60, periods=120), 8)
    paths = result.paths(2000, 1)
    busy = result.mean.mean(axis=1) > 5
    for q, level in enumerate(result.levels):
        under = (paths[busy] <= result.quantiles[busy][:, None, :, q]).mean()
        assert under == pytest.approx(level, abs=0.04)
    assert (paths == np.round(paths)).all()


def test_progress_is_told_to_the_end():
    seen = []
    forecast(made(n=5, periods=20), 4, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)


def ending():
    """A third of the products sold well and then nothing for 15 weeks; stock ran out here and there."""
    panel = made(n=30, periods=60)
    rng = np.random.default_rng(11)
    units = panel.units.copy()
    units[::3, 45:] = 0
    stocked = np.where(rng.random(units.shape) < 0.1, 0.6, 1).astype(np.float32)
    return replace(panel, units=units, stocked=stocked)


def test_demand_that_ended_leaks_from_nowhere_into_what_was_said_before():
    panel = ending()
    units = panel.units.copy()
    units[:, 50:] = np.random.default_rng(5).poisson(500, units[:, 50:].shape)
    noisy = replace(panel, units=units)
    left, right = (forecast(until(p, 50), 8) for p in (panel, noisy))
    same(left, right)
    np.testing.assert_array_equal(clean(panel).units[:, :50], clean(noisy).units[:, :50])
    np.testing.assert_array_equal(left.paths(20, 1), right.paths(20, 1))


def test_products_whose_demand_ended_are_no_poison_and_are_forecast_low():
    panel = ending()
    fitted = fit(panel, 8)
    left = forecast(panel, 8, fitted=fitted)
    units = panel.units.copy()
    units[0] = 1e38
    right = forecast(replace(panel, units=units), 8, fitted=fitted)
    np.testing.assert_array_equal(left.quantiles[1:], right.quantiles[1:])
    ended, before = left.mean[::3].mean(axis=1), np.nanmean(panel.units[::3, :45], axis=1)
    assert (ended < 0.5 * before).all()


def test_growth_of_two_to_five_times_is_followed_not_averaged():
    rng, t = np.random.default_rng(5), np.arange(117)
    strangers = np.exp(rng.normal(1.5, 1.2, 60))[:, None] * np.ones(117)
    times = np.repeat([2, 3, 5], 20)[:, None]
    size, straight = rng.uniform(5, 60, (60, 1)), np.tile([True, False], 30)[:, None]
    growing = size * np.where(straight, 1 + (times - 1) * t / 104, np.exp(np.log(times) * t / 104))
    mean = np.vstack([strangers, growing])
    units = rng.poisson(rng.gamma(8, mean / 8)).astype(np.float32)
    panel = DemandPanel(tuple(f"sku-{i}" for i in range(120)), date(2022, 1, 3), "W", units[:, :104])
    true, said = mean[60:, 104:], forecast(panel, 13).mean[60:]
    late = units[60:, 96:104].mean(axis=1, keepdims=True)
    off, average = (np.sqrt(((each / true - 1) ** 2).mean()) for each in (said, late))
    assert off < 0.76 * average and abs(said.sum() / true.sum() - 1) < 0.05
    assert late.mean() < 0.95 * true.mean()  # what an average would leave out
