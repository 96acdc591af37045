"""Runs the reading of a hostile file in a process of its own that can do little and dies with its parent.

The child takes its limits upon itself before it imports or opens anything (see confine.py), so that no code runs
between fork and exec of a threaded server.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from forecasting.ingest.errors import Unreadable
from forecasting.ingest.types import said_from
from forecasting.words import Said, say

MEMORY = 1 << 30  # of address space: the smallest that carries polars with one thread and a workbook of a million rows
CPU_SECONDS = 120
WALL_SECONDS = 600
UNREADABLE, NO_MEMORY = 3, 4  # exit codes of the child
_LINE = 32 << 20  # the longest line a child may print
_ROOT = Path(__file__).resolve().parents[2]

_TOO_LARGE = say("Reading this file takes more memory than is allowed. Save it as CSV, or split it.")
_TOO_LONG = say("Reading this file takes longer than is allowed. Save it as CSV, or split it.")
_FULL = say("There is not enough room to unpack this file.")
_CRASHED = say(
    "This file made the reader stop. It may be damaged: open it, save it again as XLSX or CSV, and upload that."
)

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What the child printed last, as JSON."""

    answer: dict[str, Any]


def run_sandboxed(
    args: Sequence[str],
    *,
    folder: Path,
    memory_bytes: int = MEMORY,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run `python -m forecasting.ingest` with limits; its files go below `folder`, which must exist.

    on_progress(done, total) is called for every step; what it raises ends the child and passes through.
    Raises Unreadable: the child's own words, or words for the limit it ran into.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="reading-") as own, tempfile.TemporaryFile() as errors:
        limits = {"memory": memory_bytes, "cpu": cpu_seconds, "file": _file_limit(args), "parent": os.getpid()}
        command = [sys.executable, "-s", "-m", "forecasting.ingest", "--limits", json.dumps(limits), *args]
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=own,
            env=_environment(Path(own)),
            start_new_session=True,
        )
        overdue = threading.Event()
        timer = threading.Timer(wall_seconds, _end, (child, overdue))
        timer.daemon = True
        timer.start()
        try:
            answer = _listen(child, on_progress)
            child.wait()
        finally:
            timer.cancel()
            _kill(child)
            child.wait()
            if child.stdout is not None:
                child.stdout.close()
        if child.returncode == 0 and answer is not None:
            return Result(answer)
        raise _why(child.returncode, answer, overdue.is_set(), _tail(errors))


def _listen(child: "subprocess.Popen[bytes]", on_progress: OnProgress | None) -> dict[str, Any] | None:
    """Pass progress on, and keep the last line that is none."""
    answer: dict[str, Any] | None = None
    for line in _lines(child.stdout):
        with suppress(ValueError):
            said = json.loads(line)
            if isinstance(said, dict) and said.keys() == {"done", "total"}:
                if on_progress is not None:
                    on_progress(int(said["done"]), int(said["total"]))
            elif isinstance(said, dict):
                answer = said
    return answer


def _lines(stream: IO[bytes] | None) -> Iterator[bytes]:
    while stream is not None and (line := stream.readline(_LINE)):
        yield line


def _why(code: int, answer: dict[str, Any] | None, overdue: bool, detail: str) -> Unreadable:
    """Put the end of a child into words."""
    if code == UNREADABLE and answer is not None and "unreadable" in answer:
        return Unreadable(said_from(answer["unreadable"]), detail)
    if overdue or code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Unreadable(_TOO_LONG, detail)
    if code == -signal.SIGXFSZ or "File too large" in detail or "No space left" in detail:
        return Unreadable(_FULL, detail)
    if (
        code == NO_MEMORY
        or "memory allocation" in detail
        or "MemoryError" in detail
        or "out of memory" in detail.lower()
    ):
        return Unreadable(_TOO_LARGE, detail)
    return Unreadable(_CRASHED, f"exit code {code}\n{detail}")


def _environment(own: Path) -> dict[str, str]:
    """Give the child what Python and polars need and nothing else: no secret of ours is in it."""
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(_ROOT),
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "LANG": "C.UTF-8",
        "HOME": str(own),
        "TMPDIR": str(own),
        "POLARS_MAX_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _file_limit(args: Sequence[str]) -> int:
    """Allow files of a few times the size of the input, and never less than an unpacked workbook."""
    sizes = [Path(arg).stat().st_size for arg in args if Path(arg).is_absolute() and Path(arg).is_file()]
    return (1 << 30) + 6 * max(sizes, default=0)


def _end(child: "subprocess.Popen[bytes]", overdue: threading.Event) -> None:
    overdue.set()
    _kill(child)


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """End the child and whatever it may have started: it leads its own session."""
    if child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _tail(errors: IO[bytes]) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 4000))
    return errors.read().decode("utf-8", "replace")


__all__ = ["CPU_SECONDS", "MEMORY", "NO_MEMORY", "UNREADABLE", "WALL_SECONDS", "Result", "Said", "run_sandboxed"]
