import os
import re
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django_scopes.exceptions import ScopeError

from forecasting.models import Product, Sale
from tenants import checks, isolation
from tenants.isolation import CrossTenantNestingError, NoOrganisationError, current_organisation, tenant_scope
from tenants.models import AuditEntry
from tests.factories import ProductFactory, SaleFactory
from tests.tenants.catalogue import tenant_tables

ROOT = Path(__file__).resolve().parents[2]
READ = {
    "all": lambda rows: list(rows.all()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "exclude and exists": lambda rows: rows.exclude(pk=None).exists(),
    "first": lambda rows: rows.first(),
    "in_bulk": lambda rows: rows.in_bulk(),
    "contains": lambda rows: rows.contains(rows.model()),
    "values_list": lambda rows: list(rows.values_list("pk")),
    "iterator": lambda rows: list(rows.iterator()),
    "distinct": lambda rows: list(rows.distinct()),
    "update": lambda rows: rows.update(pk=None),
    "delete": lambda rows: rows.exclude(pk=None).delete(),
    "aggregate": lambda rows: rows.aggregate(),
}


def tenant_models():
    with connection.cursor() as cursor:
        protected = set(tenant_tables(cursor))
    return [model for model in apps.get_models() if model._meta.db_table in protected]


def setting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.organisation', true), '')")
        return cursor.fetchone()[0]


def products_by_raw_sql():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM forecasting_product")
        return cursor.fetchone()[0]


def test_tests_run_as_the_role_of_the_site_and_policies_apply(in_acme):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user, row_security_active('forecasting_sale')")
        assert cursor.fetchone() == ("lagom_site", "lagom_site", True)


@pytest.mark.parametrize("read", READ)
def test_asking_the_orm_without_a_scope_raises_for_every_model(db, read):
    for model in tenant_models():
        with pytest.raises((ScopeError, NoOrganisationError)):
            READ[read](model.objects)


def test_every_table_behind_a_policy_has_a_scoped_model(db):
    with connection.cursor() as cursor:
        assert {model._meta.db_table for model in tenant_models()} == set(tenant_tables(cursor))


def test_making_a_row_without_a_scope_raises(db):
    with pytest.raises(NoOrganisationError):
        Product.objects.create(sku="A")


def test_row_belongs_to_the_organisation_in_scope_without_being_told(in_acme):
    assert ProductFactory().organisation_id == in_acme.pk == current_organisation()


def test_orm_in_scope_sees_its_own_rows_only(acme, rival):
    for firm, skus in ((acme, ["A", "B"]), (rival, ["A"])):
        with tenant_scope(firm.pk):
            for sku in skus:
                ProductFactory(sku=sku)
    with tenant_scope(acme.pk):
        assert sorted(Product.objects.values_list("sku", flat=True)) == ["A", "B"]
    with tenant_scope(rival.pk):
        assert sorted(Product.objects.values_list("sku", flat=True)) == ["A"]


def test_orm_asks_for_the_firms_rows_itself_and_does_not_leave_it_to_the_policy(in_acme):
    for model in tenant_models():
        assert f'"organisation_id" = {in_acme.pk}' in str(model.objects.all().query), model


def test_queryset_made_in_one_scope_shows_nothing_of_that_firm_in_another(acme, rival):
    with tenant_scope(acme.pk):
        ProductFactory()
        kept = Product.objects.all()
    with tenant_scope(rival.pk):
        assert list(kept) == []


def test_row_saved_outside_its_scope_is_refused_not_lost(acme, rival):
    with tenant_scope(acme.pk):
        product = ProductFactory(name="before")
    product.name = "after"
    with pytest.raises(Exception, match="row-level security"), transaction.atomic():
        product.save()
    with pytest.raises(Exception, match="row-level security"), tenant_scope(rival.pk):
        product.save()
    with tenant_scope(acme.pk):
        product.refresh_from_db()
        assert product.name == "before"


def test_linked_row_read_outside_the_scope_is_an_error_not_nothing(acme):
    with tenant_scope(acme.pk):
        sale = Sale.objects.get(pk=SaleFactory().pk)
    with pytest.raises(Product.DoesNotExist):
        _ = sale.product


# ── Nesting, closing, leaking ──


def test_scope_of_another_firm_cannot_be_opened_inside(rival, in_acme):
    with pytest.raises(CrossTenantNestingError), tenant_scope(rival.pk):
        pass
    assert current_organisation() == in_acme.pk


def test_scope_of_the_same_firm_may_be_opened_inside_and_leaves_the_outer_open(in_acme):
    ProductFactory()
    with tenant_scope(in_acme.pk):
        pass
    assert (products_by_raw_sql(), Product.objects.count()) == (1, 1)


def test_scope_that_has_ended_does_not_leak_into_the_transaction_around_it(acme):
    with transaction.atomic():
        with tenant_scope(acme.pk):
            ProductFactory()
        assert (products_by_raw_sql(), setting()) == (0, "")
        with pytest.raises(NoOrganisationError):
            current_organisation()


def fail_in_scope(firm):
    with tenant_scope(firm.pk):
        ProductFactory()
        raise RuntimeError


def test_scope_that_failed_does_not_leak_and_leaves_no_row(acme):
    with transaction.atomic():
        with pytest.raises(RuntimeError):
            fail_in_scope(acme)
        assert (products_by_raw_sql(), setting()) == (0, "")
    with tenant_scope(acme.pk):
        assert products_by_raw_sql() == 0


def test_scope_whose_statement_failed_does_not_leak(acme):
    with transaction.atomic():
        with pytest.raises(Exception, match="division by zero"), tenant_scope(acme.pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert (products_by_raw_sql(), setting()) == (0, "")


def test_scope_that_was_told_to_roll_back_does_not_leak(acme):
    with transaction.atomic():
        with tenant_scope(acme.pk):
            ProductFactory()
            transaction.set_rollback(True)
        assert (products_by_raw_sql(), setting()) == (0, "")


def test_one_scope_after_another_of_a_second_firm_sees_only_the_second(acme, rival):
    with transaction.atomic():
        with tenant_scope(acme.pk):
            ProductFactory()
        with tenant_scope(rival.pk):
            assert (products_by_raw_sql(), setting()) == (0, str(rival.pk))


def test_longer_patience_of_a_job_with_statements_and_locks_ends_with_its_scope(acme):
    def patience():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
            return cursor.fetchone()

    usual = patience()
    assert usual == ("15s", "3s")
    with tenant_scope(acme.pk, seconds=600):
        assert patience() == ("10min", "10min")
    assert patience() == usual


def test_really_committed_scope_leaves_the_connection_without_a_tenant(acme, committed_db):
    with tenant_scope(acme.pk):
        ProductFactory()
    assert (products_by_raw_sql(), setting()) == (0, "")
    with tenant_scope(acme.pk):
        assert products_by_raw_sql() == 1


def test_setting_ends_with_the_transaction_even_if_nobody_closes_it(acme, committed_db, monkeypatch):
    # A pooler gives the connection to somebody else the moment the transaction ends.
    monkeypatch.setattr(isolation, "_close", lambda name, value: None)
    with tenant_scope(acme.pk):
        assert setting() == str(acme.pk)
    assert setting() == ""


def test_another_thread_starts_without_a_tenant(in_acme):
    heard = []

    def ask():
        try:
            heard.append(current_organisation())
        except NoOrganisationError:
            heard.append("nobody")

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(10)
    assert heard == ["nobody"]


def test_audit_entries_are_scoped_like_every_table(acme, rival):
    with tenant_scope(rival.pk):
        assert [entry.actor for entry in AuditEntry.objects.all()] == ["charlie@rival.example"]


# ── Unsafe roles ──


def test_scope_is_not_opened_by_a_role_that_owns_the_tables(acme, owner, monkeypatch):
    monkeypatch.setattr(checks, "connection", SimpleNamespace(cursor=lambda: nullcontext(owner)))
    monkeypatch.setattr(checks, "_proven", threading.Event())
    with pytest.raises(checks.UnsafeRoleError, match="lagom_owner owns tables"), tenant_scope(acme.pk):
        pass


def test_role_is_asked_once_in_the_life_of_a_process(acme, django_assert_num_queries):
    with django_assert_num_queries(4), tenant_scope(acme.pk):  # savepoint, open, close, release
        pass


@pytest.mark.stack
@pytest.mark.parametrize(
    "program",
    [
        ["-c", "import portal.wsgi"],
        ["manage.py", "check", "--database", "default"],
        ["-m", "celery", "-A", "portal", "worker", "-c", "1"],
    ],
    ids=["web", "check", "worker"],
)
def test_process_refuses_to_work_as_the_owner_of_the_tables(owner, program):
    known = owner.connection.info
    url = f"postgres://{known.user}:{known.password}@{known.host}:{known.port}/{known.dbname}"
    done = subprocess.run(
        [sys.executable, *program],
        env={**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "CELERY_SKIP_CHECKS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert re.search(r"cannot be trusted with rows of many firms.*lagom_owner owns tables", done.stderr), done.stderr
