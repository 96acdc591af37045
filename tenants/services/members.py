"""Invites people, changes their role, and lets them go."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import Invitation, Membership, Organisation, User
from tenants.roles import Role
from tenants.roles import may as role_may
from tenants.services import api_keys, audit

INVITATION_DAYS = 7


def of(*, organisation: Organisation) -> list[Membership]:
    """List the members, owners first."""
    rows = Membership.objects.filter(organisation=organisation).select_related("user")
    return sorted(rows, key=lambda row: (list(Role).index(Role(row.role)), row.user.email))


def invitations(*, organisation: Organisation) -> list[Invitation]:
    """List the invitations that nobody has accepted, also those that have expired."""
    return list(Invitation.objects.filter(organisation=organisation, accepted_at=None).order_by("-created_at"))


def invite(*, organisation: Organisation, email: str, role: str, by: User) -> tuple[Invitation, str]:
    """Write an invitation; return it with the secret that the e-mail carries and nobody stores."""
    email = email.lower()
    if Membership.objects.filter(organisation=organisation, user__email=email).exists():
        raise Conflict(_("%(email)s is already a member.") % {"email": email})
    token = secrets.token_urlsafe(32)
    Invitation.objects.filter(organisation=organisation, email=email, accepted_at=None).delete()
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email,
        role=Role(role).value,
        token_hash=_hash(token),
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    audit.record("member.invited", by=by, target=email, role=role)
    return invitation, token


def invite_again(*, organisation: Organisation, invitation_id: int, by: User) -> tuple[Invitation, str]:
    """Write an invitation anew, good for as long as a first one; the old letter's link stops working."""
    old = Invitation.objects.filter(organisation=organisation, pk=invitation_id, accepted_at=None).first()
    if not old:
        raise NotFound(_("There is no such invitation."))
    return invite(organisation=organisation, email=old.email, role=old.role, by=by)


def has_account(*, email: str) -> bool:
    """Tell whether somebody has signed up with an address."""
    return User.objects.filter(email=email.lower()).exists()


def find_invitation(*, token: str) -> Invitation:
    """Return the open invitation of a secret, or raise NotFound."""
    found = (
        Invitation.objects.select_related("organisation")
        .filter(token_hash=_hash(token), accepted_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if not found:
        raise NotFound(_("This invitation has expired or was used. Ask for a new one."))
    return found


@transaction.atomic
def accept(*, token: str, by: User) -> Membership:
    """Join the firm that invited this person; the address invited and the address signed in must be one."""
    invitation = find_invitation(token=token)
    if invitation.email != by.email:
        raise Invalid(
            _("This invitation is for %(email)s. Sign in with that address to accept it.") % {"email": invitation.email}
        )
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=timezone.now())
    if not taken:
        raise Conflict(_("This invitation was used before."))
    membership, _new = Membership.objects.get_or_create(
        organisation=invitation.organisation, user=by, defaults={"role": invitation.role}
    )
    with tenant_scope(invitation.organisation_id):
        audit.record("member.joined", by=by, target=by.email, role=membership.role)
    return membership


def withdraw(*, organisation: Organisation, invitation_id: int, by: User) -> None:
    """Take an invitation back."""
    invitation = Invitation.objects.filter(organisation=organisation, pk=invitation_id, accepted_at=None).first()
    if not invitation:
        raise NotFound(_("There is no such invitation."))
    audit.record("member.invitation_withdrawn", by=by, target=invitation.email)
    invitation.delete()


@transaction.atomic
def change_role(*, organisation: Organisation, membership_id: int, role: str, by: User) -> list[str]:
    """Give a member another role; a firm keeps at least one owner. Return the keys that ended: an owner's no more."""
    membership = _locked(organisation, membership_id)
    lowered = membership.role == Role.OWNER and role != Role.OWNER
    if lowered:
        _keep_an_owner(organisation, membership)
    membership.role = Role(role).value
    membership.save(update_fields=["role"])
    audit.record("member.role_changed", by=by, target=membership.user.email, role=role)
    return api_keys.end_of(organisation=organisation, person=membership.user, by=by) if lowered else []


@transaction.atomic
def remove(*, organisation: Organisation, membership_id: int, by: User) -> list[str]:
    """End a membership; the next request of that person, or with a key they made, is refused. Return those keys."""
    membership = _locked(organisation, membership_id)
    if membership.role == Role.OWNER:
        _keep_an_owner(organisation, membership)
    audit.record("member.removed", by=by, target=membership.user.email)
    keys = api_keys.end_of(organisation=organisation, person=membership.user, by=by)
    membership.delete()
    return keys


@transaction.atomic
def leave(*, organisation: Organisation, by: User) -> None:
    """End one's own membership and the keys one made; the last owner hands over or closes the firm instead."""
    membership = _locked(organisation, _mine(organisation, by).pk)
    if membership.role == Role.OWNER:
        _keep_an_owner(organisation, membership)
    api_keys.end_of(organisation=organisation, person=by, by=by)
    membership.delete()
    audit.record("member.left", by=by, target=by.email)


@transaction.atomic
def transfer(*, organisation: Organisation, membership_id: int, by: User) -> list[str]:
    """Make another member the owner in one's own place; oneself goes on as a planner. Return the keys that ended."""
    mine = _mine(organisation, by)
    heir = _locked(organisation, membership_id)
    mine = _locked(organisation, mine.pk)
    if mine.role != Role.OWNER or heir.pk == mine.pk:
        raise Conflict(_("Only an owner can hand the firm over, and to another member."))
    for membership, role in ((heir, Role.OWNER), (mine, Role.PLANNER)):
        membership.role = role.value
        membership.save(update_fields=["role"])
    audit.record("member.ownership_transferred", by=by, target=heir.user.email)
    return api_keys.end_of(organisation=organisation, person=by, by=by)


def may(*, organisation_id: int, email: str, action: str) -> bool:
    """Tell whether somebody is a member whose role has an action: what they made may go on only while they could."""
    found = Membership.objects.filter(organisation_id=organisation_id, user__email=email, user__is_active=True).first()
    return found is not None and role_may(Role(found.role), action)


def member(*, organisation: Organisation, membership_id: int) -> Membership:
    """Return a member of the firm, or raise NotFound."""
    found = Membership.objects.filter(organisation=organisation, pk=membership_id).select_related("user").first()
    if not found:
        raise NotFound(_("There is no such member."))
    return found


def _mine(organisation: Organisation, by: User) -> Membership:
    found = Membership.objects.filter(organisation=organisation, user=by).first()
    if not found:
        raise NotFound(_("There is no such member."))
    return found


def _locked(organisation: Organisation, membership_id: int) -> Membership:
    # All memberships of the firm are locked together, or two owners could remove each other at once.
    rows = Membership.objects.select_for_update().filter(
        Q(pk=membership_id) | Q(role=Role.OWNER), organisation=organisation
    )
    found = [row for row in rows if row.pk == membership_id]
    if not found:
        raise NotFound(_("There is no such member."))
    return found[0]


def _keep_an_owner(organisation: Organisation, leaving: Membership) -> None:
    others = Membership.objects.filter(organisation=organisation, role=Role.OWNER).exclude(pk=leaving.pk)
    if not others.exists():
        raise Conflict(_("A firm needs an owner. Make somebody else an owner first."))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
