"""Makes a person an operator of the portal, or takes it away."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import User


class Command(BaseCommand):
    """Give somebody who has signed up the operator's page; it opens once they have a second factor."""

    help = "Make the person with this e-mail address an operator of the portal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address, and --dismiss."""
        parser.add_argument("email")
        parser.add_argument("--dismiss", action="store_true", help="take it away again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Mark the person in one update."""
        person = User.objects.filter(email=options["email"].lower())
        if not person.update(is_staff=not options["dismiss"]):
            raise CommandError(f"nobody has signed up as {options['email']}")
        self.stdout.write(f"{options['email']} is {'no longer ' if options['dismiss'] else ''}an operator")
