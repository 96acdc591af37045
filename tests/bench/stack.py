"""The real stack for measurements, in a folder of its own: PostgreSQL, Valkey, and gunicorn as the demo starts it."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
WEB = ["gunicorn", "portal.wsgi", "--preload", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
LOG = ["--access-logfile", "-", "--access-logformat", "asked %(m)s %(U)s %(D)s"]  # microseconds at the server
PATIENCE = 90


@dataclass(frozen=True)
class Site:
    """Where the site answers, and the process that serves it."""

    port: int
    web: psutil.Process
    log: Path

    def took(self, method: str, path: str) -> list[float]:
        """Return the milliseconds that each call so far took at the server, from its first byte to its last."""
        lines = (line.split() for line in self.log.read_text(errors="replace").splitlines())
        found = [line[3] for line in lines if line[:3] == ["asked", method, path]]
        return [int(microseconds) / 1000 for microseconds in found]

    def processor(self) -> dict[str, float]:
        """Return processor seconds so far of the client (this process), the server and the database."""
        own = psutil.Process()
        servers = [one for one in own.children() if one.pid != self.web.pid]
        return {"client": _used(own), "server": _whole(self.web), "database": sum(map(_whole, servers))}


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _whole(process: psutil.Process) -> float:
    """Sum a process and all below it; what had ended before counts with the process that waited for it."""
    found = 0.0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            found += times.user + times.system + times.children_user + times.children_system
    return found


@contextmanager
def servers() -> Iterator[None]:
    """Run PostgreSQL and Valkey on an empty, migrated database, and load the settings that point there."""
    from portal import embedded

    with tempfile.TemporaryDirectory(prefix="lagom-bench-") as name:
        var = Path(name)
        var.chmod(0o755)
        try:
            with embedded.running(var) as found:
                os.environ.update(found.environment())
                os.environ.update(DJANGO_SETTINGS_MODULE="portal.settings", LAGOM_VAR=name, LAGOM_FILES=f"{name}/files")
                import django
                from django.core.management import call_command
                from django.db import connections

                django.setup()
                call_command("migrate", verbosity=0)
                yield
                connections.close_all()
        finally:
            shutil.rmtree(var, ignore_errors=True)


@contextmanager
def site() -> Iterator[Site]:
    """Serve the site until the block ends."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    log = Path(os.environ["LAGOM_VAR"]) / "web.log"
    with log.open("wb") as file:
        command = [sys.executable, "-m", *WEB, *LOG, "--bind", f"127.0.0.1:{port}"]
        web = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)
    try:
        _wait(port, web, log)
        yield Site(port, psutil.Process(web.pid), log)
    finally:
        web.terminate()
        web.wait(30)


def _wait(port: int, web: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and web.poll() is None:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/api/v1/schema")
            if connection.getresponse().read():
                return
        time.sleep(0.2)
    raise RuntimeError(f"The site does not answer:\n{log.read_text()[-3000:]}")
