"""A copy of everything a firm has: a ZIP of JSON and CSV for each table, and the same read back into an empty firm."""

import csv
import hashlib
import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from forecasting.services.exports import safe_text
from tenants.errors import Invalid
from tenants.isolation import TenantModel, current_organisation
from tenants.models import Organisation

BLOCK = 2000
# Kept by nobody who leaves: secrets, and what can be computed again.
SECRET = {
    ("tenants_webhookendpoint", "secret"),
    ("forecasting_connection", "secret"),
    ("tenants_apikey", "secret_hash"),
    ("tenants_invitation", "token_hash"),
}
PASSING = {"forecasting_fittedmodel", "tenants_idempotentcall", "tenants_webhookturn", "forecasting_lane"}
# In the copy for people to read, but not read back: who belongs here, what was paid, what was done.
ONLY_READ = {
    "forecasting_connection",
    "forecasting_connectionentry",
    "tenants_webhookendpoint",
    "tenants_webhookdelivery",
    "tenants_usage",
}

Row = dict[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Table:
    """One table of a firm: its columns, which of them point where, and whether it is read back."""

    name: str
    columns: tuple[str, ...]
    links: dict[str, str]
    exact: frozenset[str]  # numbers that JSON would round
    order: str
    back: bool


@cache
def tables() -> tuple[Table, ...]:
    """List every table that says whose its rows are, parents before children."""
    found = {t.name: t for model in apps.get_models() if (t := _table(model)) is not None}
    placed: dict[str, Table] = {}
    while len(placed) < len(found):
        ready = [
            t
            for t in found.values()
            if t.name not in placed and all(p in placed or p == t.name or p not in found for p in t.links.values())
        ]
        placed |= {t.name: t for t in sorted(ready, key=lambda t: t.name)}
        if not ready:
            raise RuntimeError("tables point at each other in a circle")
    return tuple(placed.values())


def _table(model: type[models.Model]) -> Table | None:
    fields = model._meta.concrete_fields
    name = model._meta.db_table
    if name in PASSING or not any(field.column == "organisation_id" for field in fields):
        return None
    hidden = {column for table, column in SECRET if table == name} | {"organisation_id"}
    links = {
        f.column: f.related_model._meta.db_table
        for f in fields
        if f.is_relation and f.column not in hidden and issubclass(f.related_model, TenantModel)
    }
    key = model._meta.pk
    return Table(
        name=name,
        columns=tuple(f.column for f in fields if f.column not in hidden),
        links=links,
        exact=frozenset(f.column for f in fields if isinstance(f, models.DecimalField)),
        order="id" if key is not None and key.column == "id" else key.column if key else "id",
        back=issubclass(model, TenantModel) and name not in ONLY_READ,
    )


def rows(table: Table) -> Iterator[Row]:
    """Read the rows of the firm in scope, in the order of their ids, a block at a time."""
    shown = ", ".join(f'"{c}"::text AS "{c}"' if c in table.exact else f'"{c}"' for c in table.columns)
    last: object = None
    while True:
        after = f'AND "{table.order}" > %(last)s' if last is not None else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT to_jsonb(t)::text FROM (SELECT {shown} FROM "{table.name}" '  # noqa: S608 - names of the models
                f'WHERE organisation_id = %(firm)s {after} ORDER BY "{table.order}" LIMIT {BLOCK}) t',
                {"firm": current_organisation(), "last": last},
            )
            block = [json.loads(text) for (text,) in cursor.fetchall()]
        yield from block
        if len(block) < BLOCK or table.order not in table.columns:
            return
        last = block[-1][table.order]


def write(target: IO[bytes], organisation: Organisation, files: Path, *, on_progress: Progress | None = None) -> None:
    """Write the copy of the firm in scope: json/, csv/, the uploaded files, and what is in it."""
    counts, todo = {}, tables()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as box:
        for at, table in enumerate(todo):
            counts[table.name] = _write_table(box, table)
            if on_progress:
                on_progress(at + 1, len(todo))
        own = files / str(organisation.pk)
        for path in sorted(own.rglob("*")) if own.exists() else []:
            if path.is_file() and "copies" not in path.relative_to(own).parts:
                box.write(path, f"files/{path.relative_to(own)}")
        about = {name: str(getattr(organisation, name)) for name in ABOUT}
        told = {"lagom": 1, "made_at": timezone.now().isoformat(), "firm": about, "rows": counts, "read_me": READ_ME}
        box.writestr("about.json", json.dumps(told, ensure_ascii=False, indent=1))


ABOUT = ("name", "country", "address", "currency", "time_zone", "language", "tier", "created_at")
READ_ME = (
    "json/ holds each table as one JSON array, a row a line; csv/ the same for spreadsheets; files/ what was uploaded. "
    "Rows point at each other by id. Passwords, keys and other secrets are not in it."
)


def _write_table(box: zipfile.ZipFile, table: Table) -> int:
    sheet, count = io.StringIO(), 0
    writer = csv.writer(sheet)
    writer.writerow(table.columns)
    with box.open(f"json/{table.name}.json", "w", force_zip64=True) as out:
        out.write(b"[")
        for count, row in enumerate(rows(table), start=1):
            out.write(b"\n" if count == 1 else b",\n")
            out.write(json.dumps(row, ensure_ascii=False).encode())
            writer.writerow([_cell(row[column]) for column in table.columns])
        out.write(b"\n]\n")
    box.writestr(f"csv/{table.name}.csv", sheet.getvalue().encode("utf-8-sig"))
    return count


def _cell(value: object) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return safe_text(value) if isinstance(value, str) else value


def read(source: IO[bytes], files: Path) -> dict[str, int]:
    """Read a copy back into the firm in scope, which must be empty; every row gets a new id."""
    organisation_id = current_organisation()
    if full := [table.name for table in tables() if table.back and any(True for _row in rows(table))]:
        raise Invalid(f"The firm is not empty: there are rows in {', '.join(full)}.")
    ids: dict[str, dict[str, Any]] = {}
    counts = {}
    with zipfile.ZipFile(source) as box:
        for table in tables():
            if table.back:
                counts[table.name] = _read_table(box, table, ids, organisation_id)
        for name in box.namelist():
            if name.startswith("files/") and not name.endswith("/") and ".." not in Path(name).parts:
                place = files / str(organisation_id) / Path(name).relative_to("files")
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                place.write_bytes(box.read(name))
    return counts


def _read_table(box: zipfile.ZipFile, table: Table, ids: dict[str, dict[str, Any]], organisation_id: int) -> int:
    try:
        found: list[Row] = json.loads(box.read(f"json/{table.name}.json"))
    except KeyError:
        found = []
    mine = ids[table.name] = dict(zip([str(row["id"]) for row in found], _new_ids(table, found), strict=True))
    for start in range(0, len(found), BLOCK):
        block = [_moved(table, row, ids, mine, organisation_id) for row in found[start : start + BLOCK]]
        names = ", ".join(f'"{name}"' for name in (*table.columns, "organisation_id"))
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{table.name}" ({names}) SELECT {names} '  # noqa: S608 - names of the models
                f'FROM jsonb_populate_recordset(NULL::"{table.name}", %s::jsonb)',
                [json.dumps(block)],
            )
    return len(found)


def _new_ids(table: Table, found: list[Row]) -> list[Any]:
    if found and isinstance(found[0]["id"], str):  # the time in it stays, the rest is new
        return [
            f"{row['id'][:14]}{row['id'][14]}{secrets.token_hex(2)[1:]}-{row['id'][19]}{secrets.token_hex(8)[1:4]}-"
            f"{secrets.token_hex(6)}"
            for row in found
        ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table.name, len(found)]
        )
        return [number for (number,) in cursor.fetchall()]


def _moved(table: Table, row: Row, ids: dict[str, dict[str, Any]], mine: dict[str, Any], organisation_id: int) -> Row:
    """Give a row its new id, and let it point at the new ids of others."""
    new = {name: row.get(name) for name in table.columns} | {"organisation_id": organisation_id}
    new["id"] = mine[str(row["id"])]
    for column, parent in table.links.items():
        if new[column] is not None:
            new[column] = ids[parent][str(new[column])]
    if table.name == "forecasting_replacedrow":
        new["row"] = ids.get(new["table"], {}).get(str(new["row"]), 0)
    if table.name == "forecasting_productforecast":
        new["changes"] = [ids["forecasting_override"].get(str(one), one) for one in new["changes"] or []]
    if table.name == "forecasting_upload" and "/" in new["path"]:
        new["path"] = f"{organisation_id}/{new['path'].partition('/')[2]}"
    return new


def checksums() -> dict[str, str]:
    """Return a checksum of each table of the firm in scope, the same wherever its rows are and whatever their ids.

    A row counts by what it says; where it points at another, by what that one says.
    """
    said: dict[str, dict[str, str]] = {}
    found = {}
    for table in tables():
        if table.back:
            mine = said[table.name] = {str(row["id"]): _said(table, row, said) for row in rows(table)}
            found[table.name] = hashlib.sha256("".join(sorted(mine.values())).encode()).hexdigest()
    return found


def _said(table: Table, row: Row, said: dict[str, dict[str, str]]) -> str:
    plain = {name: value for name, value in row.items() if name != "id"}
    for column, parent in table.links.items():
        if plain[column] is not None:
            plain[column] = said[parent][str(plain[column])]
    if table.name == "forecasting_replacedrow":
        plain["row"] = said.get(plain["table"], {}).get(str(plain["row"]), "gone")
    if table.name == "forecasting_productforecast":
        plain["changes"] = [said["forecasting_override"].get(str(one), str(one)) for one in plain["changes"] or []]
    if table.name == "forecasting_upload":
        plain["path"] = plain["path"].partition("/")[2]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
