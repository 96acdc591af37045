"""The figures of a plan for one chunk of products, all from the same sample paths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.planning import targets, windows
from forecasting.planning.budget import Ladder, ladder
from forecasting.planning.choices import Choices
from forecasting.planning.clock import Clock
from forecasting.planning.lookahead import Road, cost_level
from forecasting.planning.lots import SIZES, Grid, batch, cheapest
from forecasting.planning.targets import Costs, Window
from forecasting.planning.types import Floats, Ints, Policy


@dataclass(frozen=True, slots=True)
class Figures:
    """Units unless told otherwise, float64 (n,), NaN = absent; counted: inbound that arrives in time.

    need: units short of the target on arrival. wanted: the same and what an order line's cost makes worth adding.
    rate: mean demand per period. until: period in which the next order arrives.
    full: order before a budget; rungs, rung_cost (n, K): sizes weighed under one, and the cost of each.
    """

    demand: Floats
    target: Floats
    up_to: Floats
    counted: Floats
    need: Floats
    wanted: Floats
    order: Floats
    cost: Floats
    rate: Floats
    level: Floats
    until: Floats
    full: Floats
    rungs: Floats
    rung_cost: Floats


@dataclass(frozen=True, slots=True)
class Chunk:
    """Inputs for some of the products.

    paths (n, m, P); rate (n,) mean demand per period; inbound (n, P); on_hand (n,); cycle (n,) periods between
    orders; jitter (m,) within half a unit.
    """

    paths: Floats
    rate: Floats
    inbound: Floats
    on_hand: Floats
    choices: Choices
    unit_cost: Floats
    capped: bool
    spans: windows.Spans
    cycle: Ints
    jitter: Floats


def figures(chunk: Chunk, policy: Policy, clock: Clock) -> Figures:
    """Compute the plan of a chunk (see targets.py for the criteria, lots.py for the rounding)."""
    choices, spans, rate = chunk.choices, chunk.spans, chunk.rate
    review = choices.review / clock.days_per_period
    blur = _blur(chunk.paths, chunk.jitter)
    wanted = np.cumsum(chunk.paths, axis=2)
    demand = np.take_along_axis(wanted.mean(axis=1), (spans.until_usual - 1)[:, None], axis=1)[:, 0]
    position = windows.window(wanted, spans, before=None)
    total = wanted - np.cumsum(chunk.inbound, axis=1)[:, None, :]
    before = windows.projected(chunk.paths, chunk.inbound, chunk.on_hand, spans.arrive, policy.backorders)
    road = Road(total, windows.window(total, spans, before=before), spans, chunk.cycle, policy.backorders)
    window = road.window
    need, later = _need(chunk, road, blur, policy)
    target = np.maximum(_level(position.shifted(blur), chunk, later, policy), 0)
    more = np.maximum(batch(choices, rate) - rate * review, 0)
    exact = need - 0.5 * (blur[:, -1] != 0)
    order = _order(chunk, window, (need, exact, more), review)
    costs = Costs(choices.holding, choices.shortage, choices.fixed)
    offers = ladder(window, choices, chunk.unit_cost, order) if chunk.capped else Ladder(order[:, None], order[:, None])
    return Figures(
        demand=demand,
        target=target,
        up_to=target + more,
        counted=_counted(chunk.inbound, spans.until_usual),
        need=need,
        wanted=need + more,
        order=order,
        cost=targets.window_cost(window, costs, order) + choices.fixed * (order > 0),
        rate=rate,
        level=np.where(choices.economic, (position.end <= target[:, None]).mean(axis=1), choices.level),
        until=spans.until_usual.astype(np.float64),
        full=order,
        rungs=offers.units,
        rung_cost=offers.cost,
    )


def _need(chunk: Chunk, road: Road, blur: Floats, policy: Policy) -> tuple[Floats, Floats]:
    """Units short of the level wanted on arrival, and what a unit left over costs later, (n,) each."""
    later = np.zeros_like(chunk.rate)
    need = _level(road.window.shifted(blur), chunk, later, policy)
    if not chunk.choices.economic.any():
        return need, later
    level, later = cost_level(road, blur, _leaning(chunk, policy))
    return np.where(chunk.choices.economic, level, need), later


def _leaning(chunk: Chunk, policy: Policy) -> Costs:
    choices = chunk.choices
    return Costs(choices.holding, choices.shortage * policy.lean, choices.fixed)


def _level(window: Window, chunk: Chunk, later: Floats, policy: Policy) -> Floats:
    """Level that the service, the fill rate or the costs ask for, (n,)."""
    choices = chunk.choices
    economic, fill = choices.economic, choices.fill
    level = np.where(economic, 0.5, choices.level)
    found = targets.cycle_target(window, level)
    if fill.any():
        found = np.where(fill, targets.fill_target(window, level, _demand_within(chunk)), found)
    if economic.any():
        found = np.where(economic, targets.cost_target(window, _leaning(chunk, policy), later), found)
    return found


def _blur(paths: Floats, jitter: Floats) -> Floats:
    """Spread whole units over the interval around them, so that a target moves smoothly; 0 for divisible demand."""
    whole = (paths == np.floor(paths)).all(axis=(1, 2))
    return np.where(whole[:, None], jitter[None, :], 0.0)


def _counted(inbound: Floats, until: NDArray[np.int64]) -> Floats:
    in_time = np.arange(inbound.shape[1])[None, :] < until[:, None]
    return np.asarray((inbound * in_time).sum(axis=1))


def _demand_within(chunk: Chunk) -> Floats:
    at = np.arange(chunk.paths.shape[2])
    within = (at >= chunk.spans.arrive[:, :, None]) & (at < chunk.spans.until[:, :, None])
    return np.asarray((chunk.paths * within).sum(axis=2).mean(axis=1))


def _order(chunk: Chunk, window: Window, needs: tuple[Floats, Floats, Floats], review: Floats) -> Floats:
    """Round the need to what can be ordered: by true cost where costs decide, else up."""
    choices, (need, exact, more) = chunk.choices, needs
    grid = Grid(choices.pack, choices.lot)
    up = grid.up(np.where(exact > 1e-6, exact + more, 0))
    if not choices.economic.any():
        return up
    needed = np.maximum(need, 0)
    offers = [np.zeros_like(need), grid.down(needed), grid.up(needed)]
    if (more > 0).any():
        offers += [grid.down(needed + more), grid.up(needed + more)]
        offers += [grid.up(share * batch(choices, chunk.rate)) for share in SIZES]
    best = cheapest(offers, window, choices, chunk.rate, review)
    single = (choices.lot <= 1) & (more == 0)
    best = np.where(single, grid.up(np.where(exact > 1e-6, exact, 0)), best)
    return np.where(choices.economic, np.where(need > 1e-6, best, 0), up)
