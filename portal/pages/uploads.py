"""Files in: drop them, check what was understood, load, see what was not taken, take it back."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from forecasting import jobs
from forecasting.ingest import shops
from forecasting.ingest.dates import read_moment
from forecasting.ingest.fields import KINDS
from forecasting.ingest.numbers import read_number
from forecasting.ingest.shops.steps import ZONE
from forecasting.ingest.types import DateOrder
from forecasting.models import Job, Upload
from forecasting.services import files
from forecasting.services import uploads as service
from portal.access import MemberRequest, may
from portal.pages import readiness
from portal.pages.jobs import answer_progress, progress
from portal.pages.upload_words import field_words, kind_words, option_words
from portal.render import render_page, wants_part
from portal.templatetags.lagom import day
from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope

State = Upload.State
MOST_FILES = 20
FIRST_SEEN = ("sku", "name", "sold_at", "units", "on_hand", "status")  # of a shop's many columns, on a narrow screen


@require_safe
@may("uploads.view")
def uploads(request: MemberRequest) -> HttpResponse:
    """List the files that came in, those that wait for an answer first."""
    found = service.newest()
    kinds = kind_words()
    rows: list[dict[str, Any]] = [{"upload": upload, "kind": kinds.get(upload.kind, "")} for upload in found]
    waiting = [row for row in rows if row["upload"].state == State.ASKING]
    moving = any(upload.state in {State.STORED, State.LOADING} for upload in found)  # then the list renews itself
    context = {"rows": rows, "waiting": waiting, "moving": moving}
    if any(upload.state == State.DONE for upload in found):
        context["readiness"] = readiness.panel()
    return render_page(request, "uploads/list.html", context)


@csrf_exempt  # checked by _add, after the size: checking reads the body
@transaction.non_atomic_requests
@require_POST
@may("uploads.edit")
def add(request: MemberRequest) -> HttpResponse:
    """Take files in, refusing what is too large before its body is read."""
    files.check_room(int(request.META.get("CONTENT_LENGTH") or 0))
    return _add(request)


@csrf_protect
def _add(request: MemberRequest) -> HttpResponse:
    given = request.FILES.getlist("files")
    if not given:
        raise Invalid(_("No file arrived. Choose at least one file."))
    if len(given) > MOST_FILES:
        raise Invalid(_("At most %(n)d files at once. Put more into a ZIP.") % {"n": MOST_FILES})
    stored = [files.store(file, organisation_id=request.organisation.pk) for file in given]
    with tenant_scope(request.organisation.pk):
        made = [service.add(file, by=request.user) for file in stored]
        for upload in made:
            jobs.start(
                "look", organisation=request.organisation, by=request.user, upload=str(upload.pk), name=upload.name
            )
    return redirect("upload", upload_id=made[0].pk) if len(made) == 1 else redirect("uploads")


@require_safe
@may("uploads.view")
def upload(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """Show one upload in the state it is in: being read, asking, loaded, failed."""
    found = service.get(upload_id=upload_id)
    job = _job_of(request, found)
    if wants_part(request) and job is not None:
        return answer_progress(request, job, poll=request.path)
    context: dict[str, Any] = {"upload": found, "kind": kind_words().get(found.kind, "")}
    if job is not None and job.state in Job.OPEN:
        context["progress"] = progress(request, job, poll=request.path)
    elif job is not None and found.state in {State.STORED, State.LOADING}:
        context["broken"] = job
    if found.state == State.ASKING:
        context |= _asking(found, request.GET.get("kind"))
    if found.state == State.DONE:
        context |= {"report": found.report, "has_run": _newest_run_is_open(request), **_days(found.report)}
        context["readiness"] = readiness.panel()
    return render_page(request, "uploads/detail.html", context)


def _job_of(request: MemberRequest, upload: Upload) -> Job | None:
    return jobs.of(organisation=request.organisation).filter(details__upload=str(upload.pk)).first()


def _newest_run_is_open(request: MemberRequest) -> bool:
    return jobs.of(organisation=request.organisation).filter(kind="run", state__in=Job.OPEN).exists()


def _days(report: dict[str, Any]) -> dict[str, date | None]:
    """Read the first and last day of a file's rows, which JSON keeps as text."""
    days = {"first": report.get("date_from"), "last": report.get("date_to")}
    return {name: date.fromisoformat(day[:10]) if day else None for name, day in days.items()}


def _asking(upload: Upload, kind: str | None) -> dict[str, Any]:
    """Collect what the person confirms: the kind, and which of our fields each column is."""
    settings = upload.settings
    unclear = any(question["setting"] == "kind" for question in upload.look["questions"])
    own = upload.look.get("shop")  # whose export holds what it holds: there is nothing to choose
    chosen = kind if kind in KINDS and not own else "" if unclear else settings.get("kind")
    guesses = {guess["kind"]: guess["mapping"] for guess in upload.look["kinds"]}
    mapping = settings["mapping"] if chosen == settings.get("kind") else guesses.get(chosen, {})
    field_of = {header: field for field, header in mapping.items()}
    fields = field_words(chosen) if chosen else {}
    required = set(KINDS[chosen].required) if chosen else set()
    order = _columns_in_order(upload, mapping)
    columns = [
        {
            "name": f"column-{position}",
            "header": _("put together by Lagom") if header.startswith("Lagom ") else header,
            "field": field_of.get(header, ""),
            "example": _example(upload.look["preview"], position),
        }
        for position in order
        for header in [upload.look["headers"][position]]
    ]
    preview = [[_cell(row, position, upload) for position in order] for row in upload.look["preview"]]
    return {
        "chosen": chosen,
        "kinds": kind_words(),
        "columns": columns,
        "fields": [{"name": name, "label": label, "required": name in required} for name, label in fields.items()],
        "absent": ", ".join(label for name, label in fields.items() if name in required and name not in mapping),
        "questions": _questions(upload),
        # which columns are missing is said above them, in the words of the form
        "notes": [note for note in upload.look["notes"] if "fields" not in note["values"]],
        "preview": zip(upload.look["preview_rows"], preview, strict=True),
        "shop": upload.look.get("shop"),
        "waits_for": _other_file(upload),
    }


def _cell(row: list[str], position: int, upload: Upload) -> str:
    """Return a cell of the preview; the zone of a shop's times is said above it."""
    cell = row[position] if position < len(row) else ""
    return cell.partition(ZONE)[0] if upload.look.get("shop") else cell


def _columns_in_order(upload: Upload, mapping: dict[str, str]) -> list[int]:
    """Order the columns as the file has them; of a shop's many, those that tell most come first, those unused last."""
    headers = upload.look["headers"]
    if not upload.look.get("shop"):
        return list(range(len(headers)))
    telling = [mapping[name] for name in FIRST_SEEN if name in mapping]
    rank = {header: place for place, header in enumerate([*telling, *mapping.values()][::-1])}
    return sorted(range(len(headers)), key=lambda position: -rank.get(headers[position], -1))


def _other_file(upload: Upload) -> str:
    """Name the file that must come in before this one can be read."""
    other = shops.find(upload.look.get("waits_for"))
    return other.title if other else ""


def _example(preview: list[list[str]], position: int) -> str:
    return next((row[position] for row in preview if position < len(row) and row[position]), "")


def _questions(upload: Upload) -> list[dict[str, Any]]:
    return [
        {
            **question,
            "options": [(option, _option(question, option)) for option in question["options"]],
            "example": "" if question["example"] in question["said"]["values"].values() else question["example"],
        }
        for question in upload.look["questions"]
        if question["setting"] != "kind"  # asked above the columns, which depend on it
    ]


def _option(question: dict[str, Any], option: str) -> str:
    """Say an answer, and what it makes of the cell that is asked about."""
    words = option_words().get(option, option)
    example = question["example"]
    meant: object = None
    if question["setting"] == "date_order" and option in ("dmy", "mdy", "ymd"):
        read = read_moment(example, cast(DateOrder, option))
        meant = day(read.local.date()) if read else None
    elif question["setting"] == "decimal":
        meant = read_number(example, option)
    return f"{words} ({example} = {meant})" if meant else words


@require_POST
@may("uploads.edit")
def confirm(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """Take the person's mapping and start to load."""
    found = service.get(upload_id=upload_id)
    if found.state not in {State.ASKING, State.FAILED, State.LOADING}:
        raise Conflict(_("This file was loaded before. Undo it first if it is to be read in another way."))
    if found.state == State.ASKING:
        found = service.confirm(upload=found, by=request.user, **_choices(request, found))
    jobs.start_once("load", organisation=request.organisation, by=request.user, upload=str(found.pk), name=found.name)
    return redirect("upload", upload_id=found.pk)


@require_POST
@may("uploads.edit")
def by_hand(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """Look again at a file that was taken for a shop's export and is none."""
    found = service.get(upload_id=upload_id)
    if found.state != State.ASKING:
        raise Conflict(_("This file was loaded before. Undo it first if it is to be read in another way."))
    details = {"upload": str(found.pk), "name": found.name, "shop": shops.NOT_A_SHOP}
    jobs.start_once("look", organisation=request.organisation, by=request.user, **details)
    return redirect("upload", upload_id=found.pk)


def _choices(request: MemberRequest, upload: Upload) -> dict[str, Any]:
    mapping: dict[str, str] = {}
    kind = request.POST.get("kind", "")
    words = field_words(kind)
    for position, header in enumerate(upload.look["headers"]):
        field = request.POST.get(f"column-{position}", "")
        if field and field in mapping:
            raise Invalid(
                _("Two columns are both marked as “%(field)s”. Leave one.") % {"field": words.get(field, field)}
            )
        if field:
            mapping[field] = header
    absent = [words[name] for name in KINDS[kind].required if name not in mapping] if kind in KINDS else []
    if absent:
        raise Invalid(_("Choose the column for: %(fields)s") % {"fields": ", ".join(absent)})
    answers = {
        question["setting"]: value
        for question in upload.look["questions"]
        if question["setting"] != "kind" and (value := request.POST.get(question["setting"])) in question["options"]
    }
    return {"kind": kind, "mapping": mapping, **answers}


@require_safe
@may("uploads.view")
def bad_rows(request: MemberRequest, upload_id: UUID) -> FileResponse:
    """Give the workbook of the rows that were not taken."""
    found = service.get(upload_id=upload_id)
    path = files.place(service.bad_rows_path(found))
    if not path.exists():
        raise NotFound(_("This upload has no bad rows."))
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{found.name} - {_('rows to correct')}.xlsx")


@require_POST
@may("uploads.edit")
def undo(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """Start to take an upload back; one of which nothing was loaded is put away at once."""
    found = service.get(upload_id=upload_id)
    if found.state != State.DONE:
        service.discard(upload=found, by=request.user)
        messages.success(request, _("“%(name)s” is put away. Nothing of it had been loaded.") % {"name": found.name})
        return redirect("uploads")
    found = service.want_undo(upload=found, by=request.user)
    jobs.start("undo", organisation=request.organisation, by=request.user, upload=str(found.pk), name=found.name)
    messages.success(request, _("The rows of “%(name)s” are being taken back.") % {"name": found.name})
    return redirect(reverse("uploads"))
