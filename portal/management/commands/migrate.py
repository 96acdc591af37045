"""Migrate as the owner of the tables, and let the site's role use them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections


class Command(migrate.Command):
    """Django's migrate, run by the owner's role, with the site's rights granted before the first table."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take Django's arguments; the database is the owner's unless another is named."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Grant, then migrate."""
        if options["database"] == DEFAULT_DB_ALIAS:
            options["database"] = "owner"
        site = connections[DEFAULT_DB_ALIAS].settings_dict["USER"]
        owner = connections["owner"]
        if site != owner.settings_dict["USER"]:
            with owner.cursor() as cursor:
                role = owner.ops.quote_name(site)
                cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
                future = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
                cursor.execute(f"{future} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}")
                cursor.execute(f"{future} USAGE, SELECT ON SEQUENCES TO {role}")
        super().handle(*args, **options)
