"""From need to an order that the supplier accepts: packs, the least order, and what an order line costs."""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.choices import Choices
from forecasting.planning.targets import Costs, Window, left_over, window_cost
from forecasting.planning.types import Floats


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


def burden(choices: Choices, rate: Floats, review: Floats, per_year: float) -> Floats:
    """Money a year that the least order costs beyond ordering freely, (n,): what h Q / 2 + K d / Q comes to more.

    Freely: the economic lot, or a review's demand where an order line costs nothing. review in periods.
    """

    def cost(lot: Floats) -> Floats:
        return choices.holding * lot / 2 + choices.fixed * rate / np.maximum(lot, 1e-9)

    free = np.maximum(np.maximum(batch(choices, rate), rate * review), np.minimum(choices.pack, 1))
    return np.asarray(per_year * np.maximum(cost(np.maximum(choices.lot, free)) - cost(free), 0))


def cheapest(candidates: list[Floats], window: Window, choices: Choices, rate: Floats, review: Floats) -> Floats:
    """Take the candidate order that costs least over its window and for what outlasts the next review, (n,).

    A leftover of x units is held for x / d periods: h x^2 / 2d, of which the first review is in the window's cost.
    """
    costs = Costs(choices.holding, choices.shortage, choices.fixed)
    totals = np.stack(
        [
            window_cost(window, costs, units)
            + choices.fixed * (units > 0)
            + _afterwards(left_over(window, units), choices.holding, rate, review)
            for units in candidates
        ]
    )
    return np.asarray(np.take_along_axis(np.stack(candidates), totals.argmin(axis=0)[None], axis=0)[0])


def _afterwards(left: Floats, holding: Floats, rate: Floats, review: Floats) -> Floats:
    """Mean cost of the leftover, money (n,); left (n, m), review in periods."""
    held = holding[:, None] * left**2 / (2 * np.maximum(rate, 1e-9)[:, None])
    return np.asarray(np.maximum(held - holding[:, None] * left * review[:, None] / 2, 0).mean(axis=1))
