"""The members page: inviting, handing over, leaving, removing; and what each role may do."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from portal.role_words import RIGHTS, rights
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invitation, Membership, Organisation, User
from tenants.roles import ACTIONS, OWN, Role
from tenants.services import members
from tests.factories import PASSWORD


def signed_in(user):
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser


def fresh(browser):
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def role_of(user, firm):
    return Membership.objects.filter(user=user, organisation=firm).values_list("role", flat=True).first()


def link(letter):
    return re.search(r"https?://\S+?(/invitations/\S+)", letter.body)[1]


def number(user, firm):
    return Membership.objects.get(user=user, organisation=firm).pk


# ── Inviting ──


def test_invited_person_signs_up_by_the_letter_without_confirming_the_address_again(acme, alice, settings):
    signed_in(alice).post("/members/invite/", {"email": "new@acme.example", "role": "viewer"})
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    guest, address = Client(), link(mail.outbox[-1])
    answer = guest.get(address)
    assert answer["Location"].startswith("/accounts/signup/?next=%2Finvitations")
    page = guest.get(answer["Location"]).content.decode()
    assert 'value="new@acme.example"' in page
    assert "Name of your firm" not in page
    filled = {"email": "new@acme.example", "password1": PASSWORD, "next": address}
    assert guest.post("/accounts/signup/", filled)["Location"] == address
    assert guest.post(address).status_code == 302
    new = User.objects.get(email="new@acme.example")
    assert role_of(new, acme) == "viewer"
    assert EmailAddress.objects.get(user=new).verified
    assert Organisation.objects.count() == 1


def test_letter_of_one_address_confirms_no_other(acme, alice, settings):
    signed_in(alice).post("/members/invite/", {"email": "new@acme.example", "role": "owner"})
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    guest, address = Client(), link(mail.outbox[-1])
    guest.get(address)
    guest.post("/accounts/signup/", {"email": "victim@other.example", "password1": PASSWORD, "next": address})
    assert not User.objects.filter(email="victim@other.example").exists()
    assert not EmailAddress.objects.filter(email="victim@other.example", verified=True).exists()
    assert User.objects.latest("pk").email == "new@acme.example"


def test_invited_person_who_has_an_account_signs_in(acme, alice, charlie):
    signed_in(alice).post("/members/invite/", {"email": charlie.email, "role": "viewer"})
    address = link(mail.outbox[-1])
    assert Client().get(address)["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("token", ["nonsense", "x" * 500, "%00", "' OR 1=1 --"])
def test_invented_invitation_is_not_found(acme, token, charlie, client_for):
    for who in (None, charlie):
        assert client_for(who).get(f"/invitations/{token}/").status_code == 404


def test_expired_invitation_is_shown_and_sent_again(acme, alice):
    browser = signed_in(alice)
    browser.post("/members/invite/", {"email": "new@acme.example", "role": "planner"})
    old = link(mail.outbox[-1])
    Invitation.objects.update(expires_at=timezone.now() - timezone.timedelta(days=1))
    assert Client().get(old).status_code == 404
    assert "Expired" in browser.get("/members/").content.decode()
    assert browser.post(f"/members/invitations/{Invitation.objects.get().pk}/again/").status_code == 302
    assert Client().get(old).status_code == 404
    assert Client().get(link(mail.outbox[-1])).status_code == 302
    assert Invitation.objects.get().role == "planner"


def test_invitation_works_a_week_and_not_a_day_longer(acme, alice):
    browser = signed_in(alice)
    browser.post("/members/invite/", {"email": "new@acme.example", "role": "viewer"})
    with time_machine.travel(timezone.now() + timezone.timedelta(days=8)):
        assert Client().get(link(mail.outbox[-1])).status_code == 404


# ── Handing over, leaving, removing ──


def test_firm_is_handed_over_after_the_password_was_given_once_more(acme, alice, bob):
    browser, page = signed_in(alice), f"/members/{number(bob, acme)}/transfer/"
    assert browser.post(page)["Location"].startswith("/accounts/reauthenticate/?next=")
    assert role_of(bob, acme) == "planner"
    assert "becomes the owner" in fresh(browser).get(page).content.decode()
    assert browser.post(page).status_code == 302
    assert (role_of(bob, acme), role_of(alice, acme)) == ("owner", "planner")
    assert browser.get("/audit/").status_code == 403
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.filter(action="member.ownership_transferred", target=bob.email).count() == 1


def test_firm_is_not_handed_to_oneself_nor_to_a_stranger(acme, alice, rival, charlie):
    browser = fresh(signed_in(alice))
    assert browser.post(f"/members/{number(alice, acme)}/transfer/").status_code == 409
    assert browser.post(f"/members/{number(charlie, rival)}/transfer/").status_code == 404
    assert role_of(alice, acme) == "owner"


def test_member_leaves_and_the_last_owner_does_not(acme, alice, bob):
    browser = signed_in(bob)
    assert "will no longer see" in browser.get("/members/leave/").content.decode()
    browser.post("/members/leave/")
    assert role_of(bob, acme) is None
    assert browser.get("/plans/")["Location"] == "/organisation/new/"
    assert signed_in(alice).post("/members/leave/").status_code == 409
    assert role_of(alice, acme) == "owner"


def test_removal_holds_at_the_next_request_of_every_session(acme, alice, bob):
    sessions = [signed_in(bob), signed_in(bob)]
    assert {browser.get("/plans/").status_code for browser in sessions} == {200}
    signed_in(alice).post(f"/members/{number(bob, acme)}/remove/")
    assert {browser.get("/plans/")["Location"] for browser in sessions} == {"/organisation/new/"}


# ── Roles ──


def test_table_of_roles_says_what_the_one_table_of_the_code_says():
    assert set().union(*RIGHTS.values()) >= OWN
    for words, marks in rights():
        (wanted,) = [RIGHTS[key] & OWN for key in RIGHTS if str(key) == words]
        assert marks == [wanted <= ACTIONS[role] for role in Role]
        assert all(bool(wanted & ACTIONS[role]) == mark for role, mark in zip(Role, marks, strict=True)), words


@pytest.mark.parametrize("role", ["planner", "accountant", "viewer"])
def test_nobody_but_an_owner_gives_themselves_more(request, acme, alice, role):
    who = request.getfixturevalue({"planner": "bob", "accountant": "ada", "viewer": "victor"}[role])
    browser, mine = fresh(signed_in(who)), number(who, acme)
    tries = {
        f"/members/{mine}/role/": {"role": "owner"},
        f"/members/{mine}/transfer/": {},
        f"/members/{number(alice, acme)}/remove/": {},
        "/members/invite/": {"email": "friend@x.example", "role": "owner"},
        "/organisation/": {"form": "about", "name": "Mine"},
    }
    for address, body in tries.items():
        assert browser.post(address, body).status_code == 403, address
    assert role_of(who, acme) == role
    # What a form does not ask for is not taken from it.
    browser.post("/you/", {"name": "x", "language": "en", "email": "root@x.example", "is_staff": "on", "role": "owner"})
    who.refresh_from_db()
    assert (who.is_staff, role_of(who, acme)) == (False, role)
    assert who.email.endswith("@acme.example")


def test_owner_gives_no_role_that_does_not_exist_and_none_in_another_firm(acme, alice, bob, rival, charlie):
    browser = signed_in(alice)
    browser.post(f"/members/{number(bob, acme)}/role/", {"role": "god"})
    assert role_of(bob, acme) == "planner"
    for what in ("role", "remove"):
        assert browser.post(f"/members/{number(charlie, rival)}/{what}/", {"role": "viewer"}).status_code == 404
    with tenant_scope(rival.pk):
        theirs, _token = members.invite(organisation=rival, email="x@rival.example", role="viewer", by=charlie)
    for what in ("again", "withdraw"):
        assert browser.post(f"/members/invitations/{theirs.pk}/{what}/").status_code == 404
    browser.post("/members/invite/", {"email": "y@x.example", "role": "viewer", "organisation": rival.pk})
    assert Invitation.objects.get(email="y@x.example").organisation_id == acme.pk
    assert browser.post("/organisation/switch/", {"organisation": rival.pk}).status_code == 404
    about = {"form": "about", "name": "A", "country": "DE", "currency": "EUR", "time_zone": "UTC", "language": "en"}
    browser.post("/organisation/", {**about, "tier": "business", "state": "active", "id": rival.pk})
    acme.refresh_from_db()
    rival.refresh_from_db()
    assert (acme.name, acme.tier, rival.name) == ("A", "growth", "Rival")
