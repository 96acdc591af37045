"""Collects the texts of code and templates, brings the wordbooks up to date and compiles them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import wordbook


class Command(BaseCommand):
    """Update and compile locale/, without gettext programs; --check changes nothing."""

    help = "Collect all messages, update and compile locale/; --check only says what is missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="say what is missing and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Update every wordbook and say what its translator still has to do."""
        for locale in wordbook.LOCALES:
            if not options["check"]:
                book = wordbook.update(locale)
                self.stdout.write(f"{wordbook.po_file(locale)}: {len(book)} messages")
            for fault in (faults := wordbook.faults(locale)):
                self.stdout.write(fault)
            if faults and options["check"]:
                raise CommandError(f"{len(faults)} faults in {locale}")
