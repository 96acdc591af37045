"""The walls between firms, asked of PostgreSQL itself."""

import json
import os
import re
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from tenants.checks import role_faults
from tenants.isolation import tenant_scope
from tests.tenants.catalogue import SITE, faults, tenant_tables
from tests.tenants.filling import fill, foreign_keys

ROOT = Path(__file__).resolve().parent.parent
CANONICAL = "organisation_id = (SELECT NULLIF(current_setting('app.organisation', true), '')::bigint)"

PLANTED = {
    "FORCE dropped": ("ALTER TABLE forecasting_sale NO FORCE ROW LEVEL SECURITY", "no forced row-level security"),
    "RLS off": ("ALTER TABLE forecasting_product DISABLE ROW LEVEL SECURITY", "no forced row-level security"),
    "new table without walls": ("CREATE TABLE planted (organisation_id bigint NOT NULL)", "planted has no forced"),
    "new table of nobody": ("CREATE TABLE planted (secret text)", "planted does not say whose"),
    "organisation may be null": (
        "ALTER TABLE forecasting_sale ALTER organisation_id DROP NOT NULL",
        "organisation_id may be null",
    ),
    "no policy": ("DROP POLICY tenant ON forecasting_sale", "forecasting_sale has not exactly the one policy"),
    "policy with a back door": (
        f"ALTER POLICY tenant ON forecasting_sale USING ({CANONICAL} OR current_setting('app.admin', true) = '1')",
        "forecasting_sale has not exactly the one policy",
    ),
    "policy that checks no writing": (
        "ALTER POLICY tenant ON forecasting_sale WITH CHECK (true)",
        "forecasting_sale has not exactly the one policy",
    ),
    "policy for reading only": (
        "DROP POLICY tenant ON forecasting_sale;"
        f"CREATE POLICY tenant ON forecasting_sale FOR SELECT USING ({CANONICAL})",
        "forecasting_sale has not exactly the one policy",
    ),
    "policy of one role": (
        f"ALTER POLICY tenant ON forecasting_sale TO {SITE}",
        "forecasting_sale has not exactly the one policy",
    ),
    "second policy": (
        "CREATE POLICY more ON forecasting_sale USING (true)",
        "forecasting_sale has not exactly the one policy",
    ),
    "plain foreign key": (
        "ALTER TABLE forecasting_sale ADD FOREIGN KEY (product_id) REFERENCES forecasting_product (id)",
        "points at forecasting_product without the organisation",
    ),
    "foreign key of an open table": (
        "ALTER TABLE forecasting_job ADD upload_id uuid REFERENCES forecasting_upload (id)",
        "forecasting_job points at forecasting_upload without the organisation",
    ),
    "foreign key forgotten": (
        "ALTER TABLE forecasting_sale DROP CONSTRAINT forecasting_sale_product_id",
        "forecasting_sale.product_id has no foreign key",
    ),
    "unique across firms": (
        "ALTER TABLE forecasting_product ADD CONSTRAINT planted UNIQUE (sku)",
        "planted of forecasting_product does not start",
    ),
    "index across firms": (
        "CREATE INDEX planted ON forecasting_product (name)",
        "planted of forecasting_product does not start",
    ),
    "index of an expression": (
        "CREATE INDEX planted ON forecasting_product (lower(name), organisation_id)",
        "planted of forecasting_product does not start",
    ),
    "right to empty": (f"GRANT TRUNCATE ON forecasting_sale TO {SITE}", "has TRUNCATE on forecasting_sale"),
    "right given to everybody": ("GRANT TRIGGER ON forecasting_sale TO PUBLIC", "has TRIGGER on forecasting_sale"),
    "audit log may be changed": (f"GRANT UPDATE ON tenants_auditentry TO {SITE}", "has UPDATE on tenants_auditentry"),
    "audit trigger gone": ("DROP TRIGGER append_only ON tenants_auditentry", "refuses DELETE of the audit log"),
    "audit trigger asleep": (
        "ALTER TABLE tenants_auditentry DISABLE TRIGGER never_emptied",
        "refuses TRUNCATE of the audit log",
    ),
    "partition granted": (
        "CREATE TABLE planted (organisation_id bigint NOT NULL) PARTITION BY HASH (organisation_id);"
        "CREATE TABLE planted_1 PARTITION OF planted FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "has SELECT on partition planted_1",
    ),
    "table inherited": (
        "CREATE TABLE planted () INHERITS (forecasting_sale)",
        "planted inherits from forecasting_sale",
    ),
    "view of the owner": (
        "CREATE VIEW planted AS SELECT * FROM forecasting_sale",
        "view planted runs as its owner",
    ),
    "materialised view": (
        "CREATE MATERIALIZED VIEW planted AS SELECT * FROM forecasting_sale",
        "materialised view planted",
    ),
    "function of the owner": (
        "CREATE FUNCTION planted() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM tenants_user'",
        "function planted() runs as its owner",
    ),
    "schema open": (f"GRANT CREATE ON SCHEMA public TO {SITE}", "may make tables in the schema of the others"),
}


def test_walls_of_the_migrated_database_have_no_fault_that_the_catalogue_knows(owner):
    assert faults(owner) == []
    assert len(tenant_tables(owner)) >= 17


@pytest.mark.parametrize("name", PLANTED)
def test_catalogue_shows_the_planted_fault(owner, name):
    plant, expected = PLANTED[name]
    owner.execute(plant)
    assert any(expected in fault for fault in faults(owner)), faults(owner)


def test_view_that_asks_as_its_reader_is_no_fault(owner):
    owner.execute("CREATE VIEW planted WITH (security_invoker=true) AS SELECT * FROM forecasting_sale")
    assert faults(owner) == []


# ── The role ──


@pytest.fixture
def superuser(owner):
    """A cursor of the cluster's superuser, whose transaction is rolled back."""
    word = json.loads((Path(os.environ["LAGOM_VAR"]) / "passwords.json").read_text())["postgres"]
    known = owner.connection.info
    address = {"host": known.host, "port": known.port, "dbname": known.dbname}
    with psycopg.connect(**address, user="postgres", password=word) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (f"ALTER ROLE {SITE} SUPERUSER", "is a superuser"),
        (f"ALTER ROLE {SITE} BYPASSRLS", "may bypass row-level security"),
        (f"ALTER ROLE {SITE} CREATEROLE", "may make other roles"),
        (f"ALTER ROLE {SITE} REPLICATION", "may replicate"),
        (f"GRANT lagom_owner TO {SITE}", "may become the role that does"),
        (f"CREATE ROLE planted BYPASSRLS; GRANT planted TO {SITE}", "may become a superuser"),
        (f"CREATE TABLE planted (a int); ALTER TABLE planted OWNER TO {SITE}", "owns tables"),
        (f"ALTER SCHEMA public OWNER TO {SITE}", "may make tables in the schema"),
    ],
)
def test_role_with_too_much_power_is_found(superuser, plant, expected):
    superuser.execute(plant)
    assert any(expected in fault for fault in role_faults(superuser, SITE))


def test_owner_and_superuser_are_not_fit_for_the_site(superuser):
    assert role_faults(superuser, SITE) == []
    assert any("owns tables" in fault for fault in role_faults(superuser, "lagom_owner"))
    assert any("superuser" in fault for fault in role_faults(superuser, "postgres"))


def test_temporary_table_of_an_upload_is_no_fault(in_acme):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming (a int) ON COMMIT DROP")
        assert role_faults(cursor, SITE) == []


# ── What the site's role sees and may write, for every table ──


@pytest.fixture
def filled(acme, rival):
    """One row in every tenant table of both firms: {firm's id: {table: row's id}}."""
    return {firm.pk: fill(firm.pk) for firm in (acme, rival)}


def rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY id')
        return cursor.fetchall()


def every_table():
    with connection.cursor() as cursor:
        return tenant_tables(cursor)


def test_raw_sql_without_scope_sees_no_row_of_any_table(filled):
    assert {table: rows(table) for table in every_table()} == {table: [] for table in every_table()}


def test_raw_sql_in_scope_sees_the_rows_of_its_firm_and_no_other(filled, acme, rival):
    for firm in (acme, rival):
        with tenant_scope(firm.pk), connection.cursor() as cursor:
            for table in every_table():
                cursor.execute(f"SELECT DISTINCT organisation_id FROM {table}")
                assert cursor.fetchall() == [(firm.pk,)], table


def do(*statements):
    """Run statements, and take them back if one fails."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, *parameters in statements:
            cursor.execute(statement, parameters)
            assert cursor.rowcount != 0, f"no row was touched: {statement}"


def refused(statement, *parameters):
    with pytest.raises(ProgrammingError, match="row-level security"):
        do((statement, *parameters))


def test_row_cannot_be_written_for_another_firm_in_any_table(filled, acme, rival):
    with tenant_scope(acme.pk):
        for table in every_table():
            refused(f"INSERT INTO {table} (organisation_id) VALUES (%s)", rival.pk)


def test_row_cannot_be_given_to_another_firm_in_any_table(filled, acme, rival):
    with tenant_scope(acme.pk):
        for table in set(every_table()) - {"tenants_auditentry"}:
            refused(f"UPDATE {table} SET organisation_id = %s", rival.pk)


def test_row_cannot_be_written_without_scope_in_any_table(filled, acme):
    for table in every_table():
        refused(f"INSERT INTO {table} (organisation_id) VALUES (%s)", acme.pk)


def test_foreign_rows_can_be_neither_changed_nor_deleted_by_their_id(filled, acme, rival):
    with tenant_scope(acme.pk), connection.cursor() as cursor:
        for table in set(every_table()) - {"tenants_auditentry"}:
            foreign = filled[rival.pk][table]
            cursor.execute(f"UPDATE {table} SET id = id WHERE id = %s", [foreign])
            assert cursor.rowcount == 0, table
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [foreign])
            assert cursor.rowcount == 0, table


def test_no_link_between_tables_can_point_at_another_firms_row(filled, acme, rival):
    with tenant_scope(acme.pk):
        for child, column, parent in foreign_keys():
            pointing = (f'UPDATE {child} SET "{column}" = %s', filled[rival.pk][parent])
            with pytest.raises(IntegrityError):
                do(pointing, ("SET CONSTRAINTS ALL IMMEDIATE",))


def test_deleting_everything_of_one_firm_changes_no_row_of_another(filled, acme, rival):
    with tenant_scope(rival.pk):
        before = {table: rows(table) for table in every_table()}
    with tenant_scope(acme.pk), connection.cursor() as cursor:
        for table in set(every_table()) - {"tenants_auditentry"}:
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount >= 1, table
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with tenant_scope(rival.pk):
        assert {table: rows(table) for table in every_table()} == before


def test_site_may_not_empty_a_table_or_switch_its_walls_off(in_acme):
    for statement in (
        "TRUNCATE forecasting_sale",
        "ALTER TABLE forecasting_sale DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON forecasting_sale",
        "CREATE TABLE mine (a int)",
        "SET ROLE lagom_owner",
    ):
        with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
            do((statement,))


# ── Only tenant_scope opens a tenant ──

OUTSIDE = {
    r"app\.organisation\b|set_config\(|\bSET\s+(LOCAL|SESSION|ROLE)\b": {"tenants/isolation.py"},
    r"scopes_disabled|_base_manager|django_scopes\.scope\(": {"tenants/isolation.py"},
    r"""connections\[["']owner|using\(["']owner|using=["']owner""": {
        "portal/management/commands/migrate.py",
        "tenants/isolation.py",  # owner_scope: held to the policies like the site, used to remove a firm that left
    },
}


@pytest.mark.parametrize("pattern", OUTSIDE)
def test_what_opens_a_tenant_is_written_in_one_file(pattern):
    found = {
        str(path.relative_to(ROOT))
        for folder in ("tenants", "forecasting", "portal")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(pattern, path.read_text())
    }
    assert found - {"portal/cluster.py"} == OUTSIDE[pattern]
