"""Background work: what runs, how far it is, what went wrong."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from forecasting import jobs as work
from forecasting import queries
from forecasting.models import Job
from portal.access import MemberRequest, allowed, may
from portal.render import render_page, wants_part
from portal.translations import spoken


def words(job: Job) -> dict[str, str]:
    """Name the work and its state in the reader's language."""
    kinds = {
        "look": _("Looking into a file"),
        "pull": _("Fetching from a shop"),
        "load": _("Loading a file"),
        "undo": _("Taking an upload back"),
        "run": _("Forecast and plan"),
        "replay": _("Living the past again"),
        "series": _("Forecasting for a program"),
        "tune": _("Trying the plan on the past"),
        "copy": _("Copying every table"),
    }
    states = {
        Job.State.WAITING: _("Waiting"),
        Job.State.RELEASED: _("Waiting"),
        Job.State.RUNNING: _("Running"),
        Job.State.DONE: _("Done"),
        Job.State.FAILED: _("Failed"),
        Job.State.CANCELLED: _("Cancelled"),
    }
    return {"kind": kinds.get(job.kind, job.kind), "state": states[Job.State(job.state)]}


def took(job: Job) -> str:
    """Say how long a job worked: in seconds when it was quick."""
    if not job.started_at or not job.finished_at:
        return ""
    seconds = round((job.finished_at - job.started_at).total_seconds())
    if seconds < 120:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    return timesince(job.started_at, job.finished_at, depth=1)


def left(job: Job) -> str:
    """Say about how long a job goes on, where that can be told."""
    rest = queries.queue.left(job, timezone.now())
    if rest is None:
        return ""
    minutes = round(rest.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute left")
    return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}


def progress(request: MemberRequest, job: Job, *, poll: str = "") -> dict[str, Any]:
    """Give the progress part what it shows of a job to this person."""
    ended = job.state not in Job.OPEN
    may_stop = not ended and not job.cancel_wanted and allowed(request, "jobs.edit")
    said = words(job)
    level = {Job.State.DONE: "green", Job.State.FAILED: "red"}.get(Job.State(job.state), "grey")
    stopping = _("Stopping…") if job.cancel_wanted and not ended else ""
    return {
        "label": said["kind"],
        "stage": stopping or (spoken(job.message) if job.message else said["state"]),
        "note": left(job),
        "value": job.done,
        "total": job.total,
        "poll": poll or reverse("job", args=[job.pk]),
        "done": ended,
        "level": level,
        "state": said["state"],
        "cancel_url": reverse("job_cancel", args=[job.pk]) if may_stop else "",
        "url": target(job) if job.state == Job.State.DONE else "",
        "action": _("Look at it"),
    }


def target(job: Job) -> str:
    """Return where the result of a job is."""
    if "upload" in job.details:
        return reverse("upload", args=[job.details["upload"]])
    return reverse("replays") if job.kind in ("replay", "tune") else reverse("plans")


def answer_progress(request: MemberRequest, job: Job, *, poll: str) -> HttpResponse:
    """Answer htmx with the progress part, or make it load the page anew when the job has ended."""
    if job.state not in Job.OPEN:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render_page(request, "_parts/progress.html", progress(request, job, poll=poll))


@require_safe
@may("jobs.view")
def jobs(request: MemberRequest) -> HttpResponse:
    """List the organisation's jobs, newest first."""
    page = Paginator(work.of(organisation=request.organisation), 50).get_page(request.GET.get("page"))
    rows: list[dict[str, Any]] = [{"job": job, "url": target(job), "took": took(job), **words(job)} for job in page]
    running = [progress(request, row["job"]) for row in rows if row["job"].state in Job.OPEN]
    return render_page(request, "jobs/list.html", {"page": page, "rows": rows, "running": running})


@require_safe
@may("jobs.view")
def job(request: MemberRequest, job_id: UUID) -> HttpResponse:
    """Show one job; htmx gets its progress."""
    found = work.get(job_id=job_id, organisation=request.organisation)
    if wants_part(request):
        return answer_progress(request, found, poll=reverse("job", args=[found.pk]))
    context = {"job": found, "progress": progress(request, found), "took": took(found), **words(found)}
    return render_page(request, "jobs/detail.html", context)


@require_POST
@may("jobs.edit")
def run(request: MemberRequest) -> HttpResponse:
    """Start a forecast, unless one is under way already."""
    started = work.start_once("run", organisation=request.organisation, by=request.user)
    return redirect("job", job_id=started.pk)


@require_POST
@may("jobs.edit")
def cancel(request: MemberRequest, job_id: UUID) -> HttpResponse:
    """Stop a job."""
    work.cancel(job_id=job_id, organisation=request.organisation)
    return redirect("job", job_id=job_id)
