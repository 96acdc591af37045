"""The demo as a whole: started as a person starts it, stopped as a person or a crash stops it."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from portal import servers

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, "manage.py"]
BOUND = 300  # seconds that no step may exceed


def environment(var, port):
    ours = {key: value for key, value in os.environ.items() if not key.endswith("_URL") and not key.startswith("LAGOM")}
    return {**ours, "EXAMPLE_YEARS": "1.2", "LAGOM_VAR": str(var), "PORT": str(port), "PYTHONWARNINGS": "default"}


@contextmanager
def demo(var, port):
    """A running demo with a small firm; gives its process and what it has printed once it is ready."""
    line = [*MANAGE, "demo", "--products", "16"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    # not as a context manager, which would wait for whoever holds the pipe: the thread closes it
    process = subprocess.Popen(line, cwd=ROOT, env=environment(var, port), start_new_session=True, **pipes)
    lines = queue.Queue()
    threading.Thread(target=read_all, args=[process.stdout, lines], daemon=True).start()
    try:
        said, deadline = "", time.monotonic() + BOUND
        while "viewer@" not in said:
            more = lines.get(timeout=deadline - time.monotonic())
            assert more, f"the demo ended early:\n{said}"
            said += more
        yield process, said
    finally:
        process.kill()
        process.wait(BOUND)


def read_all(stream, lines):
    with stream:
        for line in stream:
            lines.put(line)
    lines.put("")


def everything_of(process):
    me = psutil.Process(process.pid)
    return [me, *me.children(recursive=True)]


def assert_gone(processes):
    assert psutil.wait_procs(processes, timeout=60)[1] == []


def assert_logs(var, wanted):
    """The site is healthy as soon as one worker is; the other's first line may come seconds later."""
    deadline = time.monotonic() + 60
    while (missing := wanted - {path.name for path in (var / "log").iterdir()}) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert missing == set()


def health(port):
    """What the site says of itself, asked again for a minute while a busy machine makes a part answer late."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as late:
            with late:
                said = json.load(late)
            if time.monotonic() > deadline:
                return said
        time.sleep(0.5)


def test_the_demo_starts_dies_starts_again_and_stops(tmp_path):
    var, port = tmp_path / "var", servers.free_port()
    with demo(var, port) as (process, said):
        address, *sign_ins = said.splitlines()[-4:]
        assert address == f"http://127.0.0.1:{port}"
        assert [line.split()[0] for line in sign_ins] == ["owner", "planner", "viewer"]
        assert health(port) == {"database": "ok", "broker": "ok", "worker": "ok"}
        assert_logs(var, {"web.log", "quick.log", "forecast.log", "beat.log", "postgres.log", "valkey.log"})

        again = subprocess.run(
            [*MANAGE, "demo"], cwd=ROOT, env=environment(var, port + 1), capture_output=True, text=True, timeout=BOUND
        )
        assert again.returncode == 1
        assert f"already run in process {process.pid} (manage.py demo)" in again.stderr

        started = everything_of(process)
        assert len(started) >= 12
        process.send_signal(signal.SIGKILL)
        process.wait(BOUND)
        assert_gone(started)

    with demo(var, port) as (process, said):
        assert said.splitlines()[-4:] == [address, *sign_ins]
        started = everything_of(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does at Ctrl-C
        assert process.wait(BOUND) == 0
        assert_gone(started)
    assert not (var / "servers.json").exists()


def test_a_port_in_use_is_told_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = {"cwd": ROOT, "env": environment(tmp_path / "var", port), "capture_output": True, "text": True}
        done = subprocess.run([*MANAGE, "demo"], timeout=BOUND, **line)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} cannot be had")
    assert not (tmp_path / "var").exists()


def test_one_address_without_the_other_is_refused(tmp_path):
    given = {**environment(tmp_path / "var", 1), "DATABASE_URL": "postgres://somewhere/lagom"}
    done = subprocess.run([*MANAGE, "check"], cwd=ROOT, env=given, capture_output=True, text=True, timeout=BOUND)
    assert done.returncode == 1
    assert done.stderr.startswith("REDIS_URL is not set: give both")


WATCH = """
import subprocess, sys
from portal.supervise import wrapped
line = wrapped("watch", [sys.executable, "-c", sys.argv[1]], "--grace", "1")
with subprocess.Popen(line, start_new_session=True) as process:
    print(process.pid, flush=True)
    sys.exit(process.wait())
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ready", flush=True)
time.sleep(600)
"""


@contextmanager
def watched(program):
    """A process that has a program watched; gives the process and all processes below it."""
    line = [sys.executable, "-c", WATCH, program]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline().strip().isdigit()
            assert process.stdout.readline() == "ready\n"
            yield process, everything_of(process)[1:]
        finally:
            process.kill()


def test_a_watched_program_and_its_children_end_with_the_process_watched_even_if_stubborn():
    with watched(STUBBORN) as (process, below):
        assert len(below) == 3
        process.kill()
        process.wait(BOUND)
        assert_gone(below)


def test_a_watcher_passes_signals_on_and_the_exit_code_back():
    program = (
        "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print('ready', flush=True); signal.pause()"
    )
    with watched(program) as (process, below):
        below[0].send_signal(signal.SIGTERM)
        assert process.wait(BOUND) == 7
        assert_gone(below)
