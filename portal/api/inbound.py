"""What is on its way, by order, sku and place."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Inbound as InboundRow
from portal.api.lists import Rows, filters, row_of


class InboundOut(serializers.Serializer[InboundRow]):
    """So many on order; received_on is null while they are on their way."""

    order_ref = serializers.CharField()
    sku = serializers.CharField(source="product.sku")
    location = serializers.CharField(source="location.code")
    units = serializers.FloatField()
    ordered_on = serializers.DateField(allow_null=True)
    expected_on = serializers.DateField()
    received_on = serializers.DateField(allow_null=True)


class Inbound(Rows):
    """All that is or was on its way; rows of orders made here are not changed by what is put."""

    serializer_class, rows, kind = InboundOut, row_of("inbound"), "inbound"
    filters = filters(
        "InboundFilters",
        "What may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
    )
    keyset = ("order_ref", "product_id", "location_id")

    def found(self, asked: Mapping[str, Any]) -> QuerySet[InboundRow]:
        """Return the rows asked for."""
        chosen = {"product__sku": asked["sku"]} if "sku" in asked else {}
        return InboundRow.objects.select_related("product", "location").filter(**chosen)
