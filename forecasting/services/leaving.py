"""The job that makes a copy of everything a firm has, and where that copy lies."""

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

from forecasting.models import Job
from forecasting.services import copies, files, progress
from forecasting.words import say
from tenants.errors import NotFound
from tenants.isolation import tenant_scope
from tenants.models import Organisation
from tenants.services.leaving import LINK_SECONDS

PATIENCE = 1800  # seconds that one statement of a large firm may take


def run(job: Job) -> None:
    """Write the copy of the job's organisation; it is there whole or not at all."""
    organisation = Organisation.objects.get(pk=job.organisation_id)
    place = path(organisation, job.pk)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    progress.say_stage(job, say("Copying every table"), total=len(copies.tables()))
    with files.workbench() as bench:
        with (bench / "copy.zip").open("wb") as target:
            with tenant_scope(organisation.pk, seconds=PATIENCE, snapshot=True):
                copies.write(target, organisation, Path(settings.MEDIA_ROOT), on_progress=progress.reporter(job))
            target.flush()
            os.fsync(target.fileno())
        try:
            with tenant_scope(organisation.pk), progress.last_step(job):
                (bench / "copy.zip").replace(place)
        except BaseException:
            place.unlink(missing_ok=True)  # the job was cancelled, lost, or its firm removed meanwhile
            raise


def path(organisation: Organisation, job_id: UUID | str) -> Path:
    """Return where the copy made by a job lies."""
    return files.place(f"{organisation.pk}/copies/{job_id}.zip")


def made(organisation: Organisation) -> list[Job]:
    """List the copies that were made or are being made, the newest first."""
    return list(Job.objects.filter(organisation=organisation, kind="copy").order_by("-created_at")[:5])


def copy_of(organisation: Organisation, job_id: str) -> Path:
    """Return the finished copy of a job, or raise NotFound."""
    job = Job.objects.filter(pk=job_id, organisation=organisation, kind="copy", state=Job.State.DONE).first()
    if job is None or not path(organisation, job.pk).exists():
        raise NotFound("There is no such copy.")
    return path(organisation, job.pk)


def tidy(now: float) -> int:
    """Remove the copies whose links have expired."""
    removed = 0
    for old in Path(settings.MEDIA_ROOT).glob("*/copies/*.zip"):
        if now - old.stat().st_mtime > LINK_SECONDS:
            old.unlink(missing_ok=True)
            removed += 1
    return removed
