"""What concerns a person whatever the firm: second factors that are due, their own data, and the end of an account."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tenants.errors import Conflict
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invitation, Membership, Organisation, User
from tenants.models.account_managers import AccountManager
from tenants.roles import Role
from tenants.services import api_keys, audit

ENTRIES = 10_000


def is_manager(user: User) -> bool:
    """Tell whether a person looks after firms, or runs the portal: then a second factor and short sessions are due."""
    return user.is_staff or AccountManager.objects.filter(user_id=user.pk, active=True).exists()


def change(*, by: User, name: str, language: str) -> None:
    """Change what a person is called and in which language letters to them are written."""
    by.name, by.language = name, language
    by.save(update_fields=["name", "language"])


def owned_alone(*, user: User) -> list[Organisation]:
    """List the firms that would be without an owner if this person went."""
    mine = Membership.objects.filter(user=user, role=Role.OWNER).values("organisation")
    others = Membership.objects.filter(role=Role.OWNER, organisation__in=mine).exclude(user=user).values("organisation")
    return list(Organisation.objects.filter(pk__in=mine).exclude(pk__in=others).order_by("name"))


def data(*, user: User) -> dict[str, Any]:
    """Collect what is kept about a person: who they are, where they belong, and what they did."""
    memberships = Membership.objects.filter(user=user).select_related("organisation").order_by("pk")
    invitations = Invitation.objects.filter(email=user.email, accepted_at=None).select_related("organisation")
    return {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "since": user.date_joined,
        "last_sign_in": user.last_login,
        "firms": [{"name": m.organisation.name, "role": m.role, "since": m.created_at} for m in memberships],
        "invitations": [{"firm": i.organisation.name, "role": i.role, "until": i.expires_at} for i in invitations],
        "done": [line for m in memberships for line in _done(user, m.organisation)],
    }


def _done(user: User, organisation: Organisation) -> list[dict[str, Any]]:
    names = ("at", "action", "target", "reason", "address")
    with tenant_scope(organisation.pk):
        rows = AuditEntry.objects.filter(actor=user.email).order_by("-pk").values(*names)[:ENTRIES]
        return [{"firm": organisation.name, **row} for row in rows]


@transaction.atomic
def delete(*, by: User) -> None:
    """Delete a person; refused while a firm would be left without an owner, or firms are looked after."""
    list(Membership.objects.select_for_update().filter(organisation__memberships__user=by, role=Role.OWNER))
    if alone := owned_alone(user=by):
        raise Conflict(
            _("You are the only owner of %(firms)s. Make somebody else its owner, or close the firm, first.")
            % {"firms": ", ".join(firm.name for firm in alone)}
        )
    if AccountManager.objects.filter(user=by).exists():
        raise Conflict(_("You look after firms. Ask the operator to hand them to somebody else first."))
    for membership in Membership.objects.filter(user=by).select_related("organisation"):
        with tenant_scope(membership.organisation_id):
            api_keys.end_of(organisation=membership.organisation, person=by, by=by)
    audit.record_everywhere("account.deleted", by=by)
    by.delete()


def is_operator(user: User) -> bool:
    """Tell whether a person runs the portal itself."""
    return user.is_active and user.is_staff
