"""The past moments at which models are tested."""

from collections.abc import Sequence

import numpy as np

from forecasting.engine.periods import SEASON
from forecasting.engine.types import Floats, Freq

MOMENTS = 5
SPACED = 20
YOUNGEST = 3  # known periods without which a product is not tested


def past_origins(periods: int, horizon: int, freq: Freq) -> tuple[int, ...]:
    """Choose up to five past moments to forecast from, oldest first; empty when there are fewer than six periods.

    They lie a third of the horizon apart and end where a whole horizon is still known after them. A short history
    is tested
    from two fifths of it on, over horizons that run past its end.
    """
    least = max(4, min(2 * SEASON[freq], (2 * periods) // 5))
    step = max(1, horizon // 3, min(horizon, periods // SPACED))
    last = periods - horizon
    if last >= least:
        return tuple(sorted(last - k * step for k in range(MOMENTS) if last - k * step >= least))
    return tuple(sorted({int(o) for o in np.linspace(least, periods - 1, MOMENTS)})) if periods >= 6 else ()


def actuals(units: Floats, origins: Sequence[int], horizon: int) -> Floats:
    """Take what really followed each origin: float32 (n, K, H).

    NaN beyond the last period, and after an origin before which fewer than three periods of the product were known.
    """
    at = np.asarray(origins, np.int64)[:, None] + np.arange(horizon)
    beyond = at >= units.shape[1]
    past = np.cumsum(~np.isnan(units), axis=1)[:, np.maximum(np.asarray(origins, np.int64) - 1, 0)]
    out = units[:, np.where(beyond, 0, at)]
    return np.where(beyond | (past < YOUNGEST)[:, :, None], np.nan, out).astype(np.float32)
