"""What the tests on the past said of each product, kept so that a run a day later need not test again.

A product is known by its id, and its past by a digest: whose past was corrected since is tested anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.chance import Keys, mixed

NEAR = 0.05  # share by which the step that demand comes in may have changed since
LINE = 16  # predecessors looked at, one behind the other

PLAIN = ("phi", "kind", "gap", "loss", "naive")  # parts of a verdict with one number per product

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Scores = dict[str, dict[str, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What tests on the past say of n products and M models.

    share: float64 (M, n), of each model in the forecast; phi (n,), spread of its errors; kind, gap: how demand comes;
    loss, naive: of what ships and of the better of two naive forecasts, (n,);
    scores, backtest: who -> metric -> float32 (n,), as in Forecast.
    """

    share: Doubles
    phi: Doubles
    kind: Ints
    gap: Doubles
    loss: Doubles
    naive: Doubles
    scores: Scores
    backtest: Scores

    def take(self, rows: Ints) -> "Verdict":
        """Take some products."""

        def some(told: Scores) -> Scores:
            return {who: {metric: values[rows] for metric, values in each.items()} for who, each in told.items()}

        plain = {name: getattr(self, name)[rows] for name in PLAIN}
        return Verdict(self.share[:, rows], **plain, scores=some(self.scores), backtest=some(self.backtest))

    @classmethod
    def joined(cls, parts: Sequence["Verdict"]) -> "Verdict":
        """Put verdicts on some products each one behind the other; on none at all where there are no parts."""
        if not parts:
            none, whole_numbers = np.empty(0), np.empty(0, np.int64)
            return cls(np.empty((0, 0)), none, whole_numbers, none, none, none, {}, {})

        def whole(name: str) -> Any:
            return np.concatenate([getattr(part, name) for part in parts])

        def told(name: str) -> Scores:
            first: Scores = getattr(parts[0], name)
            return {
                who: {metric: np.concatenate([getattr(part, name)[who][metric] for part in parts]) for metric in each}
                for who, each in first.items()
            }

        plain = {name: whole(name) for name in PLAIN}
        share = np.concatenate([part.share for part in parts], axis=1)
        return cls(share, **plain, scores=told("scores"), backtest=told("backtest"))


@dataclass(frozen=True, slots=True)
class Remembered:
    """Verdicts on n products by the order of their keys, and the past they rest on.

    start, periods: the first day of that past and its length. keys: uint64 (n,), of the ids; past: uint64 (n,), digests
    (see `digests`); grain: float32 (n,), the steps that demand came in.
    """

    start: date
    periods: int
    keys: Keys
    past: Keys
    grain: NDArray[np.float32]
    verdict: Verdict

    def rows_of(self, keys: Keys, past: Keys, grain: NDArray[np.float32] | None = None) -> Ints:
        """Find products whose past is as it was, and whose demand comes in the same steps: int64 (n,) rows of the
        verdict, -1 = none.
        """
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        same = (self.keys[at] == keys) & (self.past[at] == past)
        if grain is not None:
            same &= np.abs(grain - self.grain[at]) <= NEAR * self.grain[at]
        return np.where(same, at, -1)


def digests(
    grids: Sequence[NDArray[Any] | None], groups: NDArray[Any] | None, replaces: NDArray[Any] | None, periods: int
) -> Keys:
    """Digest each product's first `periods` periods, grids (n, T), its groups (n, g) and all that of the products it
    took over from, rows (n,): uint64 (n,).
    """
    parts = [None if grid is None else np.ascontiguousarray(grid[:, :periods]) for grid in grids]
    given = [part for part in (*parts, None if groups is None else np.ascontiguousarray(groups)) if part is not None]
    kinds = repr([None if part is None else part.dtype.str for part in parts]).encode()
    own = np.array([_digest(kinds, [part[row] for part in given]) for row in range(len(given[0]))], np.uint64)
    if replaces is None or not (np.asarray(replaces) >= 0).any():
        return own
    parent = np.asarray(replaces, np.int64)
    heirs = np.bincount(parent[parent >= 0], minlength=len(parent))
    found = own
    for _ in range(LINE):
        found = np.where(parent >= 0, mixed(own ^ mixed(found[parent], 1), heirs[parent]), own)
    return np.asarray(found, np.uint64)


def _digest(kinds: bytes, rows: Sequence[NDArray[Any]]) -> int:
    digest = blake2b(kinds, digest_size=8)
    for row in rows:
        digest.update(row.data)
    return int.from_bytes(digest.digest())
