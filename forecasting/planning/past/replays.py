"""The replay: two arms on the same past, and what can honestly be said of their difference (methods.md 13)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from forecasting.engine.types import Calendar, DemandPanel
from forecasting.planning import successors
from forecasting.planning.choices import settle
from forecasting.planning.past.baseline import own_rule, tuned_cover
from forecasting.planning.past.court import Challenger, Court
from forecasting.planning.past.evidence import Prices
from forecasting.planning.past.history import History
from forecasting.planning.past.outlooks import outlooks
from forecasting.planning.past.results import Replay
from forecasting.planning.past.rules import Lagom
from forecasting.planning.past.scene import Scene, scene
from forecasting.planning.past.world import Rule
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState

PATHS = 80  # sample paths per decision at most, so that a year of decisions takes seconds


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of the tenant's own way: its ledger, its rule, and the feasts of its country.

    bounds: least and most that its buyers keep, (n,) each, in units or (third is True) in periods of usual sales. rule:
    any other way to order. history: what really happened in the window.
    """

    history: History | None = None
    bounds: tuple[Floats, Floats, bool] | None = None
    rule: Rule | None = None
    calendar: Calendar | None = field(default=None)


def replay(  # noqa: PLR0913 (the contract of engine.md)
    panel: DemandPanel,
    terms: ItemTerms,
    stock0: StockState,
    *,
    policy: Policy | None = None,
    start: date,
    end: date,
    seed: int = 0,
    own: Own | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Live the periods that open from start to end again, as the tenant did or would have, and under Lagom.

    stock0: what lay there and was on the way at start. own: the tenant's ledger and rule; compared with first is what
    it really did, else its rule, else a moving average with cover tuned on the periods before start, which is always
    one of the comparisons. All arms meet the same demand and the same delivery times; a decision sees only periods that
    have ended, and buys every product until the history says that it is known to be given up: terms do not tell since
    when one is discontinued or replaced. The warm-up, the longest lead time and one cycle, is not counted.

    Raises ValueError when fewer than two periods open between start and end, or none before start.
    """
    own, policy, terms = own or Own(), policy or Policy(), successors.not_yet(terms)
    policy = replace(policy, paths=min(policy.paths, PATHS), curve=False, sensitivity=False)
    stage = scene(panel, terms, stock0, policy, (start, end), seed, own.history)
    mine = Lagom(outlooks(panel, stage, seed, own.calendar).at, terms, policy, seed)
    choices = settle(terms, policy, panel.freq)
    prices = Prices(choices.holding, choices.shortage, choices.fixed, terms.unit_cost)
    challengers = _challengers(panel, terms, policy, stage, own, seed)
    court = Court(stage, mine, challengers, prices, panel.freq, seed)
    return court.judged(panel.ids, on_progress)


def _challengers(
    panel: DemandPanel, terms: ItemTerms, policy: Policy, stage: Scene, own: Own, seed: int
) -> tuple[Challenger, ...]:
    """List the arms that Lagom is compared with, the one that tells most first."""
    found = []
    tuned = tuned_cover(panel, terms, policy, stage, seed)
    if stage.did is not None and (stage.did.usable & stage.world.known).any():
        found.append(Challenger("actual", None))
    if own.rule is not None:
        found.append(Challenger("stated", own.rule))
    elif own.bounds is not None and np.isfinite(own.bounds[0] + own.bounds[1]).any():
        found.append(Challenger("stated", own_rule(own.bounds, tuned)))
    return (*found, Challenger("tuned", tuned))
