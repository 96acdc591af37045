"""A look into a stored file: what it is, how it would be read, and what the person must be asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from forecasting.ingest import inspect_file
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.types import Inspection, Settings
from forecasting.models import ColumnMapping, Job, Upload
from forecasting.services import files, progress, uploads
from forecasting.words import say
from tenants.isolation import tenant_scope

MOST_PARTS = 20
State = Upload.State
OWN_TO_TELL = ("date_order", "decimal")
Found = tuple[str, Inspection]  # which table of the file, and what was seen in it


def look(job: Job, load: Callable[[Job, Upload], object]) -> None:
    """Find out what a file holds, and propose how to read it; every table in it becomes an upload of its own.

    load: starts to load an upload; called for a dropped file whose columns a person confirmed before.
    """
    organisation = job.organisation
    with tenant_scope(organisation.pk):
        upload = uploads.get(upload_id=UUID(job.details["upload"]))
    progress.say_stage(job, say("Looking into %(name)s", name=upload.name))
    house = _house_settings(job)
    try:
        found = _look_at_parts(upload, house)
    except Unreadable as error:
        with tenant_scope(organisation.pk), progress.last_step(job):
            uploads.fail(upload, error)
        return
    again = _look_again(found, upload, house)
    with tenant_scope(organisation.pk), progress.last_step(job):
        for position, (part, inspection) in enumerate(found):
            target = upload if position == 0 else _sibling(upload)
            target.part = part
            _ask(target, inspection)
            if job.details.get("dropped") and uploads.confirm_as_before(upload=target):
                load(job, target)
        for waiting, inspection in again:
            _ask(waiting, inspection)


def _look_at_parts(upload: Upload, house: Settings) -> list[Found]:
    path = files.place(upload.path)
    first = inspect_file(path, house)
    parts = [(member, None) for member in first.members] or [(None, sheet) for sheet in first.sheets]
    if len(parts) < 2:
        return _by_kind(path, house, first, "")
    found = []
    for member, sheet in parts[:MOST_PARTS]:
        base = replace(house, member=member, sheet=sheet)
        try:
            inspection = inspect_file(path, base)
        except Unreadable:
            continue
        if inspection.rows and not _is_companion(inspection):
            found.extend(_by_kind(path, base, inspection, member or sheet or ""))
    if not found:
        raise Unreadable(
            say("None of the tables in this file has rows. Upload a file with a header and at least one row.")
        )
    return found


def _by_kind(path: Path, base: Settings, first: Inspection, part: str) -> list[Found]:
    """Look again for each further kind of rows that a shop's export holds: its products and their stock."""
    others = [guess.kind for guess in first.kinds[1:]] if first.shop and base.kind is None else []
    looked = [first, *(inspect_file(path, replace(base, kind=kind)) for kind in others)]
    if len(looked) == 1:
        return [(part, first)]
    return [(f"{part} · {each.settings.kind}".strip(" ·"), each) for each in looked]


def _house_settings(job: Job) -> Settings:
    organisation = job.organisation
    with tenant_scope(organisation.pk):
        waiting = Upload.objects.filter(state=State.ASKING, look__companion=True).exclude(pk=job.details["upload"])
        beside = waiting.order_by("-created_at").values_list("path", flat=True).first()
        bare = uploads.bare_codes()
    return Settings(
        kind=job.details.get("kind"),
        shop=job.details.get("shop"),
        partner=str(files.place(beside).resolve()) if beside else None,
        timezone=organisation.time_zone,
        default_currency=organisation.currency,
        bare=bare,
        today=datetime.now(ZoneInfo(organisation.time_zone)).date().isoformat(),
    )


def _look_again(found: list[Found], upload: Upload, house: Settings) -> list[tuple[Upload, Inspection]]:
    """Look once more at the files that waited for the one that came in now."""
    names = [inspection.settings.shop for _part, inspection in found if _is_companion(inspection)]
    if not names:
        return []
    with tenant_scope(upload.organisation_id):
        asked = Upload.objects.filter(state=State.ASKING, look__waits_for__in=names, look__companion=False)
        waiting = list(asked.exclude(pk=upload.pk))
    beside = replace(house, kind=None, shop=None, partner=str(files.place(upload.path).resolve()))
    return [(each, inspect_file(files.place(each.path), beside)) for each in waiting]


def _is_companion(inspection: Inspection) -> bool:
    """Tell whether a file holds nothing by itself and is read beside another."""
    return bool(inspection.waits_for and not inspection.settings.mapping)


def _sibling(upload: Upload) -> Upload:
    return Upload(name=upload.name, path=upload.path, size=upload.size, sha256=upload.sha256, by=upload.by)


def _ask(upload: Upload, inspection: Inspection) -> None:
    remembered = ColumnMapping.objects.filter(header_key=inspection.header_key).first()
    inspection = replace(inspection, settings=replace(inspection.settings, bare={}))  # the catalogue need not stay here
    upload.look = inspection.to_json()
    upload.settings = inspection.settings.to_json()
    if remembered:
        upload.settings = _as_remembered(upload.settings, remembered.settings)
    before = Upload.objects.filter(sha256=upload.sha256, part=upload.part, state=State.DONE).exclude(pk=upload.pk)
    seen = before.order_by("-created_at").first()
    upload.look |= {
        "companion": _is_companion(inspection),
        "remembered": bool(remembered),
        "seen": seen.created_at.date().isoformat() if seen else None,
        "questions": [question for question in upload.look["questions"] if not upload.settings.get(question["setting"])]
        if remembered
        else upload.look["questions"],
    }
    unclear = any(question["setting"] == "kind" for question in upload.look["questions"])
    upload.kind = "" if unclear else upload.settings.get("kind") or ""
    upload.state = State.ASKING
    upload.save()


def _as_remembered(found: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """Read as last time, but never against the file: how its dates and decimals are written is its own to tell."""
    return {**found, **{name: kept[name] for name in kept if name not in OWN_TO_TELL or found.get(name) is None}}
