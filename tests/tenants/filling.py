"""Puts one row into every tenant table of a firm, whatever its columns are, asking the catalogue what they need."""

from django.db import connection

from tenants.isolation import tenant_scope
from tests.tenants.catalogue import tenant_tables

VALUES = {
    "bigint": "7",
    "integer": "7",
    "smallint": "7",
    "double precision": "1.5",
    "numeric": "1.5",
    "boolean": "false",
    "date": "'2026-11-02'",
    "timestamp with time zone": "'2026-11-02 12:00+00'",
    "jsonb": "'{}'",
    "uuid": "uuidv7()",
    "double precision[]": "'{1,2}'",
}


def foreign_keys():
    """Every link between tenant tables: child table, column, parent table."""
    with connection.cursor() as cursor:
        protected = set(tenant_tables(cursor))
        cursor.execute(
            """
            SELECT child.relname, a.attname, parent.relname FROM pg_constraint f
            JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
            JOIN pg_attribute a ON attrelid = conrelid AND attnum = ANY (conkey) AND attname <> 'organisation_id'
            WHERE contype = 'f' ORDER BY 1, 2
            """
        )
        return [(child, column, parent) for child, column, parent in cursor.fetchall() if {child, parent} <= protected]


def fill(organisation_id):
    """Insert a row into every tenant table, parents first; give their ids by table."""
    links = foreign_keys()
    made = {}
    with tenant_scope(organisation_id), connection.cursor() as cursor:
        waiting = tenant_tables(cursor)
        while waiting:
            ready = [t for t in waiting if not any(c == t and p in waiting and p != t for c, _, p in links)]
            assert ready, f"these tables point at each other in a circle: {waiting}"
            for table in ready:
                made[table] = _insert(cursor, table, {column: made[p] for c, column, p in links if c == table})
                waiting.remove(table)
    return made


def _insert(cursor, table, links):
    cursor.execute(
        """
        SELECT attname, format_type(atttypid, NULL), attnotnull AND NOT atthasdef AND attidentity = ''
        FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
        """,
        [table],
    )
    columns = {
        name: "%s" if name in links else VALUES.get(kind, "'x'")
        for name, kind, needed in cursor.fetchall()
        if (needed or name in links) and name != "organisation_id"
    }
    values = [links[name] for name in columns if name in links]
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} (organisation_id, {names}) "
        "VALUES (NULLIF(current_setting('app.organisation', true), '')::bigint, "
        f"{', '.join(columns.values())}) RETURNING id",
        values,
    )
    return cursor.fetchone()[0]
