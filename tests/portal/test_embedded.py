"""The embedded servers: real PostgreSQL and Valkey, real kills."""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from portal import embedded

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
BOUND = 120  # seconds that no step may exceed
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
HOLD = """
import json, sys
from pathlib import Path
from portal import embedded
{before}
with embedded.running(Path(sys.argv[1])) as servers:
    print(json.dumps(servers.environment()), flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(var, before="", python=sys.executable, **options):
    """Another process that runs the servers until the block ends; gives the process and the addresses."""
    line = [python, "-c", HOLD.format(before=before), str(var)]
    with subprocess.Popen(
        line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    ) as process:
        try:
            first = process.stdout.readline()
            assert first, "the holder ended before its servers answered"
            yield process, json.loads(first)
            if process.poll() is None:
                process.stdin.close()
                assert process.wait(BOUND) == 0
        finally:
            process.kill()


def children(process):
    return psutil.Process(process.pid).children(recursive=True)


def command_line(process):
    """Read a command line; a child that has just ended has none."""
    try:
        return process.cmdline()
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return []


def assert_gone(processes):
    left = psutil.wait_procs(processes, timeout=BOUND)[1]
    assert left == []


def value(address, query):
    with psycopg.connect(address, connect_timeout=10) as connection:
        return connection.execute(query).fetchone()[0]


def setting(servers, name):
    with redis.Redis.from_url(servers.redis_url) as client:
        return client.config_get(name)[name]


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    return tmp_path_factory.mktemp("embedded") / "var"


@pytest.fixture(scope="module")
def servers(var):
    with embedded.running(var) as servers:
        yield servers


def test_postgres_is_18_and_keeps_every_commit(servers):
    assert value(servers.database_url, "SHOW server_version").startswith("18.")
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert value(servers.database_url, f"SHOW {name}") == "on"


def test_texts_are_ordered_by_code_point_whatever_the_machine(servers):
    query = (
        "SELECT datlocprovider::text || datlocale || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = "
    )
    assert value(servers.database_url, f"{query} 'lagom'") == "bC.UTF-8UTF8"


@pytest.mark.parametrize(("role", "creates"), [("lagom_owner", True), ("lagom_site", False)])
def test_neither_role_can_pass_row_level_security(servers, role, creates):
    rights = "rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb"
    query = f"SELECT ARRAY[{rights}] FROM pg_roles WHERE rolname = '{role}'"
    assert value(servers.database_url, query) == [False, False, False, False, creates]


def test_the_site_owns_nothing_and_is_no_member_of_the_owner(servers):
    assert value(servers.database_url, "SELECT current_user") == "lagom_site"
    assert value(servers.database_url, "SELECT pg_has_role('lagom_site', 'lagom_owner', 'member')") is False
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = 'lagom_site'::regrole AND deptype = 'o'"
    assert value(servers.database_url, owned) == 0


def test_the_site_makes_no_tables_but_temporary_ones(servers):
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE t (n int)")
        for statement in ("CREATE TABLE t (n int)", "CREATE SCHEMA s"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.replace(" t ", " public.t "))


def test_the_site_gives_up_locks_and_idle_transactions(servers):
    assert value(servers.database_url, "SHOW lock_timeout") == "3s"
    assert value(servers.database_url, "SHOW idle_in_transaction_session_timeout") == "10min"
    assert value(servers.database_url, "SHOW statement_timeout") == "0"


def test_the_owner_makes_test_databases_in_which_the_site_has_temporary_tables(servers):
    with psycopg.connect(servers.database_owner_url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE test_lagom")
        try:
            with psycopg.connect(servers.database_url.removesuffix("lagom") + "test_lagom") as site:
                site.execute("CREATE TEMPORARY TABLE t (n int)")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    site.execute("CREATE TABLE public.t (n int)")
        finally:
            owner.execute("DROP DATABASE test_lagom")


@pytest.mark.parametrize("word", ["", "wrong"])
def test_both_servers_ask_for_their_passwords(servers, word):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(re.sub(r":[^:@]+@", f":{word}@", servers.database_url))
    client = redis.Redis.from_url(re.sub(r":[^:@]+@", f":{word}@", servers.redis_url))
    with client, pytest.raises((redis.AuthenticationError, redis.ResponseError)):
        client.ping()


def test_valkey_keeps_what_it_took_and_drops_nothing(servers):
    assert setting(servers, "maxmemory-policy") == "noeviction"
    assert setting(servers, "appendonly") == "yes"
    assert setting(servers, "bind") == "127.0.0.1"


def test_nobody_else_can_read_passwords_data_or_logs(servers, var):
    for name in ("passwords.json", "servers.json", "lock", "log/postgres.log", "log/valkey.log", "postgres/data"):
        assert (var / name).stat().st_mode & 0o077 == 0, name
    words = json.loads((var / "passwords.json").read_text()).values()
    lines = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert len(lines) >= 2
    assert not [line for line in lines for word in words if word in line]


def test_a_second_process_uses_the_running_servers_and_leaves_them(servers, var):
    with holder(var) as (process, addresses):
        assert addresses == servers.environment()
        assert children(process) == []
    assert value(servers.database_url, "SELECT 1") == 1
    assert embedded.status(var).startswith(f"Servers of process {os.getpid()} ")


def test_data_in_use_are_not_forgotten(servers, var):
    with pytest.raises(embedded.EmbeddedError, match="in use; stop the demo first"):
        embedded.forget(var)
    assert value(servers.database_url, "SELECT 1") == 1


def test_only_the_main_thread_may_start_them(tmp_path):
    said = []

    def start():
        try:
            with embedded.running(tmp_path / "var"):
                pass
        except embedded.EmbeddedError as error:
            said.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join(BOUND)
    assert said and "main thread" in said[0]
    assert not (tmp_path / "var").exists()


def test_data_outlive_a_stop_a_kill_and_a_foreign_pid_file(tmp_path):
    var = tmp_path / "var"
    with embedded.running(var) as servers:
        with psycopg.connect(servers.database_owner_url) as owner:
            owner.execute("CREATE TABLE kept (n int)")
            owner.execute("INSERT INTO kept VALUES (7)")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("kept", "7")
        owned = psutil.Process().children(recursive=True)
    assert [process for process in owned if process.is_running() and str(var) in " ".join(process.cmdline())] == []
    assert embedded.status(var) == f"No servers run over {var}."

    with holder(var) as (process, addresses):
        started = children(process)
        assert {child.name() for child in started} >= {"postgres", "valkey-server"}
        with psycopg.connect(addresses["DATABASE_OWNER_URL"]) as owner:
            owner.execute("INSERT INTO kept VALUES (8)")
        process.send_signal(signal.SIGKILL)
        process.wait(BOUND)
        assert_gone(started)

    (var / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getppid()}\n{var}\n")
    with embedded.running(var) as servers:
        assert value(servers.database_owner_url, "SELECT sum(n)::int FROM kept") == 15
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"7"

    assert embedded.forget(var) == f"Forgotten: all demo data in {var}."
    assert [path.name for path in var.iterdir()] == ["lock"]


def test_a_start_right_after_a_kill_waits_for_the_dying_servers(tmp_path):
    with holder(tmp_path / "var") as (process, _):
        started = children(process)
        process.send_signal(signal.SIGKILL)
        process.wait(BOUND)
        with embedded.running(tmp_path / "var") as servers:
            assert value(servers.database_url, "SELECT 1") == 1
        assert_gone(started)


def test_without_a_death_signal_of_the_kernel_a_watcher_ends_them(tmp_path):
    with holder(tmp_path / "var", before="from portal import servers; servers.LINUX = False") as (process, _):
        started = children(process)
        assert len([child for child in started if "watch" in command_line(child)]) == 2
        process.send_signal(signal.SIGKILL)
        process.wait(BOUND)
        assert_gone(started)
    with holder(tmp_path / "var", before="from portal import servers; servers.LINUX = False") as (process, addresses):
        assert value(addresses["DATABASE_URL"], "SELECT 1") == 1
        started = children(process)
    assert_gone(started)


def test_two_processes_that_start_together_share_one_server(tmp_path):
    line = [sys.executable, "-c", HOLD.format(before=""), str(tmp_path / "var")]
    how = {"text": True, "cwd": ROOT, **PIPES}
    with subprocess.Popen(line, **how) as one, subprocess.Popen(line, **how) as two:
        try:
            assert one.stdout.readline() == two.stdout.readline() != ""
            owners = [process for process in (one, two) if children(process)]
            assert len(owners) == 1
            for process in sorted((one, two), key=lambda process: process in owners):
                process.stdin.close()
                assert process.wait(BOUND) == 0
        finally:
            one.kill()
            two.kill()


def test_two_checkouts_run_side_by_side(servers, tmp_path):
    with holder(tmp_path / "var") as (_, addresses):
        assert addresses["DATABASE_URL"] != servers.database_url
        assert value(addresses["DATABASE_URL"], "SELECT 1") == value(servers.database_url, "SELECT 1") == 1
    assert value(servers.database_url, "SELECT 1") == 1


def test_data_of_another_postgres_or_without_passwords_are_refused(tmp_path):
    var, data = tmp_path / "var", tmp_path / "var" / "postgres" / "data"
    data.mkdir(parents=True, mode=0o700)
    with pytest.raises(embedded.EmbeddedError, match=r"passwords\.json is missing"), embedded.running(var):
        pass
    (var / "passwords.json").write_text("{}")
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedError, match="was made by PostgreSQL 17, this is 18"), embedded.running(var):
        pass


def test_a_secret_is_made_once_and_private(tmp_path):
    path = tmp_path / "secret_key"
    first = embedded.secret(path)
    assert len(first) >= 50
    assert embedded.secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def open_folder():
    """A folder that every user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="lagom-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")
def test_root_without_user_namespaces_runs_them_as_nobody_and_later_takes_the_data_back(open_folder):
    var = open_folder / "var"
    with holder(var, before='embedded.server_user = lambda folder: "nobody"') as (process, addresses):
        assert {child.username() for child in children(process)} == {"nobody"}
        assert value(addresses["DATABASE_URL"], "SELECT 1") == 1
    with embedded.running(var) as servers:
        assert value(servers.database_url, "SELECT 1") == 1


@pytest.mark.skipif(
    not AS_ROOT, reason="only root can become somebody else; everybody else is the ordinary user already"
)
def test_an_ordinary_user_runs_them_too(open_folder):
    nobody = pwd.getpwnam("nobody")
    who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    candidates = [sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"]
    imports = [path for path in sys.path if path.endswith("-packages")]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(ROOT), *imports])}
    for python in candidates:
        try:
            line = [python, "-c", "from portal import embedded"]
            subprocess.run(line, check=True, env=environment, capture_output=True, timeout=BOUND, cwd="/", **who)
            break
        except (OSError, subprocess.CalledProcessError):
            continue
    else:
        pytest.skip("the user nobody reaches no Python of this version, or not this checkout")
    os.chown(open_folder, nobody.pw_uid, nobody.pw_gid)
    with holder(open_folder / "var", python=python, env=environment, **who) as (process, addresses):
        assert {child.username() for child in children(process)} == {"nobody"}
        assert value(addresses["DATABASE_URL"], "SELECT 1") == 1
