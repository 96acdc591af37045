"""Makes orders out of accepted proposals, and takes them from draft to sent; what they bring stands in Inbound.

Inbound is the one place where a run reads what is coming: each open line of an order has one row there, with the
order's number as its reference. So a quantity on order is counted once, and never bought again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.models import (
    Decision,
    Inbound,
    Location,
    Order,
    OrderCounter,
    OrderLine,
    Product,
    StockCount,
    Supplier,
)
from forecasting.models.sales import MOST_UNITS
from forecasting.services import announcements, policies
from forecasting.services.targets import MAIN
from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import User
from tenants.services import audit

LEAST = 1e-9  # units; less than this is nothing
FAR = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Wish:
    """So many of a product, to be put into an order."""

    product: Product
    units: float
    unit_cost: Decimal | None
    expected_on: date


# ── Drafts and their lines ──


def draft(*, supplier: Supplier | None, location: Location | None, currency: str, by: User) -> Order:
    """Return the open draft to a supplier, locked, or begin one; there is one per supplier, place and currency."""
    wanted = {"supplier": supplier, "location": location, "currency": currency}
    found = _draft(**wanted)
    if found is None:
        counter = _counter(timezone.localdate().year)
        found = _draft(**wanted)  # somebody else may have begun it while we waited for the counter
    if found is None:
        found = Order(number=_number(counter), created_by=by.email, **wanted)
        found.save(force_insert=True)
        found.refresh_from_db()
        audit.record("order.begun", by=by, target=found.number)
    return found


def _draft(**wanted: object) -> Order | None:
    return Order.objects.select_for_update().filter(state=Order.State.DRAFT, **wanted).first()


def _counter(year: int) -> OrderCounter:
    OrderCounter.objects.get_or_create(year=year)
    return OrderCounter.objects.select_for_update().get(year=year)


def release(*, location: Location | None, currency: str, by: User) -> Order:
    """Begin an order to the own works: it is open at once, and what comes of it is reported like an arrival."""
    order = Order(number=_number(_counter(timezone.localdate().year), "MO"), created_by=by.email, made=True)
    order.location, order.currency, order.state = location, currency, Order.State.SENT
    order.ordered_on, order.sent_by = timezone.localdate(), by.email
    order.save(force_insert=True)
    Order.objects.filter(number=order.number).update(sent_at=Now())
    order.refresh_from_db()
    audit.record("order.released", by=by, target=order.number)
    return order


def take_back(order: Order, line: OrderLine, units: float) -> None:
    """Lower what was released to the own works; an order of nothing is cancelled."""
    take_out(line, units)
    if not OrderLine.objects.filter(order=order).exists():
        Order.objects.filter(pk=order.pk).update(state=Order.State.CANCELLED, cancelled_at=Now())


def _number(counter: OrderCounter, letters: str = "PO") -> str:
    """Give the next number of the year; one that the firm's own papers use already is left to them."""
    while True:
        counter.last += 1
        number = f"{letters}-{counter.year}-{counter.last:04d}"
        if not Inbound.objects.filter(order_ref=number).exists():
            counter.save(update_fields=["last"])
            return number


def put(order: Order, wishes: Iterable[Wish]) -> dict[int, OrderLine]:
    """Add wishes to a draft; more of a product that stands there raises its line. Return the lines by product."""
    wishes = list(wishes)
    products = [wish.product.pk for wish in wishes]
    lines = {line.product_id: line for line in OrderLine.objects.filter(order=order, product__in=products)}
    fresh = [
        OrderLine(order=order, product=w.product, units=w.units, unit_cost=w.unit_cost, expected_on=w.expected_on)
        for w in wishes
        if w.product.pk not in lines
    ]
    for wish in wishes:
        if line := lines.get(wish.product.pk):
            OrderLine.objects.filter(pk=line.pk).update(units=F("units") + wish.units)
    OrderLine.objects.bulk_create(fresh)
    announce(order)
    return lines | {line.product_id: line for line in fresh}


def take_out(line: OrderLine, units: float) -> None:
    """Lower a draft's line by what is not wanted any more; a line of nothing goes."""
    if not OrderLine.objects.filter(pk=line.pk, units__gt=units + LEAST).update(units=F("units") - units):
        _delete(line)
    announce(line.order)


def _delete(line: OrderLine) -> None:
    Inbound.objects.filter(line=line).delete()
    Decision.objects.filter(line=line).update(line=None)
    OrderLine.objects.filter(pk=line.pk).delete()


def announce(order: Order) -> None:
    """Write what is still to come of an order where runs read it: one row a line, none when nothing is to come."""
    Inbound.objects.filter(line__order=order, received_on=None).delete()
    order = Order.objects.get(pk=order.pk)
    if order.state not in Order.OPEN:
        return
    place = order.location or place_of_goods()
    Inbound.objects.bulk_create(
        Inbound(
            order_ref=order.number,
            product_id=line.product_id,
            location=place,
            units=line.rest,
            ordered_on=order.ordered_on,
            expected_on=line.expected_on or timezone.localdate(),
            line=line,
        )
        for line in OrderLine.objects.filter(order=order, closed=False, units__gt=F("received"))
    )


def place_of_goods() -> Location:
    """Return where goods go when no place is named: where stock was counted last, else the first place."""
    counted = StockCount.objects.select_related("location").order_by("-counted_at", "-pk").first()
    if counted:
        return counted.location
    return Location.objects.order_by("pk").first() or Location.objects.create(code=MAIN)


# ── What a person does to an order ──


def get(order_id: UUID) -> Order:
    """Return an order, or raise NotFound."""
    order = Order.objects.select_related("supplier", "location").filter(pk=order_id).first()
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def locked(order_id: UUID, *states: str) -> Order:
    """Return the order, held until the transaction ends; raise Conflict unless it is in one of the states."""
    found = Order.objects.select_for_update().filter(pk=order_id, state__in=states).first()
    if found is None:
        order = get(order_id)
        raise Conflict(_("%(number)s has moved on: it is %(state)s now.") % _told(order))
    return found


def _told(order: Order) -> dict[str, str]:
    said = {
        Order.State.DRAFT: _("a draft"),
        Order.State.SENT: _("sent"),
        Order.State.PARTLY: _("partly received"),
        Order.State.RECEIVED: _("received"),
        Order.State.CANCELLED: _("cancelled"),
    }
    return {"number": order.number, "state": said[Order.State(order.state)]}


def add(*, order_id: UUID, sku: str, units: float, expected_on: date | None, by: User) -> OrderLine:
    """Add a product to a draft that no proposal asked for."""
    order = locked(order_id, Order.State.DRAFT)
    product = Product.objects.select_related("supplier").filter(sku=sku).first()
    if product is None:
        raise Invalid(_("There is no product with the SKU “%(sku)s”.") % {"sku": sku})
    if product.currency and product.currency != order.currency:
        raise Invalid(
            _("%(sku)s is bought in %(its)s, this order is in %(currency)s.")
            % {"sku": sku, "its": product.currency, "currency": order.currency}
        )
    day = _sensible(expected_on or arrival(product))
    line = put(order, [Wish(product, _positive(units), product.unit_cost, day)])[product.pk]
    audit.record("order.line_added", by=by, target=order.number, sku=sku, units=units)
    return line


def arrival(product: Product) -> date | None:
    """Guess when a product arrives that is ordered today; None where no lead time is known."""
    supplier = product.supplier
    days = product.lead_time_days
    days = supplier.lead_time_days if days is None and supplier else days
    days = policies.current().lead_time_days if days is None else days
    return None if days is None else timezone.localdate() + timedelta(days=round(days))


def change_line(*, order_id: UUID, line_id: int, by: User, **said: object) -> None:
    """Change units, unit_cost or expected_on of a line; once the order is sent only the day, as the supplier says."""
    order = locked(order_id, *Order.OPEN)
    line = OrderLine.objects.select_related("product").filter(pk=line_id, order=order).first()
    if line is None:
        raise NotFound(_("There is no such line."))
    changed = {name: said[name] for name in ("units", "unit_cost", "expected_on") if name in said}
    changed = {name: value for name, value in changed.items() if value != getattr(line, name)}
    if order.state != Order.State.DRAFT and set(changed) - {"expected_on"}:
        raise Conflict(_("%(number)s was sent: only the days of arrival can be changed.") % {"number": order.number})
    if "units" in changed:
        _positive(changed["units"])
    if "expected_on" in changed:
        _sensible(changed["expected_on"])
    if changed:
        OrderLine.objects.filter(pk=line.pk).update(**changed)
        announce(order)
        audit.record("order.line_changed", by=by, target=order.number, sku=line.product.sku, **changed)


def remove_line(*, order_id: UUID, line_id: int, by: User) -> None:
    """Take a line out of a draft; what was decided about it stays decided."""
    order = locked(order_id, Order.State.DRAFT)
    line = OrderLine.objects.select_related("product").filter(pk=line_id, order=order).first()
    if line is None:
        raise NotFound(_("There is no such line."))
    _delete(line)
    audit.record("order.line_removed", by=by, target=order.number, sku=line.product.sku, units=line.units)


def _positive(units: object) -> float:
    number = float(str(units))
    if not LEAST < number <= MOST_UNITS:
        raise Invalid(_("Units must be more than nothing."))
    return number


def _sensible(day: object) -> date:
    if not isinstance(day, date):
        raise Invalid(_("Say when it should arrive: its lead time is not known."))
    if abs(day - timezone.localdate()) > FAR:
        raise Invalid(_("%(day)s is too far away to be right.") % {"day": day})
    return day


# ── From draft to sent, or to nothing ──


def send(*, order_id: UUID, by: User, to: str = "", message: str = "") -> Order:
    """Mark a draft as ordered today; with an address a letter waits to be sent, without one it went another way."""
    order = locked(order_id, Order.State.DRAFT)
    if not OrderLine.objects.filter(order=order).exists():
        raise Invalid(_("%(number)s has no lines: there is nothing to send.") % {"number": order.number})
    changed = Order.objects.filter(pk=order.pk, state=Order.State.DRAFT).update(
        state=Order.State.SENT,
        ordered_on=timezone.localdate(),
        sent_at=Now(),
        sent_by=by.email,
        sent_to=to,
        message=message,
        mail=Order.Mail.WAITING if to else Order.Mail.NONE,
    )
    if not changed:
        raise Conflict(_("Somebody else has just sent this order."))
    announce(order)
    announcements.sent(sent := get(order.pk))
    audit.record("order.sent", by=by, target=order.number, to=to)
    return sent


def send_again(*, order_id: UUID, by: User) -> Order:
    """Let a letter that did not get through be sent once more."""
    if not Order.objects.filter(pk=order_id, mail=Order.Mail.FAILED).update(mail=Order.Mail.WAITING, sent_at=Now()):
        get(order_id)  # raises where there is none
        raise Conflict(_("The letter has been sent, or is on its way."))
    order = get(order_id)
    audit.record("order.sent_again", by=by, target=order.number, to=order.sent_to)
    return order


def letter_went(*, organisation_id: int, number: str, well: bool) -> None:
    """Write down what became of the letter of an order; number: its id."""
    to = Order.Mail.SENT if well else Order.Mail.FAILED
    with tenant_scope(organisation_id):
        Order.objects.filter(pk=number, mail=Order.Mail.WAITING).update(mail=to)


def discard(*, order_id: UUID, by: User) -> None:
    """Empty a draft: its proposals are open again, and its number waits for the next order to this supplier."""
    order = locked(order_id, Order.State.DRAFT)
    lines = OrderLine.objects.filter(order=order)
    taken_back = Decision.objects.filter(line__in=lines, undone_at=None)
    taken_back.update(undone_at=Now(), undone_by=by.email)
    for line in lines:
        _delete(line)
    audit.record("order.discarded", by=by, target=order.number)


def cancel(*, order_id: UUID, by: User) -> None:
    """Cancel a sent order of which nothing has come; nothing is expected of it any more."""
    order = locked(order_id, Order.State.SENT)
    Order.objects.filter(pk=order.pk).update(state=Order.State.CANCELLED, cancelled_at=Now())
    announce(order)
    audit.record("order.cancelled", by=by, target=order.number)
