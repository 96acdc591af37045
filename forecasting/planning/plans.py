"""The stock plan: from a forecast's sample paths, terms and stock to what to order, when, how much and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import numpy as np

from forecasting.engine.types import Forecast
from forecasting.planning.budget import Ladder, spend
from forecasting.planning.choices import settle
from forecasting.planning.clock import FOREVER, Clock, clock
from forecasting.planning.figures import Chunk, Figures, figures
from forecasting.planning.lookahead import WINDOWS
from forecasting.planning.lots import batch
from forecasting.planning.passports import Case, passport, reason
from forecasting.planning.types import Floats, ItemTerms, Plan, Policy, StockState
from forecasting.planning.windows import extended, inbound_matrix, lateness, spans

CELLS = 1_000_000  # sample-path cells worked on at once


def plan(  # noqa: PLR0913 (the contract of engine.md)
    forecast: Forecast,
    terms: ItemTerms,
    stock: StockState,
    *,
    policy: Policy | None = None,
    as_of: date | None = None,
    seed: int = 0,
    budget: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Plan every product of a forecast; row i of terms and stock is forecast.ids[i].

    Targets are quantiles of demand summed along sample paths until the order after this one arrives; stock is
    projected to the arrival day with lost sales on the way (policy.backorders: waiting demand), inbound counted once
    and only when it arrives in time. Timing: ordered at the close of as_of, usable from the first period that opens at
    least the lead time after the next opening. Figures whose inputs are missing are NaN; passports name the inputs.

    budget: money that the orders may cost at most; needs unit costs. Same input and seed, same bytes, however chunked.
    Raises ValueError when lengths differ or as_of is not the day before the forecast starts.
    """
    policy = policy or Policy()
    as_of = as_of or forecast.start - timedelta(days=1)
    _check(forecast, terms, stock, as_of)
    task = _Task(
        forecast, terms, stock, policy, clock(forecast.start, forecast.freq, reach(terms, policy)), seed, budget
    )
    return _assemble(task, _capped(task, _figures(task, on_progress)), as_of)


def order_units(forecast: Forecast, terms: ItemTerms, stock: StockState, *, policy: Policy, seed: int = 0) -> Floats:
    """Return only what `plan` would order, units (n,), without the words: for replays."""
    task = _Task(forecast, terms, stock, policy, clock(forecast.start, forecast.freq, reach(terms, policy)), seed)
    return _figures(task, None).order


@dataclass(frozen=True, slots=True)
class _Task:
    forecast: Forecast
    terms: ItemTerms
    stock: StockState
    policy: Policy
    clock: Clock
    seed: int
    budget: float | None = None


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
    return float(min((np.nan_to_num(terms.lead_time_days) + late + review + further).max(initial=1.0), FOREVER))


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
    m, terms, on_hand = task.policy.paths, task.terms.rows(rows), task.stock.on_hand[rows]
    choices = settle(terms, task.policy, task.forecast.freq)
    when = spans(terms, choices.review, lateness(m, task.seed), task.clock)
    cycle = np.maximum(np.round(choices.review / task.clock.days_per_period), 1).astype(np.int64)
    periods = int((when.until.max(axis=1) + WINDOWS * cycle).max())
    chunk = Chunk(
        paths=extended(task.forecast.paths(m, task.seed, rows).astype(np.float64), periods),
        rate=task.forecast.mean[rows].astype(np.float64).mean(axis=1),
        inbound=inbound_matrix(task.stock, task.clock, rows, periods),
        on_hand=np.nan_to_num(on_hand),
        choices=choices,
        unit_cost=terms.unit_cost,
        capped=task.budget is not None,
        spans=when,
        cycle=cycle,
        jitter=_jitter(m, task.seed),
    )
    found = figures(chunk, task.policy, task.clock)
    unplanned = np.isnan(terms.lead_time_days)
    unknown = unplanned | np.isnan(on_hand)
    by_stock = ("need", "wanted", "order", "cost", "full", "rungs", "rung_cost")

    def blank(name: str) -> Floats:
        values, gone = getattr(found, name), unknown if name in by_stock else unplanned
        return np.where(gone if values.ndim == 1 else gone[:, None], np.nan, values)

    return Figures(**{f.name: blank(f.name) for f in fields(Figures)})


def _capped(task: _Task, found: Figures) -> Figures:
    """Cut the orders to the budget, if there is one."""
    if task.budget is None:
        return found
    bought = spend(Ladder(found.rungs, found.rung_cost), task.terms.unit_cost, task.budget)
    at = np.abs(found.rungs - np.nan_to_num(bought.units)[:, None]).argmin(axis=1)
    cost = np.take_along_axis(found.rung_cost, at[:, None], axis=1)[:, 0]
    known = ~np.isnan(found.cost) & ~np.isnan(bought.units)
    return replace(found, order=bought.units, cost=np.where(known, cost, np.nan))


def _jitter(m: int, seed: int) -> Floats:
    """Draw offsets in equal shares from -1/2 to 1/2, the same for all products, (m,)."""
    return np.asarray((np.random.default_rng([seed, 72]).permutation(m) + 0.5) / m - 0.5)


def _assemble(task: _Task, found: Figures, as_of: date) -> Plan:
    terms, on_hand = task.terms, task.stock.on_hand
    choices = settle(terms, task.policy, task.forecast.freq)
    rows = range(len(task.forecast.ids))
    horizon = task.forecast.mean.shape[1]
    case = Case(
        found, terms, on_hand, choices, task.policy, task.clock.days_per_period, horizon, task.budget is not None
    )
    passports = tuple(passport(case, i) for i in rows)
    lot = np.maximum(choices.lot, batch(choices, found.rate))
    review = choices.review / task.clock.days_per_period
    ordered = found.order > 0
    arrival = task.clock.openings[task.clock.index(terms.lead_time_days)]
    none = np.datetime64("NaT", "D")
    return Plan(
        ids=task.forecast.ids,
        as_of=as_of,
        safety_stock=np.maximum(found.target - found.demand, 0),
        reorder_point=found.target,
        order_up_to=found.up_to,
        max_target=np.maximum(found.up_to, found.target + lot),
        order_units=found.order,
        order_on=np.where(ordered, np.datetime64(as_of, "D"), none),
        arrives_on=np.where(ordered, arrival, none),
        expected_cost=found.cost,
        level=found.level,
        demand_interval=found.demand,
        demand_daily=found.rate / task.clock.days_per_period,
        average_target=np.maximum(found.target - found.demand, 0) + np.maximum(lot, found.rate * review) / 2,
        reason=tuple(reason(i, passports[i], found) for i in rows),
        passports=passports,
    )
