"""The figures of a plan for one chunk of products, all from the same sample paths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.planning import targets, windows
from forecasting.planning.budget import Ladder, ladder
from forecasting.planning.choices import Choices
from forecasting.planning.lookahead import Road, cost_level
from forecasting.planning.lots import Grid
from forecasting.planning.search import Memory
from forecasting.planning.sizing import Shop, Sizes, sized
from forecasting.planning.targets import Costs, Window
from forecasting.planning.types import Floats, Ints, ItemTerms, Policy


@dataclass(frozen=True, slots=True)
class Figures:
    """Units unless told otherwise, float64 (n,), NaN = absent; counted: inbound that arrives in time.

    need: units short of the target on arrival. wanted: the same and what an order line's cost makes worth adding.
    sized: rounded to lots; shelf, room: what limits take off. order: what is left. shared: order if the supplier is
    ordered from anyway. cost, idle: expected money with the order, and with none. missed, missed_idle: units missed
    from the arrival on. missed_before, risk: units missed before it, and the chance of that. rate: mean demand per
    period. until: period in which the next order arrives. waste: units likely to expire. unworthy: 1 where an order
    costs more than it earns. rungs, rung_cost, rung_missed (n, K): sizes weighed, cost and missed units of each.
    """

    demand: Floats
    target: Floats
    up_to: Floats
    counted: Floats
    need: Floats
    wanted: Floats
    sized: Floats
    shelf: Floats
    room: Floats
    order: Floats
    shared: Floats
    cost: Floats
    idle: Floats
    missed: Floats
    missed_idle: Floats
    missed_before: Floats
    risk: Floats
    rate: Floats
    level: Floats
    until: Floats
    waste: Floats
    unworthy: Floats
    rungs: Floats
    rung_cost: Floats
    rung_missed: Floats


ALWAYS = ("demand", "target", "up_to", "counted", "rate", "level", "until", "unworthy")  # known without stock


@dataclass(frozen=True, slots=True)
class Chunk:
    """Inputs for some of the products.

    paths (n, m, P); rate (n,) mean demand per period; inbound (n, P); on_hand (n,); cycle (n,) periods between
    orders; reach (n,) periods that a product is looked ahead: P is the farthest, and no figure of a product may depend
    on what lies beyond its own; jitter (m,) within half a unit. shelf: periods of life, NaN = long. shared_cycle,
    shared_cover (n,): periods between joint orders of the supplier, and those that this product's part then lasts;
    0 = no joint orders. climbing: whether sizes are weighed on a ladder, up to `standing` at least (n,).
    ids, memory: in a replay, rules found at earlier reviews.
    """

    paths: Floats
    rate: Floats
    inbound: Floats
    on_hand: Floats
    choices: Choices
    terms: ItemTerms
    spans: windows.Spans
    cycle: Ints
    reach: Ints
    jitter: Floats
    shelf: Floats
    breaks: tuple[Floats, Floats]
    shared_cycle: Floats
    shared_cover: Floats
    climbing: bool
    standing: Floats
    ids: tuple[str, ...] = ()
    memory: Memory | None = None


def figures(chunk: Chunk, policy: Policy) -> Figures:
    """Compute the plan of a chunk (see targets.py for the criteria, sizing.py for lots and limits)."""
    spans = chunk.spans
    blur = _blur(chunk)
    wanted = np.cumsum(chunk.paths, axis=2)
    demand = _interval(wanted, spans)
    position = windows.window(wanted, spans, before=None)
    total = wanted - np.cumsum(chunk.inbound, axis=1)[:, None, :]
    before = windows.projected(chunk.paths, chunk.inbound, chunk.on_hand, spans.arrive, policy.backorders)
    road = Road(total, windows.window(total, spans, before=before), spans, chunk.cycle, policy.backorders)
    need, later = _need(chunk, road, blur, policy)
    target = np.maximum(_level(position.shifted(blur), chunk, later, policy), 0)
    held = (policy.cushion - 1) * (target - demand)
    target, need = np.maximum(target + held, 0), need + held
    exact = need - 0.5 * (blur[:, -1] != 0)
    counted = _counted(chunk.inbound, spans.until_usual)
    shop = _shop(chunk, before, position, counted)
    sizes = sized(shop, road.window, (target, need, exact), policy)
    shared = _shared(chunk, sizes)
    return _told(chunk, _Seen(road, position, before, sizes, shared, demand, counted))


def _interval(wanted: Floats, spans: windows.Spans) -> Floats:
    """Mean demand until the next order arrives: at the usual lead time, or over its samples where those are known."""
    mean = wanted.mean(axis=1)
    usual = np.take_along_axis(mean, (spans.until_usual - 1)[:, None], axis=1)[:, 0]
    if not spans.sampled.any():
        return usual
    each = np.take_along_axis(wanted, (spans.until - 1)[:, :, None], axis=2)[:, :, 0]
    return np.where(spans.sampled, each.mean(axis=1), usual)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the figures are told from."""

    road: Road
    position: Window
    before: Floats
    sizes: Sizes
    shared: Floats
    demand: Floats
    counted: Floats


def _told(chunk: Chunk, seen: _Seen) -> Figures:
    choices, sizes, window = chunk.choices, seen.sizes, seen.road.window
    order, none = sizes.order, np.zeros_like(sizes.order)
    costs = Costs(choices.holding, choices.shortage, choices.fixed)
    top = np.maximum(np.maximum(order, seen.shared), np.nan_to_num(chunk.standing))
    offers = ladder(window, choices, chunk.terms.unit_cost, top) if chunk.climbing else Ladder.of(order)
    missed_before = _missed_before(chunk, seen)
    return Figures(
        demand=seen.demand,
        target=sizes.target,
        up_to=sizes.target + sizes.more,
        counted=seen.counted,
        need=sizes.need,
        wanted=sizes.need + sizes.more,
        sized=sizes.sized,
        shelf=sizes.shelf,
        room=sizes.room,
        order=order,
        shared=seen.shared,
        cost=targets.window_cost(window, costs, order) + choices.fixed * (order > 0),
        idle=targets.window_cost(window, costs, none),
        missed=np.maximum(window.end - order[:, None], 0).mean(axis=1),
        missed_idle=np.maximum(window.end, 0).mean(axis=1),
        missed_before=missed_before.mean(axis=1),
        risk=(missed_before > 1e-6).mean(axis=1),
        rate=chunk.rate,
        level=_level_met(seen.position, sizes.target, choices),
        until=chunk.spans.until_usual.astype(np.float64),
        waste=sizes.waste,
        unworthy=sizes.unworthy,
        rungs=offers.units,
        rung_cost=offers.cost,
        rung_missed=offers.missed,
    )


def _level_met(position: Window, target: Floats, choices: Choices) -> Floats:
    return np.where(choices.economic, (position.end <= target[:, None]).mean(axis=1), choices.level)


def _missed_before(chunk: Chunk, seen: _Seen) -> Floats:
    """Units missed before an order placed now can arrive, per path (n, m)."""
    road = seen.road
    if road.backorders:
        return np.maximum(-seen.before, 0)
    at = np.maximum(chunk.spans.arrive - 1, 0)[:, :, None]
    fall = np.where(chunk.spans.arrive > 0, np.take_along_axis(road.total, at, axis=2)[:, :, 0], 0)
    return np.asarray(np.maximum(seen.before + fall - chunk.on_hand[:, None], 0))


def _shop(chunk: Chunk, before: Floats, position: Window, counted: Floats) -> Shop:
    return Shop(
        paths=chunk.paths,
        before=before,
        position=position.end,
        stock=chunk.on_hand + counted,
        rate=chunk.rate,
        choices=chunk.choices,
        terms=chunk.terms,
        spans=chunk.spans,
        cycle=chunk.cycle,
        reach=chunk.reach,
        shelf=chunk.shelf,
        breaks=chunk.breaks,
        ids=chunk.ids,
        memory=chunk.memory,
    )


def _shared(chunk: Chunk, sizes: Sizes) -> Floats:
    """Units that each product adds to an order which its supplier gets anyway: those that fall short before the next
    joint order, and then for as long as its part is meant to last; (n,).
    """
    apart = chunk.shared_cycle - chunk.cycle
    if not (chunk.shared_cycle > 0).any():
        return sizes.order
    grid = Grid(chunk.choices.pack, chunk.choices.lot)
    short = sizes.need + chunk.rate * np.maximum(apart, 0)
    lasting = sizes.need + np.maximum(chunk.rate * np.maximum(chunk.shared_cover - chunk.cycle, 0), sizes.more)
    limited = sizes.shelf + sizes.room < 0
    due = (short > 0.5) & (chunk.shared_cycle > 0) & (sizes.unworthy == 0) & ~limited
    added = grid.up(np.where(due, np.maximum(lasting, 0), 0))
    capped = np.where(np.isnan(chunk.terms.storage_units) & np.isnan(chunk.shelf), added, sizes.order)
    return np.where(chunk.shared_cycle > 0, np.maximum(capped, sizes.order), sizes.order)


def _need(chunk: Chunk, road: Road, blur: Floats, policy: Policy) -> tuple[Floats, Floats]:
    """Units short of the level wanted on arrival, and what a unit left over costs later, (n,) each."""
    later, economic = np.zeros_like(chunk.rate), chunk.choices.economic
    need = later if economic.all() else _served(road.window.shifted(blur), chunk)
    if not economic.any():
        return need, later
    costs = _leaning(chunk, policy)
    if chunk.memory is None:
        level, later = cost_level(road, blur, costs)
    else:
        later = chunk.memory.cost_later(chunk.ids, lambda: cost_level(road, blur, costs)[1])
        level = targets.cost_target(road.window.shifted(blur), costs, later)
    return np.where(economic, level, need), later


def _leaning(chunk: Chunk, policy: Policy) -> Costs:
    choices = chunk.choices
    return Costs(choices.holding, choices.shortage * policy.lean, choices.fixed)


def _level(window: Window, chunk: Chunk, later: Floats, policy: Policy) -> Floats:
    """Level that the service, the fill rate or the costs ask for, (n,)."""
    economic = chunk.choices.economic
    found = later if economic.all() else _served(window, chunk)
    if economic.any():
        found = np.where(economic, targets.cost_target(window, _leaning(chunk, policy), later), found)
    return found


def _served(window: Window, chunk: Chunk) -> Floats:
    """Level that the service or the fill rate asks for; where costs decide it is of no account, (n,)."""
    choices = chunk.choices
    level = np.where(choices.economic, 0.5, choices.level)
    found = targets.cycle_target(window, level)
    if choices.fill.any():
        found = np.where(choices.fill, targets.fill_target(window, level, _demand_within(chunk)), found)
    return found


def _blur(chunk: Chunk) -> Floats:
    """Spread whole units over the interval around them, so that a target moves smoothly; 0 for divisible demand."""
    divided = (chunk.paths != np.floor(chunk.paths)).any(axis=1)
    mine = np.arange(divided.shape[1]) < chunk.reach[:, None]
    return np.where((divided & mine).any(axis=1)[:, None], 0.0, chunk.jitter[None, :])


def _counted(inbound: Floats, until: NDArray[np.int64]) -> Floats:
    return np.asarray(np.take_along_axis(np.cumsum(inbound, axis=1), (until - 1)[:, None], axis=1)[:, 0])


def _demand_within(chunk: Chunk) -> Floats:
    total = np.cumsum(chunk.paths, axis=2)
    return np.asarray(windows.demand_within(total, chunk.spans.arrive, chunk.spans.until).mean(axis=1))
