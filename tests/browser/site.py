"""Runs the whole real site for the browser tests: the demo with a small example firm, in a folder of its own."""

import contextlib
import email
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from portal import servers

ROOT = Path(__file__).resolve().parents[2]
START, STOP = 400, 60  # seconds that starting and stopping may take on a busy machine
PRODUCTS, YEARS = "24", "1.2"


@dataclass(frozen=True)
class Site:
    """A site that runs: where it is, who may sign in, where its letters lie."""

    address: str
    sign_ins: dict[str, tuple[str, str]]
    var: Path

    def letters(self) -> str:
        """Give everything that was sent by e-mail; the demo's worker writes letters into files."""
        files = sorted((self.var / "letters").glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        whole = [one for file in files for one in file.read_bytes().split(b"-" * 79) if one.strip()]
        parts = [part for one in whole for part in email.message_from_bytes(one.lstrip()).walk()]
        return "\n".join(
            part.get_payload(decode=True).decode() for part in parts if part.get_content_type() == "text/plain"
        )

    def link_in_letter(self, path: str, *, seconds: float = 30) -> str:
        """Wait for a letter with a link whose path starts so, and give the newest one's path."""
        until = time.monotonic() + seconds
        while not (found := re.findall(rf"https?://\S+?({path}\S+)", self.letters())):
            assert time.monotonic() < until, f"no letter with a link to {path}"
            time.sleep(0.2)
        return found[-1]


@contextlib.contextmanager
def running(var):
    """Start the site, give it once it is healthy, and stop it by its own process id."""
    port = servers.free_port()
    line = [sys.executable, "manage.py", "demo", "--products", PRODUCTS]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(line, cwd=ROOT, env=environment(var, port), start_new_session=True, **pipes) as process:
        try:
            yield Site(f"http://127.0.0.1:{port}", sign_ins(said(process)), var)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()  # its children watch it, and end too
    shutil.rmtree(var, ignore_errors=True)


def environment(var, port):
    """Leave out what names other servers or another place."""
    ours = ("LAGOM_", "SITE_ADDRESS", "DJANGO_SETTINGS_MODULE")
    kept = {
        name: value for name, value in os.environ.items() if not name.endswith("_URL") and not name.startswith(ours)
    }
    return {**kept, "EXAMPLE_YEARS": YEARS, "LAGOM_VAR": str(var), "PORT": str(port), "PYTHONWARNINGS": "default"}


def said(process):
    """Read what the demo prints until the sign-ins are there, or tell how it ended."""
    lines, text, until = queue.Queue(), "", time.monotonic() + START
    threading.Thread(target=pump, args=[process.stdout, lines], daemon=True).start()
    while "viewer@" not in text:
        line = lines.get(timeout=max(0, until - time.monotonic()))
        assert line, f"the demo ended early:\n{text}"
        text += line
    return text


def pump(stream, lines):
    """Hand lines over until the end, which is an empty one."""
    for line in stream:
        lines.put(line)
    lines.put("")


def sign_ins(text):
    """Find who may sign in: role, address, password."""
    return {role: (email, password) for role, email, password in re.findall(r"^  (\w+) +(\S+@\S+)  (\S+)$", text, re.M)}
