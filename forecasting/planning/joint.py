"""Joint replenishment: products of one supplier share the cost of an order (Silver 1976; Goyal 1974)."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from forecasting.planning.types import Floats, Ints

WIDEST = 200  # base cycles tried between the shortest and the longest that can be best


@dataclass(frozen=True, slots=True)
class JointOrder:
    """Order every `cycle` periods; product i takes part every multiples[i]-th time. cost: money per period."""

    cycle: float
    multiples: Ints
    cost: float


def joint_replenishment(*, shared_cost: float, line_cost: Floats, holding_cost: Floats, demand: Floats) -> JointOrder:
    """Find the base cycle T and multiples m_i of least cost per period.

    C = (K0 + sum k_i / m_i) / T + T / 2 sum h_i D_i m_i; for given T the best m_i is the least with
    m (m + 1) >= 2 k_i / (h_i D_i T^2), for given m the best T is sqrt(2 (K0 + sum k_i / m_i) / sum h_i D_i m_i).
    line_cost, holding_cost, demand: (n,) per order line, per unit and period, units per period.

    Raises ValueError when a product costs nothing to hold or is not sold.
    """
    weight = np.asarray(holding_cost, np.float64) * np.asarray(demand, np.float64)
    lines = np.asarray(line_cost, np.float64)
    if not (weight > 0).all():
        raise ValueError("every product needs demand and a holding cost")
    longest = sqrt(2 * (shared_cost + lines.sum()) / weight.sum())
    shortest = max(min(sqrt(2 * shared_cost / weight.sum()), longest), longest / WIDEST) / 2
    tried = [_settled(t, shared_cost, lines, weight) for t in np.geomspace(shortest, longest, WIDEST)]
    return min(tried, key=lambda order: order.cost)


def _settled(cycle: float, shared: float, lines: Floats, weight: Floats) -> JointOrder:
    """Improve multiples and cycle in turn until they agree."""
    multiples = np.ones(len(lines), np.int64)
    for _ in range(50):
        wanted = 2 * lines / (weight * cycle**2)
        multiples = np.maximum(np.ceil((np.sqrt(1 + 4 * wanted) - 1) / 2 - 1e-12), 1).astype(np.int64)
        better = sqrt(2 * (shared + (lines / multiples).sum()) / (weight @ multiples))
        if abs(better - cycle) < 1e-12 * cycle:
            break
        cycle = better
    cost = (shared + (lines / multiples).sum()) / cycle + cycle / 2 * (weight @ multiples)
    return JointOrder(cycle, multiples, float(cost))
