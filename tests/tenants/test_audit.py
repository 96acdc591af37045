"""The audit log: who did what, as text, written with the change, never changed or taken away."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from tenants.isolation import NoOrganisationError, tenant_scope
from tenants.models import AuditEntry
from tenants.services import audit, organisations
from tests.factories import UserFactory

CHANGES = [
    "UPDATE tenants_auditentry SET actor = 'nobody'",
    "DELETE FROM tenants_auditentry",
    "TRUNCATE tenants_auditentry",
]


def entries(firm):
    with tenant_scope(firm.pk):
        return list(AuditEntry.objects.order_by("pk"))


def test_entry_says_who_did_what_to_what_in_text(in_acme, alice):
    audit.record("proposal.accepted", by=alice, target=in_acme, units=3, price=1.5, who=alice, why=None, tags=["a"])
    newest = AuditEntry.objects.latest("pk")
    assert (newest.actor, newest.action, newest.target) == ("alice@acme.example", "proposal.accepted", "Acme")
    assert newest.detail == {"units": 3, "price": 1.5, "who": "alice@acme.example", "why": None, "tags": ["a"]}


def test_entry_of_nobody_is_the_programs_own(in_acme):
    audit.record("upload.loaded", by=None)
    assert AuditEntry.objects.latest("pk").actor == "lagom"


def test_entry_outlives_the_person_and_keeps_their_name(acme, rival):
    gone = UserFactory(email="gone@acme.example")
    with tenant_scope(acme.pk):
        audit.record("member.left", by=gone)
    gone.delete()
    assert entries(acme)[-1].actor == "gone@acme.example"


def test_entry_needs_an_organisation(db, alice):
    with pytest.raises(NoOrganisationError):
        audit.record("something", by=alice)


def test_long_target_is_cut_rather_than_losing_the_entry(in_acme, alice):
    audit.record("product.renamed", by=alice, target="x" * 5000)
    assert AuditEntry.objects.latest("pk").target == "x" * 200


def test_entry_is_written_with_the_change_or_not_at_all(acme, alice):
    def change_and_fail():
        with tenant_scope(acme.pk):
            organisations.change(organisation=acme, by=alice, name="Acme and Sons")
            raise RuntimeError

    before = len(entries(acme))
    with pytest.raises(RuntimeError):
        change_and_fail()
    assert len(entries(acme)) == before


def test_founding_and_changing_a_firm_are_written_down(acme, alice):
    with tenant_scope(acme.pk):
        organisations.change(organisation=acme, by=alice, name="Acme and Sons", country="DE")
    founded, changed = entries(acme)
    assert (founded.action, founded.actor) == ("organisation.founded", "alice@acme.example")
    assert (changed.action, changed.detail) == ("organisation.changed", {"name": "Acme and Sons"})


@pytest.mark.parametrize("statement", CHANGES)
def test_site_may_not_change_or_take_away_an_entry(in_acme, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_even_the_owner_of_the_table_may_not(acme, committed_db, owner, statement):
    owner.execute("SELECT set_config('app.organisation', %s, true)", [str(acme.pk)])
    with pytest.raises(InsufficientPrivilege, match="append-only"):
        owner.execute(statement)
