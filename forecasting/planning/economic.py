"""Economic lot sizes in closed form (Snyder & Shen 2019, chapter 3 and 9): K per order, D per period, h per unit."""

from collections.abc import Sequence
from math import exp, inf, sqrt

import numpy as np
from scipy import optimize


def economic_order_quantity(*, order_cost: float, holding_cost: float, demand: float) -> float:
    """Lot that balances ordering against holding.

    Q = sqrt(2 K D / h), with K per order, D units per period, h per unit and period (Harris 1913).

    Raises ValueError when holding_cost is not positive.

    >>> round(economic_order_quantity(order_cost=8, holding_cost=0.225, demand=1300), 4)
    304.0468
    """
    if holding_cost <= 0:
        raise ValueError(f"holding_cost must be positive, not {holding_cost}")
    return sqrt(2 * order_cost * demand / holding_cost)


def lot_cost(lot: float, *, order_cost: float, holding_cost: float, demand: float) -> float:
    """Cost per period of ordering in lots: K D / Q + h Q / 2.

    >>> round(lot_cost(250, order_cost=8, holding_cost=0.225, demand=1300), 3)
    69.725
    """
    return order_cost * demand / lot + holding_cost * lot / 2


def with_backorders(
    *, order_cost: float, holding_cost: float, backorder_cost: float, demand: float
) -> tuple[float, float, float]:
    """Lot, share of demand that waits, and cost per period when waiting costs p per unit and period.

    Q = sqrt(2 K D (h + p) / (h p)), x = h / (h + p).
    """
    both = holding_cost + backorder_cost
    lot = sqrt(2 * order_cost * demand * both / (holding_cost * backorder_cost))
    return lot, holding_cost / both, sqrt(2 * order_cost * demand * holding_cost * backorder_cost / both)


def production_lot(*, order_cost: float, holding_cost: float, demand: float, production: float) -> tuple[float, float]:
    """Lot and cost per period when a lot is made at a finite rate: h is scaled by 1 - D / P.

    Raises ValueError unless production exceeds demand.
    """
    if production <= demand:
        raise ValueError(f"production of {production} must exceed demand of {demand}")
    scaled = holding_cost * (1 - demand / production)
    lot = economic_order_quantity(order_cost=order_cost, holding_cost=scaled, demand=demand)
    return lot, lot_cost(lot, order_cost=order_cost, holding_cost=scaled, demand=demand)


def all_units_discount(
    *, order_cost: float, holding_rate: float, demand: float, breaks: Sequence[float], prices: Sequence[float]
) -> tuple[float, float]:
    """Lot and cost per period, purchases included, when a price holds for all units of an order from its break on."""
    best = (0.0, inf)
    for first, price in zip(breaks, prices, strict=True):
        holding = holding_rate * price
        lot = max(economic_order_quantity(order_cost=order_cost, holding_cost=holding, demand=demand), first)
        paid = price_at(lot, breaks, prices)
        cost = paid * demand + lot_cost(lot, order_cost=order_cost, holding_cost=holding_rate * paid, demand=demand)
        best = min(best, (lot, cost), key=lambda pair: pair[1])
    return best


def price_at(lot: float, breaks: Sequence[float], prices: Sequence[float]) -> float:
    """Price per unit at an order of this size."""
    return prices[int(np.searchsorted(breaks, lot, side="right")) - 1]


def incremental_discount(
    *, order_cost: float, holding_rate: float, demand: float, breaks: Sequence[float], prices: Sequence[float]
) -> tuple[float, float]:
    """Lot and cost per period when each price holds only for the units beyond its break."""
    best, fixed = (0.0, inf), 0.0
    for j, (first, price) in enumerate(zip(breaks, prices, strict=True)):
        if j:
            fixed += (prices[j - 1] - price) * first
        last = breaks[j + 1] if j + 1 < len(breaks) else inf
        holding = holding_rate * price
        lot = economic_order_quantity(order_cost=order_cost + fixed, holding_cost=holding, demand=demand)
        if not first <= lot < last:
            continue
        cost = price * demand + holding_rate * fixed / 2
        cost += lot_cost(lot, order_cost=order_cost + fixed, holding_cost=holding, demand=demand)
        best = min(best, (lot, cost), key=lambda pair: pair[1])
    return best


def with_disruptions(
    *, order_cost: float, holding_cost: float, shortage_cost: float, demand: float, rates: tuple[float, float]
) -> tuple[float, float]:
    """Lot and cost per period when the supplier fails at rate l and recovers at rate m (Berk & Arreola-Risa 1994).

    g(Q) = (K + h Q^2 / 2D + p D psi / m) / (Q / D + psi / m), psi = l / (l + m) (1 - exp(-(l + m) Q / D)).
    """
    fails, recovers = rates

    def cost(lot: float) -> float:
        down = fails / (fails + recovers) * (1 - exp(-(fails + recovers) * lot / demand)) / recovers
        spent = order_cost + holding_cost * lot**2 / (2 * demand) + shortage_cost * demand * down
        return spent / (lot / demand + down)

    start = economic_order_quantity(order_cost=order_cost, holding_cost=holding_cost, demand=demand)
    found = optimize.minimize_scalar(cost, bounds=(start / 10, start * 20), method="bounded", options={"xatol": 1e-9})
    return float(found.x), float(found.fun)


def dynamic_lots(demand: Sequence[float], *, order_cost: float, holding_cost: float) -> tuple[list[float], float]:
    """Orders per period and their least cost for known demand (Wagner & Whitin 1958).

    >>> dynamic_lots([90, 120, 80, 70], order_cost=500, holding_cost=2)
    ([210.0, 0.0, 150.0, 0.0], 1380.0)
    """
    n = len(demand)
    best, until = [0.0] * (n + 1), [n] * n
    for t in range(n - 1, -1, -1):
        cost, best[t] = order_cost, inf
        for end in range(t, n):
            cost += holding_cost * (end - t) * demand[end]
            if cost + best[end + 1] < best[t]:
                best[t], until[t] = cost + best[end + 1], end + 1
    orders, t = [0.0] * n, 0
    while t < n:
        orders[t] = float(sum(demand[t : until[t]]))
        t = until[t]
    return orders, best[0]
