"""A fitted model is kept, read back, and used again a day later."""

import io
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting import engine
from forecasting.engine.changes import Moved, changed
from forecasting.engine.keeping import load, load_forecast, save, save_forecast
from forecasting.engine.types import Calendar, DemandPanel

START = date(2025, 1, 6)
CALENDAR = Calendar(
    (("Fair", START + timedelta(days=200)), ("Black Friday", START + timedelta(days=326))),
    (START + timedelta(days=390),),
)


def panel(days, products=12):
    rng = np.random.default_rng(5)
    units = rng.poisson(np.linspace(1, 9, products)[:, None], (products, 400)).astype(np.float32)
    units[:, 325:328] *= 5  # a day of big sales that the model must keep
    groups = (np.arange(products, dtype=np.int32) % 2)[:, None]
    ids = tuple(str(i) for i in range(products))
    return DemandPanel(ids, START, "D", units[:, :days], groups=groups, group_names=("category",))


@pytest.fixture(scope="module")
def fitted():
    return engine.fit(panel(380), 14, calendar=CALENDAR)


def test_what_is_read_back_forecasts_the_same_bytes(fitted):
    again = load(save(fitted))
    one, two = (engine.forecast(panel(380), 14, fitted=model) for model in (fitted, again))
    assert list(fitted.knowledge.feasts.shapes) == ["Black Friday"]
    assert one.quantiles.tobytes() == two.quantiles.tobytes()
    assert one.paths(8, 1).tobytes() == two.paths(8, 1).tobytes()
    assert save(again) == save(fitted)


def test_a_day_later_the_kept_model_sees_the_new_day(fitted):
    later = engine.forecast(panel(381), 14, fitted=load(save(fitted)))
    assert later.start == START + timedelta(days=381)
    fresh = engine.forecast(panel(381), 14, calendar=CALENDAR)
    assert np.isfinite(later.quantiles).all()
    assert later.mean.mean() == pytest.approx(fresh.mean.mean(), rel=0.1)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"PK\x03\x04 cut short"])
def test_other_bytes_are_refused(body):
    with pytest.raises(ValueError, match="no fitted model"):
        load(body)


def test_an_unknown_kind_is_refused(fitted):
    out = io.BytesIO()
    np.savez(out, tree=np.array('{"kind": "Popen", "fields": {}}'))
    with pytest.raises(ValueError, match="no fitted model"):
        load(out.getvalue())


def test_a_forecast_that_people_changed_is_kept_with_its_paths(fitted):
    own = engine.forecast(panel(380), 14, fitted=fitted)
    moved = changed(own, Moved(np.full(own.mean.shape, 1.5), np.ones(own.mean.shape)))
    again = load_forecast(save_forecast(moved))
    assert (again.ids, again.start, again.freq) == (own.ids, own.start, own.freq)
    assert again.mean.tobytes() == moved.mean.tobytes()
    assert again.paths(8, 1, slice(3, 5)).tobytes() == moved.paths(8, 1, slice(3, 5)).tobytes()
    with pytest.raises(ValueError, match="no forecast"):
        load_forecast(save(fitted))
