"""How much to order of each product on its own: lots, price breaks, shelf life, room, and what each size costs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.choices import Choices
from forecasting.planning.lots import Grid, batch, cheapest
from forecasting.planning.search import Market, Memory, triggers
from forecasting.planning.targets import Window, sample_quantile
from forecasting.planning.types import Breaks, Floats, Ints, ItemTerms, Policy
from forecasting.planning.windows import Spans, demand_within

COARSE = 0.5  # lots beyond this share of a cycle's demand decide when to order, too


@dataclass(slots=True)
class Sizes:
    """Orders as they come about, float64 (n,), units: target for stock and inbound, need short of it, more on top,
    sized after lots, shelf and room: what shelf life and room take off. unworthy: 1 where each order costs more than
    it earns. waste: units likely to expire.
    """

    target: Floats
    need: Floats
    more: Floats
    sized: Floats
    shelf: Floats
    room: Floats
    unworthy: Floats
    waste: Floats

    @property
    def order(self) -> Floats:
        """Units after all limits."""
        return self.sized + self.shelf + self.room


@dataclass(frozen=True, slots=True)
class Shop:
    """What sizing looks at: paths (n, m, P), before: stock just before arrival (n, m), position: demand until the next
    arrival (n, m), counted: inbound in time (n,), price breaks as (n, b) units and savings, shelf: periods, NaN = long.
    reach: periods of its paths that a product is looked ahead (n,).
    ids, memory: in a replay, rules found at earlier reviews.
    """

    paths: Floats
    before: Floats
    position: Floats
    stock: Floats
    rate: Floats
    choices: Choices
    terms: ItemTerms
    spans: Spans
    cycle: Ints
    reach: Ints
    shelf: Floats
    breaks: tuple[Floats, Floats]
    ids: tuple[str, ...] = ()
    memory: Memory | None = None


def sized(shop: Shop, window: Window, found: tuple[Floats, Floats, Floats], policy: Policy) -> Sizes:
    """Find each order; found: target, need, and need before whole units are blurred, (n,) each."""
    target, need, exact = (values.copy() for values in found)
    choices, review = shop.choices, shop.cycle.astype(np.float64)
    more = np.where(choices.economic, 0.0, np.maximum(batch(choices, shop.rate) - shop.rate * review, 0))
    nothing = np.zeros_like(need)
    sizes = Sizes(target, need, more, _plain(shop, window, (need, exact, more)), *(nothing.copy() for _ in range(4)))
    _in_lots(shop, sizes, policy)
    _kept_fresh(shop, sizes, policy)
    _kept_in_room(shop, sizes, policy)
    return sizes


def _plain(shop: Shop, window: Window, needs: tuple[Floats, Floats, Floats]) -> Floats:
    """Round the need to packs: where costs decide to whichever of up, down and nothing costs least, else up."""
    choices, (need, exact, more) = shop.choices, needs
    grid = Grid(choices.pack, choices.lot)
    up = grid.up(np.where(exact > 1e-6, exact + more, 0))
    if not choices.economic.any():
        return up
    needed = np.maximum(need, 0)
    offers = [np.zeros_like(need), grid.down(needed), grid.up(needed)]
    best = cheapest(offers, window, choices, shop.rate, shop.cycle.astype(np.float64))
    best = np.where(choices.lot <= 1, grid.up(np.where(exact > 1e-6, exact, 0)), best)
    return np.where(choices.economic, np.where(need > 1e-6, best, 0), up)


def coarse(shop: Shop) -> Ints:
    """List the rows in which an order cost, a lot or a price break decides when to order, and not only how much."""
    choices = shop.choices
    lots = (choices.lot > COARSE * shop.rate * shop.cycle) & (choices.lot > 1)
    saves = (np.nan_to_num(shop.breaks[1]) > 0).any(axis=1)
    return np.flatnonzero(choices.economic & ((choices.fixed > 0) | lots | saves) & (shop.rate > 0))


def _in_lots(shop: Shop, sizes: Sizes, policy: Policy) -> None:
    """Let the rule of search.py decide where lots do."""
    rows = coarse(shop)
    if not rows.size:
        return
    market = _market(shop, policy).rows(rows)
    if shop.memory is None:
        found = triggers(shop.paths[rows], market)
    else:
        found = shop.memory.recalled(tuple(shop.ids[row] for row in rows), shop.paths[rows], market)
    ahead = shop.position[rows]
    target = np.maximum(ahead.mean(axis=1) + found.spread * ahead.std(axis=1), 0)
    need = target - shop.stock[rows]
    grid = Grid(market.pack, found.least)
    unworthy = found.cost > market.shortage * shop.rate[rows]
    sizes.target[rows], sizes.need[rows], sizes.more[rows] = target, need, found.above
    sizes.unworthy[rows] = unworthy
    sizes.sized[rows] = np.where((need > 1e-6) & ~unworthy, grid.up(need + found.above), 0)


def _market(shop: Shop, policy: Policy) -> Market:
    choices = shop.choices
    room = np.nan_to_num(shop.terms.storage_units, nan=np.inf)
    fresh = np.nan_to_num(shop.rate * shop.shelf, nan=np.inf)
    return Market(
        holding=choices.holding,
        shortage=choices.shortage * policy.lean,
        fixed=choices.fixed,
        pack=choices.pack,
        least=choices.lot,
        most=np.minimum(room, fresh),
        break_from=shop.breaks[0],
        break_saves=shop.breaks[1],
        lead=shop.spans.arrive_usual,
        cycle=shop.cycle,
        reach=shop.reach,
        backorders=policy.backorders,
    )


def _kept_fresh(shop: Shop, sizes: Sizes, policy: Policy) -> None:
    """Cut orders to what sells before it expires with the chance that costs or the policy ask for; count the waste."""
    rows = np.flatnonzero(~np.isnan(shop.shelf) & (sizes.sized > 0))
    if not rows.size:
        return
    sold = _sold_fresh(shop, rows)
    most = np.maximum(sample_quantile(sold, 1 - _sure_to_sell(shop, policy)[rows]), 0)
    sizes.shelf[rows] = _cut(shop, sizes.sized[rows], most, rows)
    kept = sizes.sized[rows] + sizes.shelf[rows]
    sizes.waste[rows] = np.maximum(kept[:, None] - np.maximum(sold, 0), 0).mean(axis=1)


def _sure_to_sell(shop: Shop, policy: Policy) -> Floats:
    """Chance of being sold in time that the last unit of an order needs, (n,): v / (v + p), where both are known.

    A unit that expires loses its cost v, one that is missed its margin p (newsvendor without salvage).
    """
    cost, margin = shop.terms.unit_cost, shop.choices.shortage * policy.lean
    known = shop.choices.economic & (cost + margin > 0)
    return np.asarray(np.where(known, cost / np.where(known, cost + margin, 1), policy.fresh))


def _sold_fresh(shop: Shop, rows: Ints) -> Floats:
    """Units of an order that sell within its shelf life, after what is there already, per path (rows, m).

    A life of whole periods and a part counts the whole ones; one shorter than a period that part of its demand.
    """
    arrive, reach = shop.spans.arrive[rows], shop.reach[rows, None]
    life = shop.shelf[rows][:, None]
    lasts = np.where(life < 1, life, np.floor(life + 1e-9))
    seen = np.clip(lasts, 1, np.maximum(reach - arrive, 1))
    total = np.cumsum(shop.paths[rows], axis=2)
    wanted = demand_within(total, arrive, arrive + seen.astype(np.int64)) * lasts / seen
    return np.asarray(wanted - np.maximum(shop.before[rows], 0))


def _kept_in_room(shop: Shop, sizes: Sizes, policy: Policy) -> None:
    """Cut orders to the room left on arrival, with the same certainty."""
    rows = np.flatnonzero(~np.isnan(shop.terms.storage_units) & (sizes.sized > 0))
    if not rows.size:
        return
    there = sample_quantile(np.maximum(shop.before[rows], 0), np.full(len(rows), policy.fresh))
    room = np.maximum(shop.terms.storage_units[rows] - there, 0)
    left = sizes.sized[rows] + sizes.shelf[rows]
    sizes.room[rows] = _cut(shop, left, room, rows)


def _cut(shop: Shop, order: Floats, most: Floats, rows: Ints) -> Floats:
    """Say how much to take off orders so that they stay within a limit, on the supplier's grid; at most 0."""
    grid = Grid(shop.choices.pack[rows], shop.choices.lot[rows])
    return np.asarray(np.where(order > most + 1e-9, np.minimum(grid.down(most), order) - order, 0))


def price_breaks(breaks: Breaks | None, unit_cost: Floats) -> tuple[Floats, Floats]:
    """Lay price breaks out by product: units from which on, and money saved per unit against the usual cost, (n, b)."""
    n = len(unit_cost)
    if breaks is None or not len(breaks.row):
        return np.full((n, 0), np.nan), np.full((n, 0), np.nan)
    order = np.lexsort((breaks.from_units, breaks.row))
    row = breaks.row[order]
    column = np.arange(len(row)) - np.searchsorted(row, row)
    first, saves = (np.full((n, int(column.max()) + 1), np.nan) for _ in range(2))
    first[row, column] = breaks.from_units[order]
    saves[row, column] = unit_cost[row] - breaks.unit_cost[order]
    return first, saves


def paid(unit_cost: Floats, breaks: tuple[Floats, Floats], units: Floats) -> Floats:
    """Cost of each unit of orders of this size, (n,): the best price break that the order reaches."""
    first, saves = breaks
    if not first.shape[1]:
        return unit_cost
    reached: NDArray[np.bool_] = units[:, None] >= first
    return np.asarray(unit_cost - np.where(reached, np.nan_to_num(saves), -np.inf).max(axis=1, initial=0))
