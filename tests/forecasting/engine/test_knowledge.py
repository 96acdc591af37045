"""What goes beyond plain history: launches, successors, promotions and prices, people's factors, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from panels import made

from forecasting.engine import Ahead, fit, forecast
from forecasting.engine.backtest import until
from forecasting.engine.clean import clean
from forecasting.engine.effects import learn_effects
from forecasting.engine.launch import Launches, learn_launches, prior_of_kin, young_mean

NONE = Launches(np.ones(13), 0, np.empty(0), np.empty(0), np.empty((0, 1), np.int64))


def said(result, row):
    return " ".join(str(one) for one in result.refusals[row])


# ── Launches ──


def test_three_weeks_with_four_sold_and_prior_two_to_one_expect_one_and_a_half():
    counts = np.array([np.nan, 1, 2, 1], np.float32)
    np.testing.assert_allclose(young_mean(counts, 1, 2, (2.0, 1.0), NONE), 1.5)


def test_a_product_never_sold_is_expected_to_sell_as_its_prior_grows():
    growing = replace(NONE, curve=np.array([0.25, 0.5]))
    counts = np.full(10, np.nan, np.float32)
    np.testing.assert_allclose(young_mean(counts, 10, 3, (6.0, 2.0), growing), [0.75, 1.5, 3.0])
    counts[8:] = 1, 2  # (6 + 3) / (2 + 0.25 + 0.5)
    np.testing.assert_allclose(young_mean(counts, 8, 2, (6.0, 2.0), growing), 9 / 2.75, rtol=1e-6)


def test_the_launch_curve_is_learned_from_past_launches():
    rng = np.random.default_rng(3)
    ramp = np.minimum(0.3 + 0.7 * np.arange(60) / 13, 1)
    units = rng.poisson(100, (30, 120)).astype(np.float32)
    units[:15, :60] = np.nan
    units[:15, 60:] = rng.poisson(100 * ramp, (15, 60))
    panel = replace(made(n=30, periods=120), units=units)
    found = learn_launches(clean(panel), np.zeros((30, 1), np.int64), "W", np.ones((2, 120), np.float32))
    assert found.seen == 15
    held = 4 / 19  # four launches' worth of no growth
    np.testing.assert_allclose(found.curve, (1 - held) * ramp[:13] + held, atol=0.06)


def test_like_products_are_those_of_its_category_price_and_supplier():
    groups = np.array([[0, 0]] * 10 + [[0, 1]] * 10 + [[1, 0]] * 30)
    level = np.array([10.0] * 10 + [2.0] * 10 + [500.0] * 30)
    price = np.log(np.array([100.0] * 10 + [10.0] * 10 + [100.0] * 30))
    kin = Launches(np.ones(13), 0, level, price, groups)

    def mean(log_price, group):
        a, b = prior_of_kin(kin, log_price, np.array(group), (1.0, 1.0))
        return a / b

    assert mean(np.log(10.0), [0, 1]) < mean(np.nan, [0, 1]) < mean(np.nan, [0, 0]) < mean(np.log(100.0), [0, 0])
    assert prior_of_kin(NONE, 0.0, np.array([0]), (3.0, 2.0)) == (3.0, 2.0)


def test_a_product_in_the_catalogue_that_was_never_sold_is_driven_by_the_prior_and_says_so():
    panel = made(n=20, periods=80)
    units = np.vstack([panel.units, np.full((1, 80), np.nan, np.float32)])
    result = forecast(replace(panel, ids=(*panel.ids, "new"), units=units), 8)
    assert "Prior-driven: never sold yet" in said(result, 20)
    assert result.mean[20].min() > 0 and result.quantiles[20, 0, -2] > 2 * result.mean[20, 0]
    assert np.isnan(result.recovered[20]).all()


# ── Successors ──


@pytest.fixture(scope="module")
def handed():
    """Row 0 sold 20 a week and runs out; row 1 takes over; row 2 replaces row 3, which still sells alone."""
    rng = np.random.default_rng(2)
    panel = made(n=20, periods=100)
    units = rng.poisson(20, (20, 100)).astype(np.float32)
    units[0, 95:] = rng.poisson([12, 6, 3, 1, 0])
    units[1, :95] = np.nan
    units[1, 95:] = rng.poisson([8, 14, 17, 19, 20])
    units[2] = np.nan
    replaces = np.full(20, -1, np.int32)
    replaces[1], replaces[2] = 0, 3
    return replace(panel, units=units, replaces=replaces)


def test_a_successor_inherits_and_its_predecessor_runs_down(handed):
    result = forecast(handed, 8)
    assert result.mean[1].mean() == pytest.approx(20, rel=0.2)
    assert result.mean[0].max() < 4 and (np.diff(result.mean[0]) <= 1e-3).all()
    assert "takes over from sku-000" in str(result.reason[1]) and "sku-001 takes over" in str(result.reason[0])
    assert "most is inherited" in said(result, 1)


def test_successor_and_predecessor_together_do_not_double(handed):
    result = forecast(handed, 8)
    for old, new in ((0, 1), (3, 2)):
        assert (result.mean[old] + result.mean[new]).mean() == pytest.approx(20, rel=0.2)
    assert result.mean[3, 0] > result.mean[2, 0] and result.mean[3, -1] < result.mean[2, -1]


def test_what_was_inherited_is_no_recovered_demand(handed):
    assert np.isnan(forecast(handed, 8).recovered[1, :95]).all()


def test_a_chain_of_three_sums_to_one(handed):
    replaces = np.full(20, -1, np.int32)
    replaces[1], replaces[2] = 0, 1
    result = forecast(replace(handed, replaces=replaces), 8)
    assert result.mean[:3].sum(axis=0).mean() == pytest.approx(20, rel=0.2)


def test_products_that_replace_each_other_or_a_poisoned_one_inherit_nothing(handed):
    units = handed.units.copy()
    units[3, 50] = 1e12
    replaces = handed.replaces.copy()
    replaces[0] = 1
    result = forecast(replace(handed, units=units, replaces=replaces), 8)
    for row in (0, 1, 2):
        assert "Nothing was inherited" in said(result, row)
    with pytest.raises(ValueError, match="replaces"):
        forecast(replace(handed, replaces=np.full(20, 20, np.int32)), 8)


# ── Promotions and prices ──


@pytest.fixture(scope="module")
def promoted():
    """Promotions of two weeks double demand, and take a quarter in the week after; prices fall to 0.8 with them."""
    rng = np.random.default_rng(7)
    promo, rate = np.zeros((30, 104), np.float32), np.full((30, 104), 30.0)
    for row in range(30):
        for start in (10, 35, 60, 85):
            at = start + row % 8
            promo[row, at : at + 2] = 1
            rate[row, at : at + 2] *= 2
            rate[row, at + 2] *= 0.75
    panel = made(n=30, periods=104)
    return replace(panel, units=rng.poisson(rate).astype(np.float32), promo=promo)


def test_effects_of_promotions_and_the_dip_after_them_are_learned(promoted):
    found = learn_effects(clean(promoted), 1, "W")
    assert np.exp(found.told[-1, :2]) == pytest.approx([2, 0.75], rel=0.06)


def test_an_announced_promotion_raises_its_weeks_and_lowers_the_week_after(promoted):
    promo = np.zeros((30, 6), np.float32)
    promo[:, 1] = 1
    fitted = fit(promoted, 6)
    plain = forecast(promoted, 6, fitted=fitted)
    told = forecast(promoted, 6, fitted=fitted, ahead=Ahead(promo=promo))
    ratio = told.mean.sum(axis=0) / plain.mean.sum(axis=0)
    assert ratio[1] == pytest.approx(2, rel=0.15) and ratio[2] == pytest.approx(0.75, rel=0.15)
    assert ratio[[0, 3, 4, 5]] == pytest.approx(np.ones(4), abs=0.12)


def test_nothing_announced_changes_nothing_to_the_bit(promoted):
    fitted = fit(promoted, 6)
    plain = forecast(promoted, 6, fitted=fitted)
    nothing = Ahead(np.full((30, 6), np.nan, np.float32), np.full((30, 6), np.nan, np.float32), np.ones((30, 6)))
    np.testing.assert_array_equal(plain.quantiles, forecast(promoted, 6, fitted=fitted, ahead=nothing).quantiles)


def test_a_promotion_without_any_in_the_past_is_assumed_to_do_nothing_and_it_is_said():
    panel = made(n=10, periods=60)
    fitted = fit(panel, 4)
    told = forecast(panel, 4, fitted=fitted, ahead=Ahead(promo=np.ones((10, 4), np.float32)))
    np.testing.assert_array_equal(told.mean, forecast(panel, 4, fitted=fitted).mean)
    assert "no effect of it is assumed" in said(told, 3)


def test_a_product_without_promotions_of_its_own_takes_the_effect_on_like_products(promoted):
    promo, units = promoted.promo.copy(), promoted.units.copy()
    promo[0], units[0] = 0, 30
    panel = replace(promoted, promo=promo, units=units)
    told = forecast(panel, 4, ahead=Ahead(promo=np.ones((30, 4), np.float32)))
    assert told.mean[0].mean() == pytest.approx(60, rel=0.15)
    assert "its effect is that on like products" in said(told, 0) and not said(told, 1)


def test_an_announced_price_acts_as_prices_did():
    rng = np.random.default_rng(5)
    price = np.where(rng.random((20, 104)) < 0.25, 8.0, 10.0).astype(np.float32)
    units = rng.poisson(30 * (price / 10) ** -2.0).astype(np.float32)
    panel = replace(made(n=20, periods=104), units=units, price=price)
    fitted = fit(panel, 4)
    assert fitted.knowledge.effects.priced[-1, 2] == pytest.approx(-2, abs=0.25)
    dear, cheap = (
        forecast(panel, 4, fitted=fitted, ahead=Ahead(price=np.full((20, 4), p, np.float32))).mean.sum()
        for p in (9.5, 8.0)
    )
    assert cheap / dear == pytest.approx((8 / 9.5) ** -2, rel=0.08)


def test_announcements_of_another_shape_are_refused_and_impossible_ones_left_out(promoted):
    with pytest.raises(ValueError, match=r"ahead\.promo"):
        forecast(promoted, 6, ahead=Ahead(promo=np.ones((30, 5), np.float32)))
    odd = np.full((30, 6), np.inf, np.float32)
    result = forecast(promoted, 6, ahead=Ahead(odd, odd, odd))
    assert np.isfinite(result.quantiles).all() and np.isfinite(result.mean).all()


def test_a_persons_factor_multiplies_and_may_pass_the_ceiling():
    panel = made(n=10, periods=60)
    fitted, factor = fit(panel, 4), np.ones((10, 4), np.float32)
    factor[3] = 50
    plain, own = (forecast(panel, 4, fitted=fitted, ahead=a) for a in (None, Ahead(factor=factor)))
    np.testing.assert_allclose(own.mean[3], 50 * plain.mean[3], rtol=1e-5)
    np.testing.assert_array_equal(np.delete(own.quantiles, 3, 0), np.delete(plain.quantiles, 3, 0))


# ── Guard rails, and what every part promises ──


def test_nothing_goes_above_what_the_past_justifies_and_holding_back_is_said(promoted):
    units, promo = promoted.units.copy(), promoted.promo.copy()
    units[4], promo[4] = 10, 0
    huge = replace(promoted, units=units, promo=promo)
    fitted = fit(huge, 4)
    effects = replace(fitted.knowledge.effects, told=np.full_like(fitted.knowledge.effects.told, 1.6))
    fitted = replace(fitted, knowledge=replace(fitted.knowledge, effects=effects))
    result = forecast(huge, 4, fitted=fitted, ahead=Ahead(promo=np.ones((30, 4), np.float32)))
    largest = np.nanmax(huge.units, axis=1)
    assert (result.mean <= 3 * largest[:, None] + 1e-3).all()
    assert (result.quantiles[:, :, -1] <= 3 * largest[:, None] + 1e-3).all()
    assert "Held back at 30 units" in said(result, 4)
    held = (result.mean >= 3 * largest[:, None] - 1e-3).any(axis=1)
    assert all(("Held back" in said(result, i)) == held[i] for i in range(30))


def test_each_refusal_is_said_of_its_product():
    panel = made(n=12, periods=60)
    units = panel.units.copy()
    units[0] = 0
    units[1, 30] = 1e12
    units[2, :55] = np.nan
    units[3] = 5
    units[3, 30:40] = 0
    units[4] = 3
    units[4, 20] = -300
    result = forecast(replace(panel, units=units), 4)
    assert said(result, 0) == "No sales at all in 60 known periods."
    assert "1 impossible value was left out" in said(result, 1)
    assert "too little data, 5 known periods" in said(result, 2)
    assert "10 periods are taken for stock-outs" in said(result, 3) and result.inferred[3].sum() == 10
    assert "too odd to teach" in said(result, 4)
    assert result.refusals[8] == ()


def test_five_products_with_six_months_get_a_range_and_say_that_it_is_too_little():
    result = forecast(made(n=5, periods=6, freq="M"), 3)
    assert np.isfinite(result.quantiles).all() and (result.quantiles[:, :, -2] > result.quantiles[:, :, 1]).all()
    assert all("too little data" in said(result, row) for row in range(5))


def test_the_backtest_of_each_product_stands_beside_naive_and_seasonal_naive():
    result = forecast(made(n=40, periods=80), 8)
    assert set(result.backtest) == {"engine", "naive", "seasonal_naive"}
    engine, naive = result.backtest["engine"], result.backtest["naive"]
    assert set(engine) == {"rmsse", "pinball", "bias", "bias_units", "coverage", "tested"}
    assert np.nanmean(engine["pinball"]) < np.nanmean(naive["pinball"])
    assert np.nanmean(engine["coverage"]) == pytest.approx(0.9, abs=0.05)
    assert (engine["tested"] > 0).sum() >= 35


@pytest.fixture(scope="module")
def everything(promoted, handed):
    """Promotions, prices, stock, a successor and a new product at once, with what was fitted."""
    units, stocked = promoted.units.copy(), np.ones_like(promoted.units)
    stocked[7, 50:56] = units[7, 50:56] = 0
    stocked[8], units[8, 40:60] = np.nan, 0
    units[9] = np.nan
    units[11, :95] = np.nan
    price = np.where(promoted.promo > 0, 8, 10).astype(np.float32)
    replaces = np.full(30, -1, np.int32)
    replaces[11] = 10
    panel = replace(promoted, units=units, stocked=stocked, price=price, replaces=replaces)
    ahead = Ahead(np.eye(30, 6, dtype=np.float32), np.full((30, 6), 9, np.float32), np.full((30, 6), 1.1, np.float32))
    return panel, ahead, fit(panel, 6)


def test_all_parts_together_stay_finite_monotone_and_the_same(everything):
    panel, ahead, fitted = everything
    left, right = forecast(panel, 6, ahead=ahead), forecast(panel, 6, fitted=fitted, ahead=ahead)
    np.testing.assert_array_equal(left.quantiles, right.quantiles)
    np.testing.assert_array_equal(left.recovered, right.recovered)
    assert np.isfinite(left.quantiles).all() and (left.quantiles >= 0).all()
    assert (np.diff(left.quantiles, axis=2) >= 0).all()


def test_chunks_with_their_predecessors_give_the_bytes_of_the_whole(everything):
    panel, ahead, fitted = everything
    whole = forecast(panel, 6, fitted=fitted, ahead=ahead)
    for rows in (slice(0, 8), slice(8, 12), slice(12, 30)):
        part = replace(
            panel,
            ids=panel.ids[rows],
            units=panel.units[rows],
            stocked=panel.stocked[rows],
            price=panel.price[rows],
            promo=panel.promo[rows],
            replaces=np.where(panel.replaces[rows] < 0, -1, panel.replaces[rows] - rows.start).astype(np.int32),
        )
        piece = forecast(part, 6, fitted=fitted, ahead=Ahead(ahead.promo[rows], ahead.price[rows], ahead.factor[rows]))
        np.testing.assert_array_equal(piece.quantiles, whole.quantiles[rows])
        np.testing.assert_array_equal(piece.recovered, whole.recovered[rows])
        assert piece.refusals == whole.refusals[rows]


@pytest.mark.parametrize("poison", [np.inf, 1e12, -1e6])
def test_a_poisoned_product_teaches_nobody_a_launch_a_promotion_or_a_stock_out(everything, poison):
    panel, ahead, fitted = everything
    row = panel.units[20].copy()
    row[50] = poison
    more = replace(
        panel,
        ids=(*panel.ids, "poisoned"),
        units=np.vstack([panel.units, row]),
        stocked=np.vstack([panel.stocked, panel.stocked[20]]),
        price=np.vstack([panel.price, panel.price[20] * 7]),
        promo=np.vstack([panel.promo, 1 - panel.promo[20]]),
        replaces=np.append(panel.replaces, -1).astype(np.int32),
    )
    again = Ahead(*(np.vstack([part, part[:1]]) for part in (ahead.promo, ahead.price, ahead.factor)))
    left, right = forecast(panel, 6, fitted=fitted, ahead=ahead), forecast(more, 6, ahead=again)
    np.testing.assert_array_equal(left.quantiles, right.quantiles[:-1])
    np.testing.assert_array_equal(left.recovered, right.recovered[:-1])


def test_noise_after_a_moment_changes_nothing_that_all_parts_say_at_it(everything):
    panel, ahead, _ = everything
    rng = np.random.default_rng(1)
    noisy = {
        name: np.concatenate([grid[:, :90], rng.random(grid[:, 90:].shape).astype(np.float32)], axis=1)
        for name, grid in (
            ("units", panel.units),
            ("price", panel.price),
            ("promo", panel.promo),
            ("stocked", panel.stocked),
        )
    }
    left, right = (forecast(until(p, 90), 6, ahead=ahead) for p in (panel, replace(panel, **noisy)))
    np.testing.assert_array_equal(left.quantiles, right.quantiles)
    np.testing.assert_array_equal(left.recovered, right.recovered)
    np.testing.assert_array_equal(left.inferred, right.inferred)
    assert left.refusals == right.refusals and left.reason == right.reason
