"""What the shell commands do: read files, forecast, plan, write."""

import argparse
from pathlib import Path

import numpy as np

from forecasting.engine import forecast
from forecasting.engine.files import read_demand
from forecasting.engine.tables import BadFile
from forecasting.engine.types import DemandPanel
from forecasting.planning.clock import clock
from forecasting.planning.files import read_inbound, read_items, until, write_plan
from forecasting.planning.past.files import write_replay
from forecasting.planning.past.replays import replay
from forecasting.planning.plans import plan, reach
from forecasting.planning.types import Policy, StockState

LONGEST = 400  # periods forecast at most; longer intervals repeat them


def run_plan(options: argparse.Namespace) -> None:
    """Forecast far enough for every product's lead time, plan, and write PLAN."""
    panel = read_panel(options)
    items = read_items(options.items, panel.ids)
    stock = read_inbound(options.inbound, panel.ids, items) if options.inbound else StockState(items.on_hand)
    policy = Policy(backorders=bool(options.backorders), whole_units=whole(panel))
    ahead = clock(panel.start, panel.freq, reach(items.terms, policy))
    found = forecast(panel, min(len(ahead.openings), LONGEST), seed=options.seed)
    found_plan = plan(found, items.terms, stock, policy=policy, seed=options.seed)
    write_plan(found_plan, options.out, items.without_demand)


def run_replay(options: argparse.Namespace) -> None:
    """Replay the periods from --start to --end, starting with the stock in ITEMS, and write REPLAY."""
    panel = read_panel(options)
    items = read_items(options.items, panel.ids)
    stock = read_inbound(options.inbound, panel.ids, items) if options.inbound else StockState(items.on_hand)
    policy = Policy(backorders=bool(options.backorders), whole_units=whole(panel))
    window = {"start": options.start, "end": options.end}
    try:
        found = replay(panel, items.terms, stock, policy=policy, seed=options.seed, **window)
    except ValueError as error:
        raise BadFile([f"{options.demand.name}: {error}"]) from None
    write_replay(found, options.out)


def read_panel(options: argparse.Namespace) -> DemandPanel:
    """Read the demand, as far as it was known on --as-of; the output's folder is checked first."""
    folder: Path = options.out.parent
    if not folder.is_dir():
        raise BadFile([f"{options.out}: the folder does not exist"])
    panel = read_demand(options.demand, options.freq)
    if getattr(options, "as_of", None) is None:
        return panel
    try:
        return until(panel, options.as_of)
    except ValueError as error:
        raise BadFile([f"{options.demand.name}: {error}"]) from None


def whole(panel: DemandPanel) -> bool:
    """Tell whether all demand came in whole units."""
    known = panel.units[~np.isnan(panel.units)]
    return bool((known == np.round(known)).all())
