"""Lead times learned from receipts: a product's own deliveries, its supplier's, and what is stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from forecasting.planning.types import Closure, Days, Floats, Ints

SAMPLES = 20  # equally likely lead times that stand for the distribution
OWN, SUPPLIERS = 4.0, 8.0  # deliveries that weigh as much as what is known more broadly
ALIKE = 100.0  # the same where a supplier's products do not differ at all
TOLD = 10  # deliveries of a supplier from which it can be told how much its products differ


@dataclass(frozen=True, slots=True)
class Receipts:
    """k order lines that have arrived: days datetime64[D] (k,), expected may be NaT; product int64 (k,), row of it."""

    ordered_on: Days
    expected_on: Days
    received_on: Days
    product: Ints


@dataclass(frozen=True, slots=True)
class Learned:
    """Lead times of n products in days: samples float64 (n, SAMPLES) in rising order, mean, sd, and the weight that
    own deliveries have, 0..1, (n,); count: deliveries of the product and of its supplier, int64 (n,). NaN where nothing
    arrived yet: what is stated holds.
    """

    samples: Floats
    mean: Floats
    sd: Floats
    weight: Floats
    count: Ints
    count_supplier: Ints


def learn(
    receipts: Receipts,
    supplier: Ints,
    stated: Floats,
    stated_sd: Floats,
    closures: Sequence[Sequence[Closure]] = (),
) -> Learned:
    """Learn lead times; supplier int64 (n,), -1 = none; stated and stated_sd days (n,), NaN = not stated.

    A product with k deliveries of its own gives them the weight k / (k + 4), or k / (k + w / b) where the supplier's
    deliveries tell their variance within products, w, and between them, b (Buehlmann credibility); the rest goes to its
    supplier's delays (received less expected, added to the product's own stated lead time) with j / (j + 8), and to
    what is stated.
    Deliveries that took less than nothing or have no dates do not count. closures: days by supplier on which nothing is
    made or sent; they are no lead time, since a plan adds those to come (closures.py).
    """
    n = len(stated)
    took = _days(receipts.received_on, receipts.ordered_on) - _closed(receipts, receipts.ordered_on, supplier, closures)
    late = _days(receipts.received_on, receipts.expected_on) - _closed(
        receipts, receipts.expected_on, supplier, closures
    )
    fine = (took >= 0) & (receipts.product >= 0) & (receipts.product < n)
    rows, took, late = receipts.product[fine], took[fine], late[fine]
    out = np.full((n, SAMPLES), np.nan)
    weight, count, others = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    of_supplier = _by_supplier(rows, supplier)
    needed = {code: _own_needed(rows[mine], took[mine]) for code, mine in of_supplier.items()}
    order = np.argsort(rows, kind="stable")
    first, last = np.searchsorted(rows[order], np.arange(n)), np.searchsorted(rows[order], np.arange(n), side="right")
    for i in range(n):
        mine = order[first[i] : last[i]]
        theirs = of_supplier.get(int(supplier[i]), mine[:0])
        count[i], others[i] = len(mine), len(theirs)
        if not len(mine) and not len(theirs):
            continue
        broad = np.where(np.isnan(late[theirs] + stated[i]), took[theirs], np.maximum(late[theirs] + stated[i], 0))
        out[i], weight[i] = _mixed(
            took[mine], broad, _stated(float(stated[i]), float(stated_sd[i])), needed.get(int(supplier[i]), OWN)
        )
    known = count + others > 0
    mean = np.where(known, np.nan_to_num(out).mean(axis=1), np.nan)
    return Learned(out, mean, np.where(known, np.nan_to_num(out).std(axis=1), np.nan), weight, count, others)


def _days(later: Days, earlier: Days) -> Floats:
    gone = np.isnat(later) | np.isnat(earlier)
    return np.where(gone, np.nan, (later - earlier).astype("timedelta64[D]").astype(np.float64))


def _closed(receipts: Receipts, since: Days, supplier: Ints, closures: Sequence[Sequence[Closure]]) -> Floats:
    """Count the days after `since` on which the supplier was closed until the order came, (k,)."""
    found = np.zeros(len(receipts.product))
    inside = (receipts.product >= 0) & (receipts.product < len(supplier))
    codes = np.where(inside, supplier[np.where(inside, receipts.product, 0)], -1)
    for code, shut in enumerate(closures):
        mine = codes == code
        for first, last in shut:
            begins = np.maximum(since[mine] + 1, np.datetime64(first))
            ends = np.minimum(receipts.received_on[mine], np.datetime64(last))
            found[mine] += np.maximum(np.nan_to_num(_days(ends, begins), nan=-1) + 1, 0)
    return found


def _by_supplier(rows: Ints, supplier: Ints) -> dict[int, Ints]:
    codes = supplier[rows]
    return {int(code): np.flatnonzero(codes == code) for code in np.unique(codes[codes >= 0])}


def _stated(mean: float, sd: float) -> Floats:
    """Stated lead time as samples of a normal distribution, never below 0; empty when not stated."""
    if np.isnan(mean):
        return np.empty(0)
    spread = 0.0 if np.isnan(sd) else sd
    usual = NormalDist()
    return np.array([max(mean + spread * usual.inv_cdf((i + 0.5) / SAMPLES), 0) for i in range(SAMPLES)])


def _own_needed(rows: Ints, took: Floats) -> float:
    """Say how many own deliveries weigh as much as the supplier's: the variance within products over that between."""
    _, of, count = np.unique(rows, return_inverse=True, return_counts=True)
    k, n = len(count), len(rows)
    if n < TOLD or k < 2 or n <= k:
        return OWN
    mean = np.bincount(of, took) / count
    within = float(((took - mean[of]) ** 2).sum() / (n - k))
    spread = float((count * (mean - took.mean()) ** 2).sum() - (k - 1) * within)
    between = max(spread / (n - float((count**2).sum()) / n), 0.0)
    return float(np.clip(within / between, OWN, ALIKE)) if between > 0 else ALIKE


def _mixed(own: Floats, broad: Floats, stated: Floats, needed: float) -> tuple[Floats, float]:
    """Mix what is known into equally likely samples; returns them and the weight of own deliveries."""
    mine = len(own) / (len(own) + needed) if len(broad) > len(own) or len(stated) else 1.0
    theirs = (1 - mine) * (len(broad) / (len(broad) + SUPPLIERS) if len(stated) else 1.0)
    parts = [(own, mine), (broad, theirs), (stated, 1 - mine - theirs)]
    values = np.concatenate([part for part, _ in parts])
    weights = np.concatenate([np.full(len(part), share / max(len(part), 1)) for part, share in parts])
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.searchsorted(reached, (np.arange(SAMPLES) + 0.5) / SAMPLES - 1e-12)
    return values[order][np.minimum(at, len(values) - 1)], mine
