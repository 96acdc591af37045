"""Shops that Lagom fetches from by itself, and addresses at which programs drop files."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from forecasting import jobs
from forecasting.models import Connection, Job
from forecasting.services import connections as service
from forecasting.services import files, uploads
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import Invalid, PortalError
from tenants.isolation import tenant_scope
from tenants.models import Organisation, User
from tenants.services import states

Kind, State = Connection.Kind, Connection.State
KEYS = {Kind.SHOPIFY: ("token",), Kind.WOOCOMMERCE: ("key", "secret")}


@require_safe
@may("organisation.view")
def connections(request: MemberRequest) -> HttpResponse:
    """List what is connected, and offer what can be."""
    rows = [{"connection": each, "entry": next(iter(service.entries(each, 1)), None)} for each in service.every()]
    return render_page(request, "connections/list.html", {"rows": rows})


@require_POST
@may("connections.edit")
def add(request: MemberRequest) -> HttpResponse:
    """Connect a shop, or make a drop address."""
    kind = request.POST.get("kind", "")
    if kind == Kind.DROP:
        made = service.open_drop(name=request.POST.get("name", "").strip(), by=request.user)
        messages.success(request, _("The address is ready. Whoever has it can bring files and nothing else."))
        return redirect("connection", connection_id=made.pk)
    if kind not in KEYS:
        raise Invalid(_("Choose what to connect."))
    keys = [request.POST.get(name, "").strip() for name in KEYS[Kind(kind)]]
    made = service.connect(kind=kind, address=request.POST.get("address", ""), keys=keys, by=request.user)
    _fetch(request, made)
    messages.success(request, _("Connected. Lagom fetches now, and then every hour."))
    return redirect("connection", connection_id=made.pk)


def _fetch(request: MemberRequest, connection: Connection) -> Job:
    details = {"connection": str(connection.pk), "name": connection.name}
    return jobs.start_once("pull", organisation=request.organisation, by=request.user, **details)


@require_safe
@may("organisation.view")
def connection(request: MemberRequest, connection_id: UUID) -> HttpResponse:
    """Show one connection: its state, what came of it, and for a drop the address."""
    found = service.get(connection_id=connection_id)
    open_jobs = jobs.of(organisation=request.organisation).filter(details__connection=str(found.pk), finished_at=None)
    context: dict[str, Any] = {"connection": found, "entries": service.entries(found), "job": open_jobs.first()}
    if found.kind == Kind.DROP:
        context["address"] = settings.SITE_ADDRESS.rstrip("/") + reverse("drop", args=[service.drop_token(found)])
        context["ended"] = service.has_ended(found)
    return render_page(request, "connections/detail.html", context)


@require_POST
@may("connections.edit")
def change(request: MemberRequest, connection_id: UUID) -> HttpResponse:
    """Fetch now, pause, go on, make a new address, or remove."""
    found = service.get(connection_id=connection_id)
    wanted = request.POST.get("do", "")
    if wanted == "remove":
        service.remove(connection=found, by=request.user)
        messages.success(request, _("Removed. What came in by it stays."))
        return redirect("connections")
    if wanted == "fetch" and found.kind != Kind.DROP:
        return redirect("job", job_id=_fetch(request, found).pk)
    if wanted in ("pause", "resume"):
        service.set_paused(connection=found, paused=wanted == "pause", by=request.user)
    elif wanted == "renew" and found.kind == Kind.DROP:
        service.renew(connection=found, by=request.user)
        messages.success(request, _("This is the new address. The old one no longer works."))
    else:
        raise Invalid(_("Reload the page and try again."))
    return redirect("connection", connection_id=found.pk)


@csrf_exempt
@transaction.non_atomic_requests
@require_POST
def drop(request: HttpRequest, token: str) -> HttpResponse:
    """Take files from a program that holds a drop address; they wait for a person as any upload does."""
    try:
        return _dropped(request, token)
    except PortalError as error:
        return JsonResponse({"error": str(error)}, status=error.status)


def _dropped(request: HttpRequest, token: str) -> HttpResponse:
    where = service.find_drop(token)
    files.check_room(int(request.META.get("CONTENT_LENGTH") or 0))
    organisation = Organisation.objects.get(pk=where.organisation_id)
    states.check_work(organisation, changes=True)
    with tenant_scope(organisation.pk):
        connection = service.check_drop(where, token)
        by = User.objects.get(email=connection.by)
    given = request.FILES.getlist("files") or request.FILES.getlist("file")
    if not given:
        raise Invalid(_("No file arrived. Send it as multipart/form-data in the field “files”."))
    stored = [files.store(file, organisation_id=organisation.pk) for file in given[:20]]
    with tenant_scope(organisation.pk):
        made = [uploads.add(file, by=by) for file in stored]
        for upload in made:
            details = {"upload": str(upload.pk), "name": upload.name, "dropped": True}
            jobs.start("look", organisation=organisation, by=None, **details)
        service.dropped(connection=connection, names=[upload.name for upload in made])
    return JsonResponse({"uploads": [str(upload.pk) for upload in made]}, status=202)
