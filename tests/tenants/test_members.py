"""Inviting people, changing what they may do, letting them go."""

import threading

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invitation, Membership
from tenants.roles import Role
from tenants.services import accounts, api_keys, members, organisations
from tests.factories import UserFactory, member

DAY = 24 * 3600


def invite(firm, by, email="new@acme.example", role="planner"):
    with tenant_scope(firm.pk):
        return members.invite(organisation=firm, email=email, role=role, by=by)


def role_of(user, firm):
    return Membership.objects.filter(user=user, organisation=firm).values_list("role", flat=True).first()


def membership(user, firm):
    return Membership.objects.get(user=user, organisation=firm).pk


def test_invited_person_joins_once_with_the_role_they_were_given(acme, alice):
    _, token = invite(acme, alice, email="New@Acme.example")
    new = UserFactory(email="new@acme.example")
    members.accept(token=token, by=new)
    assert role_of(new, acme) == "planner"
    with tenant_scope(acme.pk):
        assert str(AuditEntry.objects.latest("pk")).endswith("new@acme.example member.joined new@acme.example")
    with pytest.raises(NotFound):
        members.accept(token=token, by=new)


def test_secret_of_an_invitation_is_stored_nowhere(acme, alice):
    invitation, token = invite(acme, alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT i::text FROM tenants_invitation i WHERE id = %s", [invitation.pk])
        assert token not in cursor.fetchone()[0]


def test_invitation_is_for_one_address_only(acme, alice, charlie):
    _, token = invite(acme, alice)
    with pytest.raises(Invalid, match=r"new@acme\.example"):
        members.accept(token=token, by=charlie)
    assert role_of(charlie, acme) is None


def test_invitation_expires_after_a_week(acme, alice):
    _, token = invite(acme, alice)
    new = UserFactory(email="new@acme.example")
    with time_machine.travel(timezone.now() + timezone.timedelta(days=7, seconds=1)), pytest.raises(NotFound):
        members.accept(token=token, by=new)


def test_second_invitation_replaces_the_first(acme, alice):
    _, first = invite(acme, alice)
    _, second = invite(acme, alice, role="viewer")
    with pytest.raises(NotFound):
        members.find_invitation(token=first)
    assert members.find_invitation(token=second).role == "viewer"


def test_invitation_that_was_taken_back_no_longer_works(acme, alice):
    invitation, token = invite(acme, alice)
    with tenant_scope(acme.pk):
        members.withdraw(organisation=acme, invitation_id=invitation.pk, by=alice)
    with pytest.raises(NotFound):
        members.find_invitation(token=token)


def test_member_is_not_invited_again(acme, alice, bob):
    with pytest.raises(Conflict, match="already a member"):
        invite(acme, alice, email=bob.email)


def test_invitation_of_another_firm_is_not_found(acme, rival, alice, charlie):
    invitation, _ = invite(acme, alice)
    with pytest.raises(NotFound), tenant_scope(rival.pk):
        members.withdraw(organisation=rival, invitation_id=invitation.pk, by=charlie)
    assert Invitation.objects.filter(pk=invitation.pk).exists()


def test_member_of_another_firm_is_not_found(acme, rival, bob, charlie):
    theirs = membership(bob, acme)
    with tenant_scope(rival.pk):
        with pytest.raises(NotFound):
            members.remove(organisation=rival, membership_id=theirs, by=charlie)
        with pytest.raises(NotFound):
            members.change_role(organisation=rival, membership_id=theirs, role="viewer", by=charlie)
    assert role_of(bob, acme) == "planner"


def test_role_is_changed_and_written_down(acme, alice, bob):
    with tenant_scope(acme.pk):
        members.change_role(organisation=acme, membership_id=membership(bob, acme), role="viewer", by=alice)
        assert AuditEntry.objects.latest("pk").detail == {"role": "viewer"}
    assert role_of(bob, acme) == "viewer"


def test_firm_keeps_an_owner(acme, alice):
    own = membership(alice, acme)
    with tenant_scope(acme.pk):
        with pytest.raises(Conflict, match="needs an owner"):
            members.remove(organisation=acme, membership_id=own, by=alice)
        with pytest.raises(Conflict, match="needs an owner"):
            members.change_role(organisation=acme, membership_id=own, role="viewer", by=alice)
    assert role_of(alice, acme) == "owner"


def test_two_owners_who_remove_each_other_at_the_same_moment_leave_one(acme, alice, committed_db):
    second = member(acme, "owner", email="second@acme.example")
    pairs = [(alice, membership(second, acme)), (second, membership(alice, acme))]
    barrier, told = threading.Barrier(2), []

    def remove(by, other):
        try:
            barrier.wait(20)
            with tenant_scope(acme.pk):
                members.remove(organisation=acme, membership_id=other, by=by)
            told.append("removed")
        except (Conflict, NotFound) as error:
            told.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["Conflict", "removed"]
    assert Membership.objects.filter(organisation=acme, role="owner").count() == 1


def test_person_goes_to_the_firm_they_chose_else_to_the_newest_and_never_to_a_foreign_one(acme, alice, rival):
    second = organisations.found(by=alice, name="B", country="DE", currency="EUR", time_zone="Europe/Berlin")
    assert organisations.membership(user=alice).organisation_id == second.pk
    assert organisations.membership(user=alice, wanted=acme.pk).organisation_id == acme.pk
    assert organisations.membership(user=alice, wanted=rival.pk).organisation_id == second.pk
    assert [firm.name for firm in organisations.of(user=alice)] == ["Acme", "B"]


def test_firm_needs_a_time_zone_that_exists(alice):
    with pytest.raises(Invalid, match="Mars/Olympus"):
        organisations.found(by=alice, name="B", country="DE", currency="EUR", time_zone="Mars/Olympus")


def test_person_is_found_by_their_address_in_any_case(alice):
    from tenants.models import User

    assert User.objects.get_by_natural_key("ALICE@Acme.Example") == alice
    alice.email = "Alice@ACME.example"
    alice.save()
    assert User.objects.get(pk=alice.pk).email == "alice@acme.example"


def test_member_of_one_firm_joins_another_in_the_browser(client_for, acme, alice, charlie, rival):
    _, token = invite(acme, alice, email=charlie.email)
    answer = client_for(charlie).post(f"/invitations/{token}/")
    assert (answer.status_code, role_of(charlie, acme)) == (302, "planner")


@pytest.mark.parametrize("how", ["removed", "leaves", "deletes the account"])
def test_keys_that_somebody_made_end_with_their_membership_and_no_others_do(client_for, acme, alice, bob, how):
    Membership.objects.filter(organisation=acme, user=bob).update(role=Role.OWNER)
    with tenant_scope(acme.pk):
        mine, theirs = (
            api_keys.make(organisation=acme, name=f"shop of {who}", scope="r", by=who) for who in (alice, bob)
        )
    assert [called(client_for, key.text) for key in (mine, theirs)] == [200, 200]
    if how == "removed":
        row = Membership.objects.get(organisation=acme, user=bob)
        page = client_for(alice).post(f"/members/{row.pk}/remove/", follow=True).content.decode()
        assert f"no longer work: shop of {bob}" in page
    elif how == "leaves":
        client_for(bob).post("/members/leave/")
    else:
        accounts.delete(by=bob)
    assert [called(client_for, key.text) for key in (mine, theirs)] == [200, 401]
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.filter(action="key.revoked", target__startswith="shop of").count() == 1


def called(client_for, key):
    return client_for(None).get("/api/v1/products", headers={"Authorization": f"Bearer {key}"}).status_code


def test_keys_of_somebody_who_owns_the_firm_no_more_end_too(client_for, acme, alice, bob):
    row = Membership.objects.get(user=bob, organisation=acme)
    Membership.objects.filter(pk=row.pk).update(role=Role.OWNER)
    with tenant_scope(acme.pk):
        key = api_keys.make(organisation=acme, name="shop of bob", scope="r", by=bob).text
    assert called(client_for, key) == 200
    page = client_for(alice).post(f"/members/{row.pk}/role/", {"role": "viewer"}, follow=True).content.decode()
    assert "These API keys no longer work: shop of bob." in page
    assert called(client_for, key) == 401


def test_keys_of_who_hands_the_firm_over_end_too(client_for, acme, alice, bob):
    row = Membership.objects.get(user=bob, organisation=acme)
    with tenant_scope(acme.pk):
        key = api_keys.make(organisation=acme, name="shop of alice", scope="r", by=alice).text
        assert members.transfer(organisation=acme, membership_id=row.pk, by=alice) == ["shop of alice"]
    assert called(client_for, key) == 401
