"""The arms: how the tenant might have ordered, and how Lagom would have."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel, Forecast
from forecasting.engine.types import Floats as F32
from forecasting.planning.choices import Choices
from forecasting.planning.lots import Grid
from forecasting.planning.past.world import Moment
from forecasting.planning.plans import order_units
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState


@dataclass(frozen=True, slots=True)
class Cover:
    """Order up to a moving average times lead time and review, plus a share of it for safety: what many buyers do.

    units: float32 (n, all periods), of which only those before first + t are looked at. window: periods of the average.
    reach: lead time and review in periods, (n,). cover: safety as a share of the reach.
    """

    units: F32
    first: int
    choices: Choices
    reach: Floats
    window: int
    cover: float

    def __call__(self, moment: Moment) -> Floats:
        """Return what is missing to the target, in lots that the supplier accepts."""
        end = self.first + moment.t
        seen = self.units[:, max(end - self.window, 0) : end].astype(np.float64)
        known = ~np.isnan(seen)
        pace = np.where(known, seen, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        wanted = pace * self.reach * (1 + self.cover) - moment.on_hand - moment.due.sum(axis=1)
        return Grid(self.choices.pack, self.choices.lot).up(np.maximum(wanted, 0))


def known_before(panel: DemandPanel, period: int) -> DemandPanel:
    """Cut a panel to the periods before one: the only way in which an arm sees data."""

    def cut(values: F32 | None) -> F32 | None:
        return None if values is None else values[:, :period]

    return replace(
        panel, units=panel.units[:, :period], price=cut(panel.price), promo=cut(panel.promo), stocked=cut(panel.stocked)
    )


@dataclass(frozen=True, slots=True)
class Lagom:
    """Order what the plan proposes, from the forecast of the day: outlook(t) starts with period t."""

    outlook: Callable[[int], Forecast]
    terms: ItemTerms
    policy: Policy
    seed: int

    def __call__(self, moment: Moment) -> Floats:
        """Return the plan's orders."""
        forecast = self.outlook(moment.t)
        rows, when = np.nonzero(moment.due)
        days = period_starts(forecast.start, forecast.freq, moment.due.shape[1])
        stock = StockState(moment.on_hand, rows, moment.due[rows, when], days[when])
        return order_units(forecast, self.terms, stock, policy=self.policy, seed=self.seed)
