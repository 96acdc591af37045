"""The shell door: `python -m forecasting.ingest inspect|convert FILE …` prints JSON, one object a line."""

import argparse
import gc
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from forecasting.ingest.errors import Unreadable
from forecasting.ingest.sandbox import NO_MEMORY, UNREADABLE
from forecasting.ingest.types import Settings


def main(arguments: list[str] | None = None) -> int:
    """Do one command; returns the exit code: 0, 2 for wrong use, 3 when the file cannot be read, 4 without memory."""
    options = _parser().parse_args(arguments)
    if options.limits:
        from forecasting.ingest.confine import confine

        confine(json.loads(options.limits))
    gc.disable()  # rows are lists of texts: there are no cycles to look for, and looking takes a third of the time
    try:
        with tempfile.TemporaryDirectory(prefix="ingest-") as work:
            _inspect(options, Path(work)) if options.command == "inspect" else _convert(options, Path(work))
    except Unreadable as error:
        _print({"unreadable": {"template": error.said.template, "values": dict(error.said.values)}})
        print(error.said, file=sys.stderr)
        return UNREADABLE
    except MemoryError:
        print("MemoryError", file=sys.stderr)
        return NO_MEMORY
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forecasting.ingest", description=__doc__)
    parser.add_argument("--limits", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True)
    look = commands.add_parser("inspect", help="say what a file is and how it would be read")
    look.add_argument("file", type=Path)
    look.add_argument("--sheet", help="worksheet of a workbook")
    look.add_argument("--member", help="file in a ZIP")
    look.add_argument("--settings", type=Path, help="JSON of what is known already")
    turn = commands.add_parser("convert", help="write rows.csv, bad.ndjson and report.json")
    turn.add_argument("file", type=Path)
    turn.add_argument("--settings", type=Path, help="JSON as `inspect` proposes it under `settings`")
    turn.add_argument("--out", type=Path, required=True, help="folder for the results")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    if options.settings is None:
        return Settings()
    data = json.loads(options.settings.read_text(encoding="utf-8"))
    return Settings.from_json(data.get("settings", data))


def _inspect(options: argparse.Namespace, work: Path) -> None:
    from dataclasses import replace

    from forecasting.ingest.inspection import inspect

    told = _settings(options)
    told = replace(told, sheet=options.sheet or told.sheet, member=options.member or told.member)
    _print(inspect(options.file, told, work).to_json())


def _convert(options: argparse.Namespace, work: Path) -> None:
    from forecasting.ingest.convert import convert

    report = convert(
        options.file,
        _settings(options),
        options.out,
        work,
        lambda done, total: _print({"done": done, "total": total}),
    )
    _print(report.to_json())


def _print(data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
