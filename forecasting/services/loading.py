"""Loads checked rows into their table in one transaction: COPY into a temporary table, then one INSERT … ON CONFLICT.

The same rows again change nothing; what a row said before it was changed is kept, so that an upload can be undone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from forecasting.ingest.fields import DAY_OF, KINDS, Kind, columns_written
from tenants.isolation import current_organisation

BLOCK = 1 << 20
MONEY = {"unit_cost", "unit_price", "amount", "discount"}
TYPES = {"number": "double precision", "share": "double precision", "moment": "timestamptz", "day": "date"}
NEW_PRODUCT = "(organisation_id, sku, name, category, currency, status, replaces, incomplete, upload_id)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the SQL that makes it from a row, and the field of the file that it stems from."""

    sql: str
    stems_from: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a kind of file goes: the table, its natural key, its other columns, and the rows they point to.

    key_is_the_files: the key stands in the file as it is, and reading has already left one row of each.
    """

    table: str
    key: Mapping[str, str]
    columns: Mapping[str, Column]
    joins: str = ""
    points_to: tuple[Callable[[CursorWrapper, UUID], None], ...] = field(default=())
    key_is_the_files: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows were new, and how many said something else than before."""

    new: int
    changed: int


def _text(name: str) -> Column:
    return Column(f"COALESCE(i.{name}, '')", name)


def _same(*names: str) -> dict[str, Column]:
    return {name: Column(f"i.{name}", name) for name in names}


def _products_of_rows(cursor: CursorWrapper, upload: UUID) -> None:
    names = "max(i.name)" if _has(cursor, "name") else "NULL"
    cursor.execute(
        f"INSERT INTO forecasting_product {NEW_PRODUCT} "
        f"SELECT %s, i.sku, COALESCE({names}, ''), '', '', 'active', '', true, %s FROM incoming i "
        "WHERE NOT EXISTS (SELECT FROM forecasting_product p WHERE p.sku = i.sku) GROUP BY i.sku",
        [current_organisation(), upload],
    )


def _suppliers_of_rows(cursor: CursorWrapper, upload: UUID) -> None:
    cursor.execute(
        "INSERT INTO forecasting_supplier (organisation_id, code, name, currency, upload_id) "
        "SELECT DISTINCT %s, i.supplier, '', '', %s::uuid FROM incoming i WHERE i.supplier IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM forecasting_supplier s WHERE s.code = i.supplier)",
        [current_organisation(), upload],
    )


def _places(table: str, column: str, default: str = "") -> Callable[[CursorWrapper, UUID], None]:
    value = f"COALESCE(i.{column}, '{default}')" if default else f"i.{column}"

    def insert(cursor: CursorWrapper, upload: UUID) -> None:
        cursor.execute(
            f"INSERT INTO {table} (organisation_id, code, name) "
            f"SELECT DISTINCT %s, {value}, '' FROM incoming i WHERE {value} IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM {table} t WHERE t.code = {value})",
            [current_organisation()],
        )

    return insert


def _has(cursor: CursorWrapper, column: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_attribute WHERE attrelid = 'incoming'::regclass AND attname = %s", [column])
    return cursor.fetchone() is not None


PRODUCT = "JOIN forecasting_product p ON p.sku = i.sku"
MAIN = "main"  # the location of rows that name none
PLACE = f"JOIN forecasting_location l ON l.code = COALESCE(i.location, '{MAIN}')"

# What stands in an order that was made here comes back from the shop's own export: the order knows better what is open.
NOT_OURS = """WHERE NOT EXISTS (
    SELECT FROM forecasting_orderline x JOIN forecasting_order o ON o.id = x.order_id
    WHERE o.number = i.order_ref AND x.product_id = p.id)"""

TARGETS: Mapping[str, Target] = {
    "suppliers": Target(
        "forecasting_supplier",
        {"code": "i.code"},
        {
            "name": _text("name"),
            **_same("lead_time_days", "lead_time_sd_days", "review_days"),
            "currency": _text("currency"),
        },
    ),
    "products": Target(
        "forecasting_product",
        {"sku": "i.sku"},
        {
            "name": _text("name"),
            "category": _text("category"),
            **_same("unit_cost", "unit_price", "lead_time_days", "lead_time_sd_days", "review_days"),
            **_same("moq", "pack_size", "shelf_life_days", "service_level"),
            "currency": _text("currency"),
            "status": Column("COALESCE(i.status, 'active')", "status"),
            "replaces": _text("replaces"),
            "supplier_id": Column("s.id", "supplier"),
            "incomplete": Column("false"),
        },
        "LEFT JOIN forecasting_supplier s ON s.code = i.supplier",
        (_suppliers_of_rows,),
    ),
    "sales": Target(
        "forecasting_sale",
        {"order_id": "i.order_id", "line_id": "i.line_id"},
        {
            "product_id": Column("p.id"),
            **{name: Column(f"i.{name}") for name in ("sold_at", "sold_on", "units")},
            **_same("unit_price", "discount"),
            "currency": _text("currency"),
            "channel_id": Column("c.id", "channel"),
            "location_id": Column("l.id", "location"),
            "customer_ref": _text("customer_ref"),
            "status": _text("status"),
        },
        f"{PRODUCT} LEFT JOIN forecasting_channel c ON c.code = i.channel "
        "LEFT JOIN forecasting_location l ON l.code = i.location",
        (_products_of_rows, _places("forecasting_channel", "channel"), _places("forecasting_location", "location")),
        key_is_the_files=True,
    ),
    "stock": Target(
        "forecasting_stockcount",
        {"product_id": "p.id", "location_id": "l.id", "counted_at": "i.counted_on"},
        {"on_hand": Column("i.on_hand"), "reserved": Column("COALESCE(i.reserved, 0)", "reserved")},
        f"{PRODUCT} {PLACE}",
        (_products_of_rows, _places("forecasting_location", "location", MAIN)),
    ),
    "inbound": Target(
        "forecasting_inbound",
        {
            "order_ref": "COALESCE(i.order_ref, i.expected_on::text)",
            "product_id": "p.id",
            "location_id": "l.id",
        },
        {
            "units": Column("i.units"),
            "expected_on": Column("i.expected_on"),
            **_same("ordered_on", "received_on"),
        },
        f"{PRODUCT} {PLACE} {NOT_OURS}",
        (_products_of_rows, _places("forecasting_location", "location", MAIN)),
    ),
}


def load(rows: Path, *, kind: str, mapped: set[str], upload: UUID, on_progress: Callable[[int, int], None]) -> Loaded:
    """Load DIR/rows.csv of one upload; only columns that the file has overwrite what is known."""
    target = TARGETS[kind]
    with connection.cursor() as cursor:
        # One load of a kind at a time: the last complete upload wins, whole.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [current_organisation(), kind])
        _copy(cursor, rows, KINDS[kind], on_progress)
        for make in target.points_to:
            make(cursor, upload)
        _make_ready(cursor, target)
        changing = [
            name for name, column in target.columns.items() if not column.stems_from or column.stems_from in mapped
        ]
        # The lock keeps others out, so a table that is empty now stays so: a first load need not look for what was.
        cursor.execute(f"SELECT EXISTS (SELECT FROM {target.table})")
        (filled,) = cursor.fetchone()
        changed = _keep_what_was(cursor, target, changing, upload) if filled else 0
        touched = _insert(cursor, target, upload, _update(target, changing) if filled else "")
        cursor.execute("DROP TABLE incoming CASCADE")
    return Loaded(new=touched - changed, changed=changed)


def _copy(cursor: CursorWrapper, rows: Path, kind: Kind, on_progress: Callable[[int, int], None]) -> None:
    columns = ", ".join(f"{name} {_type(kind, name)}" for name in columns_written(kind))
    cursor.execute(f"CREATE TEMP TABLE incoming ({columns}) ON COMMIT DROP")
    size, done = rows.stat().st_size, 0
    with rows.open("rb") as source, cursor.copy("COPY incoming FROM STDIN (FORMAT csv, HEADER true)") as copy:
        while block := source.read(BLOCK):
            copy.write(block)
            done += len(block)
            on_progress(done, size)
    cursor.execute("ANALYZE incoming")


def _type(kind: Kind, name: str) -> str:
    if name == "row":
        return "bigint"
    if name in DAY_OF.values():
        return "date"
    if name in MONEY:
        return "numeric(16,4)"
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
    old, new = ", ".join(f"t.{name}" for name in changing), ", ".join(f"{incoming}.{name}" for name in changing)
    return f"({old}) IS DISTINCT FROM ({new})"


def _keep_what_was(cursor: CursorWrapper, target: Target, changing: list[str], upload: UUID) -> int:
    on = " AND ".join(f"t.{name} = r.{name}" for name in target.key)
    cursor.execute(
        'INSERT INTO forecasting_replacedrow (organisation_id, upload_id, "table", row, before) '
        f"SELECT %s, %s, %s, t.id, to_jsonb(t) FROM {target.table} t JOIN ready r ON {on} "
        f"WHERE {_differs(changing, 'r')}",
        [current_organisation(), upload, target.table],
    )
    return cursor.rowcount


def _update(target: Target, changing: list[str]) -> str:
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in [*changing, "upload_id"])
    key = ", ".join(target.key)
    return f"ON CONFLICT (organisation_id, {key}) DO UPDATE SET {sets} WHERE {_differs(changing, 'EXCLUDED')}"


def _insert(cursor: CursorWrapper, target: Target, upload: UUID, on_conflict: str) -> int:
    names = [*target.key, *target.columns]
    cursor.execute(
        f"INSERT INTO {target.table} AS t (organisation_id, upload_id, {', '.join(names)}) "
        f"SELECT %s, %s, {', '.join(f'r.{name}' for name in names)} FROM ready r {on_conflict}",
        [current_organisation(), upload],
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
        ("sale", "stockcount", "inbound", "productforecast", "proposal", "productmoney", "orderline", "decision"),
    ),
    "forecasting_supplier": ("supplier_id", ("product", "proposal", "order")),
}


def _unused(table: str) -> str:
    """Return the condition that no other row points at this one; a product that sales still name stays."""
    if table not in USED_BY:
        return ""
    column, users = USED_BY[table]
    return " ".join(f"AND NOT EXISTS (SELECT FROM forecasting_{user} x WHERE x.{column} = t.id)" for user in users)
