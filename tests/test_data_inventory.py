"""The data inventory in docs/data.md names every table, and every column that tells of a person."""

import re
from pathlib import Path

from django.apps import apps
from django.db import models

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data.md"
OF_DJANGO = {"auth_permission", "auth_group", "django_content_type"}  # names of rights, of nobody
PERSONAL = {"by", "actor", "on_behalf_of", "customer_ref", "contact", "sent_to", "user_agent", "ip", "vat_id"}
PERSONAL |= {"user_id", "manager_id", "phone", "first_name", "last_name", "last_login", "password"}


def tells_of_a_person(field):
    """Tell by its type or name whether a column is about a person."""
    kinds = (models.EmailField, models.GenericIPAddressField)
    name = field.column
    return isinstance(field, kinds) or name in PERSONAL or name.endswith("_by") or name.startswith("billing_")


def listed():
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE)
    return {table: set(re.findall(r"`(\w+)`", columns)) for table, columns, _kept in rows}


def kept():
    found = {model._meta.db_table: model for model in apps.get_models()}
    return {table: model for table, model in found.items() if table not in OF_DJANGO}


def test_inventory_names_every_table_and_no_other():
    assert set(listed()) == set(kept())


def test_inventory_names_every_column_that_tells_of_a_person():
    page = listed()
    missing = [
        f"{table}.{field.column}"
        for table, model in kept().items()
        for field in model._meta.concrete_fields
        if tells_of_a_person(field) and field.column not in page.get(table, set())
    ]
    assert missing == []


def test_inventory_names_no_column_that_is_not_there():
    columns = {table: {field.column for field in model._meta.concrete_fields} for table, model in kept().items()}
    assert [f"{t}.{c}" for t, named in listed().items() for c in named if c not in columns.get(t, set())] == []
