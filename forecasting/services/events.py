"""Keeps what is known of some days, and tells the engine of it: promotions, prices, days when nothing is sold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from forecasting.engine.calendars import make_calendar, names_in
from forecasting.engine.changes import overlap
from forecasting.engine.periods import period_index
from forecasting.engine.types import Ahead, DemandPanel
from forecasting.models import Event, Product, Supplier
from tenants.errors import Invalid, NotFound
from tenants.models import User
from tenants.services import audit

FIELDS = ("kind", "name", "first_day", "last_day", "skus", "categories", "supplier", "percent", "price")
LONGEST = 3660  # days that an event may last
MOST = 5000  # events that a run reads

# The mean price of a unit by product and period, of sales in the firm's own currency.
PRICES = """
SELECT product_id, sold_on, sum(units * unit_price - COALESCE(discount, 0)) / sum(units)
FROM forecasting_sale
WHERE units > 0 AND unit_price IS NOT NULL AND sold_on BETWEEN %(first)s AND %(last)s AND product_id = ANY(%(products)s)
  AND currency IN ('', %(currency)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Announced:
    """What events tell of a panel's periods and of those ahead, as the engine takes it."""

    closures: tuple[date, ...] = ()
    promo: NDArray[np.float32] | None = None
    price: NDArray[np.float32] | None = None
    ahead: Ahead | None = None


def add(*, by: User, **fields: Any) -> Event:
    """Write an event down; the next run knows of it."""
    event = Event(by=by.email, **_checked(fields))
    event.save()
    audit.record("event.added", by=by, target=event.name, **_told(event))
    return event


def change(*, event_id: int, by: User, **fields: Any) -> Event:
    """Change an event; the next run knows of it."""
    event = get(event_id)
    for name, value in _checked(fields).items():
        setattr(event, name, value)
    event.save()
    audit.record("event.changed", by=by, target=event.name, **_told(event))
    return event


def undo(*, event_id: int, by: User) -> Event:
    """Take an event back, or bring it back when it was."""
    event = get(event_id)
    back = event.undone_at is not None
    event.undone_at, event.undone_by = (None, "") if back else (timezone.now(), by.email)
    event.save(update_fields=["undone_at", "undone_by"])
    audit.record("event.brought_back" if back else "event.taken_back", by=by, target=event.name, **_told(event))
    return event


def get(event_id: int) -> Event:
    """Return an event, or raise NotFound."""
    event = Event.objects.select_related("supplier").filter(pk=event_id).first()
    if event is None:
        raise NotFound(_("There is no such event."))
    return event


def upsert(rows: Sequence[Mapping[str, Any]], *, by: User) -> list[tuple[int, str]]:
    """Add or change events by name and first day, in a few statements; return which rows cannot stand, and why."""
    skus = {sku for row in rows for sku in row.get("skus") or ()}
    there = set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    days = {row["first_day"] for row in rows}
    known = {(one.name, one.first_day): one for one in Event.objects.filter(undone_at=None, first_day__in=days)}
    wrong, fresh, changed = [], {}, {}
    for at, row in enumerate(rows):
        try:
            fields = _checked(dict(row), there)
        except Invalid as error:
            wrong.append((at, str(error)))
            continue
        key = (row["name"], row["first_day"])
        event = known.get(key) or Event(by=by.email)
        for name, value in fields.items():
            setattr(event, name, value)
        (changed if key in known else fresh)[key] = event
    Event.objects.bulk_create(fresh.values(), batch_size=1000)
    Event.objects.bulk_update(changed.values(), FIELDS, batch_size=500)
    if fresh or changed:
        audit.record("rows.sent", by=by, target="events", new=len(fresh), changed=len(changed))
    return wrong


def _told(event: Event) -> dict[str, Any]:
    told = {name: getattr(event, name) for name in ("kind", "first_day", "last_day", "skus", "categories", "percent")}
    return told | {"supplier": str(event.supplier or ""), "price": str(event.price or "")}


def _checked(fields: dict[str, Any], there: set[str] | None = None) -> dict[str, Any]:
    """Take what belongs to the kind of event, and say all that is wrong with it; there: the products that are known."""
    known = {name: fields.get(name) for name in FIELDS}
    kind = known["kind"]
    if known["last_day"] < known["first_day"]:
        raise Invalid(_("The last day lies before the first one."))
    if (known["last_day"] - known["first_day"]).days > LONGEST:
        raise Invalid(_("An event lasts ten years at most."))
    known["skus"], known["categories"] = known["skus"] or [], known["categories"] or []
    if kind in (Event.Kind.CLOSURE, Event.Kind.SUPPLIER):
        known |= {"skus": [], "categories": [], "percent": None, "price": None}
    if kind != Event.Kind.SUPPLIER:
        known["supplier"] = None
    elif known["supplier"] is None:
        raise Invalid(_("Say which supplier is closed."))
    if kind == Event.Kind.PRICE and known["percent"] is None and known["price"] is None:
        raise Invalid(_("Say the new price, or by how many percent it changes."))
    if there is None:
        there = set(Product.objects.filter(sku__in=known["skus"]).values_list("sku", flat=True))
    if wrong := [sku for sku in known["skus"] if sku not in there]:
        raise Invalid(_("There is no product %(skus)s.") % {"skus": ", ".join(wrong[:5])})
    return known


def kept(first: date, last: date) -> list[Event]:
    """Return the events that hold on some day between two, the earliest first."""
    found = Event.objects.filter(undone_at=None, first_day__lte=last, last_day__gte=first)
    return list(found.select_related("supplier").order_by("first_day", "pk")[:MOST])


def concerns(event: Event, product: Product) -> bool:
    """Tell whether an event is about a product: one without products and categories is about all."""
    if event.kind == Event.Kind.SUPPLIER:
        return event.supplier_id == product.supplier_id
    if not event.skus and not event.categories:
        return True
    return product.sku in event.skus or (bool(product.category) and product.category in event.categories)


def holidays(country: str, first: date, last: date, language: str = "en") -> list[tuple[str, date]]:
    """List the feasts and shopping days of a country that the engine knows by itself; none where it knows none.

    Names are said in the language as far as they are known in it, else in English.
    """
    try:
        found = make_calendar(country, first, last).events
    except ValueError:
        return []
    said = names_in(language.partition("-")[0], country, range(first.year, last.year + 1))
    return [(said.get(name, name), day) for name, day in found]


def days_of(events: Iterable[Event]) -> tuple[date, ...]:
    """List the days of events, each once."""
    days = {one.first_day + timedelta(days=i) for one in events for i in range((one.last_day - one.first_day).days + 1)}
    return tuple(sorted(days))


def supplier_closures() -> dict[int, tuple[tuple[date, date], ...]]:
    """List the first and last days between which each supplier does nothing, by its id."""
    shut: dict[int, tuple[tuple[date, date], ...]] = {}
    found = Event.objects.filter(undone_at=None, kind=Event.Kind.SUPPLIER).order_by("first_day", "pk")
    for supplier, first, last in found.values_list("supplier_id", "first_day", "last_day")[:MOST]:
        shut[supplier] = (*shut.get(supplier, ()), (first, last))
    return shut


def announced(panel: DemandPanel, products: Sequence[Product], horizon: int, *, currency: str) -> Announced:
    """Turn events into what the engine takes: the shares of periods under promotion, and prices, past and ahead."""
    span = (*panel.units.shape, horizon)
    ends = panel.start + timedelta(days=int({"D": 1, "W": 7, "M": 31}[panel.freq] * (span[1] + horizon + 1)))
    events = kept(panel.start, ends)
    closures = days_of(event for event in events if event.kind == Event.Kind.CLOSURE)
    promo = _promo(panel, products, [event for event in events if event.kind == Event.Kind.PROMOTION], horizon)
    prices = [event for event in events if event.kind == Event.Kind.PRICE]
    price = _price(panel, products, prices, horizon, currency) if prices else None
    cut = panel.units.shape[1]
    if promo is None and price is None:
        return Announced(closures)
    ahead = Ahead(
        promo=None if promo is None else promo[:, cut:],
        price=None if price is None else price[:, cut:],
    )
    return Announced(
        closures, None if promo is None else promo[:, :cut], None if price is None else price[:, :cut], ahead
    )


def _rows(event: Event, products: Sequence[Product]) -> list[int]:
    return [row for row, product in enumerate(products) if concerns(event, product)]


def _promo(
    panel: DemandPanel, products: Sequence[Product], events: Sequence[Event], horizon: int
) -> NDArray[np.float32] | None:
    if not events:
        return None
    count = panel.units.shape[1] + horizon
    out = np.zeros((len(products), count), np.float32)
    for event in events:
        share = overlap(event.first_day, event.last_day, panel.start, panel.freq, count)
        rows = _rows(event, products)
        out[rows] = np.maximum(out[rows], share)
    return out


def _price(
    panel: DemandPanel, products: Sequence[Product], events: Sequence[Event], horizon: int, currency: str
) -> NDArray[np.float32]:
    """Return prices by period: as sold in the past, where nothing was sold the last one, ahead as announced."""
    cut = panel.units.shape[1]
    out = np.full((len(products), cut + horizon), np.nan, np.float32)
    rows = sorted({row for event in events for row in _rows(event, products)})
    if not rows:
        return out
    row_of: dict[int, list[int]] = {}
    for row in rows:
        row_of.setdefault(products[row].pk, []).append(row)
    for product, period, price in _sold_at(panel, list(row_of), currency):
        if 0 <= period < cut:
            out[row_of[product], period] = float(price)
    for at in range(1, out.shape[1]):
        gap = np.isnan(out[:, at])
        out[gap, at] = out[gap, at - 1]
    for event in events:
        share = overlap(event.first_day, event.last_day, panel.start, panel.freq, cut + horizon)[cut:]
        here = _rows(event, products)
        now = out[here, cut:]
        new = np.full_like(now, float(event.price)) if event.price is not None else now * (1 + event.percent / 100)
        out[here, cut:] = now * (1 - share) + new * share
    return out


def _sold_at(panel: DemandPanel, products: list[int], currency: str) -> list[tuple[int, int, Decimal]]:
    last = panel.start + timedelta(days=int({"D": 1, "W": 7, "M": 31}[panel.freq] * panel.units.shape[1]))
    with connection.cursor() as cursor:
        cursor.execute(PRICES, {"first": panel.start, "last": last, "products": products, "currency": currency})
        cells = cursor.fetchall()
    if not cells:
        return []
    at = period_index(np.array([day for _, day, _ in cells], "datetime64[D]"), panel.start, panel.freq)
    return [(product, int(period), price) for (product, _day, price), period in zip(cells, at, strict=True)]


def suppliers() -> list[Supplier]:
    """List the suppliers that may be closed."""
    return list(Supplier.objects.order_by("name", "code"))
