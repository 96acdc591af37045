"""How much more orders swing than demand (methods of Chen et al. 2000; Dejonckheere et al. 2003; Disney & Towill 2003).

lead: periods from order to available, the review period included.
"""

import numpy as np

from forecasting.planning.types import Floats


def moving_average(lead: float, window: int) -> float:
    """Var(orders) / Var(demand) of order-up-to with a moving average: 1 + 2 L / p + 2 L^2 / p^2.

    >>> moving_average(2, 5)
    2.12
    """
    return 1 + 2 * lead / window + 2 * lead**2 / window**2


def smoothing(lead: float, alpha: float) -> float:
    """Var(orders) / Var(demand) of order-up-to with exponential smoothing: 1 + 2 a L + 2 a^2 L^2 / (2 - a).

    >>> round(smoothing(2, 0.2), 5)
    1.97778
    """
    return 1 + 2 * alpha * lead + 2 * alpha**2 * lead**2 / (2 - alpha)


def proportional(lead: float, slowness: float) -> tuple[float, float]:
    """Variance ratios of orders and of net stock when 1 / Tn of the gap is ordered, independent demand.

    1 / (2 Tn - 1) and L + (Tn - 1)^2 / (2 Tn - 1); their sum is least at the golden ratio.
    """
    return 1 / (2 * slowness - 1), lead + (slowness - 1) ** 2 / (2 * slowness - 1)


def simulated_orders(demand: Floats, lead: int, window: int) -> Floats:
    """Orders of an order-up-to rule with a moving average on a long series of demand, (T - window,).

    S_t = L times the mean of the last `window` periods; order = demand + S_t - S_{t-1} (orders may be negative).
    """
    total = np.concatenate([[0.0], np.cumsum(demand)])
    target = lead * (total[window:] - total[:-window]) / window
    return np.asarray(demand[window:] + np.diff(target))
