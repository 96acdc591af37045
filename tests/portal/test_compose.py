"""The way to run on servers: what docker-compose.yml, Dockerfile and docs/running.md name must exist."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
import yaml
from django.core.management import get_commands

from portal import cluster, embedded, servers
from portal.celery import app

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "portal" / "settings.py").read_text()
NAMES = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "quick", "beat", "migrate")
ELSEWHERE = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}  # read by numerical libraries


def test_every_service_is_there():
    assert set(SERVICES) == {*OURS, "postgres", "redis"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_what_runs_on_has_a_health_check_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_migrations_run_once_before_the_rest():
    assert SERVICES["migrate"]["restart"] == "no"
    for name in set(OURS) - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_only_migrations_know_the_owners_password():
    knowing = {name for name in SERVICES if "LAGOM_OWNER_PASSWORD" in str(SERVICES[name])}
    assert knowing == {"migrate", "postgres"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_given_is_one_that_is_read(name):
    given = set(SERVICES[name]["environment"])
    assert given - ELSEWHERE <= NAMES
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LAGOM_SERVED"} <= given


def test_the_example_environment_names_exactly_what_compose_asks_for():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert asked == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert not re.findall(r"^\w*(?:PASSWORD|KEY)=.+", example, re.MULTILINE)


@pytest.mark.parametrize("name", OURS)
def test_every_command_can_be_run(name):
    program, *rest = SERVICES[name]["command"]
    assert program in {"gunicorn", "celery", "python"}
    if program == "python":
        assert (ROOT / rest[0]).is_file()
        assert rest[1] in get_commands()


def test_every_queue_has_a_worker():
    from forecasting import jobs

    served = {command[command.index("--queues") + 1] for command in commands() if "--queues" in command}
    assert served == {app.conf.task_default_queue, jobs.QUICK, *jobs.QUEUES.values()}


def commands():
    return [SERVICES[name]["command"] for name in OURS]


def test_a_workers_health_check_asks_that_worker():
    for name in ("worker", "quick"):
        command = SERVICES[name]["command"]
        prefix = command[command.index("--hostname") + 1].removesuffix("%h")
        assert f'--destination "{prefix}$$(hostname)"' in SERVICES[name]["healthcheck"]["test"][1]


def test_the_databases_are_those_of_the_demo():
    assert SERVICES["postgres"]["image"] == f"postgres:{cluster.VERSION}"
    assert SERVICES["redis"]["image"].startswith("valkey/valkey:9")
    assert SERVICES["redis"]["command"][3:7] == ["--save", "", "--maxmemory-policy", "noeviction"]


def test_files_that_are_mounted_or_copied_exist():
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]
    assert (ROOT / "deploy" / "web_health.py").is_file()


def test_the_image_runs_as_somebody_and_keeps_secrets_out():
    image = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", image, re.MULTILINE) == ["lagom"]
    assert not re.findall(r"^(?:ENV|ARG).*(?:KEY|PASSWORD|SECRET)", image, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", "var"} <= set(ignored)


def test_every_setting_is_in_the_documentation():
    table = (ROOT / "docs" / "running.md").read_text().partition("## Configuration")[2]
    named = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([A-Z_]+)`", named)) == NAMES | {"PORT"}


def test_compose_itself_finds_no_fault():
    if not shutil.which("docker"):
        pytest.skip("no docker here")
    compose = ["docker", "compose"]
    if subprocess.run([*compose, "version"], capture_output=True, timeout=60).returncode:
        pytest.skip("docker has no compose here")
    secrets = dict.fromkeys(re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE), "x")
    line = [*compose, "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    done = subprocess.run(line, env={**os.environ, **secrets}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# All but CREATEDB, which the demo's owner has for the test databases alone.
RIGHTS = """
    SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcanlogin, coalesce(rolconfig, '{}')
    FROM pg_roles WHERE rolname LIKE 'lagom%' ORDER BY rolname
"""
DATABASE = """
    SELECT pg_get_userbyid(datdba), datlocprovider, datlocale, encoding,
           (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a)
    FROM pg_database WHERE datname = 'lagom'
"""


@pytest.mark.stack
def test_the_roles_on_servers_are_those_of_the_demo(tmp_path):
    with embedded.running(tmp_path / "var") as found:
        password = embedded.read_passwords(tmp_path / "var")["postgres"]
        port = int(found.database_url.rpartition(":")[2].partition("/")[0])
        line = {"host": servers.HOST, "port": port, "user": "postgres", "password": password, "dbname": "postgres"}
        with psycopg.connect(**line, autocommit=True) as root:
            demo = root.execute(RIGHTS).fetchall(), root.execute(DATABASE).fetchall()
            root.execute("DROP DATABASE lagom")
            root.execute("DROP ROLE lagom_owner, lagom_site")
            environment = {
                "PATH": f"{servers.postgres_binary('psql').parent}:{os.defpath}",
                "PGHOST": servers.HOST,
                "PGPORT": str(port),
                "PGPASSWORD": password,
                "LAGOM_OWNER_PASSWORD": "one'two",
                "LAGOM_SITE_PASSWORD": "three",
            }
            script = ["sh", str(ROOT / "deploy" / "postgres-init.sh")]
            done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            assert (root.execute(RIGHTS).fetchall(), root.execute(DATABASE).fetchall()) == demo
        with psycopg.connect(**{**line, "user": "lagom_owner", "password": "one'two", "dbname": "lagom"}) as owner:
            assert owner.execute("SELECT current_user").fetchone() == ("lagom_owner",)
