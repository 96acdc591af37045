"""Comparison at equal service: what Lagom holds when it delivers as much as the other arm, read off its own curve.

Less stock with worse service is no gain. So Lagom is lived again aiming lower and higher until its fill lies on both
sides of the other's, once more close to it, and its stock at the other's fill is read in between.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.planning.past.bootstrap import Weights, interval, verdict, weights
from forecasting.planning.past.evidence import Figure, Priced, Record, figures, priced
from forecasting.planning.types import Floats

Tried = list[tuple[float, Record]]
STEP = 4.0  # factor on the odds of not running out, from one try to the next
MOST = 4  # tries beside the one that the plan makes by itself
MEASURES = ("fill", "fill_value")  # of units, and of their value
LEAST = 1e-6  # share missed, below which fills are told apart no more
ROOM = 0.75  # a curve reaches past a goal when it misses at most this part of what the goal misses: the draws differ


@dataclass(frozen=True, slots=True)
class Equal:
    """Stock at the other's fill: lagom and baseline, the share saved.

    kind: stock_value, of the products with costs where they are enough to stand for the firm, else stock_units of all.
    products, share: how many are compared, and their share of the units wanted.

    low, high: 90 % interval of the share saved; verdict: shown, not shown (it holds more), cannot tell. measure: fill
    of units, or of value.
    """

    measure: str
    kind: str
    fill: float
    baseline: float
    lagom: float
    saved: float
    low: float
    high: float
    verdict: str
    products: int
    share: float


@dataclass(frozen=True, slots=True)
class Point:
    """One point of an exchange curve: how much stock for how much service; factor: how much more than by itself."""

    factor: float
    fill: float
    stock_units: float
    stock_value: float


def searched(lived: Callable[[float], Record], goals: list[Record]) -> Tried:
    """Live again with other odds until the fills lie on both sides of every goal, and once near each.

    lived(factor) lives; factor 1 is what the plan does by itself. goals: the other arms. Where the curve barely reaches
    above a goal, it goes on by one step: in some draws of the bootstrap the other arm does better. Returns
    (factor, record) in rising order.
    """
    tried = {1.0: lived(1.0)}
    fills = {1.0: _fills(tried[1.0])}
    wanted = [found for found in map(_fills, goals) if np.isfinite(found[0])]

    def attempt(factor: float) -> None:
        tried[factor] = lived(factor)
        fills[factor] = _fills(tried[factor])

    while wanted and len(tried) < MOST and min(f[0] for f in fills.values()) > min(g[0] for g in wanted):
        attempt(min(tried) / STEP)
    while len(tried) < MOST and max(f[0] for f in fills.values()) < max((g[0] for g in wanted), default=0.0):
        attempt(max(tried) * STEP)
    near_ones = MOST + 1 - len(tried)
    if not all(_roomy(list(fills.values()), goal) for goal in wanted):
        attempt(max(tried) * STEP)
    for goal in wanted[:near_ones]:
        near = _near({factor: found[0] for factor, found in fills.items()}, goal[0])
        if near and near not in tried:
            attempt(near)
    return sorted(tried.items(), key=lambda pair: pair[0])


def _fills(record: Record) -> tuple[float, ...]:
    """Tell the fill by every measure; NaN where it cannot be told."""
    named = _named(record)
    return tuple(named[measure].value() for measure in MEASURES)


def _roomy(fills: list[tuple[float, ...]], goal: tuple[float, ...]) -> bool:
    """Tell whether the best of the fills lies well above a goal, by every measure that can be told."""
    best = np.max(fills, axis=0)
    told = np.isfinite(best) & np.isfinite(goal)
    return bool((1 - best <= ROOM * (1 - np.array(goal)))[told].all())


def _near(fills: dict[float, float], goal: float) -> float:
    """Guess the factor that meets a goal from the two around it; 0 when none are."""
    below = [f for f in fills if fills[f] <= goal]
    above = [f for f in fills if fills[f] > goal]
    if not below or not above:
        return 0.0
    low, high = max(below), min(above)
    if low >= high:
        return 0.0
    share = (goal - fills[low]) / (fills[high] - fills[low])
    return float(np.exp(np.log(low) + share * (np.log(high) - np.log(low))))


def _named(record: Record) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures(record)}


def curve(tried: Tried) -> tuple[Point, ...]:
    """Tell stock and service of every try."""
    found = []
    for factor, record in tried:
        named = _named(record)
        found.append(
            Point(
                factor,
                named["fill"].value(),
                named["stock_units"].value(),
                named["stock_value"].value() if np.isfinite(record.prices.unit).any() else float("nan"),
            )
        )
    return tuple(found)


def equal_service(mine: Tried, other: Tried, measure: str, seed: int) -> Equal:
    """Compare stock at equal service, in every draw of the bootstrap.

    Read off Lagom's curve at the other's service; where that is out of its reach, off the other's curve at Lagom's.
    Draws in which no stock of Lagom's reaches the other's service are left out while they are few; where more than one
    in ten are so, low is NaN (it holds more without a bound), and high still bounds what may be saved.
    """
    whole = at_itself(other)
    known = priced(whole, whole.prices.unit)
    kind = "stock_value" if known.enough else "stock_units"
    if known.enough:
        rows = np.flatnonzero(np.isfinite(whole.prices.unit))
        mine, other = ([(factor, record.rows(rows)) for factor, record in tried] for tried in (mine, other))
    else:
        known = Priced(len(whole.demand), 1.0)
    own, theirs = at_itself(mine), at_itself(other)
    drawn, once = weights(len(theirs.demand), theirs.demand.shape[1], seed), None
    found = _both(mine, theirs, (measure, kind), once)
    turned = not np.isfinite(found[0]).all()
    curve_of, at = (other, own) if turned else (mine, theirs)
    read, held = _both(curve_of, at, (measure, kind), once)
    many_read, many_held = _both(curve_of, at, (measure, kind), drawn)
    lagom, baseline = (held, read) if turned else (read, held)
    with np.errstate(divide="ignore", invalid="ignore"):
        saved = 1 - (many_held / many_read if turned else many_read / many_held)
        value = float((1 - lagom / baseline)[0])
    low, high = interval(saved) if turned else _bounded(saved)
    said = {"higher": "shown", "lower": "not shown"}.get(verdict(low, high), verdict(low, high))
    goal = _named(at)[measure].value()
    held_by = (float(baseline[0]), float(lagom[0]))
    return Equal(measure, kind, goal, *held_by, value, low, high, said, known.products, known.share)


def at_itself(tried: Tried) -> Record:
    """Return what an arm does by its own rules."""
    return next(record for factor, record in tried if factor == 1.0)


def _bounded(saved: Floats) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles of the share saved; of many draws out of reach, each is below all others."""
    low, high = interval(saved)
    if np.isfinite(low):
        return low, high
    low, high = np.quantile(np.where(np.isfinite(saved), saved, -np.inf), (0.05, 0.95), method="inverted_cdf")
    return (float(low) if np.isfinite(low) else float("nan"), float(high) if np.isfinite(high) else float("nan"))


def _both(tried: Tried, at: Record, names: tuple[str, str], drawn: Weights | None) -> tuple[Floats, Floats]:
    """Stock read off a curve at the service of one arm, and what that arm holds; as it was, or in every draw."""
    measure, kind = names

    def worked(figure: Figure) -> Floats:
        return np.array([figure.value()]) if drawn is None else drawn.drawn(figure)

    points, goal = [_named(record) for _, record in tried], _named(at)
    fills, stocks = (np.array([worked(point[name]) for point in points]) for name in (measure, kind))
    return _read(fills, stocks, worked(goal[measure])), worked(goal[kind])


def _read(fills: Floats, stocks: Floats, goal: Floats) -> Floats:
    """Interpolate stock at a goal along the curve, per draw: fills, stocks (points, draws), goal (draws,).

    Stock grows about in line with the logarithm of what is missed (each further unit saves less than the one before),
    so that is what is interpolated over: a straight line over the fill would tell stock too high in between. A goal
    below the curve is read at its lower end, which tells stock too high rather than too low; above it nothing is known.
    """
    out = np.full(goal.shape, np.nan)
    reached, wanted = -np.log(np.maximum(1 - fills, LEAST)), -np.log(np.maximum(1 - goal, LEAST))
    for d in range(goal.size):
        order = np.argsort(reached[:, d], kind="stable")
        at, held = reached[order, d], np.maximum.accumulate(stocks[order, d])
        if at[0] <= wanted[d] <= at[-1]:
            out[d] = np.interp(wanted[d], at, held)
        elif wanted[d] < at[0]:
            out[d] = held[0]
    return out
