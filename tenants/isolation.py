"""The one way in: whose rows are seen, written and joined.

Two walls. django-scopes makes the ORM raise when no organisation is in scope; PostgreSQL's row-level
security shows and takes no foreign row whatever the code does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import django_scopes
from django.db import connection, connections, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations import RunSQL
from django_scopes.manager import DisabledQuerySet

from tenants.checks import prove_role

# django-scopes forgot this one: without a scope it would answer "there is nothing" instead of raising.
DisabledQuerySet.exists = DisabledQuerySet.error

PATIENCE = ("statement_timeout", "lock_timeout")

_organisation: ContextVar[int | None] = ContextVar("organisation", default=None)


class CrossTenantNestingError(RuntimeError):
    """One organisation's work tried to open another organisation's rows."""


class NoOrganisationError(RuntimeError):
    """Rows of an organisation were wanted while none was in scope."""


def current_organisation() -> int:
    """Return the id of the organisation in scope, or raise NoOrganisationError."""
    found = _organisation.get()
    if found is None:
        raise NoOrganisationError("no organisation is in scope: open tenant_scope(organisation_id) around this")
    return found


@contextmanager
def tenant_scope(organisation_id: int, *, seconds: int | None = None, snapshot: bool = False) -> Iterator[None]:
    """Open one transaction that sees one organisation and no other.

    seconds: how long a statement may take inside, or wait for a lock, where a job needs longer than a page.
    snapshot: all that is read inside is as of one moment, where the transaction begins with this scope.
    """
    outer = _organisation.get()
    if outer not in (None, organisation_id):
        raise CrossTenantNestingError(f"organisation {organisation_id} inside organisation {outer}")
    prove_role()
    fresh = not connection.in_atomic_block
    with transaction.atomic(), django_scopes.scope(organisation=organisation_id):
        if snapshot and fresh:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        before = {name: _setting(name) for name in PATIENCE} if seconds is not None else {}
        for name in before:
            _set(name, f"{seconds}s")
        _set("app.organisation", str(organisation_id))
        token = _organisation.set(organisation_id)
        try:
            yield
        finally:
            _organisation.reset(token)
            if outer is None:
                _close("app.organisation", "")
            for name, value in before.items():
                _close(name, value)


@contextmanager
def owner_scope(organisation_id: int) -> Iterator[CursorWrapper]:
    """Lend a cursor of the owner's role that sees one organisation, in one transaction: to remove what it left.

    The owner is held to the policies like everybody; only the trigger of the audit log tells it from the site.
    """
    owner = connections["owner"]
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organisation', %s, true)", [str(organisation_id)])
        yield cursor


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


def _set(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def _close(name: str, value: str) -> None:
    # A transaction opened outside this scope goes on after it: without this it would go on as the tenant.
    # The setting of a transaction that is about to end, or that failed, ends with it.
    if not connection.needs_rollback and connection.connection is not None and not connection.connection.closed:
        status = connection.connection.info.transaction_status
        if status.name == "INTRANS":
            _set(name, value)


class _OrganisationKey(models.ForeignKey):
    """The key to the organisation in scope; migrations see no default, for they run outside any scope."""

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        options.pop("default", None)
        return name, "django.db.models.ForeignKey", args, options


class TenantModel(models.Model):
    """A table of rows that belong to one organisation each."""

    organisation = _OrganisationKey(
        "tenants.Organisation",
        on_delete=models.DO_NOTHING,
        default=current_organisation,
        db_index=False,
        db_constraint=False,  # protect() says which tables need it; the others point at a row that has it
        editable=False,
        related_name="+",
    )

    objects = django_scopes.ScopedManager(organisation="organisation")

    class Meta:
        abstract = True


POLICY = "organisation_id = (SELECT NULLIF(current_setting('app.organisation', true), '')::bigint)"


def protect(table: str, *, root: bool = False, **links: str) -> list[RunSQL]:
    """Return the operations that put a table behind row-level security.

    root: its rows point at the organisation itself, and rows of other tables may point at them.
    links: column="table it points to"; each becomes a foreign key of (organisation_id, column), for a plain one
    would let one organisation's rows point at another's. The table pointed to must be protected before.
    """
    lines = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})",
    ]
    if root:
        lines += [
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_own UNIQUE (organisation_id, id)",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_organisation FOREIGN KEY (organisation_id) "
            "REFERENCES tenants_organisation (id) DEFERRABLE INITIALLY DEFERRED",
        ]
    return [*(RunSQL(line, RunSQL.noop) for line in lines), *tie(table, **links)]


def tie(table: str, **links: str) -> list[RunSQL]:
    """Return the operations that add composite foreign keys to a table that is protected already, as in protect()."""
    return [
        RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column} FOREIGN KEY (organisation_id, {column}) "
            f"REFERENCES {target} (organisation_id, id) DEFERRABLE INITIALLY DEFERRED",
            RunSQL.noop,
        )
        for column, target in links.items()
    ]


def link(target: str, **options: object) -> models.ForeignKey:
    """Return a foreign key between tenant tables; its constraint is the composite one that protect() makes."""
    return models.ForeignKey(
        target,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        **options,
    )
