"""Products that take over from others: the successor inherits history, the predecessor runs down, nothing doubles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import Cleaned
from forecasting.engine.types import Floats, Freq, Ints
from forecasting.words import Said, say

HALVES: dict[Freq, float] = {"D": 28.0, "W": 4.0, "M": 1.0}  # periods in which a predecessor loses half of its demand
RECENT: dict[Freq, int] = {"D": 28, "W": 4, "M": 2}  # periods that tell how much of it is left
SETTLED: dict[Freq, float] = {"D": 56.0, "W": 8.0, "M": 2.0}  # own periods that weigh as much as the inherited level

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Family:
    """Who takes over from whom: parent int64 (n,), row or -1; heirs int64 (n,), how many take over from each.

    own: int64 (n,), known periods of a product's own, without what it inherited. refused: bool (n,), replaces itself,
    or a circle, or a product with impossible values.
    """

    parent: Places
    heirs: Places
    own: Places
    refused: NDArray[np.bool_]


def family_of(cleaned: Cleaned, replaces: Ints | None) -> Family:
    """Read who takes over from whom; circles and poisoned predecessors are refused."""
    n = len(cleaned.units)
    own = (~np.isnan(cleaned.units)).sum(axis=1)
    parent = np.full(n, -1, np.int64)
    refused = np.zeros(n, np.bool_)
    if replaces is not None:
        given = np.asarray(replaces, np.int64)
        if given.shape != (n,) or ((given < -1) | (given >= n)).any():
            raise ValueError("replaces must hold a row of the panel, or -1, for each product")
        for i in np.flatnonzero(given >= 0):
            line, at = {int(i)}, int(given[i])
            while at >= 0 and at not in line:
                line.add(at)
                at = int(given[at])
            refused[i] = at >= 0 or bool(cleaned.poisoned[given[i]])
        parent = np.where(refused, -1, given)
    return Family(parent, np.bincount(parent[parent >= 0], minlength=n).astype(np.int64), own, refused)


def inherit(cleaned: Cleaned, family: Family, freq: Freq) -> Cleaned:
    """Give each successor the demand of both: before its own start its predecessor's at its own level, then the sum.

    A predecessor with several successors is shared evenly. The level is that of the sum since the start over that of
    the predecessor before, shrunk to 1 until the successor has some periods of its own.
    """
    if not (family.parent >= 0).any():
        return cleaned
    units, proof, sold = cleaned.units.copy(), cleaned.proof.copy(), cleaned.sold.copy()
    first = cleaned.first.copy()
    for i in _eldest_first(family.parent):
        p = int(family.parent[i])
        share = 1 / float(family.heirs[p])
        start = int(cleaned.first[i])
        level = share * _own_level(units[p], cleaned.units[i], start, share, freq)
        for grid, own in ((units, cleaned.units), (proof, cleaned.proof), (sold, cleaned.sold)):
            grid[i, :start] = grid[p, :start] * np.float32(level)
            both = own[i, start:] + np.nan_to_num(grid[p, start:]) * np.float32(share)
            grid[i, start:] = both
        known = ~np.isnan(units[i])
        first[i] = known.argmax() if known.any() else units.shape[1]
    grain = np.where(family.parent >= 0, np.minimum(cleaned.grain, cleaned.grain[family.parent]), cleaned.grain)
    return replace(cleaned, units=units, proof=proof, sold=sold, first=first, grain=grain.astype(np.float32))


def _eldest_first(parent: Places) -> list[int]:
    def depth(i: int) -> int:
        found = 0
        while parent[i] >= 0:
            i, found = int(parent[i]), found + 1
        return found

    return sorted(np.flatnonzero(parent >= 0).tolist(), key=depth)


def _own_level(old: Floats, new: Floats, start: int, share: float, freq: Freq) -> float:
    """Compare demand since a successor's start with as long a time before: 1 until something is known."""
    since = new[start:] + np.nan_to_num(old[start:]) * share
    known = ~np.isnan(since)
    window = min(len(since), round(4 * SETTLED[freq]))
    before = old[max(start - window, 0) : start]
    before = before[~np.isnan(before)]
    if not known.any() or not len(before) or not before.mean() > 0:
        return 1.0
    count = min(int(known.sum()), window)
    ratio = float(since[known][-count:].mean()) / (float(before.mean()) * share)
    return float(np.clip((count * ratio + SETTLED[freq]) / (count + SETTLED[freq]), 0.1, 10))


def split(mean: Floats, cleaned: Cleaned, family: Family, freq: Freq) -> Floats:
    """Share a family's forecast: the predecessor runs down, its successor gets the rest; the sum stays the family's.

    mean: float32 (n, H), in units; a successor's is that of the family. A predecessor is left with its share of the
    last weeks' demand, halved every four weeks; one that still sells alone is so from now on. cleaned: before inherit.
    """
    out = mean.copy()
    fade = 0.5 ** (np.arange(1, mean.shape[1] + 1) / HALVES[freq])
    recent = np.nan_to_num(cleaned.units[:, -RECENT[freq] :]).sum(axis=1, dtype=np.float64)
    left = recent.copy()  # with what is left of those before
    for i in _eldest_first(family.parent):
        left[i] += left[family.parent[i]] / float(family.heirs[family.parent[i]])
    for p in dict.fromkeys(int(family.parent[i]) for i in reversed(_eldest_first(family.parent))):
        heirs = np.flatnonzero(family.parent == p)
        whole = out[heirs].sum(axis=0, dtype=np.float64)
        total = recent[heirs].sum() + left[p]
        out[p] = whole * (left[p] / total if total > 0 else 0.0) * fade
        out[heirs] *= 1 - np.divide(out[p], whole, out=np.zeros_like(whole), where=whole > 0)
    return out


def explained(ids: Sequence[str], family: Family, said: Sequence[Said]) -> tuple[Said, ...]:
    """Add to the reasons who takes over from whom."""
    out = list(said)
    for i in np.flatnonzero(family.parent >= 0).tolist():
        p = int(family.parent[i])
        out[i] = say("%(reason)s It takes over from %(sku)s and inherits its history.", reason=out[i], sku=ids[p])
    for p in dict.fromkeys(family.parent[family.parent >= 0].tolist()):
        heir = ids[int(np.flatnonzero(family.parent == p)[0])]
        out[p] = say("%(reason)s It runs down: %(sku)s takes over.", reason=out[p], sku=heir)
    return tuple(out)
