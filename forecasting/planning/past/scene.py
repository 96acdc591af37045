"""Setting up a replay: which periods, what the supplier does, what lies there at the start."""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel
from forecasting.planning.clock import Clock, clock
from forecasting.planning.closures import waits
from forecasting.planning.past.history import Flags, History, Lived, lived
from forecasting.planning.past.truth import Truth, truth
from forecasting.planning.past.world import Shipment, World
from forecasting.planning.plans import reach
from forecasting.planning.types import Floats, Ints, ItemTerms, Policy, StockState


@dataclass(frozen=True, slots=True)
class Scene:
    """A world and where it lies in the panel: period first + t of the panel is period t of the world.

    warm_up: periods at the start that are not counted; short: the window was too short for the whole warm-up.
    ahead: openings to come whose deliveries an arm is told. span: lead time and review in periods, float64 (n,).
    did: what the tenant itself did, None without a ledger. given_up: bool (n,), known within the window not to be
    bought again.
    """

    world: World
    truth: Truth
    first: int
    openings: tuple[date, ...]
    warm_up: int
    short: bool
    ahead: int
    span: Floats
    did: Lived | None = None
    given_up: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))


def scene(  # noqa: PLR0913 (what a replay starts from)
    panel: DemandPanel,
    terms: ItemTerms,
    stock0: StockState,
    policy: Policy,
    window: tuple[date, date],
    seed: int,
    history: History | None = None,
) -> Scene:
    """Set up the periods that open within the window (both days included).

    Raises ValueError when there are fewer than two, or none before them to learn from.
    """
    first, last = found_window(panel, window)
    history, total = history or History(), last - first + 1
    opens = period_starts(panel.start, panel.freq, 1, offset=first)[0].astype(object)
    ready = clock(opens, panel.freq, reach(terms, policy))
    review = np.where(np.isnan(terms.review_days), policy.review_days, terms.review_days)
    every = np.maximum(np.round(review / ready.days_per_period), 1).astype(np.int64)
    arrives, expected = _deliveries(terms, clock(opens, panel.freq, _longest(terms, total)), history, (total, seed))
    known = ~np.isnan(terms.lead_time_days) & ~np.isnan(stock0.on_hand)
    what = truth(panel, first, last, seed)
    if history.sold is not None:
        what = replace(what, sales=history.sold)
    if history.wanted is not None:
        what = replace(what, mean=history.wanted, sampled=history.wanted)
    offered = np.ones((len(known), total), np.bool_) if history.offered is None else history.offered
    did = lived(history, what.sales, stock0.on_hand)
    world = World(
        demand=what.sampled,
        reviewed=(np.arange(total)[None, :] % every[:, None] == 0) & offered,
        arrives=arrives,
        expected=expected,
        on_hand=np.nan_to_num(stock0.on_hand),
        known=known,
        coming=_coming(stock0, history, ready),
        moved=np.where(did.usable[:, None], did.moved, 0) if did else history.moved,
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
        did=did,
        given_up=offered.any(axis=1) & ~offered[:, -1],
    )


def found_window(panel: DemandPanel, window: tuple[date, date]) -> tuple[int, int]:
    """Find the first and last period of the panel that open within a window.

    Raises ValueError when there are fewer than two, or none before them.
    """
    starts = period_starts(panel.start, panel.freq, panel.units.shape[1])
    inside = np.flatnonzero((starts >= np.datetime64(window[0])) & (starts <= np.datetime64(window[1])))
    if inside.size < 2:
        raise ValueError(f"fewer than two periods of the demand begin between {window[0]} and {window[1]}")
    if inside[0] < 1:
        raise ValueError(f"no period before {window[0]} is known: there is nothing to learn from")
    return int(inside[0]), int(inside[-1])


def _longest(terms: ItemTerms, total: int) -> float:
    """Bound how many days from the start any order can be on its way."""
    usual, spread = np.nan_to_num(terms.lead_time_days), np.nan_to_num(terms.lead_time_sd_days)
    samples = 0.0 if terms.lead_samples is None else float(np.nan_to_num(terms.lead_samples).max(initial=0))
    return float(max((usual + 6 * spread).max(initial=0), samples, 400)) + total * 31.0 + 31


def _deliveries(terms: ItemTerms, long: Clock, history: History, size: tuple[int, int]) -> tuple[Ints, Ints]:
    """Draw when an order placed before each period arrives, and when the supplier says so, (n, total) each.

    What the supplier really needed in that period comes first, then its record, then mean and spread.
    """
    total, seed = size
    rng = np.random.default_rng([seed, 74])
    usual = np.nan_to_num(terms.lead_time_days)[:, None]
    spread = np.nan_to_num(terms.lead_time_sd_days)[:, None]
    took = np.maximum(usual + spread * rng.standard_normal((len(usual), total)), 0)
    if terms.lead_samples is not None:
        at = rng.integers(0, terms.lead_samples.shape[1], took.shape)
        seen = np.take_along_axis(terms.lead_samples, at, axis=1)
        took = np.where(np.isnan(seen), took, seen)
    if history.took is not None:
        took = np.where(np.isnan(history.took), took, history.took)
    placed = long.offset[:total]
    shut = _shut(terms, long, total)
    if history.took is None:
        took = took + shut
    return long.index(placed + took), np.asarray(long.index(placed + usual + shut))


def _shut(terms: ItemTerms, long: Clock, total: int) -> Floats:
    """Count the days that closures add to an order placed before each period, (n, total)."""
    out = np.zeros((len(terms.supplier), total))
    eves = (long.openings[:total] - 1).astype(object).tolist()
    for t, eve in enumerate(eves if terms.suppliers is not None else []):
        out[:, t] = waits(terms, np.zeros(len(out)), eve)[0]
    return out


def _coming(stock0: StockState, history: History, ready: Clock) -> tuple[Shipment, ...]:
    """Lay what was on the way at the start out as shipments, each with at most one order of a product."""
    expected = ready.index_of(stock0.inbound_day)
    arrives = expected if history.inbound_received is None else ready.index_of(history.inbound_received)
    n, found = len(stock0.on_hand), list[Shipment]()
    turn = np.zeros(n, np.int64)
    for row, units, when, told in zip(stock0.inbound_row, stock0.inbound_units, arrives, expected, strict=True):
        if turn[row] == len(found):
            found.append(Shipment(np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)))
        shipment = found[turn[row]]
        shipment.units[row], shipment.arrives[row], shipment.expected[row] = units, when, told
        turn[row] += 1
    return tuple(found)
