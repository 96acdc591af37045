"""Founds firms, says who belongs to them, and changes what they are called."""

from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from tenants.errors import Invalid
from tenants.isolation import tenant_scope
from tenants.models import Membership, Organisation, User
from tenants.roles import Role
from tenants.services import audit, subscriptions

__all__ = ["Membership", "change", "found", "membership", "of"]

FIELDS = ("name", "country", "address", "currency", "time_zone", "language")
AUTO = ("auto_runs", "auto_day", "auto_hour")


@transaction.atomic
def found(*, by: User, name: str, country: str, currency: str, time_zone: str, language: str = "en") -> Organisation:
    """Found a firm and make the person its owner."""
    _check_zone(time_zone)
    organisation = Organisation.objects.create(
        name=name, country=country, currency=currency, time_zone=time_zone, language=language
    )
    Membership.objects.create(organisation=organisation, user=by, role=Role.OWNER.value)
    subscriptions.begin(organisation)
    with tenant_scope(organisation.pk):
        audit.record("organisation.founded", by=by, target=name, country=country, currency=currency)
    return organisation


def change(*, organisation: Organisation, by: User, **fields: object) -> Organisation:
    """Change what the firm is called, where it is, how it counts, and when it is planned by itself."""
    if "time_zone" in fields:
        _check_zone(str(fields["time_zone"]))
    may = FIELDS + AUTO
    changed: dict[str, Any] = {
        key: value for key, value in fields.items() if key in may and getattr(organisation, key) != value
    }
    for key, value in changed.items():
        setattr(organisation, key, value)
    if changed:
        organisation.save(update_fields=list(changed))
        # When a firm is planned changes no plan: a word of its own, for whoever asks whether anything is new.
        word = "organisation.changed" if set(changed) & set(FIELDS) else "organisation.timed"
        audit.record(word, by=by, target=organisation, **changed)
    return organisation


def membership(*, user: User, wanted: int | None = None) -> Membership | None:
    """Return the person's membership of the wanted firm, else of the one joined last; None without any."""
    mine = Membership.objects.filter(user=user).select_related("organisation")
    return (mine.filter(organisation_id=wanted).first() if wanted else None) or mine.order_by("-pk").first()


def of(*, user: User) -> list[Organisation]:
    """List the firms the person belongs to."""
    return list(Organisation.objects.filter(memberships__user=user).order_by("name"))


def _check_zone(name: str) -> None:
    if name not in available_timezones():
        raise Invalid(_("“%(zone)s” is not a time zone. Choose one from the list.") % {"zone": name})
