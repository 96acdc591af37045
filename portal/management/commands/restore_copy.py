"""Reads a copy of everything back into an empty firm."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from forecasting.services import copies
from tenants.errors import Invalid
from tenants.isolation import tenant_scope
from tenants.models import Organisation


class Command(BaseCommand):
    """Read the ZIP that a firm took away back into a firm that has no data yet."""

    help = "Read a copy of everything (ZIP) back into an empty firm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the firm's number and the file."""
        parser.add_argument("organisation", type=int)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read it back, whole or not at all."""
        organisation = Organisation.objects.filter(pk=options["organisation"]).first()
        if organisation is None:
            raise CommandError("There is no such firm.")
        try:
            with options["file"].open("rb") as source, tenant_scope(organisation.pk, seconds=1800):
                counts = copies.read(source, Path(settings.MEDIA_ROOT))
                sums = copies.checksums()
        except Invalid as error:
            raise CommandError(str(error)) from error
        for table, n in counts.items():
            self.stdout.write(f"{table}: {n} rows, {sums[table][:12]}")
