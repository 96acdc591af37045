"""The sandbox: limits hold, the parent learns why in words, nothing is left behind."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from forecasting.ingest import Unreadable, convert_file, inspect_file
from forecasting.ingest.sandbox import run_sandboxed

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Run any Python code in place of the reader, under the limits of the reader."""
    (tmp_path / "fake" / "forecasting" / "ingest").mkdir(parents=True)

    def run(code, **limits):
        module = tmp_path / "fake" / "forecasting" / "ingest" / "__main__.py"
        (tmp_path / "fake" / "forecasting" / "__init__.py").touch()
        (tmp_path / "fake" / "forecasting" / "ingest" / "__init__.py").touch()
        source = (ROOT / "forecasting" / "ingest" / "confine.py").read_text(encoding="utf-8")
        (tmp_path / "fake" / "forecasting" / "ingest" / "confine.py").write_text(source, encoding="utf-8")
        start = "import json, sys\nfrom forecasting.ingest.confine import confine\nconfine(json.loads(sys.argv[2]))\n"
        module.write_text(start + code, encoding="utf-8")
        monkeypatch.setattr("forecasting.ingest.sandbox._ROOT", tmp_path / "fake")
        return run_sandboxed(["any"], folder=tmp_path, **limits)

    return run


def test_both_doors_work_and_report_progress(write, tmp_path):
    path = write("sku,date,units\n" + "".join(f"A{n % 9},2025-01-13,{n + 1}\n" for n in range(45_000)))
    seen = inspect_file(path)
    steps = []
    report = convert_file(path, seen.settings, tmp_path / "out", lambda done, total: steps.append((done, total)))
    assert (report.good, report.products, seen.settings.kind) == (45_000, 9, "sales")
    assert [done for done, _ in steps] == [19_999, 39_999, 45_000, 45_000]
    assert steps[-1] == (45_000, 45_000)
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == ["bad.ndjson", "report.json", "rows.csv"]


def test_words_of_the_child_reach_the_parent_and_no_rows_are_left(write, tmp_path):
    path = write(b"sku,date,units\nA1,2025-01-13,1\n" + b"B1,\xff\xff,1\n")
    told = inspect_file(write("sku,date,units\nA1,2025-01-13,1\n", "other.csv")).settings
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "rows.csv").write_text("from before")
    with pytest.raises(Unreadable) as refused:
        convert_file(path, told, tmp_path / "out")
    assert refused.value.said.template.startswith("The file is not %(encoding)s throughout")
    assert list((tmp_path / "out").iterdir()) == []


def test_too_much_memory_is_words(child):
    with pytest.raises(Unreadable, match="more memory"):
        child("blocks = [bytearray(1 << 20) for _ in range(4000)]", memory_bytes=256 << 20)


def test_an_abort_is_words(child):
    with pytest.raises(Unreadable, match="made the reader stop") as refused:
        child("import os\nos.abort()")
    assert "exit code -6" in refused.value.detail


def test_too_much_processor_time_is_words(child):
    with pytest.raises(Unreadable, match="takes longer"):
        child("while True: pass", cpu_seconds=1)


def test_too_much_time_is_words_and_the_child_is_gone(child):
    began = time.monotonic()
    with pytest.raises(Unreadable, match="takes longer"):
        child("import time\ntime.sleep(60)", wall_seconds=0.5)
    assert time.monotonic() - began < 30
    assert not [kid for kid in psutil.Process().children() if "forecasting.ingest" in " ".join(kid.cmdline())]


def test_a_callers_own_error_ends_the_child_and_passes_through(child):
    def cancel(done, total):
        raise KeyError("cancelled")

    began = time.monotonic()
    with pytest.raises(KeyError):
        child(
            "import time\nprint(json.dumps({'done': 1, 'total': 2}), flush=True)\ntime.sleep(60)",
            on_progress=cancel,
        )
    assert time.monotonic() - began < 30
    assert not [kid for kid in psutil.Process().children() if "forecasting.ingest" in " ".join(kid.cmdline())]


def test_a_file_that_grows_without_end_is_stopped(child, monkeypatch):
    monkeypatch.setattr("forecasting.ingest.sandbox._file_limit", lambda args: 1 << 20)
    with pytest.raises(Unreadable, match="not enough room"):
        child("with open('big', 'wb') as file:\n    [file.write(bytes(1 << 16)) for _ in range(100)]")


def test_the_child_sees_no_secret_of_ours_and_no_network(child, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "very secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@host/db")
    code = (
        "import os, socket\n"
        "reached = True\n"
        "try:\n    socket.create_connection(('127.0.0.1', PORT), timeout=2).close()\n"
        "except OSError:\n    reached = False\n"
        "print(json.dumps({'names': sorted(os.environ), 'reached': reached, 'cwd': os.listdir('.')}))"
    )
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = child(code.replace("PORT", str(server.getsockname()[1]))).answer
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(seen["names"])
    assert seen["cwd"] == []
    if sys.platform == "linux" and _may_unshare():
        assert seen["reached"] is False


def _may_unshare():
    code = "import ctypes; libc = ctypes.CDLL(None); raise SystemExit(libc.unshare(0x50000000))"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_the_child_dies_with_its_parent(tmp_path):
    """A parent that is killed outright takes the reader with it."""
    fifo = tmp_path / "never.csv"
    os.mkfifo(fifo)
    code = (
        "import sys\nfrom pathlib import Path\nfrom forecasting.ingest.sandbox import run_sandboxed\n"
        f"run_sandboxed(['inspect', {str(fifo)!r}], folder=Path({str(tmp_path)!r}))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        kids = _wait_for(lambda: psutil.Process(parent.pid).children())
        parent.kill()
        parent.wait()
        assert _wait_for(lambda: not kids[0].is_running() or kids[0].status() == psutil.STATUS_ZOMBIE)
    finally:
        parent.kill()
        parent.wait()


def _wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def test_importing_the_doors_is_light():
    heavy = ("polars", "numpy", "python_calamine", "charset_normalizer")
    code = f"import sys, forecasting.ingest; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "[]"


def test_the_shell_door_says_english_and_ends_with_a_code(write, tmp_path):
    path = write(b"%PDF-1.7")
    done = subprocess.run(
        [sys.executable, "-m", "forecasting.ingest", "inspect", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr.strip()) == (3, "This is a PDF. Export the table as CSV or XLSX instead.")
    assert json.loads(done.stdout)["unreadable"]["template"].startswith("This is a PDF")


def test_the_shell_takes_what_inspect_printed_as_settings(write, tmp_path):
    path = write("sku,date,units\nA1,2025-01-13,1\n")
    run = [sys.executable, "-m", "forecasting.ingest"]
    look = subprocess.run([*run, "inspect", str(path)], capture_output=True, check=True, cwd=ROOT)
    (tmp_path / "settings.json").write_bytes(look.stdout)
    turn = [*run, "convert", str(path), "--settings", str(tmp_path / "settings.json"), "--out", str(tmp_path / "out")]
    done = subprocess.run(turn, capture_output=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout.splitlines()[0]) == {"done": 1, "total": 1}
    assert (
        (tmp_path / "out" / "rows.csv").read_text(encoding="utf-8").splitlines()[1].startswith("2,2025-01-13,A1#1,A1,")
    )
