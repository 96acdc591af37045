"""What a firm's state leaves its people to do."""

import pytest

from forecasting import jobs
from tenants.errors import NotAllowed
from tenants.models import Organisation
from tenants.roles import OWN, READ, Role
from tenants.services import states

State = Organisation.State


def put(firm, state, reason=""):
    Organisation.objects.filter(pk=firm.pk).update(state=state, state_reason=reason)
    firm.refresh_from_db()


def test_active_firm_asks_only_for_the_role(acme):
    assert {action for action in OWN if states.allowed(acme, Role.OWNER, action)} == OWN


@pytest.mark.parametrize("state", [State.READ_ONLY, State.CLOSING])
def test_firm_that_may_not_change_is_read_exported_and_left(acme, state):
    put(acme, state)
    left = {action for action in OWN if states.allowed(acme, Role.OWNER, action)}
    assert left == READ
    assert not left & {"plans.edit", "uploads.edit", "jobs.edit", "products.edit", "organisation.edit"}
    assert states.allowed(acme, Role.VIEWER, "exports.make")


def test_suspended_firm_leaves_its_owner_billing_and_export_and_others_nothing(acme):
    put(acme, State.SUSPENDED)
    assert {a for a in OWN if states.allowed(acme, Role.OWNER, a)} == {
        "billing.view",
        "billing.edit",
        "organisation.leave",
        "consents.edit",
    }
    for role in (Role.PLANNER, Role.VIEWER):
        assert not any(states.allowed(acme, role, action) for action in OWN)


@pytest.mark.parametrize("state", [State.READ_ONLY, State.CLOSING])
def test_pages_are_read_and_forms_refused_while_nothing_may_change(client_for, alice, acme, state):
    put(acme, state, "An invoice is open")
    browser = client_for(alice)
    for page in ("/", "/plans/", "/products/", "/money/", "/uploads/", "/organisation/", "/audit/"):
        assert browser.get(page).status_code == 200, page
    assert browser.get("/orders/ledger.csv").status_code == 200
    for form in ("/jobs/run/", "/uploads/new/", "/organisation/", "/plans/decide/", "/events/"):
        assert browser.post(form).status_code == 403, form
    assert "nothing in it" in browser.post("/jobs/run/").content.decode()


def test_suspended_firm_says_why_and_whom_to_ask(client_for, alice, bob, acme):
    put(acme, State.SUSPENDED, "Nobody answers our letters")
    for person, words in ((bob, "Ask an owner"), (alice, "Take a copy of everything")):
        answer = client_for(person).get("/plans/")
        assert answer.status_code == 403
        assert "Nobody answers our letters" in answer.content.decode()
        assert words in answer.content.decode()
    assert client_for(alice).get("/leaving/").status_code == 200
    assert client_for(bob).get("/leaving/").status_code == 403


def test_work_that_changes_is_not_started_and_a_copy_is(acme, alice):
    put(acme, State.READ_ONLY)
    with pytest.raises(NotAllowed):
        jobs.start("run", organisation=acme, by=alice)
    assert jobs.start("copy", organisation=acme, by=alice).kind == "copy"


def test_work_asks_for_the_state_as_it_is_now_not_as_it_was_read(acme, alice):
    Organisation.objects.filter(pk=acme.pk).update(state=State.SUSPENDED)
    with pytest.raises(NotAllowed):
        jobs.start_once("run", organisation=acme, by=alice)
