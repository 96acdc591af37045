"""From a file that was looked at to rows: take the person's word for it, load it, and take it back."""

import shutil
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from forecasting.ingest import bad_workbook, convert_file
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import KINDS
from forecasting.ingest.types import Settings
from forecasting.models import ColumnMapping, Job, Product, Upload
from forecasting.services import announcements, files, loading, progress
from forecasting.words import pack, say
from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import User
from tenants.services import audit

LOAD_SECONDS = 900
State = Upload.State
REMEMBERED = ("kind", "mapping", "date_order", "decimal", "keep_codes")


def add(stored: files.Stored, *, by: User) -> Upload:
    """Write down a stored file."""
    upload = Upload.objects.create(
        name=stored.name, path=stored.path, size=stored.size, sha256=stored.sha256, by=by.email
    )
    audit.record("upload.stored", by=by, target=stored.name, sha256=stored.sha256, size=stored.size)
    return upload


def get(*, upload_id: UUID) -> Upload:
    """Return the organisation's upload, or raise NotFound."""
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise NotFound(_("There is no such upload."))
    return upload


def fail(upload: Upload, error: Unreadable) -> None:
    """Write down why a file cannot be read."""
    Upload.objects.filter(pk=upload.pk).update(state=State.FAILED, error=pack(error.said), finished_at=Now())


def confirm(*, upload: Upload, by: User, **choices: Any) -> Upload:
    """Take the person's word for how to read the file, remember it for files with these headers, and go on to load.

    choices: kind, mapping {field: header}, keep_codes, and an answer to each question that the file leaves open.
    """
    if upload.look.get("waits_for"):
        raise Invalid(_("Upload the other file of this export first: both are read together."))
    settings = {**upload.settings, **choices}
    kind = KINDS.get(settings.get("kind") or "")
    if kind is None:
        raise Invalid(
            _("Say what the file holds: products, sales, stock, suppliers, inbound orders, components or rates.")
        )
    _check_mapping(upload, kind.required, settings["mapping"])
    _check_answers(upload, choices if upload.state == State.ASKING else settings)
    with transaction.atomic():
        mine = Upload.objects.filter(pk=upload.pk, state__in=[State.ASKING, State.FAILED]).update(
            state=State.LOADING, settings=settings, kind=kind.name, error=None
        )
        if not mine:
            raise Conflict(_("This file is being loaded, or was loaded before."))
        ColumnMapping.objects.update_or_create(
            header_key=upload.look["header_key"],
            defaults={"settings": {name: settings.get(name) for name in REMEMBERED}},
        )
        audit.record("upload.confirmed", by=by, target=upload, kind=kind.name, mapping=settings["mapping"])
    upload.refresh_from_db()
    return upload


def confirm_as_before(*, upload: Upload) -> bool:
    """Go on to load a file that is written as one that a person confirmed, and asks nothing; false for all others."""
    look = upload.look
    if not look.get("remembered") or look["questions"] or look.get("waits_for") or not upload.kind:
        return False
    upload.state = State.LOADING
    upload.save(update_fields=["state"])
    audit.record("upload.confirmed", by=None, target=upload, kind=upload.kind, mapping=upload.settings["mapping"])
    return True


def _check_mapping(upload: Upload, required: tuple[str, ...], mapping: dict[str, str]) -> None:
    absent = [name for name in required if not mapping.get(name)]
    if absent:
        raise Invalid(_("Choose the column for: %(fields)s") % {"fields": ", ".join(absent)})
    unknown = [header for header in mapping.values() if header not in upload.look["headers"]]
    if unknown:
        raise Invalid(_("The file has no column “%(name)s”.") % {"name": unknown[0]})


def _check_answers(upload: Upload, told: dict[str, Any]) -> None:
    """Refuse where a question has none of its answers: what a look proposed beside the question is a guess."""
    for question in upload.look["questions"]:
        if told.get(question["setting"]) not in question["options"]:
            raise Invalid(_(question["said"]["template"]) % question["said"]["values"])


def load(job: Job) -> None:
    """Read the whole file in the sandbox and load its good rows; the bad ones become a workbook."""
    with tenant_scope(job.organisation_id):
        upload = get(upload_id=UUID(job.details["upload"]))
        settings = _settings(upload)
    progress.say_stage(job, say("Reading %(name)s", name=upload.name))
    with files.workbench() as bench:
        try:
            report = convert_file(files.place(upload.path), settings, bench, on_progress=progress.reporter(job))
        except Unreadable as error:
            with tenant_scope(job.organisation_id), progress.last_step(job):
                fail(upload, error)
            return
        if report.bad:
            bad_workbook(bench / "bad.ndjson", bench / "bad.xlsx")
            shutil.copyfile(bench / "bad.xlsx", files.place(bad_rows_path(upload)))
        progress.say_stage(job, say("Loading %(n)d row" if report.good == 1 else "Loading %(n)d rows", n=report.good))
        mapped = set(upload.settings["mapping"])
        if "amount" in mapped:
            mapped.add("unit_price")  # derived from the line's total
        try:
            with tenant_scope(job.organisation_id, seconds=LOAD_SECONDS), progress.last_step(job):
                loaded = loading.load(
                    bench / "rows.csv",
                    kind=KINDS[upload.kind],
                    mapped=mapped,
                    upload=upload.pk,
                    on_progress=progress.reporter(job),
                )
                _finish(upload, report, loaded)
        except Unreadable as error:  # the rows are good one by one, but not together: nothing of them is kept
            with tenant_scope(job.organisation_id), progress.last_step(job):
                fail(upload, error)


def _settings(upload: Upload) -> Settings:
    """Read how the file is to be read; codes to be found or mended come from the catalogue as it is now."""
    settings = Settings.from_json(upload.settings)
    if settings.zeros == "restore":
        settings = replace(settings, bare=bare_codes())
    if settings.repair != "name":
        return settings
    named: dict[str, set[str]] = {}
    for sku, name in Product.objects.exclude(name="").values_list("sku", "name"):
        named.setdefault(name.strip().casefold(), set()).add(sku)
    return replace(settings, codes={name: skus.pop() for name, skus in named.items() if len(skus) == 1})


def bare_codes() -> dict[str, str]:
    """Name the products whose codes are digits after zeros: by what is left where Excel dropped the zeros."""
    found: dict[str, set[str]] = {}
    for sku in Product.objects.filter(sku__regex="^0+[1-9][0-9]*$").values_list("sku", flat=True):
        found.setdefault(sku.lstrip("0"), set()).add(sku)
    known = set(Product.objects.filter(sku__in=list(found)).values_list("sku", flat=True))
    return {bare: skus.pop() for bare, skus in found.items() if len(skus) == 1 and bare not in known}


def _finish(upload: Upload, report: Any, loaded: loading.Loaded) -> None:
    Upload.objects.filter(pk=upload.pk).update(
        state=State.DONE,
        report={key: value for key, value in report.to_json().items() if key != "settings"},
        rows_good=report.good,
        rows_bad=report.bad,
        rows_set_aside=report.set_aside,
        rows_new=loaded.new,
        rows_changed=loaded.changed,
        finished_at=Now(),
    )
    announcements.loaded(upload)
    audit.record("upload.loaded", by=None, target=upload, **asdict(loaded), bad=report.bad, asked_by=upload.by)


def bad_rows_path(upload: Upload) -> str:
    """Return where the workbook of an upload's bad rows lies."""
    return f"{upload.path}.{upload.pk}.bad.xlsx"


def want_undo(*, upload: Upload, by: User) -> Upload:
    """Mark a loaded upload to be taken back."""
    marked = Upload.objects.filter(pk=upload.pk, state=State.DONE).update(state=State.LOADING)
    if not marked:
        raise Conflict(_("Only an upload that was loaded can be undone."))
    audit.record("upload.undone", by=by, target=upload)
    upload.refresh_from_db()
    return upload


def discard(*, upload: Upload, by: User) -> None:
    """Put a file away of which nothing was loaded."""
    unused = [State.STORED, State.ASKING, State.FAILED]
    gone = Upload.objects.filter(pk=upload.pk, state__in=unused).update(state=State.UNDONE, finished_at=Now())
    if not gone:
        raise Conflict(_("This file is being loaded, or was loaded before."))
    audit.record("upload.discarded", by=by, target=upload)


def undo(job: Job) -> None:
    """Take an upload's rows back."""
    with tenant_scope(job.organisation_id):
        upload = get(upload_id=UUID(job.details["upload"]))
    progress.say_stage(job, say("Taking %(name)s back", name=upload.name))
    with tenant_scope(job.organisation_id, seconds=LOAD_SECONDS), progress.last_step(job):
        loading.unload(upload=upload.pk, kind=upload.kind)
        Upload.objects.filter(pk=upload.pk).update(state=State.UNDONE, finished_at=Now())


def newest(limit: int = 100) -> list[Upload]:
    """List the organisation's uploads, newest first, without their long previews."""
    return list(Upload.objects.defer("look", "report", "settings").order_by("-created_at")[:limit])
