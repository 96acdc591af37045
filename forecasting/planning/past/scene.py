"""Setting up a replay: which periods, what the supplier does, what lies there at the start."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel, Freq
from forecasting.planning.clock import Clock, clock
from forecasting.planning.past.truth import Truth, truth
from forecasting.planning.past.world import World
from forecasting.planning.plans import reach
from forecasting.planning.types import Floats, Ints, ItemTerms, Policy, StockState


@dataclass(frozen=True, slots=True)
class Scene:
    """A world and where it lies in the panel: period first + t of the panel is period t of the world.

    warm_up: periods at the start that are not counted; short: the window was too short for the whole warm-up.
    ahead: openings to come whose deliveries an arm is told. span: lead time and review in periods, float64 (n,).
    """

    world: World
    truth: Truth
    first: int
    openings: tuple[date, ...]
    warm_up: int
    short: bool
    ahead: int
    span: Floats


def scene(
    panel: DemandPanel, terms: ItemTerms, stock0: StockState, policy: Policy, window: tuple[date, date], seed: int
) -> Scene:
    """Set up the periods that open within the window (both days included).

    Raises ValueError when there are fewer than two, or none before them to learn from.
    """
    first, last = _found(panel, window)
    total = last - first + 1
    opens = period_starts(panel.start, panel.freq, 1, offset=first)[0].astype(object)
    ready = clock(opens, panel.freq, reach(terms, policy))
    review = np.where(np.isnan(terms.review_days), policy.review_days, terms.review_days)
    every = np.maximum(np.round(review / ready.days_per_period), 1).astype(np.int64)
    arrives, expected = _deliveries(terms, opens, panel.freq, total, seed)
    known = ~np.isnan(terms.lead_time_days) & ~np.isnan(stock0.on_hand)
    what = truth(panel.units, first, last, seed)
    world = World(
        demand=what.sampled,
        reviewed=np.arange(total)[None, :] % every[:, None] == 0,
        arrives=arrives,
        expected=expected,
        on_hand=np.nan_to_num(stock0.on_hand),
        inbound=_inbound(stock0, ready, total),
        known=known,
        backorders=policy.backorders,
    )
    lag = (np.maximum(arrives, expected) - np.arange(total)).max(axis=1) + every + 1
    warm = int(lag[known].max(initial=1))
    return Scene(
        world=world,
        truth=what,
        first=first,
        openings=tuple(period_starts(opens, panel.freq, total).astype(object).tolist()),
        warm_up=min(warm, total // 3),
        short=warm > total // 3,
        ahead=len(ready.openings),
        span=(np.nan_to_num(terms.lead_time_days) + review) / ready.days_per_period,
    )


def _found(panel: DemandPanel, window: tuple[date, date]) -> tuple[int, int]:
    starts = period_starts(panel.start, panel.freq, panel.units.shape[1])
    inside = np.flatnonzero((starts >= np.datetime64(window[0])) & (starts <= np.datetime64(window[1])))
    if inside.size < 2:
        raise ValueError(f"fewer than two periods of the demand begin between {window[0]} and {window[1]}")
    if inside[0] < 1:
        raise ValueError(f"no period before {window[0]} is known: there is nothing to learn from")
    return int(inside[0]), int(inside[-1])


def _deliveries(terms: ItemTerms, opens: date, freq: Freq, total: int, seed: int) -> tuple[Ints, Ints]:
    """Draw when an order placed before each period arrives, and when the supplier says so, (n, total) each."""
    usual = np.nan_to_num(terms.lead_time_days)[:, None]
    spread = np.nan_to_num(terms.lead_time_sd_days)[:, None]
    drawn = np.random.default_rng([seed, 74]).standard_normal((len(usual), total))
    took = np.maximum(usual + spread * drawn, 0)
    long = clock(opens, freq, float(took.max(initial=0)) + total * 31.0 + 31)
    placed = long.offset[:total]
    return long.index(placed + took), np.asarray(long.index(placed + np.broadcast_to(usual, took.shape)))


def _inbound(stock0: StockState, ready: Clock, total: int) -> Floats:
    """Lay what was on the way at the start out by period; later than the replay is left out, (n, total)."""
    matrix = np.zeros((len(stock0.on_hand), total))
    when = ready.index_of(stock0.inbound_day)
    near = when < total
    np.add.at(matrix, (stock0.inbound_row[near], when[near]), stock0.inbound_units[near])
    return matrix
