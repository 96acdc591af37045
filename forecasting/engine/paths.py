"""Quantiles and sample paths from means, spreads and the bank of past error paths."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.chance import Keys, keys_of, mixed, uniform
from forecasting.engine.distribution import CHANCES, quantile_grid
from forecasting.engine.spread import Bank
from forecasting.engine.types import Floats

CHUNK = 256  # products whose paths are drawn at once
FINE = 1 << 14  # steps by which the cell of a chance is looked up
_CELL = np.clip(np.searchsorted(CHANCES, (np.arange(FINE) + 0.5) / FINE, side="right") - 1, 0, len(CHANCES) - 2)
BESIDE = 0.02  # how far a quantile of whole units lies from the whole number

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]


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

        Quantiles of whole units lie a fiftieth beside the whole number (see _on_one_side).
        """
        chance = self.bank.recalibrated(levels)[self._buckets()]
        found = np.empty((*self.mean.shape, len(levels)), np.float32)
        for start in range(0, len(self.mean), CHUNK):
            rows = slice(start, start + CHUNK)
            found[rows] = _looked_up(self._grid(rows), chance[rows])
        whole = self.grain == 1
        found[whole] = _on_one_side(found[whole], keys_of([i for i, w in zip(self.ids, whole, strict=True) if w]))
        return self._units(np.maximum.accumulate(found, axis=2), slice(None))

    def __call__(self, m: int, seed: int, rows: slice) -> Floats:
        """Draw m paths for some products: float32 (products, m, H), whole numbers where demand comes in whole units."""
        chosen = np.arange(len(self.ids))[rows]
        out = np.empty((len(chosen), m, self.mean.shape[1]), np.float32)
        keys, cells = keys_of([self.ids[i] for i in chosen], seed), _cells(_Same(self.bank))
        for start in range(0, len(chosen), CHUNK):
            part = chosen[start : start + CHUNK]
            grid, bucket = self._grid(part), self._buckets(part)
            draw = mixed(keys[start : start + CHUNK][:, None], np.arange(m)[None])
            for j, i in enumerate(part):
                place, share = cells[bucket[j]]
                path = (draw[j] % np.uint64(len(place))).astype(np.int64)
                out[start + j] = self._drawn(i, grid[j], place[path], share[path])
        return out

    def _drawn(self, i: int, grid: Floats, place: Places, share: Floats) -> Floats:
        """Read paths of one product off its quantiles (H, Q): place, share (m, H), see _cells; float32 (m, H) units."""
        low = np.take(grid.ravel(), place)
        step = np.take(np.diff(grid, axis=1, append=np.float32(0)).ravel(), place)
        np.multiply(share, step, out=step)
        found = np.add(low, step, out=step)
        if self.grain[i] == 1:
            np.round(found, out=found)
        np.maximum(found, 0, out=found)
        found *= self.grain[i]
        found *= self.mean[i] > 0
        return np.asarray(np.minimum(found, self.ceiling[i], out=found), np.float32)

    def _buckets(self, rows: slice | NDArray[np.int64] = slice(None)) -> NDArray[np.int64]:
        return self.bank.bucket((self.mean[rows] / self.grain[rows][:, None]).mean(axis=1, dtype=np.float64))

    def _grid(self, rows: slice | NDArray[np.int64]) -> Floats:
        mean = (self.mean[rows] / self.grain[rows][:, None]).astype(np.float64)
        return quantile_grid(mean, np.broadcast_to(self.phi[rows][:, None], mean.shape))

    def _units(self, counts: Floats, rows: slice | NDArray[np.int64]) -> Floats:
        units = np.maximum(counts, 0) * self.grain[rows][:, None, None] * (self.mean[rows] > 0)[..., None]
        return np.minimum(units, self.ceiling[rows][:, None, None]).astype(np.float32)


def _on_one_side(found: Floats, keys: Keys) -> Floats:
    """Put quantiles of whole units a little above or below the whole number k, so that coverage is right on average.

    A wanted chance mostly lies inside the chance of k itself: no number is exceeded with just that chance. Its place v
    within the chance of k is how often, over products and periods, the quantile must lie above k. At k = 0 there is
    nothing below; there the quantile is zero, whose tie counts one half, or above: above with chance 2v - 1.
    The draw is the same for all levels, so that quantiles stay monotone.
    """
    whole = np.round(found)
    place = found - whole + 0.5
    above = np.where(whole <= 0, 2 * place - 1, place)
    draw = uniform(mixed(keys[:, None], np.arange(found.shape[1])[None]))[..., None]
    return np.asarray(np.where(draw < above, whole + BESIDE, np.maximum(whole - BESIDE, 0)), np.float32)


class _Same:
    """A bank that equals itself alone: what is worked out for it is worked out once."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    def __hash__(self) -> int:
        return id(self.bank)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.bank is self.bank


@lru_cache(maxsize=4)
def _cells(same: _Same) -> tuple[tuple[Places, Floats], ...]:
    """Look up once where each chance of the bank's paths lies: by bucket, place int64 (R, H) in a product's quantiles
    (H, Q) laid in a row, and share float32 (R, H) of the way to the next.
    """
    first = np.arange(same.bank.rows[0].shape[1]) * len(CHANCES)
    found = (_between(rows.astype(np.float32)) for rows in same.bank.rows)
    return tuple((left + first, part) for left, part in found)


def _between(chance: NDArray[np.floating]) -> tuple[Places, Floats]:
    """Find the cell of CHANCES that chances lie in, and the share of the way through it."""
    left = _CELL[np.minimum((chance * FINE).astype(np.int64), FINE - 1)]
    low = CHANCES[left].astype(np.float32)
    part = np.clip((chance - low) / (CHANCES[left + 1].astype(np.float32) - low), 0, 1)
    return left, part.astype(np.float32)


def _looked_up(grid: Floats, chance: NDArray[np.floating]) -> Floats:
    """Interpolate quantiles at any chances: grid (n, H, len(CHANCES)), chance (n, H, m) -> float32 (n, H, m)."""
    left, part = _between(chance)
    at = np.take_along_axis(grid, left, axis=2)
    return np.asarray(at + part * (np.take_along_axis(grid, left + 1, axis=2) - at), np.float32)
