"""Starts, hands out, runs, cancels and brings back background work. PostgreSQL decides, Celery runs."""

import logging
import math
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import redis
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from forecasting.models import Job, Lane, Upload
from forecasting.services import (
    announcements,
    connections,
    figures,
    forecasts,
    leaving,
    looks,
    progress,
    replays,
    stateless,
    tuning,
    turns,
    uploads,
)
from forecasting.words import pack, say
from tenants.errors import NotFound, PortalError
from tenants.isolation import tenant_scope
from tenants.models import Organisation, User
from tenants.services import states
from tenants.tiers import LIMITS, Tier

log = logging.getLogger("lagom.jobs")


def _look(job: Job) -> None:
    looks.look(job, load=_load)


def _load(job: Job, upload: Upload) -> Job:
    return start("load", organisation=job.organisation, by=None, upload=str(upload.pk), name=upload.name)


WORK: dict[str, Callable[[Job], None]] = {
    "copy": leaving.run,
    "look": _look,
    "load": uploads.load,
    "undo": uploads.undo,
    "pull": connections.pull,
    "run": forecasts.run,
    "replay": replays.run,
    "series": stateless.run,
    "tune": tuning.run,
}
QUEUES = {"run": "forecast", "replay": "forecast", "tune": "forecast"}
QUICK = "quick"
READING = {"copy", "series"}  # work that changes nothing of the firm: also for one that may only be read


def start(kind: str, /, *, organisation: Organisation, by: User | None, **details: object) -> Job:
    """Write a job's row, and hand it out once the transaction it belongs to is committed."""
    if kind not in WORK:
        raise ValueError(f"there is no work called {kind!r}")
    states.check_work(organisation, changes=kind not in READING)
    Lane.objects.get_or_create(organisation=organisation)
    job = Job.objects.create(kind=kind, organisation=organisation, by=by.email if by else "", details=details)
    transaction.on_commit(release)
    return job


def start_once(kind: str, /, *, organisation: Organisation, by: User | None, **details: object) -> Job:
    """Start a job, or return the one that is open for the same thing: a button pressed twice is pressed once."""
    Lane.objects.get_or_create(organisation=organisation)
    with transaction.atomic():
        Lane.objects.select_for_update().get(organisation=organisation)
        about = next((name for name in ("upload", "connection") if name in details), None)
        same = {f"details__{about}": details[about]} if about else {"kind": kind}
        found = Job.objects.filter(organisation=organisation, state__in=Job.OPEN, **same).first()
        return found or start(kind, organisation=organisation, by=by, **details)


def tune_weekly() -> None:
    """Start to tune the plan of every organisation that made one lately and was not tuned for a week."""
    lately = Now() - timedelta(days=6.5)
    ran = Job.objects.filter(kind="run", state=Job.State.DONE, finished_at__gt=lately)
    tuned = Job.objects.filter(kind="tune", created_at__gt=lately)
    active = Organisation.objects.filter(state=Organisation.State.ACTIVE)
    due = active.filter(pk__in=ran.values("organisation")).exclude(pk__in=tuned.values("organisation"))
    for organisation in due:
        start_once("tune", organisation=organisation, by=None)


def run_due() -> None:
    """Forecast and plan for the firms whose turn it is, if anything is new; one firm's trouble is its own."""
    for turn in turns.due():
        try:
            _run_in_turn(turn)
        except (DatabaseError, PortalError):
            log.exception("the turn of organisation %s was not taken", turn.organisation_id)


def _run_in_turn(turn: turns.Turn) -> None:
    with tenant_scope(turn.organisation_id):
        organisation = Organisation.objects.get(pk=turn.organisation_id)
        new = turns.changed(organisation)
        if turns.take(turn, idle=not new) and new:
            start_once("run", organisation=organisation, by=None, turn=turn.at.isoformat())


def pull_due() -> None:
    """Start to fetch from the shops whose turn it is."""
    for organisation in Organisation.objects.filter(state=Organisation.State.ACTIVE):
        with tenant_scope(organisation.pk):
            for shop in connections.due():
                start_once("pull", organisation=organisation, by=None, connection=str(shop.pk), name=shop.name)


def release() -> None:
    """Hand waiting jobs to Celery, the organisation served longest ago first, each up to its tier's share."""
    while released := _release_one():
        if not _publish(released):
            # Not handed out after all; the sweep tries again, and finds the broker back or not.
            Job.objects.filter(pk=released.pk, state=Job.State.RELEASED).update(state=Job.State.WAITING)
            return


def _release_one() -> Job | None:
    with transaction.atomic():
        lane = _next_lane()
        if lane is None:
            return None
        waiting = Job.objects.filter(organisation=lane.organisation_id, state=Job.State.WAITING, run_after__lte=Now())
        job = waiting.order_by("created_at").select_for_update(skip_locked=True).first()
        if job is None:
            return None
        Job.objects.filter(pk=job.pk).update(state=Job.State.RELEASED, released_at=Now())
        Lane.objects.filter(pk=lane.pk).update(served_at=Now())
        return job


def _next_lane() -> Lane | None:
    busy = Q(state__in=[Job.State.RELEASED, Job.State.RUNNING])
    ready = Q(state=Job.State.WAITING, run_after__lte=Now())
    counts = {
        row["organisation"]: row
        for row in Job.objects.filter(finished_at=None)
        .values("organisation", tier=F("organisation__tier"))
        .annotate(busy=Count("pk", filter=busy), ready=Count("pk", filter=ready))
    }
    free = [pk for pk, row in counts.items() if row["ready"] and row["busy"] < LIMITS[Tier(row["tier"])].share]
    lanes = Lane.objects.filter(pk__in=free).order_by(F("served_at").asc(nulls_first=True))
    lane = lanes.select_for_update(skip_locked=True).first()
    if lane is None:
        return None
    # Counted again now that the lane is ours: another process may have filled it in between.
    now_busy = Job.objects.filter(busy, organisation=lane.organisation_id).count()
    return lane if now_busy < LIMITS[Tier(counts[lane.pk]["tier"])].share else None


def _publish(job: Job) -> bool:
    try:
        current_app.send_task("forecasting.tasks.run_job", [str(job.pk)], queue=QUEUES.get(job.kind, QUICK))
    except (OperationalError, redis.RedisError, OSError):
        log.warning("the broker does not answer: job %s waits for the sweep", job.pk)
        return False
    return True


def run(job_id: str | UUID) -> None:
    """Do one job if it is still to be done; whatever happens, its row tells."""
    job = _claim(job_id)
    if job is None:
        return
    try:
        with progress.heartbeat(job):
            WORK[job.kind](job)
        progress.mine(job).update(state=Job.State.DONE, finished_at=Now(), lease_until=None, error=None)
    except progress.LeaseLostError:
        log.warning("job %s attempt %s lost its lease: its work was rolled back", job.pk, job.attempt)
    except progress.CancelledError:
        _end(job, Job.State.CANCELLED, say("Cancelled"))
    except PortalError as error:
        _end(job, Job.State.FAILED, error.message)
    except Exception:
        log.exception("job %s attempt %s failed", job.pk, job.attempt)
        _again_or_fail(job)
    figures.write_safely(job.organisation_id)
    release()


def _claim(job_id: str | UUID) -> Job | None:
    taken = Job.objects.filter(pk=job_id, state=Job.State.RELEASED, cancel_wanted=False).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        lease_until=progress.lease(),
        worker=f"{socket.gethostname()[:80]} {os.getpid()}",
        started_at=Now(),
    )
    return Job.objects.select_related("organisation").get(pk=job_id) if taken else None


def _end(job: Job, state: Job.State, why: object) -> None:
    with tenant_scope(job.organisation_id):
        ended = progress.mine(job).update(state=state, finished_at=Now(), lease_until=None, error=pack(why))
        if ended and state == Job.State.FAILED:
            announcements.failed(job, why)


def _again_or_fail(job: Job) -> None:
    if progress.mine(job).filter(cancel_wanted=True).exists():
        _end(job, Job.State.CANCELLED, say("Cancelled"))
    elif job.attempt >= settings.JOB_ATTEMPTS:
        _end(job, Job.State.FAILED, UNEXPECTED)
    else:
        pause = Now() + timedelta(seconds=2**job.attempt)
        progress.mine(job).update(state=Job.State.WAITING, run_after=pause, lease_until=None)


UNEXPECTED = say(
    "Something went wrong on our side, three times. Your data are safe. Please start it again, or tell us."
)
DIED = say("The work stopped without a word three times (perhaps too little memory). Your data are safe.")


def sweep() -> None:
    """Bring back jobs whose worker died or whose message was lost; hand out what waits."""
    _take_from_the_dead()
    # A job that was to stop while it changed hands is nobody's now.
    _stop(Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RELEASED], cancel_wanted=True))
    _hand_out_again()
    release()


@transaction.atomic
def _take_from_the_dead() -> None:
    lapsed = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=Now())
    # A row that is locked is being ended at this moment; waiting for one would keep all others from their rescue.
    found = list(lapsed.select_for_update(skip_locked=True).values_list("pk", flat=True))
    dead = Job.objects.filter(pk__in=found, state=Job.State.RUNNING)
    _stop(dead.filter(cancel_wanted=True))
    lost = list(dead.filter(attempt__gte=settings.JOB_ATTEMPTS))
    dead.filter(pk__in=[job.pk for job in lost]).update(
        state=Job.State.FAILED, finished_at=Now(), lease_until=None, error=pack(DIED)
    )
    for job in lost:
        with tenant_scope(job.organisation_id):
            announcements.failed(job, DIED)
    dead.update(state=Job.State.WAITING, lease_until=None)


def _stop(held: QuerySet[Job]) -> None:
    held.update(
        state=Job.State.CANCELLED,
        cancel_wanted=True,
        finished_at=Now(),
        lease_until=None,
        error=pack(say("Cancelled")),
    )


def _hand_out_again() -> None:
    released = Job.objects.filter(state=Job.State.RELEASED)
    for queue in {QUICK, *QUEUES.values()}:
        mine = released.filter(kind__in=[kind for kind in WORK if QUEUES.get(kind, QUICK) == queue])
        old = mine.filter(released_at__lt=Now() - timedelta(seconds=2 * settings.JOB_SWEEP_SECONDS))
        # As many messages as jobs handed out: none was lost, they only wait for a worker.
        if old.exists() and _length(queue) < mine.count():
            for job in old.order_by("released_at")[:1000]:
                Job.objects.filter(pk=job.pk).update(released_at=Now())
                if not _publish(job):
                    return


def _length(queue: str) -> float:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            return client.llen(queue)
    except redis.RedisError:
        return math.inf


def cancel(*, job_id: UUID, organisation: Organisation) -> Job:
    """Stop a job: at once if no worker holds it, else at its next report."""
    job = get(job_id=job_id, organisation=organisation)
    held = Job.objects.filter(pk=job.pk)
    _stop(held.filter(state__in=[Job.State.WAITING, Job.State.RELEASED]))
    held.filter(state=Job.State.RUNNING).update(cancel_wanted=True)
    transaction.on_commit(release)
    job.refresh_from_db()
    return job


def get(*, job_id: UUID, organisation: Organisation) -> Job:
    """Return the organisation's job, or raise NotFound."""
    job = Job.objects.filter(pk=job_id, organisation=organisation).first()
    if job is None:
        raise NotFound("There is no such job.")
    return job


def of(*, organisation: Organisation) -> QuerySet[Job]:
    """Return the organisation's jobs, newest first."""
    return Job.objects.filter(organisation=organisation).order_by("-created_at")
