"""The engine from a shell: python -m forecasting.engine forecast DEMAND.csv --freq W --horizon 13 --out
FORECAST.csv."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from forecasting.engine.announcements import read_ahead, read_calendar
from forecasting.engine.files import BadFile, known_on, read_demand, write_forecast, write_reasons
from forecasting.engine.forecasting import forecast
from forecasting.engine.types import LEVELS, DemandPanel, Forecast


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 after printing one line per problem."""
    wanted = _parser().parse_args(arguments)
    try:
        panel = read_demand(wanted.demand, wanted.freq)
        result = _forecast(known_on(panel, wanted.as_of, wanted.demand.name) if wanted.as_of else panel, wanted)
        write_forecast(result, wanted.out)
        if wanted.reasons:
            write_reasons(result, wanted.reasons)
    except BadFile as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{Path(error.filename or wanted.out).name}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _forecast(panel: DemandPanel, wanted: argparse.Namespace) -> Forecast:
    calendar = read_calendar(panel, wanted.horizon, country=wanted.country, events=wanted.events)
    ahead = read_ahead(wanted.ahead, panel, wanted.horizon) if wanted.ahead else None
    return forecast(panel, wanted.horizon, levels=wanted.levels, calendar=calendar, seed=wanted.seed, ahead=ahead)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forecasting.engine", description="Forecast demand from a file.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("forecast", help="forecast every sku of DEMAND")
    command.add_argument("demand", type=Path, metavar="DEMAND", help="CSV or Parquet: sku, date, units, …")
    command.add_argument("--freq", choices=("D", "W", "M"), required=True, help="days, weeks or months")
    command.add_argument("--horizon", type=_count, required=True, help="periods ahead, 1 to 1000")
    command.add_argument("--out", type=Path, required=True, help="FORECAST as CSV or Parquet")
    command.add_argument("--levels", type=_levels, default=LEVELS, help="quantiles, as 0.05,0.5,0.95")
    command.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes")
    announcing(command)
    command.add_argument(
        "--reasons", type=Path, metavar="REASONS", help="write sku, model, reason, refusals there, too"
    )
    return parser


def announcing(command: argparse.ArgumentParser) -> None:
    """Give a command the options of what is known of days to come, and of the day on which it is known."""
    command.add_argument("--as-of", type=day, help="know only periods that ended by this day: moves the clock back")
    command.add_argument("--country", default="", help="its public holidays count: two letters, as CN or DE")
    command.add_argument(
        "--events", type=Path, metavar="EVENTS", help="CSV or Parquet: name, date; closure: a closed day"
    )
    command.add_argument(
        "--ahead", type=Path, metavar="AHEAD", help="announced: sku, date, and promo (0 to 1) or price"
    )


def day(text: str) -> date:
    """Read an option that is a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a date like 2011-01-31') from None


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from 1 to 1000')
    return int(text)


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a list of numbers such as 0.05,0.5,0.95') from None
    if not all(0 < level < 1 for level in levels):
        raise argparse.ArgumentTypeError(f'"{text}" holds a level outside 0 and 1')
    return levels


if __name__ == "__main__":
    sys.exit(main())
