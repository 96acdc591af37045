"""The audit log: who did what, as text, written with the change, never changed or taken away."""

import logging
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from portal.logs import RequestFilter
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


# ── The chain ──


def tampered(owner, acme, statement):
    """Do what only somebody who owns the database could, and ask what the chain says of it."""
    owner.execute("SELECT set_config('app.organisation', %s, true)", [str(acme.pk)])
    owner.execute("ALTER TABLE tenants_auditentry DISABLE TRIGGER append_only")
    owner.execute(statement)
    owner.execute("ALTER TABLE tenants_auditentry ENABLE TRIGGER append_only")
    owner.connection.commit()


ODD = {"big": 10**22, "huge": 1e22, "one": 1.0, "small": 1e-7, "minus": -0.0, "deep": [{"ü": [1, 2.5, None, True]}]}


def test_chain_of_untouched_entries_has_no_fault_whatever_they_tell(in_acme, alice):
    with audit.acting(address="::1", request_id="r" * 32, on_behalf_of="alice@acme.example"):
        audit.record("something.odd", by=alice, target="x" * 300, reason="because " * 100, **ODD)
    audit.record("something", by=None)
    assert audit.faults() == []
    first, odd, last = AuditEntry.objects.order_by("pk")
    assert (first.previous, odd.previous, last.previous) == ("", first.seal, odd.seal)
    assert (odd.address, odd.request_id, odd.on_behalf_of) == ("::1", "r" * 32, "alice@acme.example")
    assert len(odd.reason) == 500


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE tenants_auditentry SET actor = 'nobody@acme.example' WHERE action = 'two'", "was changed"),
        ("UPDATE tenants_auditentry SET at = at - interval '1 day' WHERE action = 'two'", "was changed"),
        ("UPDATE tenants_auditentry SET detail = '{}' WHERE action = 'two'", "was changed"),
        ("DELETE FROM tenants_auditentry WHERE action = 'two'", "is missing"),
    ],
)
def test_chain_shows_what_was_changed_or_lost(committed_db, acme, alice, owner, statement, fault):
    with tenant_scope(acme.pk):
        for action in ("one", "two", "three"):
            audit.record(action, by=alice, units=1)
    assert audit.verify() == {}
    tampered(owner, acme, statement)
    (found,) = audit.verify().values()
    assert any(fault in line for line in found)


def test_entries_of_many_at_once_make_one_chain(committed_db, acme, rival, alice, charlie):
    def write(firm, who):
        with tenant_scope(firm.pk):
            audit.record("something", by=who)
        connection.close()

    threads = [Thread(target=write, args=pair) for pair in [(acme, alice), (rival, charlie)] * 8]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    assert len(entries(acme)) == len(entries(rival)) == 9
    assert audit.verify() == {}


# ── From where ──


def test_entry_answer_and_log_line_name_one_request(committed_db, acme, alice, client_for):
    answer = client_for(alice).post("/members/invite/", {"email": "new@acme.example", "role": "viewer"})
    entry = entries(acme)[-1]
    assert (entry.action, entry.address) == ("member.invited", "127.0.0.1")
    assert entry.request_id == answer["X-Request-ID"]
    line = logging.makeLogRecord({})
    with audit.acting(request_id="abc"):
        assert RequestFilter().filter(line)
    assert line.request == "[abc] "


def test_request_names_its_own_id_whatever_the_browser_says(db, client_for):
    answers = [client_for().get("/accounts/login/", headers={"X-Request-ID": "mine"}) for _ in range(2)]
    ids = [answer["X-Request-ID"] for answer in answers]
    assert len(set(ids)) == 2
    assert "mine" not in ids
