"""Products on the list that never sold: what came from their like in past tests is expected of them too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.distribution import NARROW, WIDE
from forecasting.engine.spread import Trial
from forecasting.engine.types import Floats

MOST = 5.0  # times the usual demand of the others that a period of one of them tells at most
DOUBT = 200.0  # tested periods without demand that are added

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Unsold:
    """What came from products that had never sold: mean counts per period, and the spread that makes as many periods
    empty as were.
    """

    mean: float = 0.0
    phi: float = NARROW


NONE = Unsold()


def unsold(units: Floats, origins: Sequence[int]) -> Bools:
    """Tell which products never sold before each origin: bool (n, K)."""
    sold = units > 0
    first = np.where(sold.any(axis=1), sold.argmax(axis=1), units.shape[1])
    return np.asarray(first[:, None] >= np.asarray(origins, np.int64))


def awaited(trial: Trial, never: Bools) -> Unsold:
    """Learn what came from products that never sold before an origin, never (n, K).

    mean = sum / (periods + 200), no period counting for more than five times the usual demand of the other products;
    phi solves (1 + phi·mean)^(-1/phi) = share of empty periods.
    """
    known = trial.known()
    came = np.where(known, np.nan_to_num(trial.actual), 0).astype(np.float64)
    level = came.sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    usual = float(np.median(level[level > 0])) if (level > 0).any() else 0.0
    count = known[never].sum() + DOUBT
    mean = float(np.minimum(came[never], MOST * max(usual, 1.0)).sum() / count)
    if mean <= 0:
        return NONE
    empty = 1 - (came[never] > 0).sum() / count
    spreads = np.geomspace(NARROW, WIDE, 200)
    return Unsold(mean, float(spreads[np.abs(-np.log1p(spreads * mean) / spreads - np.log(empty)).argmin()]))


def raised(mean: Floats, never: Bools, found: Unsold) -> Floats:
    """Expect no less of products that never sold than came from their like: mean (n, K, H), in counts."""
    return np.where(never[:, :, None], np.maximum(mean, found.mean), mean).astype(np.float32)
