"""Order lines, by order and line."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Sale
from portal.api.lists import Code, Money, Rows, filters, row_of


class SaleOut(serializers.Serializer[Sale]):
    """One line of an order; units below 0 are a return."""

    order_id = serializers.CharField()
    line_id = serializers.CharField()
    sku = serializers.CharField(source="product.sku")
    sold_at = serializers.DateTimeField()
    units = serializers.FloatField()
    unit_price = Money()
    discount = Money()
    currency = serializers.CharField(allow_blank=True)
    channel = Code(source="channel.code", default=None)
    location = Code(source="location.code", default=None)
    customer_ref = serializers.CharField(allow_blank=True)
    status = serializers.CharField(allow_blank=True)


class Sales(Rows):
    """All order lines; from and to are days in the firm's time zone, both counted in."""

    serializer_class, rows, kind = SaleOut, row_of("sales"), "sales"
    filters = filters(
        "SaleFilters",
        "What sales may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
        from_=serializers.DateField(required=False),
        to=serializers.DateField(required=False),
        channel=serializers.CharField(required=False, max_length=100),
    )
    keyset = ("order_id", "line_id")

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Sale]:
        """Return the lines asked for."""
        named = {"sku": "product__sku", "from": "sold_on__gte", "to": "sold_on__lte", "channel": "channel__code"}
        chosen = {column: asked[name] for name, column in named.items() if name in asked}
        return Sale.objects.select_related("product", "channel", "location").filter(**chosen)
