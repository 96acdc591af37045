"""The stock plan: from a forecast's sample paths, terms and stock to what to order, when, how much and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import numpy as np

from forecasting.engine.types import Forecast
from forecasting.planning import classes, successors
from forecasting.planning.assembly import Whole, assemble
from forecasting.planning.choices import Choices, Flags, settle
from forecasting.planning.clock import FOREVER, Clock, clock
from forecasting.planning.closures import waits
from forecasting.planning.decisions import decide, decided_units
from forecasting.planning.figures import ALWAYS, Chunk, Figures, figures
from forecasting.planning.lookahead import WINDOWS
from forecasting.planning.places import Shelves, joined, moved, transfers
from forecasting.planning.results import Sensitivity, Transfer
from forecasting.planning.search import Memory
from forecasting.planning.sensitivity import variants
from forecasting.planning.sizing import price_breaks
from forecasting.planning.suppliers import Rhythm, rhythm
from forecasting.planning.types import Floats, ItemTerms, Plan, Policy, StockState
from forecasting.planning.windows import extended, inbound_matrix, shares, spans

ROUNDS = 4  # of transfers
CELLS = 4_000_000  # sample-path cells worked on at once


def plan(  # noqa: PLR0913 (the contract of engine.md)
    forecast: Forecast,
    terms: ItemTerms,
    stock: StockState,
    *,
    policy: Policy | None = None,
    as_of: date | None = None,
    seed: int = 0,
    budget: float | None = None,
    previous: Floats | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Plan every product of a forecast; row i of terms and stock is forecast.ids[i].

    Targets are quantiles of demand summed along sample paths until the order after this one arrives; stock is
    projected to the arrival day with lost sales on the way (policy.backorders: waiting demand), inbound counted once
    and only when it arrives in time. Timing: ordered at the close of as_of, usable from the first period that opens at
    least the lead time after the next opening. Figures whose inputs are missing are NaN; passports name the inputs.

    budget: money that the orders may cost at most; needs unit costs. previous: units (n,) proposed last time and not
    yet ordered, NaN = none; kept where a change saves too little. Same input and seed, same bytes, however chunked.
    Raises ValueError when lengths differ or as_of is not the day before the forecast starts.
    """
    policy = policy or Policy()
    as_of = as_of or forecast.start - timedelta(days=1)
    _check(forecast, terms, stock, as_of)
    task = _task(forecast, terms, stock, policy, seed)
    standing = np.zeros(len(forecast.ids)) if previous is None else np.nan_to_num(previous)
    task = replace(task, climbing=budget is not None or policy.curve or previous is not None, standing=standing)
    task, found, moves = _moved(task, _figures(task, on_progress), as_of)
    whole = _whole(task, found, moves, as_of, stock.on_hand)
    made = assemble(whole, decide(whole, budget, previous))
    return replace(made, sensitivity=_sensitivity(task)) if policy.sensitivity else made


def order_units(
    forecast: Forecast,
    terms: ItemTerms,
    stock: StockState,
    *,
    policy: Policy,
    seed: int = 0,
    memory: Memory | None = None,
) -> Floats:
    """Return only what `plan` would order, units (n,), without words, transfers and budget: for replays.

    memory: rules for lots found at earlier reviews, used again for some time.
    """
    task = replace(_task(forecast, terms, stock, policy, seed), memory=memory)
    return decided_units(_whole(task, _figures(task, None), (), forecast.start - timedelta(days=1), stock.on_hand))


@dataclass(frozen=True, slots=True)
class _Task:
    forecast: Forecast
    terms: ItemTerms
    stock: StockState
    policy: Policy
    clock: Clock
    seed: int
    choices: Choices
    letters: tuple[tuple[str, ...], tuple[str, ...]]
    waits: tuple[Floats, Floats]
    handed: Floats
    rhythm: Rhythm
    rate: Floats
    standing: Floats
    climbing: bool = False
    memory: Memory | None = None


def _task(forecast: Forecast, terms: ItemTerms, stock: StockState, policy: Policy, seed: int) -> _Task:
    """Settle what all chunks share: classes, closures, predecessors' stock, the rhythm of joint orders."""
    letters = classes.abc(classes.earned(forecast, terms)), classes.xyz(classes.error(forecast))
    terms = _lead_times(classes.with_levels(terms, policy, letters))
    choices = settle(terms, policy, forecast.freq)
    late = waits(terms, choices.review, forecast.start - timedelta(days=1))
    ready = clock(forecast.start, forecast.freq, reach(terms, policy) + float(max(x.max(initial=0) for x in late)))
    rate = forecast.mean.astype(np.float64).mean(axis=1)
    beat = rhythm(terms, choices, rate, np.maximum(choices.review / ready.days_per_period, 1))
    handed = successors.handed_on(forecast, terms, stock, ready, choices.review)
    return _Task(
        forecast, terms, stock, policy, ready, seed, choices, letters, late, handed, beat, rate, np.zeros_like(rate)
    )


def _lead_times(terms: ItemTerms) -> ItemTerms:
    """Take the mean of the samples where no lead time is stated."""
    if terms.lead_samples is None or not terms.lead_samples.shape[1]:
        return terms
    mean = terms.lead_samples.mean(axis=1)
    return replace(terms, lead_time_days=np.where(np.isnan(terms.lead_time_days), mean, terms.lead_time_days))


def _check(forecast: Forecast, terms: ItemTerms, stock: StockState, as_of: date) -> None:
    n = len(forecast.ids)
    if len(terms.lead_time_days) != n or len(stock.on_hand) != n:
        raise ValueError(f"{n} products forecast, terms of {len(terms.lead_time_days)}, stock of {len(stock.on_hand)}")
    if as_of != forecast.start - timedelta(days=1):
        raise ValueError(f"the forecast starts on {forecast.start}, so the plan is as of the day before, not {as_of}")


def reach(terms: ItemTerms, policy: Policy) -> float:
    """Say how many days ahead a plan looks: until the latest order's successor has surely arrived."""
    review = np.nan_to_num(terms.review_days, nan=policy.review_days)
    late = 5 * np.nan_to_num(terms.lead_time_sd_days)
    further = np.maximum(WINDOWS * review + 31, 62)
    lead = np.nan_to_num(terms.lead_time_days)
    if terms.lead_samples is not None:
        lead = np.maximum(lead, np.nan_to_num(terms.lead_samples).max(axis=1, initial=0))
    return float(min((lead + late + review + further).max(initial=1.0), FOREVER))


def _reported(task: _Task, on_progress: Callable[[int, int], None] | None) -> Iterator[slice]:
    """Walk over the products in chunks that fit into memory, telling how far it is."""
    n = len(task.forecast.ids)
    periods = max(len(task.clock.openings), task.forecast.mean.shape[1])
    size = max(1, CELLS // (task.policy.paths * periods))
    for first in range(0, n, size):
        yield slice(first, min(first + size, n))
        if on_progress:
            on_progress(min(first + size, n), n)


def _figures(task: _Task, on_progress: Callable[[int, int], None] | None) -> Figures:
    done = [_chunk(task, rows) for rows in _reported(task, on_progress)]
    return Figures(*(np.concatenate([getattr(part, f.name) for part in done]) for f in fields(Figures)))


def _chunk(task: _Task, rows: slice) -> Figures:
    """Compute one chunk as if nothing were missing, then blank what needs a missing input."""
    m, terms, on_hand = task.policy.paths, task.terms.rows(rows), task.stock.on_hand[rows] + task.handed[rows]
    choices = settle(terms, task.policy, task.forecast.freq)
    when = spans(terms, choices.review, shares(m, task.seed), task.clock, (task.waits[0][rows], task.waits[1][rows]))
    cycle = np.maximum(np.round(choices.review / task.clock.days_per_period), 1).astype(np.int64)
    # A usual lead time may be longer than all that were sampled; of a path at least all that is forecast is used.
    ahead = np.maximum(when.until.max(axis=1) + WINDOWS * cycle, when.until_usual)
    ahead = np.maximum(ahead, task.forecast.mean.shape[1])
    periods = int(ahead.max())
    chunk = Chunk(
        paths=extended(task.forecast.paths(m, task.seed, rows).astype(np.float64), periods),
        rate=task.rate[rows],
        inbound=inbound_matrix(task.stock, task.clock, rows, periods),
        on_hand=np.nan_to_num(on_hand),
        choices=choices,
        terms=terms,
        spans=when,
        cycle=cycle,
        reach=ahead,
        jitter=_jitter(m, task.seed),
        shelf=terms.shelf_life_days / task.clock.days_per_period,
        breaks=price_breaks(terms.breaks, terms.unit_cost),
        shared_cycle=task.rhythm.cycle[rows],
        shared_cover=task.rhythm.cover[rows],
        climbing=task.climbing,
        standing=task.standing[rows],
        ids=task.forecast.ids[rows],
        memory=task.memory,
    )
    return _blanked(figures(chunk, task.policy), np.isnan(terms.lead_time_days), np.isnan(on_hand))


def _blanked(found: Figures, unplanned: Flags, uncounted: Flags) -> Figures:
    def blank(name: str) -> Floats:
        values = getattr(found, name)
        gone = unplanned if name in ALWAYS else unplanned | uncounted
        return np.where(gone if values.ndim == 1 else gone[:, None], np.nan, values)

    return Figures(**{f.name: blank(f.name) for f in fields(Figures)})


def _jitter(m: int, seed: int) -> Floats:
    """Draw offsets in equal shares from -1/2 to 1/2, the same for all products, (m,)."""
    return np.asarray((np.random.default_rng([seed, 72]).permutation(m) + 0.5) / m - 0.5)


def _moved(task: _Task, found: Figures, as_of: date) -> tuple[_Task, Figures, tuple[Transfer, ...]]:
    """Propose transfers before purchases, and plan the places that they touch again.

    Goods that come sooner than an order would are also sold sooner, so a place may be short again: a few rounds.
    """
    made: tuple[Transfer, ...] = ()
    for _round in range(ROUNDS):
        most = np.maximum(found.up_to, found.target + task.choices.lot)
        moves = transfers(Shelves(task.stock.on_hand, most, found.need), task.terms, task.policy, as_of)
        if not moves:
            break
        made += moves
        task = replace(task, stock=moved(task.stock, moves))
        for row in sorted({row for move in moves for row in (move.origin, move.destination)}):
            again = _chunk(task, slice(row, row + 1))
            for f in fields(Figures):
                getattr(found, f.name)[row] = getattr(again, f.name)[0]
    return task, found, joined(made)


def _whole(task: _Task, found: Figures, moves: tuple[Transfer, ...], as_of: date, on_hand: Floats) -> Whole:
    return Whole(
        forecast=task.forecast,
        terms=task.terms,
        on_hand=on_hand,
        policy=task.policy,
        clock=task.clock,
        choices=task.choices,
        figures=found,
        as_of=as_of,
        letters=task.letters,
        waits=task.waits,
        handed=task.handed,
        rhythm=task.rhythm,
        transfers=moves,
    )


def _sensitivity(task: _Task) -> Sensitivity:
    """Plan again with one thing different at a time."""

    def ordered(terms: ItemTerms, policy: Policy) -> Floats:
        return order_units(task.forecast, terms, task.stock, policy=policy, seed=task.seed)

    return variants(task.terms, task.policy, ordered)
