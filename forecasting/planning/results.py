"""Parts of a plan that are more than a number per product."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.words import Said

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units of one product to move from one place (row of the plan) to another; cost in money."""

    origin: int
    destination: int
    units: float
    send_on: date
    arrives_on: date
    cost: float
    reason: Said


@dataclass(frozen=True, slots=True)
class SupplierOrder:
    """What one supplier's order comes to: rows of the plan, those of them that joined because it is ordered anyway.

    value, cost: money, cost of the order itself and its lines. below: sentence when it misses the supplier's least
    order, else None.
    """

    supplier: int
    rows: tuple[int, ...]
    joined: tuple[int, ...]
    units: float
    value: float
    cost: float
    below: Said | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Service against capital as orders are bought, best first: float64 (k,) from nothing to all of the proposal.

    spent: money on orders. gain: expected money saved against ordering nothing. service: expected share of demand
    delivered until the next arrival. next_thousand: gain of the next 1,000 after each point. at: index of the point
    that the plan stands on.
    """

    spent: Floats
    gain: Floats
    service: Floats
    next_thousand: Floats
    at: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Order units, float64 (n, k), if one thing were different: `what` names the k things, `keys` in short."""

    keys: tuple[str, ...]
    what: tuple[Said, ...]
    units: Floats
