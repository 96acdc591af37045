"""Counts of stock, by sku, place and day."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import StockCount
from portal.api.lists import Rows, filters, row_of


class StockOut(serializers.Serializer[StockCount]):
    """How many were there at the end of a day; a place that was not named is called main."""

    sku = serializers.CharField(source="product.sku")
    location = serializers.CharField(source="location.code")
    counted_at = serializers.DateField()
    on_hand = serializers.FloatField()
    reserved = serializers.FloatField()


class Stock(Rows):
    """All counts; a time of counting is kept as its day in the firm's time zone."""

    serializer_class, rows, kind = StockOut, row_of("stock"), "stock"
    filters = filters(
        "StockFilters",
        "What counts may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
        location=serializers.CharField(required=False, max_length=100),
    )
    keyset = ("product_id", "location_id", "counted_at")

    def found(self, asked: Mapping[str, Any]) -> QuerySet[StockCount]:
        """Return the counts asked for."""
        named = {"sku": "product__sku", "location": "location__code"}
        chosen = {column: asked[name] for name, column in named.items() if name in asked}
        return StockCount.objects.select_related("product", "location").filter(**chosen)
