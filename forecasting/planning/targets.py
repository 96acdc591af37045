"""Targets from sample paths: the level that a service level, a fill rate or the costs ask for.

Everything is a quantile of a sum along each path, never a sum of quantiles (Snyder & Shen 2019, chapter 4; Morton 1971
for lost sales: order for the stock that will be there on arrival).

Shapes: n products, m paths, W periods of the window in which an order is the one that matters. `peak` float64 (W, n, m)
is the running maximum of demand minus supply since the window opened: lost sales of a start at level y are
(peak_W - y)+, the stock at the end of period t is max(y, peak_t) - fall_t.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.types import Floats

ROUNDS = 26  # halvings of the interval in which a target lies
POINTS = 8  # periods of a long window at which stock is looked at


@dataclass(frozen=True, slots=True)
class Window:
    """Demand minus supply within the window, per path.

    fall, peak: (W, n, m), see above. weight: (W, n, m) periods that each column stands for, 0 beyond a path's window.
    """

    fall: Floats
    peak: Floats
    weight: Floats

    @property
    def end(self) -> Floats:
        """Level that would just have sufficed, (n, m)."""
        return np.asarray(self.peak[-1])

    def shifted(self, units: Floats) -> "Window":
        """Move every level of a path by some units, (n, m)."""
        return Window(self.fall + units, self.peak + units, self.weight)


@dataclass(frozen=True, slots=True)
class Costs:
    """Money, float64 (n,): holding per unit and period, shortage per unit, scrap per unit, fixed per order line."""

    holding: Floats
    shortage: Floats
    fixed: Floats


def cycle_target(window: Window, level: Floats) -> Floats:
    """Lowest level y with P(no demand missed) >= level: the quantile of the sum, (n,)."""
    return sample_quantile(window.end, level)


def sample_quantile(values: Floats, level: Floats) -> Floats:
    """Quantile of each row at its own level, linear between the order statistics at (i + 1/2) / m; values (n, m).

    A level that is not known (NaN) has no quantile: NaN.
    """
    ordered = np.sort(values, axis=1)
    m = values.shape[1]
    at = np.clip(np.nan_to_num(level) * m - 0.5, 0, m - 1)
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, m - 1)
    below = np.take_along_axis(ordered, low[:, None], axis=1)[:, 0]
    above = np.take_along_axis(ordered, high[:, None], axis=1)[:, 0]
    return np.asarray(np.where(np.isnan(level), np.nan, below + (at - low) * (above - below)))


def fill_target(window: Window, fill: Floats, demand: Floats) -> Floats:
    """Lowest level y with E[missed] <= (1 - fill) E[demand] over the window, (n,)."""
    allowed = (1 - fill) * demand

    def too_low(y: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.maximum(window.end - y[:, None], 0).mean(axis=1) > allowed)

    return _halve(window, too_low)


def cost_target(window: Window, costs: Costs, later: Floats | float = 0.0) -> Floats:
    """Level y at which one more unit costs as much in holding as it saves in shortage, (n,).

    Solves h sum_t w_t P(peak_t < y) + c P(peak_W < y) = p P(peak_W > y), with c what a unit left over costs later
    (see lookahead.py): for one period the newsvendor's p / (p + h + c).
    """
    return Balance.of(window).level(window, costs, later)


@dataclass(frozen=True, slots=True)
class Balance:
    """Levels at which some path begins to hold a unit more, in rising order, (n, W m), and up to each the mean periods
    held and the share of paths on which nothing is missed; single: bool (n,), windows of one period, where a quantile
    does. Empty where all are.
    """

    points: Floats
    held: Floats
    enough: Floats
    single: NDArray[np.bool_]

    @classmethod
    def of(cls, window: Window) -> "Balance":
        """Sort a window's peaks once; costs can then be balanced as often as wanted."""
        single = (window.weight.sum(axis=0) == 1).all(axis=1)
        if single.all():
            none = np.empty((0, 0))
            return cls(none, none, none, single)
        width, n, m = window.peak.shape
        peaks = window.peak.transpose(1, 0, 2).reshape(n, width * m)
        order = np.argsort(peaks, axis=1)
        weight = np.take_along_axis(window.weight.transpose(1, 0, 2).reshape(n, width * m), order, axis=1)
        last = order >= (width - 1) * m
        held, enough = np.cumsum(weight, axis=1) / m, np.cumsum(last, axis=1) / m
        return cls(np.take_along_axis(peaks, order, axis=1), held, enough, single)

    def level(self, window: Window, costs: Costs, later: Floats | float = 0.0) -> Floats:
        """Find where holding outweighs what is still missed, (n,)."""
        quantile = np.zeros_like(costs.holding)
        if self.single.any():
            quantile = sample_quantile(window.end, costs.shortage / (costs.shortage + costs.holding + later))
        if not self.points.size:
            return quantile
        gained = (costs.shortage + later)[:, None] * self.enough + costs.holding[:, None] * self.held
        at = (gained >= costs.shortage[:, None]).argmax(axis=1)
        return np.where(self.single, quantile, np.take_along_axis(self.points, at[:, None], axis=1)[:, 0])


def _halve(window: Window, too_low: Callable[[Floats], NDArray[np.bool_]]) -> Floats:
    """Find where too_low turns false, between the least and the greatest level any path asks for."""
    low = window.peak[0].min(axis=1)
    high = window.end.max(axis=1)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        rises = too_low(middle)
        low = np.where(rises, middle, low)
        high = np.where(rises, high, middle)
    return np.asarray(high)


def window_cost(window: Window, costs: Costs, level: Floats) -> Floats:
    """Expected holding and shortage money over the window when it opens at `level`, (n,)."""
    held = np.zeros_like(level)
    for weight, peak, fall in zip(window.weight, window.peak, window.fall, strict=True):
        held += (weight * (np.maximum(level[:, None], peak) - fall)).mean(axis=1)
    missed = np.maximum(window.end - level[:, None], 0).mean(axis=1)
    return np.asarray(costs.holding * held + costs.shortage * missed)


def left_over(window: Window, level: Floats) -> Floats:
    """Stock at the end of the window on every path when it opens at `level`, (n, m)."""
    stock: Floats = np.maximum(level[:, None], window.end) - window.fall[-1]
    return stock
