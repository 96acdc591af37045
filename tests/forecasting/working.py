"""A kind of job whose work a test decides, and what tests of jobs ask and do."""

import base64
import json
import threading
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from forecasting import jobs
from forecasting.models import Job, Lane

State = Job.State


class Work:
    """A kind of job whose work the test decides."""

    def __init__(self):
        self.ran = []
        self.does = lambda job: None

    def __call__(self, job):
        self.ran.append((job.pk, job.attempt))
        self.does(job)


@pytest.fixture
def work(monkeypatch):
    made = Work()
    monkeypatch.setitem(jobs.WORK, "test", made)
    return made


def wait(organisation, times=1, **fields):
    """Write jobs that wait, without handing anything out."""
    Lane.objects.get_or_create(organisation=organisation)
    return [Job.objects.create(kind="test", organisation=organisation, **fields) for _ in range(times)]


def start(organisation, by=None):
    return jobs.start("test", organisation=organisation, by=by)


def state(job):
    return Job.objects.get(pk=job.pk).state


def count(organisation, **fields):
    return Job.objects.filter(organisation=organisation, **fields).count()


def messages(queue=jobs.QUICK):
    """The ids of the jobs in a queue of the broker, oldest first."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        bodies = [json.loads(raw)["body"] for raw in reversed(client.lrange(queue, 0, -1))]
    return [json.loads(base64.b64decode(body))[0][0] for body in bodies]


def let_lease_lapse(job):
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def together(times, what):
    """Do something in several threads at the same moment."""
    barrier, failed = threading.Barrier(times), []

    def one():
        try:
            connection.ensure_connection()
            barrier.wait(20)
            what()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
