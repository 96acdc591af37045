"""Small panels whose making is known."""

from datetime import date

import numpy as np

from forecasting.engine import DemandPanel

STARTS = {"D": date(2023, 1, 2), "W": date(2022, 1, 3), "M": date(2015, 1, 1)}


def made(n=40, periods=120, freq="W", seed=1):
    """Poisson-gamma demand of n products of very different size, with a weekly season for days, some launched late."""
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(0.5, 1.5, n))[:, None] * np.ones(periods)
    if freq == "D":
        level = level * (1 + 0.5 * np.sin(np.arange(periods) * 2 * np.pi / 7))
    units = rng.poisson(rng.gamma(3, level / 3)).astype(np.float32)
    units[: n // 8, : periods // 2] = np.nan
    return DemandPanel(tuple(f"sku-{i:03d}" for i in range(n)), STARTS[freq], freq, units)
