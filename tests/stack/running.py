"""Starts real workers and the timetable over the test database, and watches for what they do."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from portal.supervise import wrapped

ROOT = Path(__file__).resolve().parents[2]
LEASE, SWEEP = 6, 2


class Processes:
    """Processes in groups of their own, tied to this one; each is ended when the block ends."""

    def __init__(self, folder, database_url):
        self.folder, self.started = folder, []
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "JOB_LEASE_SECONDS": str(LEASE),
            "JOB_SWEEP_SECONDS": str(SWEEP),
            "CELERY_SKIP_CHECKS": "1",
        }

    def start(self, name, *arguments):
        """Start `celery -A portal …`."""
        program = [sys.executable, "-m", "celery", "-A", "portal", *arguments]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                wrapped("exec", program, "--signal", str(int(signal.SIGKILL))),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def worker(self, name):
        line = ["worker", "--loglevel", "INFO", "--concurrency", "2", "--queues", "quick,forecast"]
        return self.start(name, *line, "--hostname", f"{name}@%h", "--include", "tests.stack.kinds")

    def beat(self):
        return self.start("beat", "beat", "--schedule", str(self.folder / "schedule"), "--pidfile=")

    def log(self):
        return "\n".join(f"── {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))

    def stop(self):
        for process in self.started:
            kill_group(process)


def kill_group(process):
    """End a process and all its children at once, as kill -9 or a power cut does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def group_of(pid, processes):
    """The started process that a child belongs to."""
    above = {parent.pid for parent in psutil.Process(pid).parents()} | {pid}
    (found,) = [process for process in processes if process.pid in above]
    return found


def eventually(what, *, seconds, tell=lambda: ""):
    """Wait until something is so, for a bounded time, and give it."""
    until = time.monotonic() + 3 * seconds  # a machine that many share is slow now and then
    while not (found := what()):
        assert time.monotonic() < until, f"not so after {3 * seconds} s\n{tell()}"
        time.sleep(0.1)
    return found
