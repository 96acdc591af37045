"""Safety stock across stages: guaranteed service on trees (Graves & Willems 2000), and stochastic service in series.

For a maker whose parts, subassemblies and goods all could be stocked: where is stock cheapest?
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import ceil, floor, inf, sqrt

import numpy as np
from scipy import stats

from forecasting.planning.types import Floats


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its processing time, holding cost of a unit, spread of the demand it serves times z (all in periods).

    outside: service time that its own outside supplier promises. promised: service time owed to customers, None inside.
    """

    time: int
    holding: float
    spread: float = 1.0
    outside: int = 0
    promised: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """Stages by name, and the arcs from supplier to user; the arcs form a tree."""

    stages: Mapping[str, Stage]
    arcs: tuple[tuple[str, str], ...]


def guaranteed_service(network: Network) -> tuple[dict[str, int], float]:
    """Find the committed service times of least holding cost: sum h_i s_i sqrt(SI_i + T_i - S_i).

    Dynamic programming over the tree, from the leaves to the first stage: a stage's own service time and the latest
    that its suppliers may promise it are tried in all whole values. Raises ValueError when the arcs are no tree.
    """
    if len(network.arcs) != len(network.stages) - 1:
        raise ValueError("the arcs do not form a tree")
    longest = sum(stage.time + stage.outside for stage in network.stages.values())
    root = next(iter(network.stages))
    solver = _Tree(network, longest)
    cost, times = min((solver.best(root, None, s, si) for s, si in product(range(longest + 1), repeat=2)), key=_first)
    return dict(times), cost


def base_stocks(network: Network, times: Mapping[str, int]) -> dict[str, float]:
    """Work out what each stage holds against spread, given its service times: z sigma sqrt(SI + T - S)."""
    found = {}
    for name, stage in network.stages.items():
        inbound = max([stage.outside, *(times[supplier] for supplier, user in network.arcs if user == name)])
        found[name] = stage.spread * sqrt(inbound + stage.time - times[name])
    return found


def _first(pair: tuple[float, tuple[tuple[str, int], ...]]) -> float:
    return pair[0]


class _Tree:
    """Best cost of the part of a tree behind a stage, given the stage's service time S and inbound time SI."""

    def __init__(self, network: Network, longest: int) -> None:
        self.network, self.longest = network, longest
        self.best = lru_cache(maxsize=None)(self._best)
        self.behind = lru_cache(maxsize=None)(self._behind)

    def _best(self, name: str, came_from: str | None, s: int, si: int) -> tuple[float, tuple[tuple[str, int], ...]]:
        stage = self.network.stages[name]
        net = si + stage.time - s
        if net < 0 or si < stage.outside or (stage.promised is not None and s > stage.promised):
            return inf, ()
        cost = stage.holding * stage.spread * sqrt(net)
        times: tuple[tuple[str, int], ...] = ((name, s),)
        for supplier, user in self.network.arcs:
            other = supplier if user == name else user if supplier == name else None
            if other is None or other == came_from:
                continue
            more, theirs = self.behind(other, name, supplier == other, si if supplier == other else s)
            cost, times = cost + more, times + theirs
        return cost, times

    def _behind(self, name: str, seen: str, supplies: bool, limit: int) -> tuple[float, tuple[tuple[str, int], ...]]:
        """Best of a neighbour: a supplier may promise at most the limit, a user must accept at least it as inbound."""
        options = []
        for s, si in product(range(self.longest + 1), repeat=2):
            if (s <= limit) if supplies else (si >= limit):
                options.append(self.best(name, seen, s, si))
        return min(options, key=_first)


def serial_base_stock(
    *, echelon_holding: Floats, lead_times: Floats, shortage: float, mean: float, sd: float, step: float = 0.01
) -> tuple[Floats, float]:
    """Echelon base-stock levels and cost per period of a series, stage 0 next to the customer (Clark & Scarf 1960).

    Stage 0 is a newsvendor on demand over its lead time with p + sum h; each further stage also pays the penalty of
    leaving the one below short. Normal demand per period, on a grid of `step` standard deviations.
    """
    holding, lead = np.asarray(echelon_holding, np.float64), np.asarray(lead_times, np.float64)
    reach = mean * (lead.sum() + len(lead)) + 8 * sd * sqrt(lead.sum() + len(lead))
    grid = step * sd * np.arange(-ceil(reach / (step * sd)), ceil(reach / (step * sd)) + 1)
    levels, least, penalty = np.zeros(len(lead)), 0.0, (shortage + holding.sum()) * np.maximum(-grid, 0)
    for stage, time in enumerate(lead):
        cost = _expected(holding[stage] * grid + penalty, grid, mean * time, sd * sqrt(time))
        levels[stage], least = _bottom(grid, cost)
        penalty = np.where(grid < levels[stage], cost, least)
    return levels, least


def _bottom(grid: Floats, cost: Floats) -> tuple[float, float]:
    """Find the lowest point of a convex cost and what it is there, by a parabola through the three lowest points."""
    at = min(max(int(cost.argmin()), 1), len(grid) - 2)
    left, here, right = cost[at - 1 : at + 2]
    bend = left - 2 * here + right
    off = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return float(grid[at] + off * (grid[1] - grid[0])), float(here - 0.25 * (left - right) * off)


def _expected(values: Floats, grid: Floats, mean: float, sd: float) -> Floats:
    """Expected value at grid - D for normal D: exact for values that are straight between the points of the grid.

    A hat function's expected value is a second difference of the loss function; beyond the grid values go on straight.
    """
    step = grid[1] - grid[0]
    first, last = floor((mean - 9 * sd) / step), ceil((mean + 9 * sd) / step)
    z = (step * np.arange(first - 1, last + 2) - mean) / sd
    loss = sd * (stats.norm.pdf(z) - z * stats.norm.sf(z))
    weight = np.diff(loss, 2) / step
    before, after = max(last, 0), max(-first, 0)
    down = values[0] + (values[0] - values[1]) * np.arange(before, 0, -1)
    up = values[-1] + (values[-1] - values[-2]) * np.arange(1, after + 1)
    wide = np.concatenate([down, values, up])
    found = np.convolve(wide, weight, mode="full")
    return np.asarray(found[before - first : before - first + len(values)])
