"""What people say of their works: work centres, closed days, what making takes, and what is a kit."""

from datetime import date

from django.utils.translation import gettext as _

from forecasting.models import CapacityChange, Component, Product, ProductionLoad, ProductionSlot, Routing, WorkCentre
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import User
from tenants.services import audit


def keep_centre(*, code: str, name: str, weekly_minutes: float, by: User) -> WorkCentre:
    """Make a work centre, or change the one of this code."""
    said = {"name": name, "weekly_minutes": weekly_minutes}
    centre, _made = WorkCentre.objects.update_or_create(code=code, defaults=said)
    audit.record("work_centre.kept", by=by, target=code, weekly_minutes=weekly_minutes)
    return centre


def drop_centre(*, code: str, by: User) -> None:
    """Take a work centre away that no routing names; what runs scheduled there goes with it."""
    centre = _centre(code)
    if Routing.objects.filter(work_centre=centre).exists():
        raise Conflict(_("Goods are made at %(code)s. Take those steps out first.") % {"code": code})
    for rows in (ProductionSlot, ProductionLoad, CapacityChange):
        rows.objects.filter(work_centre=centre).delete()
    centre.delete()
    audit.record("work_centre.dropped", by=by, target=code)


def change_capacity(*, code: str, starts_on: date, ends_on: date, weekly_minutes: float, by: User) -> None:
    """Say that a work centre can work another number of minutes a week on some days; 0 is closed."""
    if ends_on < starts_on:
        raise Invalid(_("The last day lies before the first."))
    said = {"ends_on": ends_on, "weekly_minutes": weekly_minutes}
    CapacityChange.objects.update_or_create(work_centre=_centre(code), starts_on=starts_on, defaults=said)
    told = {"starts_on": str(starts_on), "ends_on": str(ends_on), "weekly_minutes": weekly_minutes}
    audit.record("work_centre.capacity", by=by, target=code, **told)


def restore_capacity(*, code: str, starts_on: date, by: User) -> None:
    """Take a change of capacity back."""
    CapacityChange.objects.filter(work_centre=_centre(code), starts_on=starts_on).delete()
    audit.record("work_centre.restored", by=by, target=code, starts_on=str(starts_on))


def keep_routing(*, sku: str, code: str, minutes_per_unit: float, setup_minutes: float, by: User) -> None:
    """Say what making a product takes at a work centre."""
    said = {"minutes_per_unit": minutes_per_unit, "setup_minutes": setup_minutes}
    Routing.objects.update_or_create(product=_product(sku), work_centre=_centre(code), defaults=said)
    audit.record("routing.kept", by=by, target=sku, work_centre=code, **said)


def drop_routing(*, sku: str, code: str, by: User) -> None:
    """Take a step of making a product out."""
    Routing.objects.filter(product=_product(sku), work_centre=_centre(code)).delete()
    audit.record("routing.dropped", by=by, target=sku, work_centre=code)


def say_made(*, sku: str, made: bool, by: User) -> None:
    """Say that a product with components is made to stock, or put together when it is sold."""
    if not Component.objects.filter(parent=_product(sku)).update(made=made):
        raise NotFound(_("Nothing is known of what %(sku)s is made of.") % {"sku": sku})
    audit.record("product.made" if made else "product.kit", by=by, target=sku)


def _centre(code: str) -> WorkCentre:
    found = WorkCentre.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such work centre."))
    return found


def _product(sku: str) -> Product:
    found = Product.objects.filter(sku=sku).first()
    if found is None:
        raise NotFound(_("There is no product %(sku)s.") % {"sku": sku})
    return found
