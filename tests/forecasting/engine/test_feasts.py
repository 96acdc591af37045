"""Chinese New Year and days of big sales: shapes that move with the calendar."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from panels import made

from forecasting.engine import Calendar, fit, forecast
from forecasting.engine.backtest import until
from forecasting.engine.calendars import make_calendar
from forecasting.engine.clean import clean
from forecasting.engine.feasts import Feasts, learn_feasts, taken_out
from forecasting.engine.recovery import learn_company

START = date(2024, 1, 1)
FEASTS = (date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17))
SHAPE = np.concatenate([np.full(10, 1.4), np.full(5, 0.6), np.full(8, 0.2), np.full(7, 0.6)])  # from 15 days before


@pytest.fixture(scope="module")
def festive():
    """Thirty products of 20 a day, with the shape around each New Year's Day; two are known, the third lies ahead."""
    rng = np.random.default_rng(1)
    rate = np.full(800, 20.0)
    for day in FEASTS:
        at = (day - START).days - 15
        rate[at : at + 30] *= SHAPE
    units = rng.poisson(rate, (30, 800)).astype(np.float32)
    panel = replace(made(n=30, periods=800, freq="D"), start=START, units=units)
    return until(panel, (FEASTS[2] - START).days - 16), rate, make_calendar("CN", START, date(2026, 4, 1))


def test_the_shape_around_a_moving_feast_is_learned_and_foretold(festive):
    panel, rate, calendar = festive
    ahead = rate[panel.units.shape[1] :][:28]
    said = forecast(panel, 28, calendar=calendar).mean.mean(axis=0)
    assert np.abs(said - ahead).sum() < 0.15 * ahead.sum()
    unaware = forecast(panel, 28).mean.mean(axis=0)
    assert np.abs(unaware - ahead).sum() > 0.4 * ahead.sum()


def test_a_feast_of_several_days_counts_once():
    calendar = Calendar(tuple(("Chinese New Year", FEASTS[0] + timedelta(k)) for k in range(3)))
    found = Feasts({"Chinese New Year": np.full((2, 50), 0.5)}).factor(calendar, START, "D", 120)
    assert set(found.ravel().tolist()) == {1.0, 0.5} and (found[0] == 0.5).sum() == 50


def test_a_feast_that_was_not_seen_whole_teaches_nothing():
    common = np.full((2, 45), 0.3, np.float32)
    calendar = Calendar((("Chinese New Year", START + timedelta(25)),))
    assert learn_feasts(common, calendar, START, "D").shapes == {}
    assert learn_feasts(common, None, START, "D").shapes == {}


def test_what_a_feast_took_is_given_back_before_models_look(festive):
    panel, rate, calendar = festive
    fitted = fit(panel, 7, calendar=calendar)
    cut = panel.units.shape[1]
    factor = fitted.knowledge.feasts.factor(calendar, START, "D", cut)
    company = learn_company(panel, np.ones(30, np.bool_))
    assert company.common[-1, (FEASTS[1] - START).days] == pytest.approx(0.2, abs=0.06)
    at = (FEASTS[1] - START).days
    assert factor[0, at - 12] == pytest.approx(1.4, rel=0.12) and factor[0, at + 2] == pytest.approx(0.2, rel=0.4)
    assert rate[at + 2] == 4


def test_days_on_which_next_to_nothing_sells_become_unknown_and_others_even():
    units = np.array([[10, 14, 1]], np.float32)
    cleaned = replace(clean(made(n=1, periods=3)), units=units, proof=units)
    found = taken_out(cleaned, np.array([[1.0, 1.4, 0.1], [1.0, 1.0, 1.0]]))
    np.testing.assert_allclose(found.units, [[10, 10, np.nan]], rtol=1e-6)


def test_noise_after_a_moment_changes_no_feast_said_at_it(festive):
    panel, _, calendar = festive
    short = until(panel, 500)
    noisy = replace(panel, units=np.concatenate([panel.units[:, :500], 9 * panel.units[:, 500:]], axis=1))
    left, right = (fit(p, 7, calendar=calendar).knowledge.feasts.shapes for p in (short, until(noisy, 500)))
    for name, shape in left.items():
        np.testing.assert_array_equal(shape, right[name])
