"""How the background work of all firms is doing: what waits, runs, failed, and whether workers still report."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from forecasting.models import Job

FAILED_WITHIN = timedelta(hours=24)


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
