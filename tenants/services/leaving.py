"""Lets a firm leave: closed for thirty days in which it can change its mind, then removed whole."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import Departure, Organisation, User
from tenants.services import audit, payments

CLOSED_DAYS = 30
LINK_SECONDS = 7 * 24 * 3600
SALT = "lagom.leaving"
State = Organisation.State


@transaction.atomic
def close(*, organisation: Organisation, by: User, name: str) -> Departure:
    """Close the firm, to be removed in thirty days; the owner writes its name so that nothing happens by accident."""
    if " ".join(name.split()) != " ".join(organisation.name.split()):
        raise Invalid(_("Write the name of the firm exactly as it is."))
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if locked.state == State.CLOSING:
        raise Conflict(_("The firm is being closed already."))
    made = Departure.objects.create(
        organisation=organisation,
        asked_by=by.email,
        due_at=timezone.now() + timedelta(days=CLOSED_DAYS),
        state_before=locked.state,
        reason_before=locked.state_reason,
    )
    payments.leave(organisation, by)
    Organisation.objects.filter(pk=organisation.pk).update(state=State.CLOSING, state_reason="")
    audit.record("organisation.closed", by=by, target=organisation, due=made.due_at.isoformat())
    return made


@transaction.atomic
def stay(*, organisation: Organisation, by: User) -> None:
    """Open a closing firm again, as it was before."""
    departure = Departure.objects.select_for_update().filter(organisation=organisation, due_at__gt=Now()).first()
    if departure is None:
        raise Conflict(_("The firm is not being closed, or its time is over."))
    Organisation.objects.filter(pk=organisation.pk).update(
        state=departure.state_before, state_reason=departure.reason_before
    )
    departure.delete()
    audit.record("organisation.stayed", by=by, target=organisation)


def departure(organisation: Organisation) -> Departure | None:
    """Return when the firm leaves, if it does."""
    return Departure.objects.filter(organisation=organisation).first()


def due(now: datetime | None = None) -> list[Departure]:
    """List the firms whose thirty days are over."""
    found = Departure.objects.filter(due_at__lte=now or Now(), organisation__state=State.CLOSING)
    return list(found.select_related("organisation").order_by("due_at"))


def link(*, organisation: Organisation, job_id: object) -> str:
    """Return a secret that fetches one copy of everything for seven days."""
    return signing.dumps([organisation.pk, str(job_id)], salt=SALT)


def linked(*, organisation: Organisation, token: str) -> str:
    """Return the job whose copy a secret fetches; NotFound when it is old, forged or of another firm."""
    try:
        firm, job_id = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except (signing.BadSignature, ValueError):
        firm, job_id = None, ""
    if firm != organisation.pk:
        raise NotFound(_("This link has expired. Make a new copy."))
    return str(job_id)
