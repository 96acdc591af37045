"""What is known of the firms that deliver, and what larger orders cost."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from forecasting.models import PriceBreak, Product, Supplier
from tenants.errors import Invalid, NotFound
from tenants.models import User
from tenants.services import audit

TERMS = (
    "name", "contact", "email", "address", "lead_time_days", "lead_time_sd_days", "review_days",
    "order_cost", "least_value", "least_units",
)  # fmt: skip
MOST_BREAKS = 10


def change(*, code: str, by: User, **terms: Any) -> Supplier:
    """Change the terms given; None means "not known", and the next plan says where it misses them."""
    supplier = Supplier.objects.filter(code=code).first()
    if supplier is None:
        raise NotFound(_("There is no such supplier."))
    changed = {name: terms[name] for name in TERMS if name in terms and getattr(supplier, name) != terms[name]}
    for name, value in changed.items():
        setattr(supplier, name, value)
    if changed:
        supplier.save(update_fields=list(changed))
        told = {name: str(value) for name, value in changed.items()}
        audit.record("supplier.changed", by=by, target=code, **told)
    return supplier


def price_breaks(*, product: Product, by: User, breaks: Sequence[tuple[float, Decimal]]) -> None:
    """Replace a product's price breaks: (from so many units on, what each unit of the order then costs).

    Raises Invalid, before anything is changed, when one comes twice or a larger order would cost more per unit.
    """
    wanted = sorted(breaks)
    if len(wanted) > MOST_BREAKS:
        raise Invalid(_("At most %(n)d price breaks are kept.") % {"n": MOST_BREAKS})
    for (units, cost), (next_units, next_cost) in itertools.pairwise(wanted):
        if units == next_units:
            raise Invalid(_("%(units)g units stand there twice; nothing was changed.") % {"units": units})
        if next_cost >= cost:
            raise Invalid(
                _("From %(units)g units on a unit must cost less than before; nothing was changed.")
                % {"units": next_units}
            )
    before = list(PriceBreak.objects.filter(product=product).order_by("from_units"))
    if [(one.from_units, one.unit_cost) for one in before] == wanted:
        return
    PriceBreak.objects.filter(product=product).delete()
    PriceBreak.objects.bulk_create(
        PriceBreak(organisation_id=product.organisation_id, product=product, from_units=units, unit_cost=cost)
        for units, cost in wanted
    )
    audit.record("product.prices", by=by, target=product.sku, breaks=[[units, str(cost)] for units, cost in wanted])
