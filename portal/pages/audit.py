"""The audit log: who did what, when, from where and for whom."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting.services import exports
from forecasting.services.exports import Cell
from portal.access import MemberRequest, may
from portal.audit_words import phrase, told
from portal.render import render_page
from tenants.errors import NotFound
from tenants.models import AuditEntry
from tenants.services import audit as service

ENTRIES_A_PAGE = 50
ENTRIES_A_FILE = 100_000


@require_safe
@may("audit.view")
def audit(request: MemberRequest) -> HttpResponse:
    """Show what was done in the firm, the newest first."""
    page = Paginator(_found(request), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "entries": [(entry, phrase(entry.action), told(entry.detail)) for entry in page],
        "asked": {name: request.GET.get(name, "") for name in ("person", "action", "target", "since", "until")},
        "people": service.people(),
        "actions": sorted(((action, phrase(action)) for action in service.actions()), key=lambda pair: pair[1]),
    }
    return render_page(request, "audit/list.html", context, part="audit/_rows.html")


def _found(request: HttpRequest) -> "QuerySet[AuditEntry]":
    said = request.GET
    until = _midnight(said.get("until", ""))
    return service.entries(
        person=said.get("person", ""),
        action=said.get("action", ""),
        target=said.get("target", "").strip(),
        since=_midnight(said.get("since", "")),
        before=until and until + timedelta(days=1),
    )


def _midnight(text: str) -> datetime | None:
    """Read a day as the moment when it begins in the firm; what is no day filters nothing."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), time()))
    except (ValueError, OverflowError):
        return None


@require_safe
@may("audit.view")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the log as a file, with the filters of the page."""
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    rows = [_row(entry) for entry in _found(request)[:ENTRIES_A_FILE].iterator()]
    body = exports.csv_file(_columns(), rows) if form == "csv" else exports.xlsx_file(_("Audit log"), _columns(), rows)
    name = f'attachment; filename="audit-{timezone.localdate().isoformat()}.{form}"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _columns() -> list[str]:
    return [
        _("When (UTC)"),
        _("Person"),
        _("Let in by"),
        _("What"),
        _("Action"),
        _("Of what"),
        _("Reason"),
        _("Detail"),
        _("Address"),
        _("Request"),
        _("Seal"),
    ]


def _row(entry: AuditEntry) -> list[Cell]:
    at: Any = entry.at
    return [
        at.isoformat(timespec="seconds"),
        entry.actor,
        entry.on_behalf_of,
        phrase(entry.action),
        entry.action,
        entry.target,
        entry.reason,
        "; ".join(f"{name}: {value}" for name, value in told(entry.detail)),
        entry.address,
        entry.request_id,
        entry.seal,
    ]
