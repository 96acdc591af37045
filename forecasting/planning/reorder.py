"""Reorder points with lots, continuous (r, Q) and periodic (s, S), stationary demand (Snyder & Shen 2019, ch. 4-5).

For explanation and as answers to test against: the plan itself works on sample paths.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import integrate, optimize, stats

from forecasting.planning.economic import economic_order_quantity, with_backorders
from forecasting.planning.losses import normal_loss, normal_second_loss


@dataclass(frozen=True, slots=True)
class Terms:
    """Demand per period (mean, sd), lead time in periods, and costs: h per unit and period, p per unit short, K."""

    mean: float
    sd: float
    lead_time: float
    holding: float
    shortage: float
    order_cost: float

    @property
    def lead_mean(self) -> float:
        """Mean demand over the lead time."""
        return self.mean * self.lead_time

    @property
    def lead_sd(self) -> float:
        """Spread of demand over the lead time."""
        return self.sd * sqrt(self.lead_time)

    def newsvendor_cost(self, level: float) -> float:
        """Cost per period of a position that stays at `level`."""
        short = normal_loss(level, self.lead_mean, self.lead_sd)
        return self.holding * (level - self.lead_mean + short) + self.shortage * short


def reorder_cost(r: float, lot: float, terms: Terms) -> float:
    """Exact cost per period of (r, Q), backorders: (K D + integral of the newsvendor cost over r..r+Q) / Q."""
    area, _ = integrate.quad(terms.newsvendor_cost, r, r + lot, limit=200)
    return (terms.order_cost * terms.mean + area) / lot


def by_inventory_level(terms: Terms) -> tuple[float, float, float]:
    """Solve (r, Q) with the expected-inventory-level approximation; returns r, Q and its own cost estimate.

    Shortage is charged per unit: 1 - F(r) = Q h / (p D), Q = sqrt(2 D (K + p n(r)) / h).
    """
    lot = economic_order_quantity(order_cost=terms.order_cost, holding_cost=terms.holding, demand=terms.mean)
    r = 0.0
    for _ in range(200):
        tail = lot * terms.holding / (terms.shortage * terms.mean)
        r = float(stats.norm.isf(tail, terms.lead_mean, terms.lead_sd))
        short = normal_loss(r, terms.lead_mean, terms.lead_sd)
        lot = sqrt(2 * terms.mean * (terms.order_cost + terms.shortage * short) / terms.holding)
    cost = terms.holding * (r - terms.lead_mean + lot / 2)
    return r, lot, cost + (terms.order_cost + terms.shortage * short) * terms.mean / lot


def by_loss_function(terms: Terms) -> tuple[float, float]:
    """Solve (r, Q) with the loss-function approximation.

    n(r) = h Q / (h + p), Q = sqrt(2 (K D + (h + p) n2(r)) / h).
    """
    both = terms.holding + terms.shortage
    lot = economic_order_quantity(order_cost=terms.order_cost, holding_cost=terms.holding, demand=terms.mean)
    low, high = terms.lead_mean - 10 * terms.lead_sd, terms.lead_mean + 10 * terms.lead_sd
    r = terms.lead_mean
    for _ in range(200):
        wanted = terms.holding * lot / both

        def gap(x: float, wanted: float = wanted) -> float:
            return normal_loss(x, terms.lead_mean, terms.lead_sd) - wanted

        r = float(optimize.brentq(gap, low, high, xtol=1e-12))
        second = normal_second_loss(r, terms.lead_mean, terms.lead_sd)
        lot = sqrt(2 * (terms.order_cost * terms.mean + both * second) / terms.holding)
    return r, lot


def by_backorder_lot(terms: Terms) -> tuple[float, float]:
    """Take the lot of known demand with backorders, then the best reorder point for it: g(r) = g(r + Q)."""
    lot, _, _ = with_backorders(
        order_cost=terms.order_cost, holding_cost=terms.holding, backorder_cost=terms.shortage, demand=terms.mean
    )
    return best_reorder_point(lot, terms), lot


def by_lot_and_safety(terms: Terms) -> tuple[float, float]:
    """Take the lot of known demand, and the newsvendor's level as reorder point."""
    lot = economic_order_quantity(order_cost=terms.order_cost, holding_cost=terms.holding, demand=terms.mean)
    ratio = terms.shortage / (terms.shortage + terms.holding)
    return float(stats.norm.ppf(ratio, terms.lead_mean, terms.lead_sd)), lot


def best_reorder_point(lot: float, terms: Terms) -> float:
    """Reorder point at which the position costs the same before and after an order of `lot`."""
    ratio = terms.shortage / (terms.shortage + terms.holding)
    top = float(stats.norm.ppf(ratio, terms.lead_mean, terms.lead_sd))

    def gap(r: float) -> float:
        return terms.newsvendor_cost(r) - terms.newsvendor_cost(r + lot)

    return float(optimize.brentq(gap, top - lot, top, xtol=1e-12))


def exact_poisson(
    *, rate: float, lead_time: float, holding: float, shortage: float, order_cost: float
) -> tuple[int, int, float]:
    """Best r, Q and cost for Poisson demand (Federgruen & Zheng 1992): add the cheaper neighbour while it pays.

    Raises ValueError when a cost is not positive.
    """
    level_cost = _poisson_cost(rate * lead_time, holding, shortage)
    low = high = int(stats.poisson.ppf(shortage / (shortage + holding), rate * lead_time))
    total = order_cost * rate + level_cost(low)
    lot = 1
    while True:
        below, above = level_cost(low - 1), level_cost(high + 1)
        cheapest = min(below, above)
        if cheapest >= total / lot:
            return low - 1, lot, total / lot
        low, high = (low - 1, high) if below < above else (low, high + 1)
        total, lot = total + cheapest, lot + 1


def _poisson_cost(mean: float, holding: float, shortage: float) -> Callable[[int], float]:
    def cost(level: int) -> float:
        if level < 0:
            return shortage * (mean - level)
        short = -(level - mean) * stats.poisson.sf(level, mean) + mean * stats.poisson.pmf(level, mean)
        return float(holding * (level - mean + short) + shortage * short)

    return cost


def exact_s_S(*, mean: float, holding: float, shortage: float, order_cost: float) -> tuple[int, int, float]:
    """Best s, S and cost for periodic review, Poisson demand per period, backorders (Zheng & Federgruen 1991)."""
    level_cost = _poisson_cost(mean, holding, shortage)
    reach = int(mean + 10 * sqrt(mean) + 10 + 4 * sqrt(2 * order_cost * mean / holding))
    renewals, visits = _renewals(mean, reach)
    best = int(stats.poisson.ppf(shortage / (shortage + holding), mean))

    def cost(s: int, top: int) -> float:
        levels = np.array([level_cost(top - j) for j in range(top - s)])
        return float((order_cost + visits[: top - s] @ levels) / renewals[top - s])

    low = best
    while True:
        low -= 1
        if cost(low, best) <= level_cost(low):
            break
    s, top, least = low, best, cost(low, best)
    trial = best + 1
    while level_cost(trial) <= least:
        if cost(s, trial) < least:
            top = trial
            while cost(s, top) <= level_cost(s + 1):
                s += 1
            least = cost(s, top)
        trial += 1
    return s, top, least


def _renewals(mean: float, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected periods until demand reaches j (j = 0..reach), and expected visits of each depth."""
    chance = stats.poisson.pmf(np.arange(reach + 1), mean)
    visits = np.zeros(reach + 1)
    visits[0] = 1 / (1 - chance[0])
    for j in range(1, reach + 1):
        visits[j] = (chance[1 : j + 1] @ visits[j - 1 :: -1][:j]) / (1 - chance[0])
    return np.concatenate([[0.0], np.cumsum(visits)]), visits


def power_approximation(terms: Terms) -> tuple[float, float]:
    """Approximate s and S for periodic review with lots over 1.5 periods of demand (Ehrhardt & Mosier 1984)."""
    mean, spread = terms.mean * (terms.lead_time + 1), terms.sd * sqrt(terms.lead_time + 1)
    ratio = terms.order_cost / terms.holding
    lot = 1.30 * terms.mean**0.494 * ratio**0.506 * (1 + spread**2 / terms.mean**2) ** 0.116
    z = sqrt(lot / (spread * terms.shortage / terms.holding))
    s = 0.973 * mean + spread * (0.183 / z + 1.063 - 2.192 * z)
    return s, s + lot
