"""Loads checked rows into their table in one transaction: COPY into a temporary table, then one INSERT … ON CONFLICT.

The same rows again change nothing; what a row said before it was changed is kept, so that an upload can be undone.
"""

import io
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from forecasting.ingest.fields import DAY_OF, Kind, columns_written
from forecasting.services.targets import TARGETS, Target
from tenants.isolation import current_organisation

BLOCK = 1 << 20
FEW = 4 * BLOCK
JOINED = ("sku", "supplier", "channel", "location", "parent_sku", "component_sku")  # what plans of queries hang on
EXACT = {
    **dict.fromkeys(("unit_cost", "unit_price", "amount", "discount"), "numeric(16,4)"),
    "rate": "numeric(20,10)",
}
TYPES = {
    "flag": "boolean",
    "number": "double precision",
    "share": "double precision",
    "moment": "timestamptz",
    "day": "date",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows were new, and how many said something else than before."""

    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows there are (-1: nobody counted), how many the table knows by key, how many say something else."""

    rows: int = -1
    known: int = 0
    changed: int = 0

    @property
    def nothing_new(self) -> bool:
        """Tell whether all of it stands in the table as it is."""
        return self.rows == self.known and not self.changed


def load(
    rows: Path | bytes,
    *,
    kind: Kind,
    mapped: set[str],
    upload: UUID | None,
    on_progress: Callable[[int, int], None] = lambda _done, _size: None,
) -> Loaded:
    """Load rows.csv of one upload, or what a program sent (upload None: what was is not kept, nothing can be undone).

    Only columns that are mapped overwrite what is known.
    """
    target = TARGETS[kind.name]
    with connection.cursor() as cursor:
        with closing(rows.open("rb") if isinstance(rows, Path) else io.BytesIO(rows)) as source:
            _copy(cursor, source, kind, on_progress)
        # One load of a kind at a time: the last complete upload wins, whole. Only what is this load's own comes before.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [current_organisation(), kind.name])
        for make in target.points_to:
            make(cursor, upload)
        _make_ready(cursor, target)
        changing = [
            name for name, column in target.columns.items() if not column.stems_from or column.stems_from in mapped
        ]
        # The least key is found in an index, however many rows other firms have.
        cursor.execute(f"SELECT min({next(iter(target.key))}) IS NOT NULL FROM {target.table}")
        (filled,) = cursor.fetchone()
        compared = _compare(cursor, target, changing) if filled and upload is None else Compared(known=filled)
        changed = _keep_what_was(cursor, target, changing, upload) if filled and upload else compared.changed
        # The lock keeps other loads out: rows that none knows need not look for their like as they are inserted.
        on_conflict = _update(target, changing) if compared.known or not target.alone else ""
        touched = 0 if compared.nothing_new else _insert(cursor, target, upload, on_conflict)
        cursor.execute("DROP TABLE incoming CASCADE")
    if target.check:
        target.check()
    return Loaded(new=touched - changed, changed=changed)


def _copy(cursor: CursorWrapper, source: BinaryIO, kind: Kind, on_progress: Callable[[int, int], None]) -> None:
    columns = ", ".join(f"{name} {_type(kind, name)}" for name in columns_written(kind))
    cursor.execute(f"CREATE TEMP TABLE incoming ({columns}) ON COMMIT DROP")
    size, done = source.seek(0, io.SEEK_END), source.seek(0)
    with cursor.copy("COPY incoming FROM STDIN (FORMAT csv, HEADER true)") as copy:
        while block := source.read(BLOCK):
            copy.write(block)
            done += len(block)
            on_progress(done, size)
    joined = [name for name in columns_written(kind) if name in (*kind.key, *JOINED)]
    if size < FEW:  # 3,000 rows tell as much of 10,000 as all of them, in a third of the time
        cursor.execute(f"ALTER TABLE incoming {', '.join(f'ALTER {name} SET STATISTICS 10' for name in joined)}")
    cursor.execute(f"ANALYZE incoming ({', '.join(joined)})")


def _type(kind: Kind, name: str) -> str:
    if name == "row":
        return "bigint"
    if name in DAY_OF.values():
        return "date"
    if name in EXACT:
        return EXACT[name]
    return TYPES.get(kind.field(name).type, "text")


def _make_ready(cursor: CursorWrapper, target: Target) -> None:
    """Give the rows as they will stand in the table the name `ready`."""
    made = {**target.key, **{name: column.sql for name, column in target.columns.items()}}
    select = ", ".join(f"{sql} AS {name}" for name, sql in made.items())
    # Two rows of one file may meet only here (a missing location is the main one): the last one wins.
    key = ", ".join(target.key.values())
    once, last = ("", "") if target.key_is_the_files else (f"DISTINCT ON ({key})", f"ORDER BY {key}, i.row DESC")
    cursor.execute(
        "CREATE TEMP VIEW ready WITH (security_invoker = true) AS "
        f"SELECT {once} {select} FROM incoming i {target.joins} {last}"
    )


def _differs(changing: list[str], incoming: str) -> str:
    if not changing:
        return "false"
    old, new = ", ".join(f"t.{name}" for name in changing), ", ".join(f"{incoming}.{name}" for name in changing)
    return f"({old}) IS DISTINCT FROM ({new})"


def _on_key(target: Target) -> str:
    return " AND ".join(f"t.{name} = r.{name}" for name in target.key)


def _compare(cursor: CursorWrapper, target: Target, changing: list[str]) -> Compared:
    cursor.execute(
        f"SELECT count(*), count(t.id), count(t.id) FILTER (WHERE {_differs(changing, 'r')}) "
        f"FROM ready r LEFT JOIN {target.table} t ON {_on_key(target)}"
    )
    return Compared(*cursor.fetchone())


def _keep_what_was(cursor: CursorWrapper, target: Target, changing: list[str], upload: UUID) -> int:
    cursor.execute(
        'INSERT INTO forecasting_replacedrow (organisation_id, upload_id, "table", row, before) '
        f"SELECT %s, %s, %s, t.id, to_jsonb(t) FROM {target.table} t JOIN ready r ON {_on_key(target)} "
        f"WHERE {_differs(changing, 'r')}",
        [current_organisation(), upload, target.table],
    )
    return cursor.rowcount


def _update(target: Target, changing: list[str]) -> str:
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in [*changing, *(["upload_id"] if target.traced else [])])
    key = ", ".join(target.key)
    if not changing:
        return f"ON CONFLICT (organisation_id, {key}) DO NOTHING"
    return f"ON CONFLICT (organisation_id, {key}) DO UPDATE SET {sets} WHERE {_differs(changing, 'EXCLUDED')}"


def _insert(cursor: CursorWrapper, target: Target, upload: UUID | None, on_conflict: str) -> int:
    names = [*target.key, *target.columns]
    whose = {"organisation_id": current_organisation(), **({"upload_id": upload} if target.traced else {})}
    cursor.execute(
        f"INSERT INTO {target.table} AS t ({', '.join([*whose, *names])}) "
        f"SELECT {', '.join(['%s'] * len(whose))}, {', '.join(f'r.{name}' for name in names)} "
        f"FROM ready r {on_conflict}",
        list(whose.values()),
    )
    return cursor.rowcount


def unload(*, upload: UUID, kind: str) -> int:
    """Take an upload's rows back: what it added goes, what it changed says what it said before.

    A row that a later upload changed again stays as that one left it.
    """
    target = TARGETS[kind]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [current_organisation(), kind])
        _hand_down(cursor, upload)
        restored = _restore(cursor, target, upload)
        removed = _remove(cursor, target, upload)
        cursor.execute("DELETE FROM forecasting_replacedrow WHERE upload_id = %s", [upload])
    return restored + removed


def _hand_down(cursor: CursorWrapper, upload: UUID) -> None:
    # A later upload remembers our version as "before": give it what was before ours, or nothing if we added the row.
    later = "l.upload_id <> %(u)s AND l.before->>'upload_id' = %(u)s::text"
    cursor.execute(
        "UPDATE forecasting_replacedrow l SET before = o.before FROM forecasting_replacedrow o "
        f'WHERE o.upload_id = %(u)s AND o."table" = l."table" AND o.row = l.row AND {later}',
        {"u": upload},
    )
    cursor.execute(f"DELETE FROM forecasting_replacedrow l WHERE {later}", {"u": upload})


def _restore(cursor: CursorWrapper, target: Target, upload: UUID) -> int:
    names = [*target.key, *target.columns, "upload_id"]
    sets = ", ".join(f"{name} = b.{name}" for name in names)
    cursor.execute(
        f"UPDATE {target.table} t SET {sets} FROM forecasting_replacedrow o, "
        f"jsonb_populate_record(NULL::{target.table}, o.before) b "
        'WHERE o.upload_id = %s AND o."table" = %s AND t.id = o.row AND t.upload_id = %s',
        [upload, target.table, upload],
    )
    return cursor.rowcount


def _remove(cursor: CursorWrapper, target: Target, upload: UUID) -> int:
    cursor.execute(
        f"DELETE FROM {target.table} t WHERE t.upload_id = %s "
        "AND NOT EXISTS (SELECT FROM forecasting_replacedrow o WHERE o.upload_id = %s AND o.row = t.id "
        'AND o."table" = %s) '
        f"{_unused(target.table)}",
        [upload, upload, target.table],
    )
    removed = cursor.rowcount
    for table in ("forecasting_product", "forecasting_supplier"):
        if table != target.table:
            cursor.execute(f"DELETE FROM {table} t WHERE t.upload_id = %s {_unused(table)}", [upload])
    return removed


USED_BY = {
    "forecasting_product": (
        "product_id",
        (
            "sale",
            "stockcount",
            "inbound",
            "productforecast",
            "proposal",
            "productmoney",
            "orderline",
            "decision",
            "routing",
            "productionorder",
        ),
    ),
    "forecasting_supplier": ("supplier_id", ("product", "proposal", "order")),
}


def _unused(table: str) -> str:
    """Return the condition that no other row points at this one; a product that sales still name stays."""
    if table not in USED_BY:
        return ""
    column, users = USED_BY[table]
    pointing = [(user, column) for user in users]
    if table == "forecasting_product":
        pointing += [("component", "parent_id"), ("component", "component_id")]
    return " ".join(f"AND NOT EXISTS (SELECT FROM forecasting_{user} x WHERE x.{by} = t.id)" for user, by in pointing)
