"""What the firm's tier lets be planned: past the days of grace the slowest-selling products are left out, and too many
places are planned as one.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from django.db.models import Sum

from forecasting.models import Location, Product, Sale
from forecasting.services.series import Series
from tenants.models import Organisation
from tenants.services import limits, subscriptions, usage

DAYS = 365  # over which sales are compared


def uses(organisation: Organisation) -> list[limits.Use]:
    """Count what there is now, and say it limit by limit."""
    count(organisation)
    return limits.use(organisation)


def count(organisation: Organisation) -> None:
    """Hold the number of products, places and calls to the tier's limits."""
    limits.count(
        organisation,
        products=Product.objects.count(),
        locations=Location.objects.count(),
        api_calls=usage.used(usage.CALLS),
    )


def left_out(organisation: Organisation) -> frozenset[int]:
    """Name the products that are not planned: none in the tier or its days of grace, else those that sell least.

    Units sold in a year decide; of equals, the one whose code comes later goes.
    """
    count(organisation)
    too_many = limits.excess(organisation, "products")
    if not too_many:
        return frozenset()
    since = subscriptions.today_of(organisation) - timedelta(days=DAYS)
    sales = Sale.objects.filter(sold_on__gte=since).values_list("product").annotate(units=Sum("units"))
    sold = dict(sales.values_list("product", "units"))
    products = Product.objects.order_by("-sku").values_list("pk", flat=True)
    return frozenset(sorted(products, key=lambda pk: sold.get(pk, 0))[:too_many])


def as_one_place(organisation: Organisation) -> bool:
    """Tell whether all places are planned together, because there have been too many for longer than the grace.

    Nothing sold, ordered or lying anywhere leaves the plan by that; what falls away is how it is shared out.
    """
    return limits.excess(organisation, "locations") > 0


def without(found: Series, leave: frozenset[int]) -> Series:
    """Take the rows of some products out of a series; who took over from one of them begins anew."""
    stay = np.array([row for row, product in enumerate(found.products) if product.pk not in leave], np.int64)
    if not leave or len(stay) == len(found.products):
        return found
    panel, moved = found.panel, np.full(len(found.products) + 1, -1, np.int32)
    moved[stay] = np.arange(len(stay), dtype=np.int32)  # its last place stands for "none", which is -1
    grids = {name: getattr(panel, name) for name in ("units", "price", "promo", "stocked", "groups")}
    cut = replace(
        panel,
        ids=tuple(panel.ids[row] for row in stay),
        replaces=None if panel.replaces is None else moved[panel.replaces[stay]],
        **{name: None if grid is None else grid[stay] for name, grid in grids.items()},
    )
    places = found.places and [found.places[row] for row in stay]
    return replace(found, panel=cut, products=[found.products[row] for row in stay], places=places)
