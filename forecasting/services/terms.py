"""Reads what ordering a product means (terms) and what is there and on its way (stock)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q
from numpy.typing import NDArray

from forecasting.finance import Rates
from forecasting.models import Inbound, Location, Policy, PriceBreak, Product, Supplier
from forecasting.planning import Breaks, ItemTerms, StockState, Suppliers
from forecasting.planning.leadtimes import Learned
from forecasting.services import events, kits, leadtimes, rates
from tenants.models import Organisation

OWN = ("moq", "pack_size", "service_level", "shelf_life_days", "order_cost", "storage_units")
OF_PLACES = ("transfer_days", "transfer_cost")
OR_SUPPLIERS = ("lead_time_days", "lead_time_sd_days", "review_days")
PRICES = ("unit_cost", "unit_price")


def terms(
    products: Sequence[Product],
    *,
    policy: Policy,
    organisation: Organisation,
    places: Sequence[Location | None] | None = None,
    until: date | None = None,
) -> ItemTerms:
    """Collect the terms: the product's own, else its supplier's, else the rules of the firm; NaN where none says.

    places: the place of each row where a product stands once for each place of the firm. until: lead times as
    deliveries before this day taught them.
    """
    worth = rates.table(organisation)
    known = {name: [_number(getattr(p, name)) for p in products] for name in OWN}
    for name in OR_SUPPLIERS:
        known[name] = [_first(getattr(p, name), getattr(p.supplier, name, None)) for p in products]
    for name in PRICES:
        known[name] = [_at_home(worth, getattr(p, name), p.currency) for p in products]
    if policy.lead_time_days is not None:
        known["lead_time_days"] = [policy.lead_time_days if np.isnan(v) else v for v in known["lead_time_days"]]
    put_together = kits.among(products, kits.read())
    known["lead_time_days"] = np.where(put_together, 0.0, known["lead_time_days"]).tolist()
    held = places or [None] * len(products)
    for name in OF_PLACES:
        known[name] = [_number(getattr(place, name, None)) for place in held]
    further = np.nan_to_num([_number(getattr(place, "lead_time_extra_days", None)) for place in held])
    known["lead_time_days"] = list(np.asarray(known["lead_time_days"]) + further)
    known["transfer_cost"] = [
        np.inf if place is not None and place.transfer_days is None else cost
        for place, cost in zip(held, known["transfer_cost"], strict=True)
    ]
    codes, suppliers = _suppliers(products, worth)
    learned = leadtimes.learned(
        _row_of(products, held),
        codes,
        np.asarray(known["lead_time_days"], np.float64),
        np.asarray(known["lead_time_sd_days"], np.float64),
        closures=suppliers.closures,
        until=until,
    )
    known |= _lead_times(learned, put_together, known)
    return ItemTerms.of(
        len(products),
        **known,
        holding_rate=policy.holding_rate,
        supplier=codes,
        suppliers=suppliers,
        product=[product.pk for product in products],
        location=[-1 if place is None else place.pk for place in held],
        successor=_successors(products, held),
        discontinued=[product.status == Product.Status.DISCONTINUED for product in products],
        breaks=_breaks(products, worth),
    )


def _row_of(products: Sequence[Product], held: Sequence[Location | None]) -> dict[leadtimes.Row, int]:
    return {
        (p.pk, None if place is None else place.pk): row
        for row, (p, place) in enumerate(zip(products, held, strict=True))
    }


def _lead_times(
    found: Learned | None, put_together: NDArray[np.bool_], known: Mapping[str, list[float]]
) -> dict[str, Any]:
    """Let deliveries win over stated lead times where there were enough; what is put together here waits for none."""
    if found is None:
        return {}
    stated, spread = (np.asarray(known[name], np.float64) for name in ("lead_time_days", "lead_time_sd_days"))
    wins = ~np.isnan(found.mean) & ~put_together
    return {
        "lead_time_days": np.where(wins, found.mean, stated).tolist(),
        "lead_time_sd_days": np.where(wins, found.sd, spread).tolist(),
        "lead_samples": np.where(wins[:, None], found.samples, np.nan),
    }


def _suppliers(products: Sequence[Product], worth: Rates) -> tuple[list[int], Suppliers]:
    """Number the suppliers by code, with what an order costs there; foreign money without a rate is not known."""
    found = {p.supplier_id: p.supplier for p in products if p.supplier is not None}
    listed: list[Supplier] = sorted(found.values(), key=lambda supplier: supplier.code)
    number_of = {supplier.pk: code for code, supplier in enumerate(listed)}

    def money(name: str) -> list[float]:
        return [_at_home(worth, getattr(one, name), one.currency) for one in listed]

    shut = events.supplier_closures()
    known = Suppliers.of(
        len(listed),
        closures=tuple(shut.get(one.pk, ()) for one in listed),
        order_cost=money("order_cost"),
        least_value=money("least_value"),
        least_units=[_number(one.least_units) for one in listed],
    )
    return [number_of.get(p.supplier_id, -1) for p in products], known


def _successors(products: Sequence[Product], places: Sequence[Location | None]) -> list[int]:
    """Point from each product to the row, in the same place, of the one that replaces it."""
    at = {(p.replaces, place and place.pk): row for row, (p, place) in enumerate(zip(products, places, strict=True))}
    return [at.get((p.sku, place and place.pk), -1) for p, place in zip(products, places, strict=True)]


def _breaks(products: Sequence[Product], worth: Rates) -> Breaks | None:
    rows: dict[int, list[int]] = {}
    for row, product in enumerate(products):
        if worth.at(product.currency, rates.NEWEST) is not None:
            rows.setdefault(product.pk, []).append(row)
    found = [
        (row, units, _at_home(worth, cost, products[row].currency))
        for product, units, cost in PriceBreak.objects.order_by("product", "from_units").values_list(
            "product", "from_units", "unit_cost"
        )
        for row in rows.get(product, [])
    ]
    if not found:
        return None
    row_of, units, cost = (np.array(column) for column in zip(*found, strict=True))
    return Breaks(row_of.astype(np.int64), units.astype(np.float64), cost.astype(np.float64))


def _at_home(worth: Rates, value: Decimal | None, currency: str) -> float:
    """Convert to the firm's own money at the newest rate; NaN where value or rate is not known."""
    return _number(worth.home_money(value, currency, rates.NEWEST))


def _number(value: object) -> float:
    return np.nan if value is None else float(value)


def _first(*values: object) -> float:
    return next((float(value) for value in values if value is not None), np.nan)


# The newest count of each place, less what was sold there and plus what arrived there after it. A product without any
# count by that day takes, where later ones may be known, the first after it, reckoned back: with what was sold until
# then, without what arrived until then. Sales that name no place are taken from the total.
ON_HAND = """
WITH newest AS (
    SELECT DISTINCT ON (product_id, location_id) product_id, location_id, counted_at AS day, on_hand - reserved AS units
    FROM forecasting_stockcount WHERE counted_at <= %(as_of)s
    ORDER BY product_id, location_id, counted_at DESC
), soonest AS (
    SELECT DISTINCT ON (product_id, location_id) product_id, location_id, counted_at AS day, on_hand - reserved AS units
    FROM forecasting_stockcount c WHERE %(later)s AND counted_at > %(as_of)s
      AND NOT EXISTS (SELECT 1 FROM newest n WHERE n.product_id = c.product_id)
    ORDER BY product_id, location_id, counted_at
), places AS (SELECT * FROM newest UNION ALL SELECT * FROM soonest
), counted AS ({counted}
), spans AS (
    SELECT *, LEAST(day, %(as_of)s) AS after, GREATEST(day, %(as_of)s) AS until,
      CASE WHEN day > %(as_of)s THEN -1 ELSE 1 END AS sign
    FROM counted
)
SELECT c.product_id, c.location_id, c.units,
  c.sign * COALESCE((SELECT sum(s.units) FROM forecasting_sale s
    WHERE s.product_id = c.product_id AND s.sold_on > c.after AND s.sold_on <= c.until {sold_here}), 0),
  c.sign * COALESCE((SELECT sum(i.units) FROM forecasting_inbound i
    WHERE i.product_id = c.product_id AND i.received_on > c.after AND i.received_on <= c.until {came_here}), 0)
FROM spans c
"""
TOGETHER = {
    "counted": "SELECT product_id, NULL::bigint AS location_id, sum(units) AS units, max(day) AS day "
    "FROM places GROUP BY 1",
    "sold_here": "",
    "came_here": "",
}
# The same for every place on its own; sales that name no place are taken from the shelf that holds most.
APART = {
    "counted": "SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY units DESC, location_id) = 1 AS main "
    "FROM places",
    "sold_here": "AND (s.location_id = c.location_id OR s.location_id IS NULL AND c.main)",
    "came_here": "AND i.location_id = c.location_id",
}


def on_its_way(as_of: date) -> Q:
    """Select what had not come by the end of a day; what came since is still on its way to whoever looks from there."""
    return Q(units__gt=0) & (Q(received_on=None) | Q(received_on__gt=as_of))


def placed_by(as_of: date) -> Q:
    """Select what was on its way and ordered by the end of a day: all that somebody who lived then could know of."""
    return on_its_way(as_of) & Q(ordered_on__lte=as_of)


def stock(
    products: list[Product],
    *,
    as_of: date,
    places: list[Location] | None = None,
    coming: Callable[[date], Q] = on_its_way,
    later: bool = False,
) -> StockState:
    """Read what lies there at the end of a day and what is on its way; NaN for what was never counted.

    places: the place of each row where shelves are told apart. An order that should have come already is expected on
    the next day. coming: which orders count, by default all that are open today. later: what was counted for the first
    time after that day is known too, as whoever begins today and counts today expects.
    """
    row_of: dict[tuple[int, int | None], int] = {
        (product.pk, places[row].pk if places else None): row for row, product in enumerate(products)
    }
    put_together, taken = kits.among(products, kits.read()), kits.taken(as_of, apart=places is not None)
    on_hand = np.where(put_together, 0.0, np.nan)  # a kit lies nowhere
    with connection.cursor() as cursor:
        cursor.execute(ON_HAND.format(**(APART if places else TOGETHER)), {"as_of": as_of, "later": later})
        for product, place, units, sold, received in cursor.fetchall():
            if (row := row_of.get((product, place))) is not None and not put_together[row]:
                on_hand[row] = max(units - sold - taken.get((product, place), 0.0) + received, 0)
    due = [
        (row, units, day)
        for product, place, units, day in Inbound.objects.filter(coming(as_of))
        .order_by("expected_on", "pk")
        .values_list("product_id", "location_id", "units", "expected_on")
        if (row := row_of.get((product, place if places else None))) is not None and not put_together[row]
    ]
    tomorrow = np.datetime64(as_of) + np.timedelta64(1, "D")
    return StockState(
        on_hand=on_hand,
        inbound_row=np.array([row for row, _, _ in due], np.int64),
        inbound_units=np.array([units for _, units, _ in due], np.float64),
        inbound_day=np.maximum(np.array([day for _, _, day in due], "datetime64[D]"), tomorrow),
    )
