"""What stands in an order and what has come of it: lines by sku, and arrivals that can be taken back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import OrderLine, Receipt
from forecasting.services import orders as service
from forecasting.services import receipts
from portal.api.calls import Call
from portal.api.lists import Asked, Lists, One, amount
from portal.api.orders import LineIn, OrderOut, answer
from tenants.errors import NotFound


class LineChange(serializers.Serializer[Any]):
    """What changes; once the order is sent only the day can be changed. unit_cost null: not known."""

    units = Asked(required=False, min_value=0.000001, max_value=1e9)
    unit_cost = amount(digits=15)
    expected_on = serializers.DateField(required=False)


class OrderLines(One):
    """The lines of one order."""

    @extend_schema(request=LineIn, responses={201: OrderOut})
    def create(self, request: Call, order_id: UUID) -> Response:
        """Put a product into the draft that no proposal asked for; one that stands there is raised."""
        said = LineIn(data=request.data)
        said.is_valid(raise_exception=True)
        asked = {"expected_on": None, **said.validated_data}
        service.add(order_id=order_id, by=request.user, **asked)
        return answer(order_id, 201)

    @extend_schema(request=LineChange, responses=OrderOut)
    def partial_update(self, request: Call, order_id: UUID, sku: str) -> Response:
        """Change the units, the cost or the day of a line."""
        said = LineChange(data=request.data)
        said.is_valid(raise_exception=True)
        line = _line(order_id, sku)
        service.change_line(order_id=order_id, line_id=line.pk, by=request.user, **said.validated_data)
        return answer(order_id)

    @extend_schema(request=None, responses=OrderOut)
    def destroy(self, request: Call, order_id: UUID, sku: str) -> Response:
        """Take a line out of the draft; what was decided about it stays decided."""
        service.remove_line(order_id=order_id, line_id=_line(order_id, sku).pk, by=request.user)
        return answer(order_id)


def _line(order_id: UUID, sku: str) -> OrderLine:
    found = OrderLine.objects.filter(order=service.get(order_id), product__sku=sku).first()
    if found is None:
        raise NotFound(_("There is no such line."))
    return found


class ReceiptOut(serializers.Serializer[Receipt]):
    """So many of a product came on a day."""

    id = serializers.IntegerField()
    sku = serializers.CharField(source="line.product.sku")
    units = serializers.FloatField()
    received_on = serializers.DateField()
    by = serializers.CharField()


class Receipts(Lists):
    """What has come of an order, but for what was taken back."""

    serializer_class = ReceiptOut

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Receipt]:
        """Return the arrivals."""
        order = service.get(self.kwargs["order_id"])
        return Receipt.objects.select_related("line__product").filter(line__order=order, undone_at=None)

    @extend_schema(operation_id="orders_receipts_list", responses=ReceiptOut(many=True))
    def list(self, request: Call, order_id: UUID) -> Response:
        """List the arrivals."""
        return super().list(request)


class OneReceipt(One):
    """One arrival."""

    @extend_schema(request=None, responses=OrderOut)
    def destroy(self, request: Call, order_id: UUID, receipt_id: int) -> Response:
        """Take an arrival back that was booked by mistake: it is still to come again."""
        found = Receipt.objects.filter(pk=receipt_id, line__order=service.get(order_id)).exists()
        if not found:
            raise NotFound(_("There is no such arrival."))
        receipts.undo(order_id=order_id, receipt_id=receipt_id, by=request.user)
        return answer(order_id)
