"""Buying under a cash cap: the units that earn most per unit of money first.

Greedy by marginal ratio is best for concave gains, and equals one Lagrange multiplier for all products:
tau_i = (p_i - l v_i) / (p_i + h_i) (Nahmias & Schmidt 1984). Lots make gains not concave: sizes are then taken along
the upper hull.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.choices import Choices
from forecasting.planning.lots import Grid
from forecasting.planning.targets import Costs, Window, window_cost
from forecasting.planning.types import Floats

RUNGS = 12  # sizes of each order that are weighed


@dataclass(frozen=True, slots=True)
class Ladder:
    """Sizes of each product's order, from nothing to all: units and expected cost (money), float64 (n, K)."""

    units: Floats
    cost: Floats


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is bought: units (n,), NaN = cannot be weighed since its cost is not known.

    curve: (money spent, money gained) after each step, best first, beyond the budget too; next_gain: what the next unit
    of money would bring.
    """

    units: Floats
    curve: tuple[tuple[float, float], ...]
    next_gain: float


def ladder(window: Window, choices: Choices, unit_cost: Floats, order: Floats) -> Ladder:
    """Weigh up to RUNGS sizes of each order on the sample paths.

    Where no costs decide, the shortage cost is the one at which the service level would be the cheapest: h t / (1 - t).
    """
    level = np.nan_to_num(choices.level, nan=0.5)
    holding = np.where(choices.holding > 0, choices.holding, unit_cost * 1e-3)
    implied = holding * level / (1 - level)
    shortage = np.where(choices.shortage > 0, choices.shortage, implied)
    costs = Costs(holding, np.where(choices.economic, shortage, implied), choices.fixed)
    grid = Grid(choices.pack, choices.lot)
    sizes = [np.zeros_like(order)]
    sizes += [np.minimum(grid.up(order * k / RUNGS), order) for k in range(1, RUNGS + 1)]
    cost = [window_cost(window, costs, size) + choices.fixed * (size > 0) for size in sizes]
    return Ladder(np.stack(sizes, axis=1), np.stack(cost, axis=1))


def spend(offers: Ladder, unit_cost: Floats, budget: float) -> Purchase:
    """Choose sizes so that the money spent never exceeds the budget and brings most.

    Raises ValueError for a negative budget.
    """
    if not budget >= 0:
        raise ValueError(f"a budget cannot be {budget}")
    units = np.where(np.isnan(unit_cost) | np.isnan(offers.units[:, -1]), np.nan, 0.0)
    left, gained, curve, next_gain = budget, 0.0, [(0.0, 0.0)], 0.0
    spent, closed = 0.0, set(np.flatnonzero(np.isnan(units)).tolist())
    for ratio, row, size, cash, gain in _steps(offers, unit_cost, closed):
        spent, gained = spent + cash, gained + gain
        curve.append((spent, gained))
        if row in closed:
            continue
        if cash <= left + 1e-9:
            units[row], left = size, left - cash
        else:
            closed.add(row)
            next_gain = max(next_gain, ratio)
    return Purchase(units, tuple(curve), next_gain)


def _steps(offers: Ladder, unit_cost: Floats, closed: set[int]) -> list[tuple[float, int, float, float, float]]:
    """List (gain per money, product, units then, money, gain), the best first, each product's in order of size."""
    found = []
    for row in range(len(unit_cost)):
        if row in closed:
            continue
        cash = offers.units[row] * unit_cost[row]
        found += _hull(row, offers.units[row], cash, offers.cost[row, 0] - offers.cost[row])
    return sorted(found, key=lambda step: (-step[0], step[1], step[2]))


def _hull(row: int, units: Floats, cash: Floats, gain: Floats) -> list[tuple[float, int, float, float, float]]:
    """Walk the upper hull of gain over money from nothing, as long as it rises."""
    steps, at = [], 0
    while at < len(units) - 1:
        more, better = cash[at + 1 :] - cash[at], gain[at + 1 :] - gain[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(more > 0, better / more, np.where(better > 0, np.inf, -np.inf))
        best = int(ratio.argmax())
        if not ratio[best] > 0:
            break
        to = at + 1 + best
        steps.append((float(ratio[best]), row, float(units[to]), float(more[best]), float(better[best])))
        at = to
    return steps
