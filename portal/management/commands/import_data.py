"""Load a file from the shell, by the same way as from the page."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from forecasting import jobs
from forecasting.ingest.fields import KINDS
from forecasting.models import Job, Upload
from forecasting.services import files, uploads
from tenants.errors import PortalError
from tenants.isolation import tenant_scope
from tenants.models import Organisation, User
from tenants.roles import Role

DONE = Upload.State.DONE


class Command(BaseCommand):
    """Store, look, confirm what was understood, load; say what became of the rows."""

    help = "Load a file: python manage.py import_data FILE --kind sales --organisation NAME"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, what it holds, and whose it is."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=list(KINDS), required=True)
        parser.add_argument("--organisation", required=True, help="its name or number")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file and print the counts; a problem is one line and exit code 1."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: there is no such file")
        organisation = find_organisation(options["organisation"])
        owner = User.objects.filter(memberships__organisation=organisation, memberships__role=Role.OWNER.value).first()
        if owner is None:
            raise CommandError(f"{organisation.name} has no owner in whose name to load")
        try:
            for upload in load(path, kind=options["kind"], organisation=organisation, by=owner):
                self._tell(path, upload)
        except PortalError as error:
            raise CommandError(f"{path.name}: {error}") from error

    def _tell(self, path: Path, upload: Upload) -> None:
        if upload.state != DONE:
            raise CommandError(f"{path.name}: {upload.error['template'] % upload.error['values']}")
        self.stdout.write(
            f"{path.name}: {upload.rows_good} rows loaded ({upload.rows_new} new, {upload.rows_changed} changed), "
            f"{upload.rows_bad} bad, {upload.rows_set_aside} set aside"
        )
        for problem in upload.report["problems"]:
            example = problem["first"][0]
            expected = problem["expected"]["template"] % problem["expected"]["values"]
            self.stderr.write(
                f'{path.name}:{example["row"]}: {problem["column"]}: "{example["value"]}": {expected} '
                f"({problem['count']} rows)"
            )


def find_organisation(named: str) -> Organisation:
    """Find one organisation by name or number, or say why not."""
    found = list(Organisation.objects.filter(Q(name=named) | Q(pk=int(named) if named.isdecimal() else 0))[:2])
    if len(found) != 1:
        raise CommandError(f'{"no" if not found else "more than one"} organisation is called "{named}"')
    return found[0]


def load(path: Path, *, kind: str, organisation: Organisation, by: User) -> list[Upload]:
    """Take a file the whole way, doing its jobs in this process."""
    with path.open("rb") as source:
        stored = files.store(File(source, name=path.name), organisation_id=organisation.pk)
    with tenant_scope(organisation.pk):
        upload = uploads.add(stored, by=by)
    _do("look", organisation=organisation, by=by, upload=upload, kind=kind)
    with tenant_scope(organisation.pk):
        parts = list(Upload.objects.filter(path=stored.path).order_by("pk"))
        for part in parts:
            if part.state == Upload.State.ASKING:
                uploads.confirm(upload=part, by=by)
    for part in parts:
        if part.state != Upload.State.FAILED:
            _do("load", organisation=organisation, by=by, upload=part)
    with tenant_scope(organisation.pk):
        return list(Upload.objects.filter(path=stored.path).order_by("pk"))


def _do(work: str, *, organisation: Organisation, by: User, upload: Upload, **details: object) -> None:
    job = Job.objects.create(
        kind=work,
        organisation=organisation,
        by=by.email,
        state=Job.State.RELEASED,
        details={"upload": str(upload.pk), **details},
    )
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        sys.stderr.write(f"{work}: {job.error}\n")
