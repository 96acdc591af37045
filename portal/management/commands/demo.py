"""Runs the whole site on this machine: the example firm, the web server, a worker and the timetable."""

import io
import json
import os
import shlex
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from multiprocessing.util import register_after_fork
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from honcho.manager import Manager

from portal.supervise import wrapped

PRELOAD = "PRELOAD=lightgbm,prophet"  # imported once, before the worker forks
PATIENCE = 120  # seconds until the site must answer


class LogFiles:
    """Where honcho prints: every process into a file of its own, so that the console keeps the address."""

    width = 0  # honcho sets it

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, message: Any) -> None:
        """Append one message's lines, with the time."""
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        path = self.path(message.name)
        if path.exists() and path.stat().st_size > 10_000_000:
            path.replace(path.with_suffix(".log.1"))
        with path.open("a") as file:
            file.writelines(f"{message.time:%Y-%m-%d %H:%M:%S} {line}\n" for line in text.splitlines())

    def path(self, name: str | None) -> Path:
        """Give the log file of a process."""
        return self.folder / f"{'demo' if name in (None, 'system') else name}.log"

    def tail(self, name: str) -> str:
        """Read the last lines of a process's log."""
        path = self.path(name)
        return "\n".join(path.read_text().splitlines()[-15:]) if path.exists() else ""


def end_with(demo: int) -> None:
    """End this process of honcho's once the demo is gone: nobody reads its last words any more."""

    def wait() -> None:
        while os.getppid() == demo:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


class Command(BaseCommand):
    """Start everything, print address and sign-ins, and stop everything on Ctrl-C or SIGTERM."""

    help = "Run the whole site on this machine with the example firm: address and sign-ins are the last lines."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the example firm."""
        parser.add_argument("--products", type=int, default=settings.EXAMPLE_PRODUCTS, help="size of the example firm")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, start, wait."""
        self.port = int(os.environ.get("PORT", "8000"))
        self.ended = threading.Event()
        signal.signal(signal.SIGTERM, interrupt)
        try:
            sign_ins = self._fill(options["products"])
            self._run(sign_ins)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _fill(self, products: int) -> str:
        """Bring tables and the example firm up to date; what fill_example prints are the sign-ins."""
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0)
        self.stdout.write("Preparing the example firm …")
        said = io.StringIO()
        call_command("fill_example", products=products, stdout=said)
        connections.close_all()  # the processes that are started now must not inherit them
        return said.getvalue().rstrip()

    def _run(self, sign_ins: str) -> None:
        """Run the processes until one ends or somebody stops the demo."""
        logs = LogFiles(settings.VAR_DIR / "log")
        manager = Manager(printer=logs)
        me = os.getpid()
        register_after_fork(manager, lambda _: end_with(me))
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # the workers are the parallelism
        for name, program in self._programs().items():
            # honcho starts each from a process of its own, so each watches ours: kill -9 leaves nothing behind.
            manager.add_process(name, f"exec {shlex.join(wrapped('watch', program))}", env={**one_thread, **os.environ})
        threading.Thread(target=self._announce, args=[sign_ins, logs], daemon=True).start()
        try:
            manager.loop()
        finally:
            self.ended.set()
        stopped = signal.SIGINT + 128, signal.SIGTERM + 128
        if manager.returncode in stopped:
            raise KeyboardInterrupt
        raise CommandError(f"The demo has stopped: {logs.tail('demo')}\nThe logs are in {logs.folder}.")

    def _programs(self) -> dict[str, list[str]]:
        """Give every command line; forecasts have a worker of their own, and quick jobs never wait."""
        python, celery = [sys.executable, "-m"], ["celery", "-A", "portal"]
        worker = [*python, *celery, "worker", "--loglevel", "INFO", "--concurrency", "2"]
        beat = settings.VAR_DIR / "beat"
        for folder in (beat, settings.STATIC_ROOT):
            folder.mkdir(mode=0o700, exist_ok=True)
        web = ["gunicorn", "portal.wsgi", "--preload", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        return {
            "web": [*python, *web, "--bind", f"127.0.0.1:{self.port}", "--access-logfile", "-"],
            "quick": [*worker, "--queues", "quick", "--hostname", "quick@%h"],
            "forecast": ["env", PRELOAD, *worker, "--queues", "forecast", "--hostname", "forecast@%h"],
            "beat": [*python, *celery, "beat", "--schedule", str(beat / "schedule"), "--loglevel", "INFO"],
        }

    def _announce(self, sign_ins: str, logs: LogFiles) -> None:
        """Wait until the site is healthy and print the address and the sign-ins."""
        self.stdout.write("Starting web, worker and beat …")
        address = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + PATIENCE
        health: dict[str, str] = {}
        while not self.ended.wait(0.3):
            health = ask(f"{address}/healthz")
            if set(health.values()) == {"ok"}:
                self.stdout.write(
                    f"\nLagom runs. Ctrl-C stops it; the logs are in {logs.folder}.\n\n{address}\n{sign_ins}"
                )
                self.stdout.flush()
                return
            if time.monotonic() > deadline:
                self.stderr.write(f"After {PATIENCE} s: {health or 'no answer'}. The logs are in {logs.folder}.")
                os.kill(os.getpid(), signal.SIGTERM)
                return


def interrupt(number: int, frame: Any) -> None:
    """Treat SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


def ask(url: str) -> dict[str, str]:
    """Ask for the health, and give the answer or nothing; a proxy of the environment is not asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as reply:
            return dict(json.load(reply))
    except urllib.error.HTTPError as error:
        with error:
            return {"http": str(error.code)}
    except (OSError, ValueError):
        return {}
