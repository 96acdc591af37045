"""Tells how far a job is, keeps its lease, and hears when to stop."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from forecasting.models import Job
from forecasting.words import Said, pack

log = logging.getLogger("lagom.jobs")


class LeaseLostError(Exception):
    """Another attempt owns the job now: leave no trace."""


class CancelledError(Exception):
    """A person asked the job to stop."""


class Heartbeat(threading.Thread):
    """Renews the lease and writes progress on a connection of its own, for the job's own transaction may be long."""

    def __init__(self, job: Job) -> None:
        super().__init__(name=f"heartbeat-{job.pk}", daemon=True)
        self.job = job
        self.news: dict[str, object] = {}
        self.news_lock = threading.Lock()
        self.ended = threading.Event()
        self.stop_with: type[Exception] | None = None

    def run(self) -> None:
        """Beat once a second while there is news, else often enough to keep the lease."""
        since = 0
        try:
            while not self.ended.wait(1):
                since += 1
                if self.news or since >= settings.JOB_LEASE_SECONDS / 4:
                    since = 0
                    self._beat()
        finally:
            connection.close()

    def tell(self, news: dict[str, object]) -> None:
        """Keep what is to be written at the next beat."""
        with self.news_lock:
            self.news = {**self.news, **news}

    def _beat(self) -> None:
        with self.news_lock:
            news, self.news = self.news, {}
        try:
            held = mine(self.job).update(lease_until=lease(), **news)
            if not held:
                self.stop_with = LeaseLostError
            elif Job.objects.filter(pk=self.job.pk, cancel_wanted=True).exists():
                self.stop_with = CancelledError
        except Exception:
            # The lease runs out by itself if this goes on; the job then belongs to somebody else.
            log.exception("job %s could not report", self.job.pk)
            connection.close()


def lease() -> object:
    """Return until when a lease taken now holds, by the database's clock."""
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def mine(job: Job) -> QuerySet[Job]:
    """Return the job's row if this attempt still holds it."""
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)


@contextmanager
def heartbeat(job: Job) -> Iterator[None]:
    """Keep the job's lease while the work goes on."""
    beat = job.heartbeat = Heartbeat(job)
    beat.start()
    try:
        yield
    finally:
        beat.ended.set()
        beat.join(timeout=10)


def say_stage(job: Job, message: Said, total: int = 0) -> None:
    """Begin a stage: what is being done, out of how many."""
    _news(job, message=pack(message), done=0, total=total)


def reporter(job: Job) -> Callable[[int, int], None]:
    """Return what pure code calls with (done, total); it raises when the job was cancelled or lost."""
    return lambda done, total: _news(job, done=int(done), total=int(total))


def _news(job: Job, **news: object) -> None:
    job.heartbeat.tell(news)
    if job.heartbeat.stop_with:
        raise job.heartbeat.stop_with


@contextmanager
def last_step(job: Job) -> Iterator[None]:
    """Publish inside: what is written here stays only if this attempt still holds the lease.

    Call it inside the transaction that writes the result. The job's row is touched last, so that its lease can be
    renewed while much is being written; an attempt that is no longer the holder raises, and all it wrote is undone.
    """
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit would check for long, checked before the lock
    ended = mine(job).filter(lease_until__gt=Now())
    if not ended.update(state=Job.State.DONE, done=F("total"), finished_at=Now(), lease_until=None, error=None):
        raise LeaseLostError
