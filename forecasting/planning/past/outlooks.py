"""Forecasts as of each day of the past, none of which knew a day more."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from forecasting.engine import fit, forecast
from forecasting.engine.periods import period_starts
from forecasting.engine.types import Calendar, DemandPanel, Forecast
from forecasting.planning.past.rules import known_before
from forecasting.planning.past.scene import Scene

MOST, FEWEST = 60, 13  # forecasts made in a replay; with more reviews than that, each serves several
WORTH = 13_000  # products times forecasts that fit into a minute beside the rest
LONGEST = 120  # periods forecast at most


@dataclass(slots=True)
class Outlooks:
    """Forecasts as of each moment, each from what was known then; shared by all arms, since none changes demand.

    make(panel so far) forecasts. every: periods between two forecasts; in between the last one moves on.
    """

    panel: DemandPanel
    first: int
    make: Callable[[DemandPanel], Forecast]
    every: int
    made: dict[int, Forecast] = field(default_factory=dict)

    def at(self, t: int) -> Forecast:
        """Return the forecast that starts with period t of the replay."""
        origin = t - t % self.every
        if origin not in self.made:
            self.made[origin] = self.make(known_before(self.panel, self.first + origin))
        return moved_on(self.made[origin], t - origin)


def outlooks(panel: DemandPanel, stage: Scene, seed: int, calendar: Calendar | None = None) -> Outlooks:
    """Prepare forecasts: what all products share is learned once, from what was known at the start; each product's own
    level, model and spread anew at every review.
    """
    reviews = np.flatnonzero(stage.world.reviewed.any(axis=0))
    step = int(np.gcd.reduce(np.diff(reviews))) if reviews.size > 1 else 1
    most = min(max(WORTH // max(len(panel.ids), 1), FEWEST), MOST)
    every = step * max(1, -(-reviews.size // most))
    horizon = min(stage.ahead + every - 1, LONGEST)
    fitted = fit(known_before(panel, stage.first), horizon, calendar=calendar, seed=seed)

    def make(past: DemandPanel) -> Forecast:
        return forecast(past, horizon, levels=(0.5,), calendar=calendar, seed=seed, fitted=fitted)

    return Outlooks(panel, stage.first, make, every)


def moved_on(found: Forecast, periods: int) -> Forecast:
    """Let a forecast start some periods later."""
    draw = found.draw
    if not periods or draw is None:
        return found
    start: date = period_starts(found.start, found.freq, 1, offset=periods)[0].astype(object)
    return replace(
        found,
        start=start,
        mean=found.mean[:, periods:],
        quantiles=found.quantiles[:, periods:],
        draw=lambda m, seed, rows: draw(m, seed, rows)[:, :, periods:],
    )
