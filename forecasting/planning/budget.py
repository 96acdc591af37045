"""Buying under a cash cap: the units that earn most per unit of money first.

Greedy by marginal ratio is best for concave gains, and equals one Lagrange multiplier for all products:
tau_i = (p_i - l v_i) / (p_i + h_i) (Nahmias & Schmidt 1984). Lots make gains not concave: sizes are then taken along
the upper hull.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.choices import Choices
from forecasting.planning.lots import Grid
from forecasting.planning.results import Curve
from forecasting.planning.targets import Costs, Window, window_cost
from forecasting.planning.types import Floats, Ints

RUNGS = 8  # sizes of each order that are weighed
SAMPLE = 150  # paths on which they are weighed


@dataclass(frozen=True, slots=True)
class Ladder:
    """Sizes of each order, from nothing to all: units, expected cost (money), units missed; float64 (n, K)."""

    units: Floats
    cost: Floats
    missed: Floats

    @classmethod
    def of(cls, order: Floats) -> "Ladder":
        """Make a ladder of one rung that is not weighed."""
        none = np.full((len(order), 1), np.nan)
        return cls(order[:, None], none, none)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is bought: units (n,), NaN = cannot be weighed since its cost is not known.

    curve: (money spent, money gained) after each step, best first, beyond the budget too; missed: units less missed
    after each step; next_gain: what the next unit of money would bring. rank: int64 (n,), 1 = the product whose first
    units earn most per unit of money, 0 = none that earn.
    """

    units: Floats
    curve: tuple[tuple[float, float], ...]
    missed: tuple[float, ...]
    next_gain: float
    rank: Ints


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
    thin = Window(window.fall[:, :, :SAMPLE], window.peak[:, :, :SAMPLE], window.weight[:, :, :SAMPLE])
    cost = [window_cost(thin, costs, size) + choices.fixed * (size > 0) for size in sizes]
    missed = [np.maximum(thin.end - size[:, None], 0).mean(axis=1) for size in sizes]
    return Ladder(np.stack(sizes, axis=1), np.stack(cost, axis=1), np.stack(missed, axis=1))


def spend(offers: Ladder, unit_cost: Floats, budget: float) -> Purchase:
    """Choose sizes so that the money spent never exceeds the budget and brings most.

    Raises ValueError for a negative budget.
    """
    if not budget >= 0:
        raise ValueError(f"a budget cannot be {budget}")
    units = np.where(np.isnan(unit_cost) | np.isnan(offers.units[:, -1]), np.nan, 0.0)
    left, next_gain, spent, gained, less = budget, 0.0, 0.0, 0.0, 0.0
    curve, missed, rank = [(0.0, 0.0)], [0.0], np.zeros(len(units), np.int64)
    closed = set(np.flatnonzero(np.isnan(units)).tolist())
    for step in _steps(offers, unit_cost, closed):
        spent, gained, less = spent + step.cash, gained + step.gain, less + step.less
        curve.append((spent, gained))
        missed.append(less)
        rank[step.row] = rank[step.row] or rank.max() + 1
        if step.row in closed:
            continue
        if step.cash <= left + 1e-9:
            units[step.row], left = step.units, left - step.cash
        else:
            closed.add(step.row)
            next_gain = max(next_gain, step.ratio)
    return Purchase(units, tuple(curve), tuple(missed), next_gain, rank)


@dataclass(frozen=True, slots=True)
class _Step:
    """A step up one product's ladder: gain per money, units after it, money, gain, and units less missed."""

    ratio: float
    row: int
    units: float
    cash: float
    gain: float
    less: float


def _steps(offers: Ladder, unit_cost: Floats, closed: set[int]) -> list[_Step]:
    """List the steps along each product's upper hull of gain over money, as long as it rises; the best first."""
    rows = np.array([r for r in np.flatnonzero(offers.units[:, -1] > 0).tolist() if r not in closed], np.int64)
    units, missed = offers.units[rows], offers.missed[rows]
    cash, gain = units * unit_cost[rows, None], offers.cost[rows, :1] - offers.cost[rows]
    at, each, found = np.zeros(len(rows), np.int64), np.arange(len(rows)), []
    for _ in range(units.shape[1] - 1):
        more, better = cash - cash[each, at][:, None], gain - gain[each, at][:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(more > 0, better / more, np.where(better > 0, np.inf, -np.inf))
        ratio[np.arange(units.shape[1]) <= at[:, None]] = -np.inf
        to = ratio.argmax(axis=1)
        rises = ratio[each, to] > 0
        if not rises.any():
            break
        parts = (
            ratio[each, to],
            rows,
            units[each, to],
            more[each, to],
            better[each, to],
            missed[each, at] - missed[each, to],
        )
        found.append(np.stack([np.asarray(part, np.float64)[rises] for part in parts]))
        at = np.where(rises, to, at)
    if not found:
        return []
    table = np.concatenate(found, axis=1)
    order = np.lexsort((table[2], table[1], -table[0]))
    return [_Step(ratio, int(row), *rest) for ratio, row, *rest in table[:, order].T.tolist()]


def curve(bought: Purchase, demand: float, missed: float, spent: float) -> Curve:
    """Draw service against capital: demand and missed are units until the next arrival if nothing is ordered.

    spent: money at which the plan stands.
    """
    money, gain = (np.array(column) for column in zip(*bought.curve, strict=True))
    service = 1 - (missed - np.array(bought.missed)) / demand if demand > 0 else np.ones(len(money))
    further = np.interp(money + 1000, money, gain) - gain
    at = int(np.abs(money - spent).argmin())
    return Curve(money, gain, np.clip(service, 0, 1), further, at)
