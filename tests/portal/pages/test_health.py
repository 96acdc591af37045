"""/healthz: what answers, what does not, and that nobody floods the servers through it."""

import threading

import pytest
from django.db import connection
from django.test import Client

from portal.pages import health


@pytest.fixture
def checks(monkeypatch):
    fresh = health.Checks()
    monkeypatch.setattr(health, "checks", fresh)
    yield fresh
    if fresh.pool:
        fresh.pool.shutdown(cancel_futures=True)


def ask(**parts):
    """Ask with some parts replaced."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "PARTS", {**health.PARTS, "worker": lambda: None, **parts})
        answer = Client().get("/healthz")
    return answer.status_code, answer.json()


@pytest.mark.usefixtures("checks")
def test_all_well_is_200_for_anybody():
    assert ask() == (200, {"database": "ok", "broker": "ok", "worker": "ok"})


@pytest.mark.usefixtures("checks", "empty_broker")
def test_without_a_worker_the_answer_is_503_and_says_so(monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 60)
    status, said = ask(worker=health.ask_worker)
    assert status == 503
    assert said == {"database": "ok", "broker": "ok", "worker": "no worker has answered within 1 s"}


@pytest.mark.usefixtures("checks")
def test_a_lost_database_or_broker_is_named_without_telling_where_it_is(monkeypatch, settings):
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    status, said = ask()
    assert status == 503
    assert said == {
        "database": "does not answer (OperationalError)",
        "broker": "does not answer (ConnectionError)",
        "worker": "ok",
    }


def test_a_part_that_hangs_is_named_and_not_asked_again_meanwhile(checks, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(health, "FRESH", {True: 0.0, False: 0.0})
    asked, go_on = [], threading.Event()

    def hang():
        asked.append(1)
        assert go_on.wait(60)

    parts = {"database": lambda: None, "broker": hang}
    try:
        for _ in range(3):
            assert ask(**parts) == (503, {"database": "ok", "broker": "no answer within 0.05 s", "worker": "ok"})
        assert len(asked) == 1
    finally:
        go_on.set()
    checks.open["broker"].result(60)
    assert ask(**parts)[1]["broker"] == "ok"


@pytest.mark.usefixtures("checks")
def test_a_hundred_questions_ask_the_servers_once(monkeypatch):
    monkeypatch.setattr(health, "FRESH", {True: 600, False: 600})
    asked = []
    for _ in range(100):
        ask(worker=lambda: asked.append(1))
    assert len(asked) == 1


def test_only_reading_is_allowed(checks):
    assert Client().post("/healthz").status_code == 405
    assert not checks.answers
