"""Jobs whose worker died, whose message was lost, or whose broker is away: nothing is lost, nothing is doubled."""

import json
import os
import threading
from datetime import timedelta

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from forecasting import jobs
from forecasting.models import Job, Lane
from tests.factories import found

State = Job.State
pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def ran(monkeypatch):
    """Which jobs were done, by number of the attempt."""
    done = []
    monkeypatch.setitem(jobs.WORK, "test", lambda job: done.append((job.pk, job.attempt)))
    return done


def start(firm):
    return jobs.start("test", organisation=firm, by=None)


def running(firm, *, attempt=1, lapsed=True, **fields):
    """A job that a worker holds, or held until it died."""
    Lane.objects.get_or_create(organisation=firm)
    job = Job.objects.create(kind="test", organisation=firm, state=State.RUNNING, attempt=attempt, **fields)
    Job.objects.filter(pk=job.pk).update(lease_until=Now() + timedelta(seconds=-1 if lapsed else 30))
    return job


def row(job):
    return Job.objects.get(pk=job.pk)


def queue_length():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return client.llen(jobs.QUICK)


def lose_messages():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()


def let_time_pass():
    """Make it long ago that jobs were handed out."""
    Job.objects.filter(state=State.RELEASED).update(
        released_at=Now() - timedelta(seconds=2 * settings.JOB_SWEEP_SECONDS + 1)
    )


# ── Dead workers ──


def test_job_of_a_dead_worker_is_handed_out_again(acme, ran):
    job = running(acme)
    jobs.sweep()
    assert row(job).state == State.RELEASED
    jobs.run(job.pk)
    assert (row(job).state, ran) == (State.DONE, [(job.pk, 2)])


def test_job_whose_worker_lives_is_left_alone(acme):
    job = running(acme, lapsed=False)
    jobs.sweep()
    assert (row(job).state, queue_length()) == (State.RUNNING, 0)


def test_job_that_killed_three_workers_fails_with_its_reason(acme):
    job = running(acme, attempt=3)
    jobs.sweep()
    ended = row(job)
    assert (ended.state, ended.lease_until) == (State.FAILED, None)
    assert ended.finished_at
    assert "three times" in json.dumps(ended.error)


def test_job_of_a_dead_worker_that_was_to_stop_is_cancelled(acme):
    job = running(acme, cancel_wanted=True)
    jobs.sweep()
    assert row(job).state == State.CANCELLED


def test_place_of_a_job_that_failed_is_given_to_the_next(acme):
    for _ in range(4):
        running(acme, attempt=3)
    waiting = Job.objects.create(kind="test", organisation=acme)
    jobs.sweep()
    assert row(waiting).state == State.RELEASED


def test_sweep_is_not_stopped_by_a_job_that_is_publishing_just_now(acme, rival):
    publishing, dead = running(acme), running(rival)
    held, swept = threading.Event(), threading.Event()

    def publish():
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=publishing.pk)
            held.set()
            swept.wait(30)
        connection.close()

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        assert held.wait(10)
        jobs.sweep()
    finally:
        swept.set()
        thread.join(10)
    assert (row(publishing).state, row(dead).state) == (State.RUNNING, State.RELEASED)


# ── Lost messages ──


def test_job_whose_message_was_lost_is_handed_out_again(acme, ran):
    job = start(acme)
    lose_messages()
    let_time_pass()
    jobs.sweep()
    assert queue_length() == 1
    jobs.run(job.pk)
    assert (row(job).state, ran) == (State.DONE, [(job.pk, 1)])


def test_all_jobs_whose_messages_were_lost_are_handed_out_by_one_sweep(acme, rival):
    for firm in (acme, rival, found("Third")):
        for _ in range(4):
            start(firm)
    lose_messages()
    let_time_pass()
    start(found("Fourth"))  # a new message in the queue must not hide that the others are gone
    jobs.sweep()
    assert queue_length() == 13


def test_job_that_waits_in_the_queue_is_not_put_there_again(acme):
    for _ in range(3):
        start(acme)
    for _ in range(3):
        let_time_pass()
        jobs.sweep()
    assert queue_length() == 3


def test_job_just_handed_out_is_given_time(acme):
    start(acme)
    lose_messages()
    jobs.sweep()
    assert queue_length() == 0


# ── Broker away ──


@pytest.fixture
def no_broker(monkeypatch, settings):
    """A Celery that finds nobody at the broker's address."""
    from portal.celery import app

    address = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = address
    away = Celery("away", broker=address, set_as_current=False)
    away.conf.update({**app.conf.changes, "broker_url": address})
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "current_app", away)
        yield patched
    away.close()


def test_work_starts_at_once_while_the_broker_is_away_and_is_handed_out_when_it_is_back(acme, ran, no_broker, settings):
    started = []
    thread = threading.Thread(target=lambda: (started.append(start(acme)), connection.close()), daemon=True)
    thread.start()
    thread.join(5)
    assert started, "a page would wait for the broker"
    jobs.sweep()
    assert row(started[0]).state == State.WAITING
    no_broker.undo()
    settings.REDIS_URL = os.environ["REDIS_URL"]
    jobs.sweep()
    assert (row(started[0]).state, queue_length()) == (State.RELEASED, 1)


def test_job_handed_out_before_the_broker_went_away_stays_handed_out(acme, no_broker):
    job = Job.objects.create(kind="test", organisation=acme, state=State.RELEASED, released_at=Now())
    let_time_pass()
    jobs.sweep()
    assert row(job).state == State.RELEASED
