"""Keeps what the engine learned from all products for a week, so that a run after a day's sales need not learn anew."""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

import forecasting
from forecasting import engine
from forecasting.engine.keeping import load, save
from forecasting.engine.types import Calendar, DemandPanel
from forecasting.models import FittedModel
from forecasting.services.series import Series

log = logging.getLogger("lagom.runs")

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted model, from which data it was learned until which day, and whether an earlier run learned it."""

    model: engine.GlobalModel
    freq: str
    key: str
    starts_on: date
    as_of: date
    data_hash: str
    again: bool

    def told(self) -> dict[str, object]:
        """Say where the model comes from, for the run's own record."""
        return {"again": self.again, "until": self.as_of.isoformat(), "data_hash": self.data_hash}


def kept(freq: str) -> FittedModel | None:
    """Return what an earlier run learned."""
    return FittedModel.objects.filter(freq=freq).first()


def learn(of: Series, horizon: int, calendar: Calendar, *, seed: int, before: FittedModel | None) -> Learned:
    """Use what was learned before if nothing but new periods has come since, for a week; else learn anew."""
    key = _key(of.panel, horizon, calendar, seed)
    if before is not None and (model := _again(before, key, of)) is not None:
        found = replace(model, calendar=calendar)
        return Learned(found, of.panel.freq, key, before.starts_on, before.as_of, before.data_hash, True)
    model = engine.fit(of.panel, horizon, calendar=calendar, seed=seed)
    whole = _data_hash(of.panel, of.panel.units.shape[1])
    return Learned(model, of.panel.freq, key, of.panel.start, of.as_of, whole, False)


def keep(learned: Learned) -> None:
    """Keep what was learned anew in the place of what was kept before."""
    if learned.again:
        return
    fields = {name: getattr(learned, name) for name in ("key", "starts_on", "as_of", "data_hash")}
    FittedModel.objects.filter(freq=learned.freq).delete()
    FittedModel.objects.create(freq=learned.freq, body=save(learned.model), **fields)


def _again(before: FittedModel, key: str, of: Series) -> engine.GlobalModel | None:
    if before.key != key or not before.as_of <= of.as_of <= before.as_of + WEEK:
        return None
    new = (of.as_of - before.as_of).days // {"D": 1, "W": 7, "M": 28}[of.panel.freq]
    if _data_hash(of.panel, of.panel.units.shape[1] - new) != before.data_hash:
        return None
    try:
        return load(bytes(before.body))
    except ValueError:
        log.warning("a fitted model of another version is learned anew")
        return None


def _key(panel: DemandPanel, horizon: int, calendar: Calendar, seed: int) -> str:
    """Name all but the series that a fitted model depends on; feasts are known to it by their number."""
    feasts = sorted({name for name, _ in calendar.events})
    parts = (forecasting.__version__, panel.freq, panel.start, horizon, seed, feasts, calendar.closures)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _data_hash(panel: DemandPanel, periods: int) -> str:
    digest = hashlib.sha256(repr((panel.ids, panel.start, panel.freq)).encode())
    for grid in (panel.units, panel.stocked, panel.promo, panel.price):
        digest.update(b"-" if grid is None else np.ascontiguousarray(grid[:, :periods]).tobytes())
    for column in (panel.groups, panel.replaces):
        digest.update(b"-" if column is None else np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
