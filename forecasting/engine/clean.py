"""Make a panel safe to compute with: what is unknown, what cannot be true, and which products may teach others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import DemandPanel, Floats

LARGEST = 1e9  # units in a period beyond which a number cannot be true
SPIKE = 10_000.0  # a period this many times the product's usual one cannot teach others
RETURNED = 0.05  # share of negative units beyond which a product cannot teach others
OPEN = 0.5  # periods in stock for a smaller share tell nothing about demand


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Demand as far as it is known.

    units: float32 (n, T), never negative, NaN = unknown; partly stocked periods are scaled up to the full period.
    sold: float32 (n, T), what was sold, NaN only where nothing was recorded (before launch).
    poisoned: bool (n,), holds values that cannot be true: forecast alone, taught to nobody.
    refused: int (n,), how many values were left out as impossible.
    grain: float32 (n,), smallest unit that demand comes in (1 for most products).
    first: int (n,), first known period, T when none is known.
    """

    units: Floats
    sold: Floats
    poisoned: NDArray[np.bool_]
    refused: NDArray[np.int64]
    grain: Floats
    first: NDArray[np.int64]


def clean(panel: DemandPanel) -> Cleaned:
    """Mask what is unknown or impossible, product by product: no row looks at another."""
    raw = np.asarray(panel.units, np.float32)
    impossible = np.isinf(raw) | (np.abs(raw) > LARGEST)
    sold = np.where(impossible, np.nan, raw)
    poisoned = impossible.any(axis=1) | _beyond_belief(sold)
    sold = np.where(sold < 0, 0, sold).astype(np.float32)
    units = sold if panel.stocked is None else _in_stock(sold, np.asarray(panel.stocked, np.float32))
    known = ~np.isnan(units)
    first = np.where(known.any(axis=1), known.argmax(axis=1), raw.shape[1])
    return Cleaned(units, sold, poisoned, impossible.sum(axis=1), _grain(sold), first)


def _beyond_belief(sold: Floats) -> NDArray[np.bool_]:
    """Tell products whose returns outweigh a twentieth of sales, or with a period of 10,000 times the usual one."""
    gone = np.nansum(np.where(sold < 0, -sold, 0), axis=1)
    came = np.nansum(np.where(sold > 0, sold, 0), axis=1)
    count = np.maximum((sold > 0).sum(axis=1), 1)
    ordered = np.sort(np.where(sold > 0, sold, np.inf), axis=1)
    usual = ordered[np.arange(len(sold)), (count - 1) // 2]
    largest = np.where(sold > 0, sold, 0).max(axis=1, initial=0)
    return np.asarray((gone > RETURNED * came) | (largest > SPIKE * usual))


def _in_stock(sold: Floats, stocked: Floats) -> Floats:
    """Scale sales of partly stocked periods by the share in stock; below a half the period is unknown."""
    share = np.where(np.isnan(stocked), 1, np.clip(stocked, 0, 1))
    return np.where(share >= OPEN, sold / np.maximum(share, OPEN), np.nan).astype(np.float32)


def _grain(sold: Floats) -> Floats:
    """Find the step that demand comes in: 1 for whole units, else a fiftieth of the usual period."""
    fraction = np.abs(sold - np.round(sold))
    whole = ~(fraction > 1e-4 * np.maximum(np.abs(sold), 1)).any(axis=1)
    positive = sold > 0
    usual = np.where(positive, sold, 0).sum(axis=1) / np.maximum(positive.sum(axis=1), 1)
    return np.where(whole, 1, np.maximum(usual / 50, 1e-6)).astype(np.float32)
