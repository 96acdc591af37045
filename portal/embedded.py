"""Runs the real PostgreSQL 18 and Valkey 9 from pip wheels, for a machine that has neither.

They are children of the process that enters `running()` and end with it, even when it is killed. Everything they
keep lies under one folder, `var/` of the checkout or LAGOM_VAR. Nothing here knows Django or its settings.
"""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portal.cluster import prepare_data, prepare_roles
from portal.servers import (
    PASSWORDS,
    PATIENCE,
    EmbeddedError,
    Place,
    Servers,
    answers,
    server_user,
    start_until_bound,
    stop,
    write_private,
)
from portal.supervise import alive

__all__ = ["EmbeddedError", "Servers", "forget", "runner", "running", "secret", "status", "var_folder"]

LOCK, STATE = "lock", "servers.json"
SECRETS = (PASSWORDS, "secret_key", "example_password")
KEPT = ("postgres", "valkey", "log", "files", "static", "beat", STATE, *SECRETS)  # what `forget` removes


@contextmanager
def running(var: Path) -> Iterator[Servers]:
    """Give PostgreSQL and Valkey over the data in `var`: those that run already, else our own until the block ends."""
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedError("Start the servers from the main thread: they end with the thread that started them.")
    var = var.absolute()
    try:
        make_folder(var, 0o755)
        found = claim(var)
        if isinstance(found, Servers):
            yield found
            return
    except PermissionError as error:
        raise EmbeddedError(f"No right to write {error.filename}: {var} belongs to another user.") from error
    try:
        with started(var, found) as servers:
            yield servers
    finally:
        os.close(found)


def claim(var: Path) -> int | Servers:
    """Lock `var` and give the lock, or give the servers of the process that holds it once they answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        lock = os.open(var / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return lock  # the servers inherit it: whoever holds it knows that no other server is alive on this data
        state = read_state(var)
        if state and answers(servers := Servers(**state["servers"])) and alive(state["owner"]):
            return servers
        if time.monotonic() > deadline:
            who = f"process {state['owner']} ({state['command']})" if state else "another process"
            raise EmbeddedError(f"{who} has locked {var}, but its servers do not answer. Stop it and start again.")
        time.sleep(0.1)


@contextmanager
def started(var: Path, lock: int) -> Iterator[Servers]:
    """Start both servers over the locked `var`, and stop them when the block ends."""
    (var / STATE).unlink(missing_ok=True)
    make_folder(var / "log", 0o700)
    for name in ("postgres", "valkey"):
        make_folder(var / name, 0o711)
    place = Place(var, read_passwords(var), server_user(var / "postgres"), lock)
    processes: list[tuple[subprocess.Popen[bytes], int]] = []
    try:
        prepare_data(place)
        redis_port = start_until_bound(place, "valkey", processes)
        database_port = start_until_bound(place, "postgres", processes)
        prepare_roles(place, database_port)
        servers = place.servers(database_port, redis_port)
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
        write_private(var / STATE, json.dumps({"owner": os.getpid(), "command": command, "servers": asdict(servers)}))
        yield servers
    finally:
        stop(processes)
        (var / STATE).unlink(missing_ok=True)


# ── Files and passwords ──


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with exactly this mode, whatever the umask; leave one that exists as it is."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(mode)


def secret(path: Path) -> str:
    """Read the secret kept in a file, and first make it up if there is none."""
    make_folder(path.parent, 0o755)
    with suppress(FileExistsError):
        new = path.with_name(f"{path.name}.{os.getpid()}")
        write_private(new, secrets.token_urlsafe(48))
        try:
            os.link(new, path)  # fails if another process was faster: then its secret counts
        finally:
            new.unlink()
    return path.read_text()


def read_passwords(var: Path) -> dict[str, str]:
    """Read the servers' passwords, and first make them up if there are no data yet."""
    path = var / PASSWORDS
    if not path.exists():
        if (var / "postgres" / "data").exists():
            raise EmbeddedError(f"{path} is missing, so the data beside it cannot be opened. Restore it or start anew.")
        names = ("postgres", "lagom_owner", "lagom_site", "redis")
        write_private(path, json.dumps({name: secrets.token_urlsafe(24) for name in names}))
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


def read_state(var: Path) -> dict[str, Any] | None:
    """Read what the process that runs the servers has told about itself, or None."""
    with suppress(FileNotFoundError, ValueError):
        state: dict[str, Any] = json.loads((var / STATE).read_text())
        return state
    return None


# ── Status, reset ──


def runner(var: Path) -> str | None:
    """Name the process that runs the servers over `var`, or None."""
    state = read_state(var)
    return f"process {state['owner']} ({state['command']})" if state and alive(state["owner"]) else None


def status(var: Path) -> str:
    """Tell in one line who runs the servers, and where."""
    state, who = read_state(var), runner(var)
    if not state or not who:
        return f"No servers run over {var}."
    servers = Servers(**state["servers"])
    where = [url.rpartition("@")[2] for url in (servers.database_url, servers.redis_url)]
    health = "answer" if answers(servers) else "DO NOT ANSWER"
    return f"Servers of {who} {health}: PostgreSQL {where[0]}, Valkey {where[1]}"


def forget(var: Path) -> str:
    """Remove all data of the servers and the demo, unless they are in use."""
    if not (var / LOCK).exists():
        return f"Nothing to forget in {var}."
    lock = os.open(var / LOCK, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in KEPT:
            path = var / name
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
    except BlockingIOError as error:
        raise EmbeddedError(f"The data are in use; stop the demo first. {status(var)}") from error
    finally:
        os.close(lock)
    return f"Forgotten: all demo data in {var}."


def var_folder() -> Path:
    """Give the folder of all local data: LAGOM_VAR, else `var` in the checkout."""
    return Path(os.environ.get("LAGOM_VAR") or Path(__file__).resolve().parent.parent / "var").absolute()


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["forget"]):
        sys.exit("usage: python -m portal.embedded [forget]")
    try:
        sys.stdout.write((forget if sys.argv[1:] else status)(var_folder()) + "\n")
    except EmbeddedError as failure:
        sys.exit(str(failure))
