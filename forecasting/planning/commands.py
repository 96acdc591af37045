"""What the shell commands do: read files, forecast, plan, write."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from forecasting.engine import forecast
from forecasting.engine.announcements import read_ahead, read_calendar
from forecasting.engine.files import known_on, read_demand
from forecasting.engine.keeping import load_forecast
from forecasting.engine.tables import BadFile
from forecasting.engine.types import DemandPanel, Forecast
from forecasting.planning.clock import clock
from forecasting.planning.exports import read_policy
from forecasting.planning.files import read_inbound, read_items, write_plan
from forecasting.planning.past.files import write_replay
from forecasting.planning.past.history import History
from forecasting.planning.past.inputs import Bounds, cover_rule, feasts, read_actual, read_ended, read_rule
from forecasting.planning.past.replays import Own, replay
from forecasting.planning.past.results import Replay
from forecasting.planning.plans import plan, reach
from forecasting.planning.successors import inheriting
from forecasting.planning.types import ItemTerms, Plan, Policy, StockState

LONGEST = 400  # periods forecast at most; longer intervals repeat them


def run_plan(options: argparse.Namespace) -> None:
    """Forecast far enough for every product's lead time, plan, and write PLAN; --forecast plans one that is kept."""
    if options.forecast is None and options.demand is None:
        raise BadFile(["a plan needs DEMAND, or a kept forecast: --forecast FORECAST.npz"])
    known = read_panel(options) if options.forecast is None else _kept(options)
    items = read_items(options.items, known.ids)
    stock = read_inbound(options.inbound, known.ids, items) if options.inbound else StockState(items.on_hand)
    policy = _policy(options, known)
    if isinstance(known, DemandPanel):
        known = _foreseen(inheriting(known, items.terms), horizon(known, items.terms, policy), options)
    found = plan(
        known, items.terms, stock, policy=policy, seed=options.seed, budget=options.budget, previous=items.standing
    )
    write_plan(found, options.out, items.without_demand)


def _foreseen(panel: DemandPanel, periods: int, options: argparse.Namespace) -> Forecast:
    """Forecast with what is announced; of that, what lies beyond the periods that a plan needs does not matter."""
    calendar = read_calendar(panel, periods, country=options.country, events=options.events)
    ahead = read_ahead(options.ahead, panel, periods, at_most=LONGEST) if options.ahead else None
    return forecast(panel, periods, calendar=calendar, seed=options.seed, ahead=ahead)


def _kept(options: argparse.Namespace) -> Forecast:
    if options.country or options.events or options.ahead or options.as_of:
        raise BadFile(
            [f"{options.forecast.name}: a kept forecast knows its day and what was announced; that is for DEMAND"]
        )
    try:
        return load_forecast(options.forecast.read_bytes())
    except ValueError as error:
        raise BadFile([f"{options.forecast.name}: {error}"]) from None


def planned(
    panel: DemandPanel,
    terms: ItemTerms,
    stock: StockState,
    *,
    policy: Policy,
    seed: int = 0,
    budget: float | None = None,
) -> Plan:
    """Forecast far enough for every product's lead time and plan: what the shell does with its files."""
    found = forecast(inheriting(panel, terms), horizon(panel, terms, policy), seed=seed)
    return plan(found, terms, stock, policy=policy, seed=seed, budget=budget)


def horizon(panel: DemandPanel, terms: ItemTerms, policy: Policy) -> int:
    """Say how many periods a plan of these terms needs forecast; longer intervals repeat them."""
    return min(len(clock(panel.start, panel.freq, reach(terms, policy)).openings), LONGEST)


def _policy(options: argparse.Namespace, known: DemandPanel | Forecast) -> Policy:
    """Take the rules from --policy, or the usual ones; --backorders wins, units are whole where all demand is."""
    if options.policy is None:
        return Policy(
            backorders=bool(options.backorders), whole_units=isinstance(known, Forecast) or whole(known), curve=False
        )
    try:
        return read_policy(options.policy.read_text(encoding="utf-8"), backorders=bool(options.backorders))
    except (ValueError, TypeError) as error:
        raise BadFile([f"{options.policy.name}: {error}"]) from None


def run_replay(options: argparse.Namespace) -> None:
    """Replay the periods from --start to --end, starting with the stock in ITEMS, and write REPLAY."""
    write_replay(replayed(options), options.out)


def replayed(options: argparse.Namespace, on_progress: Callable[[int, int], None] | None = None) -> Replay:
    """Read the files of a replay and live it: what the shell and the portal both do."""
    panel = read_panel(options)
    items = read_items(options.items, panel.ids)
    stock = read_inbound(options.inbound, panel.ids, items) if options.inbound else StockState(items.on_hand)
    own = Own(
        history=_history(options, panel, items.without_demand),
        bounds=_bounds(options, panel),
        calendar=feasts(options.country, panel) if options.country else None,
    )
    try:
        return replay(
            panel,
            items.terms,
            stock,
            policy=_policy(options, panel),
            start=options.start,
            end=options.end,
            seed=options.seed,
            own=own,
            on_progress=on_progress,
        )
    except ValueError as error:
        raise BadFile([f"{options.demand.name}: {error}"]) from None


def _history(options: argparse.Namespace, panel: DemandPanel, without_demand: tuple[str, ...]) -> History | None:
    window = (options.start, options.end)
    found = read_actual(options.actual, panel, window, without_demand) if options.actual else None
    if not options.ended:
        return found
    return replace(found or History(), offered=read_ended(options.ended, panel, window))


def _bounds(options: argparse.Namespace, panel: DemandPanel) -> Bounds | None:
    if options.rule:
        return read_rule(options.rule, panel)
    return cover_rule(options.cover_days, panel) if options.cover_days is not None else None


def read_panel(options: argparse.Namespace) -> DemandPanel:
    """Read the demand, as far as it was known on --as-of; the output's folder is checked first."""
    folder: Path = options.out.parent
    if not folder.is_dir():
        raise BadFile([f"{options.out}: the folder does not exist"])
    panel = read_demand(options.demand, options.freq)
    as_of = getattr(options, "as_of", None)
    return panel if as_of is None else known_on(panel, as_of, options.demand.name)


def whole(panel: DemandPanel) -> bool:
    """Tell whether all demand came in whole units."""
    known = panel.units[~np.isnan(panel.units)]
    return bool((known == np.round(known)).all())
