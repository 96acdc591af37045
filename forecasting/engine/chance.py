"""Chance without state: numbers that depend on a product's id, the seed and a place, never on position or chunk."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)


def keys_of(ids: Sequence[str], seed: int = 0) -> Keys:
    """Return one 64-bit key per id and seed: uint64 (n,)."""
    salt = seed.to_bytes(16, "big", signed=True)
    return np.array([int.from_bytes(blake2b(i.encode(), digest_size=8, key=salt).digest()) for i in ids], np.uint64)


def mixed(keys: Keys, place: NDArray[np.integer] | int) -> Keys:
    """Mix keys with places (broadcast) into new uniform 64-bit numbers (splitmix64, Steele and others 2014)."""
    with np.errstate(over="ignore"):
        z = keys + (np.asarray(place).astype(np.uint64) + np.uint64(1)) * _STEP
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)


def uniform(keys: Keys) -> NDArray[np.float64]:
    """Turn 64-bit numbers into float64 in (0, 1)."""
    return np.asarray(((keys >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)
