"""Small tables as files, looked into and turned into rows within the test's own process."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from forecasting.ingest import BadRow, Inspection, Report, Settings, bad_rows
from forecasting.ingest.convert import convert
from forecasting.ingest.inspection import inspect


@dataclass
class Turned:
    report: Report
    rows: list[dict[str, str]]
    bad: list[BadRow]
    out: Path

    def column(self, name: str) -> list[str]:
        return [row[name] for row in self.rows]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def look(tmp_path: Path, write: Callable[..., Path]) -> Callable[..., Inspection]:
    def look(content: str | bytes | Path, **told: object) -> Inspection:
        path = content if isinstance(content, Path) else write(content)
        work = tmp_path / "look"
        work.mkdir(exist_ok=True)
        return inspect(path, Settings.from_json(told), work)

    return look


@pytest.fixture
def turn(tmp_path: Path, write: Callable[..., Path], look: Callable[..., Inspection]) -> Callable[..., Turned]:
    """Convert with what `inspect` proposes, and with what the test tells on top."""

    def turn(content: str | bytes | Path, out: str = "out", **told: object) -> Turned:
        path = content if isinstance(content, Path) else write(content)
        work = tmp_path / f"{out}-work"
        work.mkdir()
        settings = look(path, **told).settings
        report = convert(path, settings, tmp_path / out, work, lambda done, total: None)
        with (tmp_path / out / "rows.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert json.loads((tmp_path / out / "report.json").read_text(encoding="utf-8"))["good"] == len(rows)
        return Turned(report, rows, list(bad_rows(tmp_path / out / "bad.ndjson")), tmp_path / out)

    return turn
