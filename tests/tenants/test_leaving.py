"""A firm leaves: closed for thirty days, then gone to the last row and file, and no other firm is touched."""

import hashlib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from forecasting import jobs
from forecasting.models import Job, Lane, Location, Product
from forecasting.services import progress
from tenants.errors import Conflict, Invalid
from tenants.isolation import owner_scope, tenant_scope
from tenants.models import AuditEntry, Departure, Invoice, Membership, Organisation, PurgeCertificate, User
from tenants.services import account_managers, audit, consents, leaving, members, purge
from tests.billed import manager_of
from tests.factories import LocationFactory, ProductFactory
from tests.forecasting.working import work
from tests.tenants.filling import fill

__all__ = ["work"]
State = Organisation.State


def close(firm, by, *, due=True):
    with tenant_scope(firm.pk):
        made = leaving.close(organisation=firm, by=by, name=firm.name)
    if due:
        Departure.objects.filter(pk=firm.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    return Departure.objects.get(pk=made.pk)


def rows_of(firm):
    """A checksum of each table that names the firm."""
    found = {}
    with owner_scope(firm.pk) as cursor:
        for table in [*purge.order(cursor), *purge.KEPT]:
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE organisation_id = %s ORDER BY 1', [firm.pk])
            found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


def fill_all(firm, owner):
    """Give the firm a row in every table, tenant's or not."""
    made = fill(firm.pk)
    with tenant_scope(firm.pk):
        members.invite(organisation=firm, email="new@x.example", role="viewer", by=owner)
    mia = manager_of(firm, email=f"mia@{firm.pk}.example")
    consents.ask(organisation=firm, by=mia, reason="to help")
    account_managers.note(organisation=firm, by=mia, text="a note")
    Lane.objects.get_or_create(organisation=firm)
    Job.objects.create(kind="run", organisation=firm)
    return made


def invoice_of(firm):
    fields = {"organisation_id": firm.pk, "number": f"2026-{firm.pk}", "year": 2026, "sequence": firm.pk, "lines": []}
    fields |= {"issued_on": "2026-11-01", "due_on": "2026-11-15", "net_cents": 100, "vat_bp": 0, "vat_cents": 0}
    fields |= {"gross_cents": 100, "seller": {}, "buyer": {}, "language": "en", "reference": "R", "vat_rule": "none"}
    return Invoice.objects.create(**fields)


# ── Thirty days ──


def test_closing_firm_is_read_and_may_change_its_mind(client_for, acme, alice):
    browser = client_for(alice)
    assert browser.post("/leaving/close/", {"name": "something else"}).status_code == 422
    assert browser.post("/leaving/close/", {"name": "Acme"}).status_code == 302
    acme.refresh_from_db()
    assert acme.state == State.CLOSING
    assert 29 < (acme.departure.due_at - timezone.now()).total_seconds() / 86400 < 30.01
    assert browser.post("/jobs/run/").status_code == 403
    assert "is being closed" in browser.get("/").content.decode()
    browser.post("/leaving/stay/")
    acme.refresh_from_db()
    assert acme.state == State.ACTIVE
    assert browser.get("/leaving/").status_code == 200


def test_firm_that_stays_is_as_it_was_suspended_or_not(acme, alice):
    mia = manager_of(acme)
    account_managers.suspend(organisation=acme, by=mia, reason="unpaid")
    acme.refresh_from_db()
    close(acme, alice, due=False)
    with tenant_scope(acme.pk):
        leaving.stay(organisation=acme, by=alice)
    acme.refresh_from_db()
    assert (acme.state, acme.state_reason) == (State.SUSPENDED, "unpaid")


def test_name_must_be_written_and_a_firm_closes_once(acme, alice, in_acme):
    with pytest.raises(Invalid):
        leaving.close(organisation=acme, by=alice, name="acme")
    leaving.close(organisation=acme, by=alice, name="Acme")
    with pytest.raises(Conflict):
        leaving.close(organisation=acme, by=alice, name="Acme")


def test_firm_is_not_removed_before_its_day(committed_db, acme, alice):
    departure = close(acme, alice, due=False)
    assert purge.every_due() == []
    with pytest.raises(Conflict):
        purge.firm(departure)
    assert Organisation.objects.filter(pk=acme.pk).exists()


# ── Gone ──


def test_nothing_of_the_firm_is_left_and_no_other_firm_is_touched(
    committed_db, acme, alice, bob, rival, charlie, settings, tmp_path, outbox
):
    settings.MEDIA_ROOT = tmp_path
    for firm, owner in ((acme, alice), (rival, charlie)):
        fill_all(firm, owner)
        invoice_of(firm)
        (tmp_path / str(firm.pk)).mkdir()
        (tmp_path / str(firm.pk) / "file").write_text("x")
    Membership.objects.create(organisation=rival, user=bob, role="viewer")
    before = rows_of(rival)
    certificate = purge.firm(close(acme, alice))
    assert purge.remaining(acme.pk) == {}
    assert rows_of(rival) == before
    assert not (tmp_path / str(acme.pk)).exists()
    assert (tmp_path / str(rival.pk) / "file").exists()
    assert Invoice.objects.filter(organisation_id=acme.pk).count() == certificate.invoices_kept == 1
    assert certificate.files == 1
    assert certificate.rows["tenants_auditentry"] >= 3
    assert "@" not in str(certificate.rows)
    assert not User.objects.filter(pk=alice.pk).exists()  # belonged to no other firm
    assert User.objects.filter(pk=bob.pk).exists()
    outbox()
    told = [letter for letter in mail.outbox if str(certificate.pk) in letter.body]
    assert [letter.to for letter in told] == [[alice.email]]
    assert f"rows: {sum(certificate.rows.values())}, tables: " in told[0].body
    assert "files: 1." in told[0].body


def test_command_removes_who_is_due_and_says_so(committed_db, acme, alice, settings, tmp_path, capsys):
    from django.core.management import call_command

    settings.MEDIA_ROOT = tmp_path
    number = acme.pk
    close(acme, alice)
    call_command("purge")
    assert f"{number} removed on" in capsys.readouterr().out
    assert PurgeCertificate.objects.get().organisation_id == number


def test_firm_removed_while_its_job_runs_leaves_no_row(committed_db, acme, alice, rival, work, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    fill(rival.pk)
    before = rows_of(rival)
    writing, removed = threading.Event(), threading.Event()

    def publish(job):
        with tenant_scope(job.organisation_id), progress.last_step(job):
            LocationFactory(code="LATE")
            ProductFactory(sku="LATE")
            audit.record("product.changed", by=None, target="LATE")
            writing.set()
            transaction.get_connection().ensure_connection()

    def slow(job):
        writing.set()
        removed.wait(20)
        publish(job)

    work.does = slow
    job = jobs.start("test", organisation=acme, by=None)
    worker = threading.Thread(target=lambda: (jobs.run(job.pk), connection.close()))
    worker.start()
    assert writing.wait(20)
    purge.firm(close(acme, alice))
    removed.set()
    worker.join(30)
    assert not worker.is_alive()
    assert work.ran
    assert purge.remaining(acme.pk) == {}
    assert rows_of(rival) == before


@pytest.mark.parametrize("late", ["root", "audit", "usage"])
def test_row_written_by_somebody_whose_transaction_was_open_is_refused_or_removed(
    committed_db, acme, alice, late, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    open_, go, ended = threading.Event(), threading.Event(), []

    def write():
        try:
            with tenant_scope(acme.pk):
                open_.set()
                go.wait(20)
                if late == "root":
                    Location.objects.create(code="LATE")
                elif late == "usage":
                    from tenants.services import usage

                    usage.count(usage.CALLS)
                else:
                    audit.record("product.changed", by=None, target="LATE")
            ended.append("written")
        except Exception as error:
            ended.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert open_.wait(20)
    purge.firm(close(acme, alice))
    go.set()
    thread.join(30)
    assert purge.remaining(acme.pk) == {}
    assert ended == ["IntegrityError"]


# ── The audit log lets nobody else ──


def test_audit_log_of_a_firm_that_stays_cannot_be_removed_even_by_the_owner_of_the_tables(committed_db, acme):
    with pytest.raises(ProgrammingError, match="append-only"), owner_scope(acme.pk) as cursor:
        cursor.execute("DELETE FROM tenants_auditentry WHERE organisation_id = %s", [acme.pk])
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.exists()


def test_site_may_not_remove_the_audit_log_of_a_firm_that_leaves(committed_db, acme, alice):
    close(acme, alice)
    with pytest.raises(ProgrammingError, match="permission denied"), tenant_scope(acme.pk):
        AuditEntry.objects.all().delete()


def test_owner_changes_no_line_of_the_audit_log_of_a_firm_that_leaves(committed_db, acme, alice):
    close(acme, alice)
    with pytest.raises(ProgrammingError, match="append-only"), owner_scope(acme.pk) as cursor:
        cursor.execute("UPDATE tenants_auditentry SET actor = 'nobody' WHERE organisation_id = %s", [acme.pk])


def test_owner_in_one_firms_scope_sees_no_row_of_another(committed_db, acme, rival):
    with tenant_scope(rival.pk):
        ProductFactory(sku="R")
    with owner_scope(acme.pk) as cursor:
        cursor.execute("SELECT count(*) FROM forecasting_product")
        assert cursor.fetchone() == (0,)
    with tenant_scope(rival.pk):
        assert Product.objects.count() == 1
