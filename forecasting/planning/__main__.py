"""The planner from a shell; the files are described in docs/planning.md."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from forecasting.engine.__main__ import announcing, day
from forecasting.engine.tables import BadFile
from forecasting.planning import commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 after printing one line per problem."""
    options = _parser().parse_args(argv)
    try:
        options.run(options)
    except BadFile as bad:
        print("\n".join(bad.problems), file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or options.out}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forecasting.planning", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="{plan,replay}")
    plan = verbs.add_parser("plan", help="say what to order, when, how much and why")
    _files(plan, demand="?")
    plan.add_argument("--forecast", type=Path, help="FORECAST: a forecast kept by a run, planned in place of DEMAND")
    plan.add_argument("--inbound", type=Path, help="INBOUND: sku, units, arrives_on")
    announcing(plan)
    plan.add_argument("--policy", type=Path, help="POLICY: the organisation's rules, as exported")
    plan.add_argument("--budget", type=_money, help="money that the orders may cost at most")
    plan.set_defaults(run=commands.run_plan)
    replay = verbs.add_parser("replay", help="live the past again, and say what following the plan would have meant")
    _files(replay)
    replay.add_argument("--start", type=day, required=True, help="first day of the replay")
    replay.add_argument("--end", type=day, required=True, help="last day of the replay")
    replay.add_argument("--inbound", type=Path, help="INBOUND: what was on the way at the start")
    replay.add_argument("--policy", type=Path, help="POLICY: the organisation's rules, as exported")
    replay.add_argument("--actual", type=Path, help="ACTUAL: sku, date, on_hand …: what the firm really did")
    replay.add_argument("--ended", type=Path, help="ENDED: sku, announced_on: since when it is not bought again")
    own = replay.add_mutually_exclusive_group()
    own.add_argument("--rule", type=Path, help="RULE: sku, min_units, max_units (or min_days, max_days) of its buyers")
    own.add_argument("--cover-days", type=_money, help="its rule: fill up to so many days of usual sales")
    replay.add_argument("--country", help="country whose feasts the forecasts know, such as CN")
    replay.set_defaults(run=commands.run_replay)
    return parser


def _files(parser: argparse.ArgumentParser, demand: str | None = None) -> None:
    parser.add_argument("demand", type=Path, nargs=demand, help="DEMAND: sku, date, units …")
    parser.add_argument("--items", type=Path, required=True, help="ITEMS: sku, on_hand, lead_time_days, review_days …")
    parser.add_argument("--freq", choices=("D", "W", "M"), required=True, help="length of a period")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bytes")
    parser.add_argument(
        "--backorders", type=int, choices=(0, 1), default=0, help="1: unmet demand waits; 0: it is lost"
    )


def _money(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e15:
        raise argparse.ArgumentTypeError(f'"{text}" is not an amount')
    return found


if __name__ == "__main__":
    sys.exit(main())
