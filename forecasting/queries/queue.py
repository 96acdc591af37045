"""How the background work of all firms is doing: what waits, runs, failed, and whether workers still report."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from forecasting.models import Job

FAILED_WITHIN = timedelta(hours=24)
LAST = 3  # jobs of a kind whose time is looked at
KNOWN_FROM = 0.1  # part of a first job from which on its time is told


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of job over all firms; oldest: since when the one that waits longest does."""

    kind: str
    waiting: int
    running: int
    silent: int
    failed: int
    firms: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that holds jobs, and until when its newest promise to report holds."""

    name: str
    jobs: int
    until: datetime | None
    silent: bool


def work() -> list[Work]:
    """Return the kinds of open or lately failed jobs, in one query."""
    now = timezone.now()
    waiting = Q(state__in=[Job.State.WAITING, Job.State.RELEASED])
    running = Q(state=Job.State.RUNNING)
    failed = Q(state=Job.State.FAILED, finished_at__gte=now - FAILED_WITHIN)
    rows = (
        Job.objects.filter(waiting | running | failed)
        .values("kind")
        .annotate(
            waiting=Count("pk", filter=waiting),
            running=Count("pk", filter=running),
            silent=Count("pk", filter=running & Q(lease_until__lt=now)),
            failed=Count("pk", filter=failed),
            firms=Count("organisation", filter=waiting | running, distinct=True),
            oldest=Min("run_after", filter=waiting),
        )
        .order_by("kind")
    )
    return [Work(**row) for row in rows]


def workers() -> list[Worker]:
    """Return the processes that hold jobs now, in one query."""
    now = timezone.now()
    rows = (
        Job.objects.filter(state=Job.State.RUNNING)
        .values("worker")
        .annotate(jobs=Count("pk"), until=Max("lease_until"))
        .order_by("worker")
    )
    return [Worker(r["worker"], r["jobs"], r["until"], r["until"] is None or r["until"] < now) for r in rows]


def left(job: Job, now: datetime) -> timedelta | None:
    """Estimate how long a job that runs goes on: as long as the last ones of its kind took, else by how far it is."""
    if job.state != Job.State.RUNNING or job.started_at is None:
        return None
    spent = now - job.started_at
    done = Job.objects.filter(organisation=job.organisation, kind=job.kind, state=Job.State.DONE)
    ended = done.exclude(started_at=None).order_by("-created_at").values_list("started_at", "finished_at")[:LAST]
    took = sorted(finished - started for started, finished in ended if started and finished)
    if took:
        rest = took[len(took) // 2] - spent
    elif job.total and job.done >= job.total * KNOWN_FROM:
        rest = spent * (job.total / job.done - 1)
    else:
        return None
    return rest if rest > timedelta(0) else None
