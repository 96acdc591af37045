"""Quantiles and sample paths from means, spreads and the bank of past error paths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.chance import keys_of, mixed
from forecasting.engine.distribution import CHANCES, quantile_grid
from forecasting.engine.spread import Bank
from forecasting.engine.types import Floats

CHUNK = 256  # products whose paths are drawn at once
FINE = 1 << 14  # steps by which the cell of a chance is looked up
_CELL = np.clip(np.searchsorted(CHANCES, (np.arange(FINE) + 0.5) / FINE, side="right") - 1, 0, len(CHANCES) - 2)
NEAR = 0.1  # how far a quantile of whole units may lie from the whole number

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that quantiles and paths of n products are made of.

    mean (n, H) in units; phi (n,) in counts; grain (n,) units per count; whole: demand comes in whole counts;
    ceiling (n,):
    units above which nothing is believed.
    """

    ids: tuple[str, ...]
    mean: Floats
    phi: Doubles
    grain: Floats
    ceiling: Floats
    bank: Bank

    def quantiles(self, levels: Doubles) -> Floats:
        """Return quantiles in units, monotone and never negative: float32 (n, H, Q).

        Quantiles of whole units lie within a twentieth of the whole number, on the side that keeps coverage right
        on average.
        """
        chance = self.bank.recalibrated(levels)[self._buckets()]
        found = np.empty((*self.mean.shape, len(levels)), np.float32)
        for start in range(0, len(self.mean), CHUNK):
            rows = slice(start, start + CHUNK)
            found[rows] = _looked_up(self._grid(rows), chance[rows])
        nearest = np.round(found)
        whole = (self.grain == 1)[:, None, None]
        found = np.where(whole, nearest + NEAR * (found - nearest), found)
        return self._units(np.maximum.accumulate(found, axis=2), slice(None))

    def __call__(self, m: int, seed: int, rows: slice) -> Floats:
        """Draw m paths for some products: float32 (products, m, H), whole numbers where demand comes in whole units."""
        chosen = np.arange(len(self.ids))[rows]
        out = np.empty((len(chosen), m, self.mean.shape[1]), np.float32)
        bucket, keys = self._buckets(), keys_of(self.ids, seed)
        for start in range(0, len(chosen), CHUNK):
            part = chosen[start : start + CHUNK]
            draw = mixed(keys[part][:, None], np.arange(m)[None])
            chance = np.stack([self._paths_of(bucket[i], draw[j]) for j, i in enumerate(part)])
            found = _looked_up(self._grid(part), chance.transpose(0, 2, 1)).transpose(0, 2, 1)
            found = np.where((self.grain[part] == 1)[:, None, None], np.round(found), found)
            out[start : start + CHUNK] = self._units(found.transpose(0, 2, 1), part).transpose(0, 2, 1)
        return out

    def _paths_of(self, bucket: int, draw: NDArray[np.uint64]) -> Floats:
        rows = self.bank.rows[bucket]
        return np.asarray(rows[(draw % np.uint64(len(rows))).astype(np.int64)], np.float32)

    def _buckets(self) -> NDArray[np.int64]:
        return self.bank.bucket((self.mean / self.grain[:, None]).mean(axis=1, dtype=np.float64))

    def _grid(self, rows: slice | NDArray[np.int64]) -> Floats:
        mean = (self.mean[rows] / self.grain[rows][:, None]).astype(np.float64)
        return quantile_grid(mean, np.broadcast_to(self.phi[rows][:, None], mean.shape))

    def _units(self, counts: Floats, rows: slice | NDArray[np.int64]) -> Floats:
        units = np.maximum(counts, 0) * self.grain[rows][:, None, None] * (self.mean[rows] > 0)[..., None]
        return np.minimum(units, self.ceiling[rows][:, None, None]).astype(np.float32)


def _looked_up(grid: Floats, chance: NDArray[np.floating]) -> Floats:
    """Interpolate quantiles at any chances: grid (n, H, len(CHANCES)), chance (n, H, m) -> float32 (n, H, m)."""
    left = _CELL[np.minimum((chance * FINE).astype(np.int64), FINE - 1)]
    low = CHANCES[left].astype(np.float32)
    part = np.clip((chance - low) / (CHANCES[left + 1].astype(np.float32) - low), 0, 1).astype(np.float32)
    at = np.take_along_axis(grid, left, axis=2)
    return np.asarray(at + part * (np.take_along_axis(grid, left + 1, axis=2) - at), np.float32)
