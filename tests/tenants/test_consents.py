"""A manager inside a firm: only when its owner allows it, only for a time, and never unseen."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from tenants.errors import Invalid, NotAllowed
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Consent
from tenants.services import account_managers, consents
from tests.billed import manager_of, nothing
from tests.factories import ProductFactory

WHY = "The import of May looks wrong"
PAGES = ("/plans/", "/products/", "/products/SECRET-1/", "/money/", "/uploads/", "/orders/", "/members/", "/audit/")


@pytest.fixture(autouse=True)
def billing(monkeypatch):
    nothing(monkeypatch)


@pytest.fixture
def mia(acme):
    with tenant_scope(acme.pk):
        ProductFactory(sku="SECRET-1")
    return manager_of(acme)


@pytest.fixture
def inside(client_for, acme, alice, mia):
    """Mia's browser, let into Acme by Alice, and the consent."""
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    consents.grant(organisation=acme, consent_id=consent.pk, by=alice, hours=24, role="viewer")
    browser = client_for(mia)
    assert browser.post(f"/portfolio/{acme.pk}/enter/").headers["Location"] == "/"
    return browser, consent


def log_of(firm):
    with tenant_scope(firm.pk):
        return [(e.actor, e.on_behalf_of, e.action, e.target, e.reason) for e in AuditEntry.objects.order_by("pk")]


def test_manager_without_consent_finds_nothing_and_home_leads_to_the_portfolio(client_for, mia):
    browser = client_for(mia)
    assert browser.get("/").headers["Location"] == "/portfolio/"
    for page in PAGES:
        assert browser.get(page).status_code == 404, page
    assert browser.post("/jobs/run/").status_code == 404


def test_asking_writes_to_the_owner_and_into_the_log_and_shows_a_banner(
    client_for, acme, alice, bob, mia, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client_for(mia).post(f"/portfolio/{acme.pk}/ask/", {"reason": WHY, "do": "ask"})
    (letter,) = mail.outbox
    assert letter.to == ["alice@acme.example"]
    assert WHY in letter.body
    assert ("mia@lagom.example", "", "consent.asked", "mia@lagom.example", WHY) in log_of(acme)
    for person in (alice, bob):
        assert "mia@lagom.example of the portal asks to look inside" in client_for(person).get("/").content.decode()
    assert client_for(mia).get("/plans/").status_code == 404


def test_owner_allows_through_the_page_and_both_see_the_banner(client_for, acme, alice, mia):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    owner, manager = client_for(alice), client_for(mia)
    assert WHY in owner.get("/consents/").content.decode()
    owner.post(f"/consents/{consent.pk}/grant/", {"hours": "24", "role": "viewer"})
    consent.refresh_from_db()
    assert consent.ends_at - consent.decided_at == dt.timedelta(hours=24)
    manager.post(f"/portfolio/{acme.pk}/enter/")
    seen = manager.get("/products/").content.decode()
    assert "SECRET-1" in seen
    assert "You are inside Acme until" in seen
    assert "may look inside until" in owner.get("/").content.decode()


def test_visitor_may_look_and_change_nothing_and_all_is_logged_for_the_owner(inside, acme):
    browser, _consent = inside
    assert browser.get("/products/SECRET-1/").status_code == 200
    assert browser.post("/jobs/run/").status_code == 403
    assert browser.get("/consents/").status_code == 403
    used = [line for line in log_of(acme) if line[2] == "consent.used"]
    assert ("mia@lagom.example", "alice@acme.example", "consent.used", "/products/SECRET-1/", WHY) in used
    assert [line[3] for line in used if line[3] == "/jobs/run/"] == ["/jobs/run/"]


def test_what_a_planning_visitor_changes_is_logged_as_done_for_the_owner(client_for, acme, alice, mia):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    consents.grant(organisation=acme, consent_id=consent.pk, by=alice, hours=1, role="planner")
    browser = client_for(mia)
    browser.post(f"/portfolio/{acme.pk}/enter/")
    event = {"kind": "closure", "name": "x", "first_day": "2026-11-02", "last_day": "2026-11-02"}
    assert browser.post("/events/", event).status_code == 302
    assert ("mia@lagom.example", "alice@acme.example", "event.added") in {line[:3] for line in log_of(acme)}


def test_owner_ends_it_and_the_next_request_is_refused(inside, client_for, acme, alice):
    browser, consent = inside
    assert browser.get("/products/").status_code == 200
    client_for(alice).post(f"/consents/{consent.pk}/end/")
    for page in ("/products/", *PAGES):
        answer = browser.get(page)
        assert answer.status_code == 404, page
        assert "SECRET-1" not in answer.content.decode().replace(page, "")
    assert browser.post(f"/portfolio/{acme.pk}/enter/").status_code == 404


def test_it_ends_by_itself_at_its_time(inside):
    browser, consent = inside
    past = timezone.now() - dt.timedelta(seconds=1)
    Consent.objects.filter(pk=consent.pk).update(ends_at=past, decided_at=past - dt.timedelta(hours=1))
    assert browser.get("/products/").status_code == 404


@pytest.mark.parametrize("gone", ["dismissed", "assigned elsewhere", "inactive"])
def test_manager_who_no_longer_looks_after_the_firm_is_out_at_once(inside, acme, mia, gone):
    browser, _consent = inside
    if gone == "dismissed":
        account_managers.dismiss(manager_id=mia.manages.pk)
    elif gone == "assigned elsewhere":
        acme.assignment.delete()
    else:
        type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    assert browser.get("/products/SECRET-1/").status_code in {302, 404}


def test_consent_of_one_firm_opens_no_other(client_for, acme, alice, rival, charlie, mia):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    consents.grant(organisation=acme, consent_id=consent.pk, by=alice, hours=1, role="viewer")
    browser = client_for(mia)
    assert browser.post(f"/portfolio/{rival.pk}/enter/").status_code == 404
    browser.post(f"/portfolio/{acme.pk}/enter/")
    with tenant_scope(rival.pk):
        ProductFactory(sku="RIVAL-1")
    assert browser.get("/products/RIVAL-1/").status_code == 404
    assert client_for(charlie).post(f"/consents/{consent.pk}/end/").status_code == 404


def test_consent_of_another_manager_is_useless(client_for, acme, alice, mia):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    consents.grant(organisation=acme, consent_id=consent.pk, by=alice, hours=1, role="viewer")
    other = manager_of(email="max@lagom.example")
    browser = client_for(other)
    for forged in (str(consent.pk), str(uuid.uuid4()), "nonsense"):
        session = browser.session
        session["visit"] = forged
        session.save()
        assert browser.get("/products/").status_code == 404


def test_nobody_but_an_owner_consents(client_for, acme, bob, mia):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    said = {"hours": "24", "role": "viewer"}
    assert client_for(mia).post(f"/consents/{consent.pk}/grant/", said).status_code == 404
    assert client_for(bob).post(f"/consents/{consent.pk}/grant/", said).status_code == 403
    with pytest.raises(NotAllowed):
        consents.grant(organisation=acme, consent_id=consent.pk, by=mia, hours=1, role="viewer")
    consent.refresh_from_db()
    assert consent.state == Consent.State.ASKED


def test_owner_who_is_also_the_manager_cannot_let_themselves_in(acme, mia):
    from tenants.models import Membership

    Membership.objects.create(organisation=acme, user=mia, role="owner")
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    with pytest.raises(NotAllowed):
        consents.grant(organisation=acme, consent_id=consent.pk, by=mia, hours=1, role="viewer")


@pytest.mark.parametrize(("hours", "role"), [(0, "viewer"), (169, "viewer"), (24, "owner"), (24, "accountant")])
def test_consent_is_neither_too_long_nor_too_wide(acme, alice, mia, hours, role):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    with pytest.raises(Invalid):
        consents.grant(organisation=acme, consent_id=consent.pk, by=alice, hours=hours, role=role)


def test_refused_manager_stays_out_and_may_ask_again(client_for, acme, alice, mia):
    consent = consents.ask(organisation=acme, by=mia, reason=WHY)
    client_for(alice).post(f"/consents/{consent.pk}/refuse/")
    assert client_for(mia).post(f"/portfolio/{acme.pk}/enter/").status_code == 404
    assert consents.ask(organisation=acme, by=mia, reason=WHY).state == Consent.State.ASKED


def test_emergency_is_the_operators_alone_logged_and_mailed(client_for, acme, mia, django_capture_on_commit_callbacks):
    said = {"reason": "Data leak reported", "do": "emergency"}
    assert client_for(mia).post(f"/portfolio/{acme.pk}/ask/", said).status_code == 404
    boss = client_for(manager_of(email="boss@lagom.example", staff=True))
    with django_capture_on_commit_callbacks(execute=True):
        assert boss.post(f"/portfolio/{acme.pk}/ask/", said).status_code == 302
    assert [letter.to for letter in mail.outbox] == [["alice@acme.example"]]
    assert "Data leak reported" in mail.outbox[0].body
    boss.post(f"/portfolio/{acme.pk}/enter/")
    assert boss.get("/products/SECRET-1/").status_code == 200
    actions = {(line[0], line[2], line[4]) for line in log_of(acme)}
    assert ("boss@lagom.example", "consent.emergency", "Data leak reported") in actions
    assert ("boss@lagom.example", "consent.used", "Data leak reported") in actions


def test_emergency_without_a_reason_is_refused(client_for, acme):
    boss = client_for(manager_of(email="boss@lagom.example", staff=True))
    assert boss.post(f"/portfolio/{acme.pk}/ask/", {"reason": " ", "do": "emergency"}).status_code == 422
    assert not Consent.objects.exists()


def test_leaving_the_firm_leads_back_to_it_in_the_portfolio(inside, acme):
    browser, _consent = inside
    assert browser.post("/portfolio/visit/end/").headers["Location"] == f"/portfolio/{acme.pk}/"
    assert browser.get("/products/").status_code == 404
