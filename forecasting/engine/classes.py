"""What kind of demand a product has: smooth, erratic, intermittent or lumpy."""

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Floats

CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
GAP, VARIATION = 1.32, 0.49


def classify(units: Floats) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return class (index into CLASSES), ADI and CV2 of each product, (n,) each.

    ADI = known periods / periods with demand; CV2 = (sd / mean)^2 of the sizes; cut-offs 1.32 and 0.49 (Syntetos,
    Boylan, Croston 2005). A product that never sold is intermittent with an infinite ADI.
    """
    known = ~np.isnan(units)
    sold = known & (units > 0)
    count = sold.sum(axis=1)
    gap = np.where(count > 0, known.sum(axis=1) / np.maximum(count, 1), np.inf)
    mean = np.where(sold, units, 0).sum(axis=1, dtype=np.float64) / np.maximum(count, 1)
    off = np.where(sold, units - mean[:, None], 0).astype(np.float64)
    variation = (off**2).sum(axis=1) / np.maximum(count, 1) / np.maximum(mean, 1e-12) ** 2
    return (gap > GAP) * 2 + (variation > VARIATION) * 1, gap, variation


def better_croston(gap: float, variation: float) -> str:
    """Choose between "croston" and "sba" by the corrected boundary: SBA when CV2 > 2 - 1.5·ADI (Kostenko, Hyndman
    2006)."""
    return "sba" if variation > 2 - 1.5 * gap else "croston"
