"""When to order and how much where an order costs money or comes in lots: found by letting sample paths run.

For each product pairs of a level s, below which is ordered, and of an amount D above it to fill up to are tried on the
same runs of its own sample paths: reviews, deliveries, lost sales and lots are as they will be, so what is compared
is true cost. With an order cost and no lots the best (s, S) is optimal for waiting demand (Scarf 1960) and close to it
for lost sales; formulas for s and S are 5 to 20 % off where a missed sale is cheap. Found s and D are taken to the
interval at hand by its own mean and spread, so that they follow the season.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.types import Floats, Ints

CHAINS, ROUGH, STEPS = 10, 4, 50  # runs of each product side by side, those for a first look, steps counted in each
SPREADS = np.array([-1.6, -0.9, -0.2, 0.4, 1.0, 1.7, 2.6])  # levels tried: mean and so many deviations
FINER = np.array([-0.3, -0.15, 0.0, 0.15, 0.3])
LOTS = np.array([0.0, 0.5, 0.8, 1.15, 1.6])  # amounts tried, as shares of the economic lot
AROUND = np.array([0.85, 1.0, 1.18])
WIDEST = 3.0  # deviations above the mean that no level goes beyond
EMPTY = 1e-2  # level below which only an empty shelf lies
F32 = np.float32
F32s = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Market:
    """What n products are run with; float64 (n,), units, money, periods.

    holding per unit and period, shortage per unit, fixed per order. pack: 0 = divisible; least, most: units of an
    order. break_from, break_saves (n, b): units from which on a unit costs so much less. lead, cycle, reach: int64 (n,)
    periods until an order arrives, between reviews, and of each path that are looked at.
    """

    holding: Floats
    shortage: Floats
    fixed: Floats
    pack: Floats
    least: Floats
    most: Floats
    break_from: Floats
    break_saves: Floats
    lead: Ints
    cycle: Ints
    reach: Ints
    backorders: bool

    def rows(self, rows: Ints) -> "Market":
        """Take some of the products."""
        names = [f.name for f in fields(self) if f.name != "backorders"]
        return Market(**{name: getattr(self, name)[rows] for name in names}, backorders=self.backorders)


@dataclass(frozen=True, slots=True)
class Trigger:
    """Found rule: order below mean + spread * deviation of demand until the next arrival, up to `above` more, and at
    least `least`; cost: money per period it came to. Float64 (n,).
    """

    spread: Floats
    above: Floats
    least: Floats
    cost: Floats


@dataclass(slots=True)
class Memory:
    """Rules found before, by product: a replay searches each anew only at every `keeps`-th review of the product.

    found: rules for lots with their age in reviews. later: what a unit left over costs later (lookahead.py), likewise.
    """

    keeps: int
    found: dict[str, tuple[int, tuple[float, float, float, float]]] = field(default_factory=dict)
    later: dict[str, tuple[int, float]] = field(default_factory=dict)

    def cost_later(self, ids: tuple[str, ...], work_out: Callable[[], Floats]) -> Floats:
        """Return what a unit left over costs later, money (n,), worked out now where it is not known or too old."""
        old = [sku not in self.later or self.later[sku][0] >= self.keeps for sku in ids]
        fresh = work_out() if any(old) else np.zeros(len(ids))
        for sku, stale, value in zip(ids, old, fresh.tolist(), strict=True):
            age, kept = (0, value) if stale else self.later[sku]
            self.later[sku] = (age + 1, kept)
        return np.array([self.later[sku][1] for sku in ids])

    def recalled(self, ids: tuple[str, ...], paths: Floats, market: Market) -> Trigger:
        """Return each product's rule, searched now where none is known or it is too old."""
        old = np.array([sku not in self.found or self.found[sku][0] >= self.keeps for sku in ids], np.bool_)
        rows = np.flatnonzero(old)
        if rows.size:
            fresh = triggers(paths[rows], market.rows(rows))
            parts = zip(fresh.spread, fresh.above, fresh.least, fresh.cost, strict=True)
            for row, part in zip(rows, parts, strict=True):
                self.found[ids[row]] = (0, (float(part[0]), float(part[1]), float(part[2]), float(part[3])))
        for sku in ids:
            age, rule = self.found[sku]
            self.found[sku] = (age + 1, rule)
        columns = np.array([self.found[sku][1] for sku in ids]).reshape(len(ids), 4).T
        return Trigger(columns[0], columns[1], columns[2], columns[3])


@dataclass(frozen=True, slots=True)
class _Run:
    """One group with equal timing: demand float32 (n, chains, steps), `long` periods each; a review every `every`
    steps, delivery after `lead`.
    """

    demand: F32s
    market: Market
    long: int
    every: int
    lead: int
    mean: Floats
    deviation: Floats


def triggers(paths: Floats, market: Market) -> Trigger:
    """Search the rule of least cost for each product, by itself; paths (n, m, P) units per period, P >= reach."""
    n = len(paths)
    found = Trigger(np.zeros(n), np.zeros(n), market.least.copy(), np.zeros(n))
    long, every, lead = _timing(market)
    keys = np.stack([long, every, lead], axis=1)
    for key in np.unique(keys, axis=0):
        rows = np.flatnonzero((keys == key).all(axis=1))
        run = _run(paths[rows], market.rows(rows), *(int(k) for k in key))
        for name, values in zip(("spread", "above", "least", "cost"), _searched(run), strict=True):
            getattr(found, name)[rows] = values
    return found


def _timing(market: Market) -> tuple[Ints, Ints, Ints]:
    """Choose steps, at most 3 in a cycle, so that the lead time is nearly a whole number of them, (n,) each."""
    best = np.full(len(market.cycle), np.inf)
    long, every, lead = (np.ones(len(best), np.int64) for _ in range(3))
    for parts in (1, 2, 3):
        step = np.maximum(np.round(market.cycle / parts), 1).astype(np.int64)
        count = np.maximum(np.round(market.cycle / step), 1).astype(np.int64)
        delay = np.round(market.lead / step).astype(np.int64)
        off = np.abs(delay * step - market.lead) / market.cycle + 0.05 * parts
        better = off < best - 1e-9
        best = np.where(better, off, best)
        long, every, lead = (np.where(better, new, old) for new, old in ((step, long), (count, every), (delay, lead)))
    return long, every, lead


def _run(paths: Floats, market: Market, long: int, every: int, lead: int) -> _Run:
    """Lay the paths end to end as chains, each product's as far as it is looked at itself, whoever is run beside it."""
    n, width = len(paths), lead + every
    chains = np.empty((n, CHAINS, lead + 4 * every + STEPS), F32)
    pieces = np.maximum(market.reach // long, 1)
    for usable in np.unique(pieces).tolist():
        rows = np.flatnonzero(pieces == usable)
        chains[rows] = _chains(paths[rows, :, : usable * long], usable, chains.shape[2])
    sums = np.cumsum(np.concatenate([np.zeros((n, CHAINS, 1), F32), chains], axis=2), axis=2, dtype=np.float64)
    spans = sums[:, :, width:] - sums[:, :, :-width]
    return _Run(chains, market, long, every, lead, spans.mean(axis=(1, 2)), np.maximum(spans.std(axis=(1, 2)), 1e-6))


def _chains(paths: Floats, usable: int, total: int) -> Floats:
    """Sum paths to `usable` steps and lay them end to end, (n, CHAINS, total): what is uncertain for all of a path
    stays so.
    """
    n, m, _ = paths.shape
    steps = paths.reshape(n, m, usable, -1).sum(axis=3)
    each = -(-total // usable)
    taken = np.arange(CHAINS * each) * max(m // (CHAINS * each), 1) % m
    return np.asarray(steps[:, taken].reshape(n, CHAINS, each * usable)[:, :, :total])


def _searched(run: _Run) -> tuple[Floats, Floats, Floats, Floats]:
    """Try a coarse grid, then a finer one around the best of it."""
    above, least = _amounts(run)
    rough = replace(run, demand=run.demand[:, :ROUGH])
    found = _tried(rough, np.broadcast_to(SPREADS, (len(above), len(SPREADS))), above, least)
    spread, best_above, best_least, _ = found
    finer = spread[:, None] + FINER
    return _tried(run, finer, best_above[:, None] * AROUND, np.broadcast_to(best_least[:, None], (len(finer), 3)))


def _amounts(run: _Run) -> tuple[Floats, Floats]:
    """List amounts above the level, and least orders that go with them, (n, k) each."""
    market = run.market
    pace = run.demand.mean(axis=(1, 2)).astype(np.float64) / run.long
    lot = np.sqrt(2 * market.fixed * pace / np.maximum(market.holding, 1e-12))
    lot = np.where(market.fixed > 0, lot, np.maximum(market.least, market.pack) / 2)
    above = lot[:, None] * LOTS
    least = np.broadcast_to(market.least[:, None], above.shape)
    breaks = np.where(np.isfinite(market.break_from), market.break_from, market.least[:, None])
    least = np.concatenate([least, np.maximum(breaks, market.least[:, None])], axis=1)
    return np.concatenate([above, np.zeros_like(breaks)], axis=1), least


def _tried(run: _Run, spreads: Floats, above: Floats, least: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Run every pair and take the cheapest: its spread, amount above, least order and cost."""
    n, k = above.shape
    count = spreads.shape[1]
    s = np.maximum(run.mean[:, None] + spreads * run.deviation[:, None], EMPTY)
    levels = np.repeat(s, k, axis=1)
    amounts, leasts = np.tile(above, (1, count)), np.tile(least, (1, count))
    cost = _lived(run, levels, amounts, leasts)
    best = cost.argmin(axis=1)
    rows = np.arange(n)
    # Runs without a sale have no deviation to speak of; a level in units of it would grow without bound later on.
    chosen = np.minimum((levels[rows, best] - run.mean) / run.deviation, WIDEST)
    return chosen, amounts[rows, best], leasts[rows, best], cost[rows, best]


def _lived(run: _Run, level: Floats, above: Floats, least: Floats) -> Floats:
    """Let all pairs (n, c) live on all chains; money per period, (n, c)."""
    market, total, warm = run.market, run.demand.shape[2], run.lead + 4 * run.every
    lots = _Lots.of(market, level, above, least)
    full = np.linspace(0, 1, run.demand.shape[1], dtype=F32)  # chains begin at different points of the cycle
    on = lots.level + np.maximum(lots.fill - lots.level, lots.least) * full
    position, coming = on.copy(), {}
    held, missed, sales, units, orders, saved = (np.zeros_like(on) for _ in range(6))
    for t in range(total):
        if t % run.every == 0:
            order = coming[t + run.lead] = lots.ordered(position)
            position += order
            if t >= warm:
                orders += order > 0
                units += order
                saved += _saved(order, market)
        if t in coming:
            on += coming.pop(t)
        demand = run.demand[:, None, :, t]
        sold = np.minimum(np.maximum(on, 0), demand)
        gone = demand if market.backorders else sold
        on -= gone
        position -= gone
        if t >= warm:
            held += np.maximum(on, 0) * run.long + sold * F32((run.long - 1) / 2)
            missed += demand - sold
            sales += gone
    held, missed, sales, units, orders, saved = (
        x.mean(axis=2, dtype=np.float64) for x in (held, missed, sales, units, orders, saved)
    )
    # Orders count by the units sold, not by those that happened to be ordered before the runs end.
    turns = np.where(units > 0, sales / np.maximum(units, 1e-9), 1.0)
    paid = (market.fixed[:, None] * orders - saved) * turns
    cost = market.holding[:, None] * held + market.shortage[:, None] * missed + paid
    return np.asarray(cost / ((total - warm) * run.long))


def _beside(values: Floats) -> F32s:
    """Lay (n,) beside (n, pairs, chains)."""
    return values.astype(F32)[:, None, None]


@dataclass(frozen=True, slots=True)
class _Lots:
    """Pairs to try and what can be ordered, float32 (n, pairs, 1) or (n, 1, 1)."""

    level: F32s
    fill: F32s
    least: F32s
    pack: F32s
    most: F32s

    @classmethod
    def of(cls, market: Market, level: Floats, above: Floats, least: Floats) -> "_Lots":
        level3, fill, least3 = (values.astype(F32)[:, :, None] for values in (level, level + above, least))
        return cls(level3, fill, least3, _beside(market.pack), np.maximum(_beside(market.most), least3))

    def ordered(self, position: F32s) -> F32s:
        """What is ordered at a position: nothing, or packs up to the fill, at least the least, (n, pairs, chains)."""
        wanted = np.maximum(self.fill - position, F32(1e-3))
        with np.errstate(divide="ignore", invalid="ignore"):
            packed = np.where(self.pack > 0, np.ceil(wanted / self.pack - F32(1e-4)) * self.pack, wanted)
        sized = np.minimum(np.maximum(packed, self.least), self.most)
        return np.asarray(np.where(position < self.level - F32(1e-4), sized, F32(0)))


def _saved(order: F32s, market: Market) -> F32s:
    """Money that price breaks take off an order."""
    best = np.zeros_like(order)
    for j in range(market.break_from.shape[1]):
        saves = np.nan_to_num(_beside(market.break_saves[:, j]))
        best = np.where(order >= _beside(market.break_from[:, j]), np.maximum(best, saves), best)
    return best * order
