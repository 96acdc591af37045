"""Keeps what the engine learned from all products for a week, so that a run after a day's sales need not learn anew."""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

import forecasting
from forecasting import engine
from forecasting.engine.keeping import load, save
from forecasting.engine.types import Calendar, DemandPanel, Forecast
from forecasting.engine.verdicts import unchanged
from forecasting.models import FittedModel
from forecasting.services.series import Series

log = logging.getLogger("lagom.runs")

WEEK = timedelta(days=7)
SAME = 0.9  # share of the products whose past must be as it was, for what was learned from all to hold


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted model, from which data it was learned until which day, and whether an earlier run learned it.

    places: of products in places, not of products.
    """

    model: engine.GlobalModel
    key: str
    starts_on: date
    as_of: date
    data_hash: str
    again: bool
    freq: str
    places: bool

    def remembering(self, forecast: Forecast) -> "Learned":
        """Add what the forecast's tests on the past said of each product; what was kept before stays as it was."""
        if self.again:
            return self
        return replace(self, model=replace(self.model, remembered=forecast.remembered))

    def told(self) -> dict[str, object]:
        """Say where the model comes from, for the run's own record."""
        return {"again": self.again, "until": self.as_of.isoformat(), "data_hash": self.data_hash}


def kept(freq: str, *, places: bool = False) -> FittedModel | None:
    """Return what an earlier run learned: from the products, or from each product in each place."""
    return FittedModel.objects.filter(freq=freq, places=places).first()


def learn(of: Series, horizon: int, calendar: Calendar, *, seed: int, before: FittedModel | None) -> Learned:
    """Use what was learned before, for a week, as long as the past of nearly all products is as it was; else learn
    anew.
    """
    key, freq, places = _key(of, horizon, calendar, seed), of.panel.freq, of.places is not None
    if before is not None and (model := _again(before, key, of, calendar)) is not None:
        found = replace(model, calendar=calendar)
        return Learned(found, key, before.starts_on, before.as_of, before.data_hash, True, freq, places)
    model = engine.fit(of.panel, horizon, calendar=calendar, seed=seed)
    whole = _data_hash(of.panel, of.panel.units.shape[1])
    return Learned(model, key, of.panel.start, of.as_of, whole, False, freq, places)


def keep(learned: Learned) -> None:
    """Keep what was learned anew in the place of what was kept before."""
    if learned.again:
        return
    fields = {name: getattr(learned, name) for name in ("key", "starts_on", "as_of", "data_hash")}
    rows = {"freq": learned.freq, "places": learned.places}
    FittedModel.objects.filter(**rows).delete()
    FittedModel.objects.create(**rows, body=save(learned.model), **fields)


def _again(before: FittedModel, key: str, of: Series, calendar: Calendar) -> engine.GlobalModel | None:
    if before.key != key or not before.as_of <= of.as_of <= before.as_of + WEEK:
        return None
    try:
        model = load(bytes(before.body))
    except ValueError:
        log.warning("a fitted model of another version is learned anew")
        return None
    new = (of.as_of - before.as_of).days // {"D": 1, "W": 7, "M": 28}[of.panel.freq]
    if _data_hash(of.panel, of.panel.units.shape[1] - new) == before.data_hash:
        return model
    return model if unchanged(of.panel, model, calendar) >= SAME else None


def _key(of: Series, horizon: int, calendar: Calendar, seed: int) -> str:
    """Name all but the series that a fitted model depends on; feasts and groups are known to it by their number."""
    panel, places = of.panel, sorted({place.code for place in of.places or ()})
    groups = [sorted({one.category for one in of.products}), sorted({one.supplier_id or 0 for one in of.products})]
    feasts = sorted({name for name, _ in calendar.events})
    parts = (forecasting.__version__, panel.freq, panel.start, horizon, seed, feasts, calendar.closures, groups, places)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _data_hash(panel: DemandPanel, periods: int) -> str:
    digest = hashlib.sha256(repr((panel.ids, panel.start, panel.freq)).encode())
    for grid in (panel.units, panel.stocked, panel.promo, panel.price):
        digest.update(b"-" if grid is None else np.ascontiguousarray(grid[:, :periods]).tobytes())
    for column in (panel.groups, panel.replaces):
        digest.update(b"-" if column is None else np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
