"""From need to an order that the supplier accepts: packs, the least order, and what an order line costs."""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.choices import Choices
from forecasting.planning.targets import Costs, Window, left_over, window_cost
from forecasting.planning.types import Floats

UNSURE = 1.25  # cost of a period under uncertain demand over that under known demand; found by simulation
SIZES = (0.5, 0.75, 1.0, 1.25, 1.5)  # shares of the economic lot that are weighed


@dataclass(frozen=True, slots=True)
class Grid:
    """What can be ordered: nothing, or a multiple of pack of at least lot; float64 (n,). pack 0 = divisible."""

    pack: Floats
    lot: Floats

    def up(self, units: Floats) -> Floats:
        """Least order of at least `units`; nothing for units <= 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            packs = np.where(self.pack > 0, np.ceil(np.round(units / self.pack, 9)) * self.pack, units)
        return np.where(units > 1e-9, np.maximum(packs, self.lot), 0.0)

    def down(self, units: Floats) -> Floats:
        """Greatest order of at most `units`; nothing when even the least order is more."""
        with np.errstate(divide="ignore", invalid="ignore"):
            packs = np.where(self.pack > 0, np.floor(np.round(units / self.pack, 9)) * self.pack, units)
        return np.where((packs > 1e-9) & (packs >= self.lot), packs, 0.0)


def batch(choices: Choices, rate: Floats) -> Floats:
    """Units that one order should last for: sqrt(2 K d / h) when an order line costs K, 0 otherwise, (n,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lot = np.sqrt(2 * choices.fixed * np.maximum(rate, 0) / choices.holding)
    return np.where((choices.fixed > 0) & (choices.holding > 0), lot, 0.0)


def cheapest(candidates: list[Floats], window: Window, choices: Choices, rate: Floats, review: Floats) -> Floats:
    """Take the candidate order that costs least: over its window, and what its leftover is worth afterwards, (n,).

    A leftover of x units saves later orders and costs holding until sold: V(x) = h x^2 / 2d - g x / d, where g is the
    mean cost of a period, about h Q / 2 + K d / Q at the lot Q; without lots only what outlasts the next review costs.
    """
    costs = Costs(choices.holding, choices.shortage, choices.fixed)
    totals = np.stack(
        [
            window_cost(window, costs, units)
            + choices.fixed * (units > 0)
            + _afterwards(left_over(window, units), choices, rate, review)
            for units in candidates
        ]
    )
    return np.asarray(np.take_along_axis(np.stack(candidates), totals.argmin(axis=0)[None], axis=0)[0])


def _afterwards(left: Floats, choices: Choices, rate: Floats, review: Floats) -> Floats:
    """Mean worth of the leftover, money (n,); left (n, m), review in periods."""
    pace = np.maximum(rate, 1e-9)
    lot = np.maximum(choices.lot, batch(choices, rate))
    unsure = np.where(choices.fixed > 0, UNSURE, 1.0)
    mean_cost = (choices.holding * lot / 2 + choices.fixed * pace / np.maximum(lot, 1e-9)) * unsure
    held = choices.holding[:, None] * left**2 / (2 * pace[:, None])
    lots = held - mean_cost[:, None] * left / pace[:, None]
    single = np.maximum(held - choices.holding[:, None] * left * review[:, None] / 2, 0)
    return np.asarray(np.where((lot > pace * review)[:, None], lots, single).mean(axis=1))
