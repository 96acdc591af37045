"""Who of the portal may look after firms, and what they do for one: each with a reason that its owner can read."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import AccountManager, Assignment, Invitation, ManagerNote, Membership, Organisation, User
from tenants.roles import Role
from tenants.services import accounts, audit, billing, members, organisations, payments, reminders, subscriptions

State = Organisation.State


def portfolio(user: User) -> QuerySet[Organisation]:
    """Return the firms that a person looks after; the operator looks after all."""
    firms = Organisation.objects.select_related("figures", "assignment__manager__user", "departure").order_by("name")
    if accounts.is_operator(user):
        return firms
    return firms.filter(assignment__manager__user_id=user.pk, assignment__manager__active=True)


def firm(*, by: User, organisation_id: int) -> Organisation:
    """Return a firm of the person's portfolio, or raise NotFound: what is not theirs is not there."""
    found = portfolio(by).filter(pk=organisation_id).first()
    if found is None:
        raise NotFound(_("There is no such firm."))
    return found


def every() -> list[AccountManager]:
    """List the account managers, those who have left last."""
    return list(AccountManager.objects.select_related("user").order_by("-active", "user__email"))


@transaction.atomic
def appoint(*, email: str) -> AccountManager:
    """Make a person who has signed up an account manager."""
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        raise Invalid(_("Nobody has signed up as %(email)s. Ask them to sign up first.") % {"email": email})
    found, _new = AccountManager.objects.update_or_create(user=user, defaults={"active": True})
    return found


def dismiss(*, manager_id: int) -> None:
    """Take the rights of an account manager away, from the next request on; the firms become the operator's."""
    with transaction.atomic():
        if not AccountManager.objects.filter(pk=manager_id, active=True).update(active=False):
            raise NotFound(_("There is no such account manager."))
        Assignment.objects.filter(manager_id=manager_id).delete()


def needs(reason: str) -> str:
    """Return the reason that an action must have, or raise Invalid."""
    said = " ".join(reason.split())
    if len(said) < 3:
        raise Invalid(_("Say why. The firm's owner can read it."))
    return said[:500]


@transaction.atomic
def onboard(*, by: User, owner: str, language: str, reason: str, **about: str) -> tuple[Organisation, Invitation, str]:
    """Found a firm for a customer and invite its owner; return it with the invitation and its secret."""
    said = needs(reason)
    made = organisations.found(by=by, language=language, **about)
    Membership.objects.filter(organisation=made, user=by).delete()  # a manager has no membership
    mine = AccountManager.objects.filter(user=by, active=True).first()
    if mine:
        Assignment.objects.create(organisation=made, manager=mine)
    with tenant_scope(made.pk):
        invitation, token = members.invite(organisation=made, email=owner, role=Role.OWNER.value, by=by)
        audit.record("firm.onboarded", by=by, target=owner, reason=said)
    return made, invitation, token


@transaction.atomic
def assign(*, organisation: Organisation, manager_id: int | None, by: User, reason: str) -> None:
    """Give a firm to another manager, or to the operator alone."""
    said = needs(reason)
    if manager_id is None:
        Assignment.objects.filter(organisation=organisation).delete()
        to = ""
    else:
        manager = AccountManager.objects.select_related("user").filter(pk=manager_id, active=True).first()
        if manager is None:
            raise NotFound(_("There is no such account manager."))
        Assignment.objects.update_or_create(organisation=organisation, defaults={"manager": manager})
        to = manager.user.email
    _record("firm.assigned", organisation, by, said, to=to)


@transaction.atomic
def suspend(*, organisation: Organisation, by: User, reason: str) -> None:
    """Close a firm to its people, all but its owner, who may read why, pay and export."""
    said = needs(reason)
    open_ones = Organisation.objects.filter(pk=organisation.pk).exclude(state__in=[State.SUSPENDED, State.CLOSING])
    if not open_ones.update(state=State.SUSPENDED, state_reason=said):
        raise Conflict(_("The firm is suspended or closing already."))
    _record("firm.suspended", organisation, by, said)


@transaction.atomic
def reactivate(*, organisation: Organisation, by: User, reason: str) -> None:
    """Let the people of a suspended or unpaid firm work again."""
    said = needs(reason)
    held = Organisation.objects.filter(pk=organisation.pk, state__in=[State.SUSPENDED, State.READ_ONLY])
    if not held.update(state=State.ACTIVE, state_reason=""):
        raise Conflict(_("The firm is neither suspended nor read-only."))
    _record("firm.reactivated", organisation, by, said)


@transaction.atomic
def note(*, organisation: Organisation, by: User, text: str) -> ManagerNote:
    """Write a note about a firm; its owner reads it in the audit log."""
    said = needs(text)
    made = ManagerNote.objects.create(organisation=organisation, by=by.email, text=said)
    _record("firm.noted", organisation, by, said)
    return made


def notes(organisation: Organisation) -> list[ManagerNote]:
    """List what was noted about a firm, the newest first."""
    return list(ManagerNote.objects.filter(organisation=organisation).order_by("-at")[:50])


def change_tier(*, organisation: Organisation, tier: str, interval: str, by: User, reason: str) -> None:
    """Give a firm another tier, by the rules of billing; what only the buyer can confirm, a letter asks of them."""
    with tenant_scope(organisation.pk):
        choice = payments.Choice(tier, interval, reason=needs(reason))
        if address := payments.choose(organisation=organisation, choice=choice, by=by):
            row = subscriptions.of(organisation)
            reminders.post(organisation, row, "confirm", tier=tier.capitalize(), address=address, reason=choice.reason)


def extend_trial(*, organisation: Organisation, days: int, by: User, reason: str) -> None:
    """Let a firm try longer."""
    with tenant_scope(organisation.pk):
        billing.extend_trial(organisation=organisation, days=days, by=by, reason=needs(reason))


def discount(*, organisation: Organisation, percent: int, months: int, by: User, reason: str) -> None:
    """Take some percent off a firm's next months."""
    with tenant_scope(organisation.pk):
        told: dict[str, Any] = {"percent": percent, "months": months, "by": by, "reason": needs(reason)}
        payments.grant_discount(organisation=organisation, **told)


def credit(*, organisation: Organisation, cents: int, by: User, reason: str) -> None:
    """Give a firm net money that its next invoices use up."""
    with tenant_scope(organisation.pk):
        payments.grant_credit(organisation=organisation, cents=cents, by=by, reason=needs(reason))


def owners(organisation: Organisation) -> list[User]:
    """List the people who own a firm."""
    held = Q(memberships__organisation=organisation, memberships__role=Role.OWNER.value)
    return list(User.objects.filter(held, is_active=True).order_by("email"))


def _record(action: str, organisation: Organisation, by: User, reason: str, **detail: str) -> None:
    # The scope is opened to write this line; nothing of the firm is read.
    with tenant_scope(organisation.pk):
        audit.record(action, by=by, target=organisation, reason=reason, **detail)
