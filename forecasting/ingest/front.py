"""The door for the portal: look into a file, turn it into rows; the reading itself happens in a sandbox."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from forecasting.ingest.sandbox import CPU_SECONDS, WALL_SECONDS, OnProgress, run_sandboxed
from forecasting.ingest.types import BadRow, Inspection, Report, Settings

_BYTES_A_SECOND = 2 << 20  # slower than any machine we would run on


def inspect_file(path: Path, settings: Settings | None = None) -> Inspection:
    """Look into a file; what `settings` already says (encoding, sheet, kind …) is taken as said.

    Raises Unreadable with the words for the person.
    """
    with tempfile.TemporaryDirectory(prefix="inspect-") as folder:
        told = _write(settings or Settings(), Path(folder))
        args = ["inspect", str(path.resolve()), "--settings", str(told)]
        cpu, wall = _allowed(path)
        answer = run_sandboxed(args, folder=Path(folder), cpu_seconds=cpu, wall_seconds=wall).answer
    return Inspection.from_json(answer)


def convert_file(path: Path, settings: Settings, out_dir: Path, on_progress: OnProgress | None = None) -> Report:
    """Turn a file into out_dir/rows.csv, bad.ndjson and report.json.

    on_progress(done, total) counts rows; what it raises stops the reading.
    Raises Unreadable; then there is no rows.csv.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    out = out_dir.resolve()
    for name in ("rows.csv", "bad.ndjson", "report.json"):
        (out / name).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix="settings-") as folder:
        told = _write(settings, Path(folder))
        args = ["convert", str(path.resolve()), "--settings", str(told), "--out", str(out)]
        cpu, wall = _allowed(path)
        done = run_sandboxed(args, folder=out, cpu_seconds=cpu, wall_seconds=wall, on_progress=on_progress)
    return Report.from_json(done.answer)


def bad_rows(path: Path) -> Iterator[BadRow]:
    """Read bad.ndjson row by row."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield BadRow.from_json(json.loads(line))


def _write(settings: Settings, folder: Path) -> Path:
    path = folder / "settings.json"
    path.write_text(json.dumps(settings.to_json(), ensure_ascii=False), encoding="utf-8")
    return path.resolve()


def _allowed(path: Path) -> tuple[int, float]:
    """Allow more time to larger files: processor seconds, and seconds on the clock."""
    more = path.stat().st_size // _BYTES_A_SECOND
    return CPU_SECONDS + more, WALL_SECONDS + 3.0 * more
