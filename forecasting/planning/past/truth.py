"""What customers wanted in the past: known where there was stock, and three readings where there was none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.types import Floats

NEAR = 13  # periods before and after from which a censored one is imputed


@dataclass(frozen=True, slots=True)
class Truth:
    """Demand of n products over T periods, float64 (n, T), three readings that agree wherever there was stock.

    sales: nothing was wanted when stock was out (a lower bound). mean: what is usual around then. sampled: drawn from
    what was seen around then; the reading that results are told from. censored: bool (n, T).
    """

    sales: Floats
    mean: Floats
    sampled: Floats
    censored: NDArray[np.bool_]


def truth(units: NDArray[np.float32], first: int, last: int, seed: int) -> Truth:
    """Read the demand of periods first..last out of units (n, all periods), NaN = out of stock or before launch.

    Looks at all periods, later ones too: it is what happened, never what an arm knew. Returns below zero count as 0.
    """
    known = ~np.isnan(units)
    launched = np.maximum.accumulate(known, axis=1)
    window = units[:, first : last + 1].astype(np.float64)
    censored = np.isnan(window) & launched[:, first : last + 1]
    sales = np.maximum(np.nan_to_num(window), 0)
    mean, sampled = sales.copy(), sales.copy()
    for i, t in zip(*np.nonzero(censored), strict=True):
        near = units[i, max(first + t - NEAR, 0) : first + t + NEAR + 1]
        seen = np.maximum(near[~np.isnan(near)], 0)
        if seen.size:
            mean[i, t] = seen.mean()
            sampled[i, t] = seen[int(np.random.default_rng([seed, int(i), int(t)]).integers(seen.size))]
    return Truth(sales, mean, sampled, censored)
