"""Purchase orders: made from accepted proposals or by hand, sent, and received."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import queries
from forecasting.models import Location, Order, Supplier
from forecasting.services import orders as service
from forecasting.services import receipts
from forecasting.services.receipts import Arrived
from portal import letters
from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.api.lists import Asked, Code, Lists, Money, One, filters, named
from tenants.errors import Invalid
from tenants.models import User


class LineIn(serializers.Serializer[Any]):
    """So many of one product."""

    sku = serializers.CharField(max_length=100)
    units = Asked(min_value=0.000001, max_value=1e9)
    expected_on = serializers.DateField(required=False)


class OrderIn(serializers.Serializer[Any]):
    """A draft to a supplier; an open draft to the same supplier, place and currency takes the lines."""

    supplier = serializers.CharField(required=False, allow_null=True, max_length=100)
    location = serializers.CharField(required=False, allow_null=True, max_length=100)
    currency = serializers.RegexField("^[A-Z]{3}$", required=False)
    lines = serializers.ListField(child=LineIn(), min_length=1, max_length=1000)


class AgainIn(serializers.Serializer[Any]):
    """The language of the letter; without one, the firm's."""

    language = serializers.ChoiceField(choices=[code for code, _name in settings.LANGUAGES], required=False)


class SendIn(AgainIn):
    """Without an address the order is marked as sent another way."""

    to = serializers.EmailField(required=False, max_length=254)
    message = serializers.CharField(required=False, allow_blank=True, max_length=4000)


class ArrivedIn(serializers.Serializer[Any]):
    """What came of a product; closes: the rest will not come."""

    sku = serializers.CharField(max_length=100)
    units = Asked(min_value=0, max_value=1e9)
    closes = serializers.BooleanField(required=False, default=False)


class ReceiveIn(serializers.Serializer[Any]):
    """Without lines all that is still to come has come; without a day, today."""

    received_on = serializers.DateField(required=False)
    lines = serializers.ListField(child=ArrivedIn(), required=False, min_length=1, max_length=1000)


class LineOut(serializers.Serializer[Any]):
    """One line and what came of it."""

    sku = serializers.CharField(source="line.product.sku")
    units = serializers.FloatField(source="line.units")
    unit_cost = Money(source="line.unit_cost")
    expected_on = serializers.DateField(source="line.expected_on", allow_null=True)
    received = serializers.FloatField(source="line.received")
    closed = serializers.BooleanField(source="line.closed")


class OrderOut(serializers.Serializer[Order]):
    """An order with its lines."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Order.State.values)
    supplier = Code(source="supplier.code", default=None)
    location = Code(source="location.code", default=None)
    currency = serializers.CharField()
    created_at = serializers.DateTimeField()
    ordered_on = serializers.DateField(allow_null=True)
    lines = LineOut(many=True)


class Orders(Lists):
    """All orders, the newest first."""

    serializer_class = OrderOut
    parser_classes = [JsonObject]
    filters = filters(
        "OrderFilters",
        "What orders may be asked for.",
        state=serializers.ChoiceField(choices=Order.State.values, required=False),
        supplier=serializers.CharField(required=False, max_length=100),
    )
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Order]:
        """Return the orders asked for."""
        named = {"state": "state", "supplier": "supplier__code"}
        chosen = {column: asked[name] for name, column in named.items() if name in asked}
        return Order.objects.select_related("supplier", "location").filter(**chosen)

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page with its lines, in one question."""
        return queries.orders.with_lines(super().paginate_queryset(queryset))

    @extend_schema(request=OrderIn, responses={201: OrderOut})
    def create(self, request: Call) -> Response:
        """Put lines into a draft; accepted proposals make theirs by themselves."""
        said = OrderIn(data=request.data)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        order = service.draft(
            supplier=named(Supplier, "supplier", asked.get("supplier")),
            location=named(Location, "location", asked.get("location")),
            currency=asked.get("currency", request.organisation.currency),
            by=request.user,
        )
        for line in asked["lines"]:
            service.add(
                order_id=order.pk,
                sku=line["sku"],
                units=line["units"],
                expected_on=line.get("expected_on"),
                by=request.user,
            )
        return answer(order.pk, 201)


def answer(order_id: UUID, status: int = 200) -> Response:
    """Answer with the order as it is now."""
    (order,) = queries.orders.with_lines([service.get(order_id)])
    return Response(OrderOut(order).data, status=status)


class OneOrder(One):
    """One order."""

    serializer_class = OrderOut

    @extend_schema(responses=OrderOut)
    def retrieve(self, request: Call, order_id: UUID) -> Response:
        """Return the order."""
        return answer(order_id)

    @extend_schema(request=SendIn, responses=OrderOut)
    def send(self, request: Call, order_id: UUID) -> Response:
        """Send a draft by letter, or mark it as sent."""
        said = SendIn(data=request.data or {})
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        order = service.send(
            order_id=order_id, by=request.user, to=asked.get("to", ""), message=asked.get("message", "")
        )
        _post(request, order, asked.get("language"))
        return answer(order_id)

    @extend_schema(request=AgainIn, responses=OrderOut)
    def send_again(self, request: Call, order_id: UUID) -> Response:
        """Send a letter once more that did not get through."""
        said = AgainIn(data=request.data or {})
        said.is_valid(raise_exception=True)
        _post(request, service.send_again(order_id=order_id, by=request.user), said.validated_data.get("language"))
        return answer(order_id)

    @extend_schema(request=None, responses=OrderOut)
    def cancel(self, request: Call, order_id: UUID) -> Response:
        """Empty a draft, whose proposals are open again, or cancel an order of which nothing has come."""
        if service.get(order_id).state == Order.State.DRAFT:
            service.discard(order_id=order_id, by=request.user)
        else:
            service.cancel(order_id=order_id, by=request.user)
        return answer(order_id)

    @extend_schema(request=ReceiveIn, responses=OrderOut)
    def receive(self, request: Call, order_id: UUID) -> Response:
        """Book what arrived."""
        said = ReceiveIn(data=request.data or {})
        said.is_valid(raise_exception=True)
        lines = queries.orders.detail(service.get(order_id)).lines
        arrived = _arrived(lines, said.validated_data.get("lines"))
        day = said.validated_data.get("received_on", timezone.localdate())
        receipts.receive(order_id=order_id, arrived=arrived, received_on=day, by=request.user)
        return answer(order_id)


def _post(request: Call, order: Order, language: str | None) -> None:
    if order.sent_to:
        firm = request.organisation
        writer = User(email=request.auth.made_by, name=request.auth.name)  # a key has no letter box
        letters.post(order, organisation=firm, by=writer, language=language or firm.language)


def _arrived(lines: Any, told: list[dict[str, Any]] | None) -> dict[int, Arrived]:
    if told is None:
        return {row.line.pk: Arrived(row.line.rest, row.line.received) for row in lines}
    known = {row.line.product.sku: row.line for row in lines}
    unknown = [one["sku"] for one in told if one["sku"] not in known]
    if unknown or len({one["sku"] for one in told}) < len(told):
        errors = [{"field": "lines", "value": sku, "expected": ", ".join(known)} for sku in unknown]
        raise Invalid(_("Each line must name a product of the order, once."), errors=errors)
    return {
        known[one["sku"]].pk: Arrived(one["units"], known[one["sku"]].received, closes=one["closes"]) for one in told
    }
