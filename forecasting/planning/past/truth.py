"""What customers wanted in the past: known where there was stock, and three readings where there was none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import DemandPanel
from forecasting.planning.types import Floats

NEAR = 13  # periods before and after from which a censored one is imputed
WHOLE = 0.999  # share of a period in stock from which on its sales are its demand


@dataclass(frozen=True, slots=True)
class Truth:
    """Demand of n products over T periods, float64 (n, T), three readings that agree wherever there was stock.

    sales: nothing more was wanted than sold (a lower bound). mean: what is usual around then. sampled: drawn from what
    was seen around then, given that at least the sales were wanted; the reading that results are told from.
    censored: bool (n, T), out of stock in all or part of the period.
    """

    sales: Floats
    mean: Floats
    sampled: Floats
    censored: NDArray[np.bool_]


def truth(panel: DemandPanel, first: int, last: int, seed: int) -> Truth:
    """Read the demand of periods first..last out of a panel (NaN = out of stock, or before launch).

    Looks at all periods, later ones too: it is what happened, never what an arm knew. Returns below zero count as 0.
    """
    units = panel.units
    launched = np.maximum.accumulate(~np.isnan(units), axis=1)
    whole = ~np.isnan(units) if panel.stocked is None else ~np.isnan(units) & (panel.stocked >= WHOLE)
    window = slice(first, last + 1)
    sales = np.maximum(np.nan_to_num(units[:, window].astype(np.float64)), 0)
    censored = launched[:, window] & ~whole[:, window]
    mean, sampled = sales.copy(), sales.copy()
    for i, t in zip(*np.nonzero(censored), strict=True):
        around = slice(max(first + t - NEAR, 0), first + t + NEAR + 1)
        seen = np.maximum(units[i, around][whole[i, around]], 0)
        more = seen[seen >= sales[i, t]]
        if seen.size:
            mean[i, t] = max(sales[i, t], seen.mean())
        if more.size:
            sampled[i, t] = more[int(np.random.default_rng([seed, int(i), int(t)]).integers(more.size))]
    return Truth(sales, mean, sampled, censored)
