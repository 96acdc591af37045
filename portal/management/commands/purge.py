"""Removes the firms that have left and whose thirty days are over; run it daily, as the owner of the tables."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from forecasting.services import leaving
from tenants.services import purge


class Command(BaseCommand):
    """Remove every firm that is due, and print a certificate for each."""

    help = "Remove firms whose thirty days after leaving are over. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --every."""
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on, and look again after so many seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove, once or again and again."""
        while True:
            for certificate in purge.every_due():
                self.stdout.write(f"{certificate}: {sum(certificate.rows.values())} rows, {certificate.files} files")
            leaving.tidy(time.time())
            if not options["every"]:
                return
            time.sleep(options["every"])
