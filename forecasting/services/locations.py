"""What is known of the places where goods lie."""

from typing import Any

from django.utils.translation import gettext as _

from forecasting.models import Location
from tenants.errors import NotFound
from tenants.models import User
from tenants.services import audit

TERMS = ("name", "lead_time_extra_days", "transfer_days", "transfer_cost")


def every() -> list[Location]:
    """List the organisation's places by code."""
    return list(Location.objects.order_by("code"))


def change(*, code: str, by: User, **terms: Any) -> Location:
    """Change the terms given; None means "not known"."""
    location = Location.objects.filter(code=code).first()
    if location is None:
        raise NotFound(_("There is no such place."))
    changed = {name: terms[name] for name in TERMS if name in terms and getattr(location, name) != terms[name]}
    for name, value in changed.items():
        setattr(location, name, value)
    if changed:
        location.save(update_fields=list(changed))
        told = {name: str(value) for name, value in changed.items()}
        audit.record("location.changed", by=by, target=code, **told)
    return location
