"""Refuses to work as a database role that could see over the walls."""

import threading
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

# Each line: what is wrong with a role, if the query finds something.
ROLE_FAULTS = {
    "is a superuser": "SELECT FROM pg_roles WHERE rolname = %(role)s AND rolsuper",
    "may bypass row-level security": "SELECT FROM pg_roles WHERE rolname = %(role)s AND rolbypassrls",
    "may make other roles": "SELECT FROM pg_roles WHERE rolname = %(role)s AND rolcreaterole",
    "may replicate the whole cluster": "SELECT FROM pg_roles WHERE rolname = %(role)s AND rolreplication",
    "may become a superuser or one that bypasses row-level security": (
        "SELECT FROM pg_roles WHERE rolname <> %(role)s AND (rolsuper OR rolbypassrls) "
        "AND pg_has_role(%(role)s, oid, 'MEMBER')"
    ),
    "owns tables, or may become the role that does": (
        "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
        "AND pg_has_role(%(role)s, c.relowner, 'MEMBER') LIMIT 1"
    ),
    "owns the database, or may become the role that does": (
        "SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(%(role)s, datdba, 'MEMBER')"
    ),
    "may make tables in the schema of the others": "SELECT WHERE has_schema_privilege(%(role)s, 'public', 'CREATE')",
}


class UnsafeRoleError(ImproperlyConfigured):
    """The site's database role could see over the walls."""


def role_faults(cursor: CursorWrapper, role: str) -> list[str]:
    """Name everything that would let a database role see rows of organisations that are not in scope."""
    found = []
    for fault, query in ROLE_FAULTS.items():
        cursor.execute(query, {"role": role})
        if cursor.fetchone() is not None:
            found.append(f"{role} {fault}")
    return found


def refuse_unsafe_role() -> None:
    """Raise UnsafeRoleError if the role that the site works as owns tables or may look past their policies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT unnest(ARRAY[session_user, current_user])")
        roles = [role for (role,) in cursor.fetchall()]
        found = [fault for role in roles for fault in role_faults(cursor, role)]
    if found:
        raise UnsafeRoleError(
            f"The database role of DATABASE_URL cannot be trusted with rows of many firms: {'; '.join(found)}. "
            "Give the site a role that owns nothing, and name the owner in DATABASE_OWNER_URL."
        )


_proven = threading.Event()


def prove_role() -> None:
    """Refuse an unsafe role, asking PostgreSQL once in the life of a process."""
    if not _proven.is_set():
        refuse_unsafe_role()
        _proven.set()


def prove_role_at_start() -> None:
    """Refuse to start as an unsafe role; while PostgreSQL is away, leave the question to the first scope."""
    try:
        prove_role()
    except OperationalError:
        return
    finally:
        if not connection.in_atomic_block:
            connection.close()  # processes that are forked later must not share it


@register(Tags.database)
def check_role(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Report an unsafe role to `manage.py check --database default` and `manage.py migrate`."""
    try:
        if databases:
            refuse_unsafe_role()
    except UnsafeRoleError as error:
        return [Error(str(error), id="tenants.E001")]
    return []
