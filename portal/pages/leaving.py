"""Take everything along, close the firm, or stay."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from forecasting import jobs
from forecasting.models import Job
from forecasting.services import leaving as copies
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.services import leaving as service


@require_safe
@may("organisation.leave")
def leaving(request: MemberRequest) -> HttpResponse:
    """Show the copies that were made, and how to close the firm."""
    made = copies.made(request.organisation)
    context = {
        "copies": [(job, _link(request, job)) for job in made],
        "departure": service.departure(request.organisation),
        "days": service.CLOSED_DAYS,
    }
    return render_page(request, "leaving/detail.html", context)


def _link(request: MemberRequest, job: Job) -> str:
    if job.state != Job.State.DONE or not copies.path(request.organisation, job.pk).exists():
        return ""
    return service.link(organisation=request.organisation, job_id=job.pk)


@require_POST
@may("organisation.leave")
def copy(request: MemberRequest) -> HttpResponse:
    """Start to make a copy of everything."""
    jobs.start_once("copy", organisation=request.organisation, by=request.user)
    messages.success(request, _("The copy is being made. This page shows it when it is ready."))
    return redirect("leaving")


@require_safe
@may("organisation.leave")
def fetch(request: MemberRequest, token: str) -> FileResponse:
    """Give a copy to whoever holds its link and may leave."""
    job_id = service.linked(organisation=request.organisation, token=token)
    place = copies.copy_of(request.organisation, job_id)
    name = f"lagom-{timezone.localdate().isoformat()}.zip"
    return FileResponse(place.open("rb"), as_attachment=True, filename=name)


@require_POST
@may("organisation.leave")
def close(request: MemberRequest) -> HttpResponse:
    """Close the firm, to be removed in thirty days."""
    made = service.close(organisation=request.organisation, by=request.user, name=request.POST.get("name", ""))
    messages.warning(request, _("Closed. Everything is removed on %(day)s.") % {"day": made.due_at.date().isoformat()})
    return redirect("leaving")


@require_POST
@may("organisation.leave")
def stay(request: MemberRequest) -> HttpResponse:
    """Open the firm again."""
    service.stay(organisation=request.organisation, by=request.user)
    messages.success(request, _("Good to have you back. Everything is as it was."))
    return redirect("leaving")
