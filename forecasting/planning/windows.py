"""From sample paths and stock to the window in which an order placed now is the one that matters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.clock import Clock
from forecasting.planning.targets import POINTS, Window
from forecasting.planning.types import Floats, Ints, ItemTerms, StockState


@dataclass(frozen=True, slots=True)
class Spans:
    """Arrival of an order placed now and of the next one, as period indices.

    arrive, until: int64 (n, m) per path; arrive_usual, until_usual: int64 (n,) with the usual lead time. sampled: bool
    (n,), products whose lead times are drawn from samples.
    """

    arrive: Ints
    until: Ints
    arrive_usual: Ints
    until_usual: Ints
    sampled: NDArray[np.bool_]


def shares(paths: int, seed: int) -> Floats:
    """Draw chances in equal shares from 0 to 1, the same for all products, (paths,)."""
    return np.asarray((np.random.default_rng([seed, 71]).permutation(paths) + 0.5) / paths)


def spans(terms: ItemTerms, review: Floats, share: Floats, clock: Clock, waits: tuple[Floats, Floats]) -> Spans:
    """Say when orders arrive: the first opening at least a lead time after the next opening (the contract's timing).

    share: from `shares`. waits: days by which closures delay an order placed now and the next one, (n,) each.
    """
    now, later = waits
    usual = terms.lead_time_days
    drawn, sampled = _drawn(terms, share)
    arrive, arrive_usual = clock.index(drawn + now[:, None]), clock.index(usual + now)
    until = np.maximum(clock.index(drawn + (review + later)[:, None]), arrive + 1)
    until_usual = np.maximum(clock.index(usual + review + later), arrive_usual + 1)
    return Spans(arrive, until, arrive_usual, until_usual, sampled)


def _drawn(terms: ItemTerms, share: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Lead times in days per path, (n, m): from samples as they are, or the mean and its spread above it.

    An early delivery is welcome but not counted on where only a spread is known, so that more spread never means less
    stock.
    """
    from scipy.special import ndtri

    late = np.maximum(np.asarray(ndtri(share), dtype=np.float64), 0.0)
    drawn = terms.lead_time_days[:, None] + np.nan_to_num(terms.lead_time_sd_days)[:, None] * late[None, :]
    if terms.lead_samples is None or not terms.lead_samples.shape[1]:
        return drawn, np.zeros(len(drawn), np.bool_)
    sampled: NDArray[np.bool_] = np.asarray(~np.isnan(terms.lead_samples).any(axis=1))
    at = (share * terms.lead_samples.shape[1]).astype(np.int64)
    return np.asarray(np.where(sampled[:, None], terms.lead_samples[:, at], drawn)), sampled


def extended(paths: Floats, periods: int) -> Floats:
    """Cut the paths to `periods` periods, or repeat them where the forecast ends earlier, (n, m, periods)."""
    have = paths.shape[2]
    if have >= periods:
        return paths[:, :, :periods]
    return np.asarray(paths[:, :, np.arange(periods) % have])


def inbound_matrix(stock: StockState, clock: Clock, rows: slice, periods: int) -> Floats:
    """Lay inbound units out by the period at whose opening they can be used, (rows, periods); later ones are absent."""
    start, stop, _ = rows.indices(len(stock.on_hand))
    matrix = np.zeros((stop - start, periods))
    when = clock.index_of(stock.inbound_day)
    mine = (stock.inbound_row >= start) & (stock.inbound_row < stop) & (when < periods)
    np.add.at(matrix, (stock.inbound_row[mine] - start, when[mine]), stock.inbound_units[mine])
    return matrix


def projected(demand: Floats, inbound: Floats, on_hand: Floats, arrive: Ints, backorders: bool) -> Floats:
    """Stock on each path at the moment before the order arrives, (n, m).

    E_{t+1} = max(E_t + inbound_t - d_t, 0), without the max when unmet demand waits. demand (n, m, P), inbound (n, P).
    """
    stock = np.broadcast_to(on_hand[:, None], demand.shape[:2]).copy()
    for t in range(int(arrive.max(initial=0))):
        after = stock + inbound[:, t, None] - demand[:, :, t]
        if not backorders:
            np.maximum(after, 0, out=after)
        stock = np.where(t < arrive, after, stock)
    return stock


def window(total: Floats, spans: Spans, *, before: Floats | None, points: int = POINTS) -> Window:
    """Cut the window [arrive, until) out of each path.

    total: (n, m, P) demand minus inbound, cumulated. before: stock just before the order arrives, (n, m); None counts
    all demand from now on instead, as for a target of stock and inbound together. points: most period ends looked at.
    """
    ends, stand_for = _columns((spans.until - spans.arrive).max(axis=1), points)
    base = np.zeros(spans.arrive.shape) if before is None else before + _until(total, spans.arrive - 1)
    fall = np.empty((len(ends), *spans.arrive.shape))
    weight = np.empty_like(fall)
    for w, (end, count) in enumerate(zip(ends, stand_for, strict=True)):
        fall[w] = _until(total, np.minimum(spans.arrive + end[:, None], spans.until - 1)) - base
        inside = spans.until - spans.arrive - end[:, None] + count[:, None] - 1
        weight[w] = np.clip(inside, 0, count[:, None])
    return Window(fall, np.maximum.accumulate(fall, axis=0), weight)


def demand_within(total: Floats, first: Ints, stop: Ints) -> Floats:
    """Sum demand over the periods [first, stop) of each path, (n, m); total: cumulated, (n, m, P), first, stop (n, m).

    A difference of running sums, since the rounding of a sum over all P would depend on P.
    """
    return np.asarray(_until(total, stop - 1) - _until(total, first - 1))


def _until(total: Floats, period: Ints) -> Floats:
    """Read cumulated values at the end of a period per path; 0 before the first, (n, m)."""
    value = np.take_along_axis(total, np.maximum(period, 0)[:, :, None], axis=2)[:, :, 0]
    return np.where(period >= 0, value, 0.0)


def _columns(width: Ints, most: int) -> tuple[Ints, Ints]:
    """Pick at most so many period ends of each product's window, the last among them, and the periods each stands for.

    width (n,) periods; returns two (W, n).
    """
    points = np.minimum(width, most)
    step = np.arange(1, int(points.max(initial=1)) + 1)[:, None]
    ends = np.round(np.minimum(step, points) * width / points).astype(np.int64) - 1
    return ends, np.diff(ends, prepend=-1, axis=0)
