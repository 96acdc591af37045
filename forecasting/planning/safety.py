"""Safety stock and service in closed form, for explanation and as a fallback where no sample paths exist."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy import stats

from forecasting.planning.losses import standard_normal_loss
from forecasting.planning.types import Floats


def normal_safety_stock(
    level: float, *, demand: float, error_sd: float, lead_time: float, review: float, lead_time_sd: float = 0.0
) -> float:
    """Safety stock for normal errors: z sqrt((L + R) s_e^2 + d^2 s_L^2), times in periods.

    Errors of the sum over the interval, measured by backtest, are better than this (Prak, Teunter & Syntetos 2017).

    >>> round(normal_safety_stock(0.95, demand=100, error_sd=20, lead_time=4, review=1, lead_time_sd=1), 1)
    180.2
    """
    z = float(stats.norm.ppf(level))
    return z * sqrt((lead_time + review) * error_sd**2 + demand**2 * lead_time_sd**2)


def interval_moments(
    mean: float, variance: float, lengths: Sequence[float], chances: Sequence[float]
) -> tuple[float, float]:
    """Mean and variance of demand over an interval of random length: E[L] d, E[L] s^2 + Var[L] d^2.

    >>> interval_moments(2, 2, [3, 5], [0.5, 0.5])
    (8.0, 12.0)
    """
    length, weight = np.asarray(lengths, dtype=np.float64), np.asarray(chances, dtype=np.float64)
    expected = float(length @ weight)
    spread = float((length - expected) ** 2 @ weight)
    return expected * mean, expected * variance + spread * mean**2


def interval_chances(pmf: Sequence[float], lengths: Sequence[int], chances: Sequence[float]) -> Floats:
    """Chances of total demand 0, 1, 2 … over an interval of random length: a mixture of n-fold convolutions."""
    longest = max(lengths)
    mixed = np.zeros(longest * (len(pmf) - 1) + 1)
    total = np.ones(1)
    for length in range(1, longest + 1):
        total = np.convolve(total, np.asarray(pmf, dtype=np.float64))
        if length in lengths:
            mixed[: len(total)] += chances[list(lengths).index(length)] * total
    return mixed


def cycle_service(level: float, demand: Floats) -> float:
    """Chance that demand over the interval (samples) does not exceed the level."""
    return float((demand <= level).mean())


def fill_rate(level: float, demand_interval: Floats, demand_lead: Floats) -> float:
    """Share delivered at once by (R, S): 1 - E[(D_PI - S)+ - (D_L - S)+] / E[D_PI - D_L], backorders, samples."""
    short = np.maximum(demand_interval - level, 0) - np.maximum(demand_lead - level, 0)
    return float(1 - short.mean() / (demand_interval - demand_lead).mean())


def fill_rate_of_lots(k: float, lead_sd: float, lot: float) -> float:
    """Share delivered at once by (s, Q) with normal lead-time demand: 1 - s_L G(k) / Q."""
    return 1 - lead_sd * standard_normal_loss(k) / lot
