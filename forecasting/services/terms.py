"""Reads what ordering a product means (terms) and what is there and on its way (stock)."""

from datetime import date

import numpy as np
from django.db import connection

from forecasting.models import Inbound, Policy, Product
from forecasting.planning import ItemTerms, StockState
from tenants.models import Organisation

OWN = ("moq", "pack_size", "service_level", "shelf_life_days")
OR_SUPPLIERS = ("lead_time_days", "lead_time_sd_days", "review_days")
PRICES = ("unit_cost", "unit_price")


def terms(products: list[Product], *, policy: Policy, organisation: Organisation) -> ItemTerms:
    """Collect the terms: the product's own, else its supplier's, else the rules of the firm; NaN where none says.

    Costs and prices in another currency than the firm's count as not known: they cannot be added up.
    """
    known = {name: [_number(getattr(p, name)) for p in products] for name in OWN}
    for name in OR_SUPPLIERS:
        known[name] = [_first(getattr(p, name), getattr(p.supplier, name, None)) for p in products]
    for name in PRICES:
        known[name] = [_number(getattr(p, name)) if at_home(p, organisation) else np.nan for p in products]
    if policy.lead_time_days is not None:
        known["lead_time_days"] = [policy.lead_time_days if np.isnan(v) else v for v in known["lead_time_days"]]
    return ItemTerms.of(len(products), **known, holding_rate=policy.holding_rate)


def at_home(product: Product, organisation: Organisation) -> bool:
    """Tell whether a product's money is in the firm's own currency."""
    return product.currency in ("", organisation.currency)


def _number(value: object) -> float:
    return np.nan if value is None else float(value)


def _first(*values: object) -> float:
    return next((float(value) for value in values if value is not None), np.nan)


# The newest count of each place, less what was sold there and plus what arrived there after it. Sales that name no
# place are taken from the total.
ON_HAND = """
WITH newest AS (
    SELECT DISTINCT ON (product_id, location_id) product_id, counted_at, on_hand - reserved AS units
    FROM forecasting_stockcount WHERE counted_at <= %(as_of)s
    ORDER BY product_id, location_id, counted_at DESC
), counted AS (SELECT product_id, sum(units) AS units, max(counted_at) AS day FROM newest GROUP BY 1)
SELECT c.product_id, c.day, c.units,
  COALESCE((SELECT sum(s.units) FROM forecasting_sale s
            WHERE s.product_id = c.product_id AND s.sold_on > c.day AND s.sold_on <= %(as_of)s), 0),
  COALESCE((SELECT sum(i.units) FROM forecasting_inbound i
            WHERE i.product_id = c.product_id AND i.received_on > c.day AND i.received_on <= %(as_of)s), 0)
FROM counted c
"""


def stock(products: list[Product], *, as_of: date) -> StockState:
    """Read what lies there at the end of a day and what is on its way; NaN for a product that was never counted.

    An order that should have come already is expected on the next day.
    """
    row_of = {product.pk: row for row, product in enumerate(products)}
    on_hand = np.full(len(products), np.nan)
    with connection.cursor() as cursor:
        cursor.execute(ON_HAND, {"as_of": as_of})
        for product, _day, units, sold, received in cursor.fetchall():
            on_hand[row_of[product]] = max(units - sold + received, 0)
    coming = list(
        Inbound.objects.filter(received_on=None, units__gt=0)
        .order_by("expected_on", "pk")
        .values_list("product_id", "units", "expected_on")
    )
    tomorrow = np.datetime64(as_of) + np.timedelta64(1, "D")
    return StockState(
        on_hand=on_hand,
        inbound_row=np.array([row_of[product] for product, _, _ in coming], np.int64),
        inbound_units=np.array([units for _, units, _ in coming], np.float64),
        inbound_day=np.maximum(np.array([day for _, _, day in coming], "datetime64[D]"), tomorrow),
    )
