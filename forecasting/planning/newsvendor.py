"""The newsvendor: one order, a cost for each unit too many and too few (Snyder & Shen 2019, chapter 4)."""

from collections.abc import Mapping
from math import sqrt

import numpy as np
from scipy import stats

from forecasting.planning.losses import normal_loss, poisson_loss


def critical_ratio(shortage: float, holding: float) -> float:
    """Chance of no shortage that costs least: p / (p + h).

    Raises ValueError unless both are positive.

    >>> round(critical_ratio(shortage=1, holding=0.2), 3)
    0.833
    """
    if shortage <= 0 or holding <= 0:
        raise ValueError(f"costs must be positive, not {shortage} and {holding}")
    return shortage / (shortage + holding)


def normal(mean: float, sd: float, *, holding: float, shortage: float, lead_time: float = 0) -> tuple[float, float]:
    """Order-up-to level and its expected cost for normal demand per period, over lead_time + 1 periods.

    S = m + z s with Phi(z) = p / (p + h); cost (h + p) phi(z) s.

    >>> tuple(round(x, 4) for x in normal(50, 8, holding=0.18, shortage=0.7))
    (56.604, 1.9976)
    """
    z = float(stats.norm.ppf(critical_ratio(shortage, holding)))
    spread = sd * sqrt(lead_time + 1)
    return mean * (lead_time + 1) + z * spread, (holding + shortage) * float(stats.norm.pdf(z)) * spread


def normal_profit(mean: float, sd: float, *, revenue: float, cost: float, salvage: float) -> tuple[float, float]:
    """Order and its expected profit when what is left over is sold off at its salvage value."""
    level, _ = normal(mean, sd, holding=cost - salvage, shortage=revenue - cost)
    short = normal_loss(level, mean, sd)
    sold = mean - short
    return level, revenue * sold + salvage * (level - sold) - cost * level


def poisson(mean: float, *, holding: float, shortage: float) -> tuple[int, float]:
    """Order-up-to level and its expected cost for Poisson demand."""
    level = int(stats.poisson.ppf(critical_ratio(shortage, holding), mean))
    short, left = poisson_loss(level, mean)
    return level, holding * left + shortage * short


def discrete(chance: Mapping[int, float], *, holding: float, shortage: float) -> tuple[int, float]:
    """Order-up-to level and its expected cost for demand with the given chances.

    >>> level, cost = discrete({0: 0.1, 1: 0.2, 2: 0.3, 3: 0.2, 4: 0.1, 5: 0.1}, holding=1, shortage=4)
    >>> level, round(cost, 6)
    (3, 2.2)
    """
    values = np.array(sorted(chance))
    weight = np.array([chance[int(v)] for v in values])
    enough = np.cumsum(weight) >= critical_ratio(shortage, holding) - 1e-12
    level = int(values[enough.argmax()])
    cost = holding * np.maximum(level - values, 0) + shortage * np.maximum(values - level, 0)
    return level, float(cost @ weight)
