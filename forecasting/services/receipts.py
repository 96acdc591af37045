"""Books what arrives of an order: each arrival is a row of Inbound, from which stock and lead times are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.models import Inbound, Order, OrderLine, Receipt
from forecasting.models.sales import MOST_UNITS
from forecasting.services import orders
from tenants.errors import Conflict, Invalid
from tenants.models import User
from tenants.services import audit

LEAST = orders.LEAST


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of one line; before: the units that had come until then, as the person saw it.

    closes: the rest of the line will not come.
    """

    units: float
    before: float
    closes: bool = False


def receive(*, order_id: UUID, arrived: Mapping[int, Arrived], received_on: date, by: User) -> Order:
    """Book what arrived of the lines on a day; more than was ordered is taken too.

    Raises Conflict when somebody booked meanwhile, so that a delivery is not counted twice.
    """
    if received_on > timezone.localdate():
        raise Invalid(_("Goods cannot have arrived on a day that is still to come."))
    order = orders.locked(order_id, *Order.COMING)
    lines = {line.pk: line for line in OrderLine.objects.select_related("product").filter(order=order)}
    booked = {lines[pk]: what for pk, what in arrived.items() if pk in lines and (what.units > 0 or what.closes)}
    if not booked:
        raise Invalid(_("Say what arrived: every line still says nothing."))
    for line, what in booked.items():
        _book(order, line, what, received_on, by)
    _settle(order)
    told = {line.product.sku: what.units for line, what in booked.items()}
    audit.record("order.received", by=by, target=order.number, on=received_on.isoformat(), units=told)
    return orders.get(order.pk)


def _book(order: Order, line: OrderLine, what: Arrived, received_on: date, by: User) -> None:
    if not 0 <= what.units <= MOST_UNITS:
        raise Invalid(_("%(sku)s: this is no quantity that can arrive.") % {"sku": line.product.sku})
    same = OrderLine.objects.filter(pk=line.pk, received__gte=what.before - LEAST, received__lte=what.before + LEAST)
    if not same.update(received=F("received") + what.units, closed=what.closes):
        raise Conflict(
            _("Somebody has just booked an arrival of %(sku)s. Look at what is still open, and book again.")
            % {"sku": line.product.sku}
        )
    if what.units > 0:
        receipt = Receipt.objects.create(line=line, units=what.units, received_on=received_on, by=by.email)
        Inbound.objects.create(
            order_ref=_ref(order, receipt),
            product=line.product,
            location=order.location or orders.place_of_goods(),
            units=what.units,
            ordered_on=order.ordered_on,
            expected_on=line.expected_on or received_on,
            received_on=received_on,
            line=line,
        )


def _ref(order: Order, receipt: Receipt) -> str:
    return f"{order.number}/{receipt.pk}"


def _settle(order: Order) -> None:
    """Say how far the order has come by now, and write what is still to come."""
    lines = OrderLine.objects.filter(order=order)
    waiting = Q(closed=False, units__gt=F("received") + LEAST)
    if not lines.filter(waiting).exists():
        state = Order.State.RECEIVED
    else:
        state = Order.State.PARTLY if lines.filter(Q(received__gt=0) | Q(closed=True)).exists() else Order.State.SENT
    Order.objects.filter(pk=order.pk).update(state=state)
    orders.announce(order)


def undo(*, order_id: UUID, receipt_id: int, by: User) -> Order:
    """Take an arrival back that was booked by mistake: it is still to come again."""
    order = orders.locked(order_id, *Order.COMING, Order.State.RECEIVED)
    receipt = Receipt.objects.select_related("line__product").filter(pk=receipt_id, line__order=order).first()
    taken = Receipt.objects.filter(pk=receipt_id, line__order=order, undone_at=None)
    if receipt is None or not taken.update(undone_at=Now(), undone_by=by.email):
        raise Conflict(_("This arrival was taken back already."))
    OrderLine.objects.filter(pk=receipt.line_id).update(received=F("received") - receipt.units, closed=False)
    Inbound.objects.filter(order_ref=_ref(order, receipt), line=receipt.line_id).delete()
    _settle(order)
    audit.record("order.receipt_undone", by=by, target=order.number, sku=receipt.line.product.sku, units=receipt.units)
    return orders.get(order.pk)
