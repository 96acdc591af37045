"""Schemathesis against the running server: a key that writes, and the ids of another firm among the values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenants.isolation import tenant_scope
from tests.forecasting.published import publish
from tests.tenants.filling import fill

pytestmark = pytest.mark.stack

SECONDS = 170
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
DESCRIPTION = Path(__file__).resolve().parents[3] / "docs" / "api" / "openapi.yaml"
HOOKS = Path(__file__).with_name("fuzz_hooks.py")


def rows_of(firm):
    """What stands in every table of a firm, to be compared."""
    from django.db import connection

    from tests.tenants.catalogue import tenant_tables

    with tenant_scope(firm.pk), connection.cursor() as cursor:
        found = {}
        for table in tenant_tables(cursor):
            cursor.execute(f"SELECT count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM {table} t")
            found[table] = cursor.fetchone()
        return found


def test_nothing_crashes_nothing_is_against_the_description_and_the_rival_stays_as_it_was(
    live_address, committed_db, acme, rival, key_for, monkeypatch, settings, tmp_path
):
    monkeypatch.setattr("portal.api.limits.BURST", 100_000)
    settings.FORECAST_WAIT_SECONDS = 0
    settings.MEDIA_ROOT = tmp_path
    with tenant_scope(acme.pk):
        publish()
    theirs = fill(rival.pk)
    before = rows_of(rival)
    command = [
        *(
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            str(DESCRIPTION),
            "--url",
            f"http://{live_address}",
        ),
        *("--header", f"Authorization: Bearer {key_for(acme)}"),
        *("--checks", CHECKS, "--max-examples", os.environ.get("FUZZ_EXAMPLES", "5"), "--phases", "examples,fuzzing"),
        *("--exclude-path", "/api/v1/forecast"),  # 503, for no worker runs beside this test
        *("--continue-on-failure", "--seed", "1", "--no-color", "--request-timeout", "30"),
        *("--max-time", os.environ.get("FUZZ_SECONDS", "50"), "--suppress-health-check", "all"),
    ]
    told = {**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(HOOKS.parent)}
    told["FOREIGN_IDS"] = ",".join(str(value) for value in theirs.values())
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=told, cwd=tmp_path, check=False
        )
    except subprocess.TimeoutExpired as late:  # the time is up: what was tried until then must have been right
        text = (late.stdout or b"").decode() if isinstance(late.stdout, bytes) else late.stdout or ""
        assert "FAILURES" not in text, text[-6000:]
    else:
        assert done.returncode == 0, (done.stdout + done.stderr)[-int(os.environ.get("FUZZ_SHOWN", "6000")) :]
    assert rows_of(rival) == before


@pytest.fixture(autouse=True)
def _quiet():
    import logging

    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
