"""Lets a manager look inside one firm, for a time, when its owner allows it; each step is in the firm's audit log."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.errors import Conflict, Invalid, NotAllowed, NotFound
from tenants.isolation import tenant_scope
from tenants.models import Consent, Membership, Organisation, User
from tenants.roles import Role
from tenants.services import account_managers, accounts, audit

State = Consent.State
USUAL_HOURS, MOST_HOURS = 24, 168
EMERGENCY_HOURS = 1


@dataclass(frozen=True)
class Visit:
    """A manager inside a firm: by which consent, for whom, until when."""

    consent: Consent
    membership: Membership
    on_behalf_of: str


@transaction.atomic
def ask(*, organisation: Organisation, by: User, reason: str) -> Consent:
    """Ask the owner of a firm of one's portfolio to be let in."""
    account_managers.firm(by=by, organisation_id=organisation.pk)
    said = account_managers.needs(reason)
    _tidy(organisation)
    try:
        with transaction.atomic():
            made = Consent.objects.create(organisation=organisation, manager=by, reason=said)
    except IntegrityError:
        raise Conflict(_("You have asked already, or are let in.")) from None
    _record("consent.asked", made, by, said)
    return made


@transaction.atomic
def grant(*, organisation: Organisation, consent_id: UUID, by: User, hours: int, role: str) -> Consent:
    """Let the manager in who asked, as its owner, for some hours; as a viewer unless more is given."""
    if not 1 <= hours <= MOST_HOURS:
        raise Invalid(_("Choose between one hour and seven days."))
    if role not in dict(Consent.ROLES):
        raise Invalid(_("A manager can be a viewer or a planner, nothing else."))
    consent = _of(organisation, consent_id)
    _must_own(organisation, by, consent)
    now = timezone.now()
    fields = {"role": role, "decided_at": now, "decided_by": by.email, "ends_at": now + timedelta(hours=hours)}
    if not Consent.objects.filter(pk=consent.pk, state=State.ASKED).update(state=State.GRANTED, **fields):
        raise Conflict(_("This was decided before."))
    consent.refresh_from_db()
    _record("consent.granted", consent, by, consent.reason, hours=hours, role=role)
    return consent


@transaction.atomic
def refuse(*, organisation: Organisation, consent_id: UUID, by: User) -> None:
    """Keep the manager out who asked."""
    consent = _of(organisation, consent_id)
    _must_own(organisation, by, consent)
    said = {"decided_at": Now(), "decided_by": by.email}
    if not Consent.objects.filter(pk=consent.pk, state=State.ASKED).update(state=State.REFUSED, **said):
        raise Conflict(_("This was decided before."))
    _record("consent.refused", consent, by, consent.reason)


@transaction.atomic
def end(*, organisation: Organisation, consent_id: UUID, by: User) -> None:
    """Show a manager out, whose next request is refused; for the owner and for the manager too."""
    consent = _of(organisation, consent_id)
    if consent.manager_id != by.pk:
        _must_own(organisation, by, consent)
    held = Consent.objects.filter(pk=consent.pk, state__in=[State.ASKED, State.GRANTED])
    if not held.update(state=State.ENDED, ended_at=Now(), ended_by=by.email):
        raise Conflict(_("This has ended already."))
    _record("consent.ended", consent, by, consent.reason)


@transaction.atomic
def emergency(*, organisation: Organisation, by: User, reason: str) -> Consent:
    """Let the operator in for an hour without the owner, who is told."""
    if not accounts.is_operator(by):
        raise NotFound(_("There is no such firm."))
    said = account_managers.needs(reason)
    _tidy(organisation)
    Consent.objects.filter(organisation=organisation, manager=by, state__in=[State.ASKED, State.GRANTED]).update(
        state=State.ENDED, ended_at=Now(), ended_by=by.email
    )
    now = timezone.now()
    made = Consent.objects.create(
        organisation=organisation,
        manager=by,
        reason=said,
        state=State.GRANTED,
        emergency=True,
        decided_at=now,
        decided_by=by.email,
        ends_at=now + timedelta(hours=EMERGENCY_HOURS),
    )
    _record("consent.emergency", made, by, said, hours=EMERGENCY_HOURS)
    return made


def visit(*, user: User, consent_id: str) -> Visit | None:
    """Return the visit that a consent allows this person now; None when it does not hold, or is not theirs."""
    try:
        wanted = UUID(str(consent_id))
    except ValueError:
        return None
    # By the database's clock, as all that expires.
    held = Consent.objects.filter(pk=wanted, manager_id=user.pk, state=State.GRANTED, ends_at__gt=Now())
    consent = held.select_related("organisation", "manager").first()
    if consent is None or not accounts.is_manager(user):
        return None
    if not consent.emergency and not account_managers.portfolio(user).filter(pk=consent.organisation_id).exists():
        return None  # the firm was given to somebody else
    membership = Membership(organisation=consent.organisation, user=user, role=consent.role)
    whose = "" if consent.emergency else consent.decided_by
    return Visit(consent, membership, whose or _("the portal's operator"))


def of(organisation: Organisation) -> list[Consent]:
    """List who asked to look into the firm and what became of it, the newest first."""
    rows = Consent.objects.filter(organisation=organisation).select_related("manager")
    return list(rows.order_by("-asked_at")[:50])


def open_now(organisation: Organisation) -> list[Consent]:
    """List who asks to be let in and who is in."""
    rows = Consent.objects.filter(organisation=organisation, state__in=[State.ASKED, State.GRANTED])
    rows = rows.exclude(state=State.GRANTED, ends_at__lte=Now())
    return list(rows.select_related("manager").order_by("asked_at"))


def between(*, organisation: Organisation, manager: User) -> Consent | None:
    """Return the newest wish of a manager to look into a firm."""
    return Consent.objects.filter(organisation=organisation, manager=manager).order_by("-asked_at").first()


def holds(consent: Consent, now: datetime | None = None) -> bool:
    """Tell whether a consent lets its manager in."""
    return consent.state == State.GRANTED and bool(consent.ends_at and consent.ends_at > (now or timezone.now()))


def looked(visit: Visit, *, method: str, path: str) -> None:
    """Write down what a visitor looked at or did, in the scope of the firm."""
    audit.record("consent.used", by=visit.consent.manager, target=path, reason=visit.consent.reason, method=method)


def _of(organisation: Organisation, consent_id: UUID) -> Consent:
    found = Consent.objects.filter(pk=consent_id, organisation=organisation).select_related("manager").first()
    if found is None:
        raise NotFound(_("There is no such request."))
    return found


def _must_own(organisation: Organisation, by: User, consent: Consent) -> None:
    # Asked of the table and not of the request: a visitor's borrowed role must never decide for the owner.
    own = Membership.objects.filter(organisation=organisation, user_id=by.pk, role=Role.OWNER.value)
    if consent.manager_id == by.pk or not own.exists():
        raise NotAllowed(_("Only an owner of the firm decides who may look inside."))


def _tidy(organisation: Organisation) -> None:
    lapsed = Consent.objects.filter(organisation=organisation, state=State.GRANTED, ends_at__lte=Now())
    lapsed.update(state=State.ENDED, ended_at=Now())


def _record(action: str, consent: Consent, by: User, reason: str, **detail: object) -> None:
    with tenant_scope(consent.organisation_id):
        audit.record(action, by=by, target=consent.manager.email, reason=reason, **detail)
