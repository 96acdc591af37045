"""Lead times learned from receipts: a product's own deliveries, its supplier's, and what is stated."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from forecasting.planning.types import Days, Floats, Ints

SAMPLES = 20  # equally likely lead times that stand for the distribution
OWN, SUPPLIERS = 4.0, 8.0  # deliveries that weigh as much as what is known more broadly


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


def learn(receipts: Receipts, supplier: Ints, stated: Floats, stated_sd: Floats) -> Learned:
    """Learn lead times; supplier int64 (n,), -1 = none; stated and stated_sd days (n,), NaN = not stated.

    A product with k deliveries of its own gives them the weight k / (k + 4), the rest goes to its supplier's delays
    (received less expected, added to the product's own stated lead time) with j / (j + 8), and to what is stated.
    Deliveries that took less than nothing or have no dates do not count.
    """
    n = len(stated)
    took = _days(receipts.received_on, receipts.ordered_on)
    late = _days(receipts.received_on, receipts.expected_on)
    fine = (took >= 0) & (receipts.product >= 0) & (receipts.product < n)
    rows, took, late = receipts.product[fine], took[fine], late[fine]
    out = np.full((n, SAMPLES), np.nan)
    weight, count, others = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    of_supplier = _by_supplier(rows, supplier)
    order = np.argsort(rows, kind="stable")
    first, last = np.searchsorted(rows[order], np.arange(n)), np.searchsorted(rows[order], np.arange(n), side="right")
    for i in range(n):
        mine = order[first[i] : last[i]]
        theirs = of_supplier.get(int(supplier[i]), mine[:0])
        count[i], others[i] = len(mine), len(theirs)
        if not len(mine) and not len(theirs):
            continue
        broad = np.where(np.isnan(late[theirs] + stated[i]), took[theirs], np.maximum(late[theirs] + stated[i], 0))
        out[i], weight[i] = _mixed(took[mine], broad, _stated(float(stated[i]), float(stated_sd[i])))
    known = count + others > 0
    mean = np.where(known, np.nan_to_num(out).mean(axis=1), np.nan)
    return Learned(out, mean, np.where(known, np.nan_to_num(out).std(axis=1), np.nan), weight, count, others)


def _days(later: Days, earlier: Days) -> Floats:
    gone = np.isnat(later) | np.isnat(earlier)
    return np.where(gone, np.nan, (later - earlier).astype("timedelta64[D]").astype(np.float64))


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


def _mixed(own: Floats, broad: Floats, stated: Floats) -> tuple[Floats, float]:
    """Mix what is known into equally likely samples; returns them and the weight of own deliveries."""
    mine = len(own) / (len(own) + OWN) if len(broad) > len(own) or len(stated) else 1.0
    theirs = (1 - mine) * (len(broad) / (len(broad) + SUPPLIERS) if len(stated) else 1.0)
    parts = [(own, mine), (broad, theirs), (stated, 1 - mine - theirs)]
    values = np.concatenate([part for part, _ in parts])
    weights = np.concatenate([np.full(len(part), share / max(len(part), 1)) for part, share in parts])
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.searchsorted(reached, (np.arange(SAMPLES) + 0.5) / SAMPLES - 1e-12)
    return values[order][np.minimum(at, len(values) - 1)], mine
