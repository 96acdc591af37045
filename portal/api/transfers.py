"""What is to be moved between the firm's places before more is bought; of the newest plan."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Transfer
from portal.api.lists import Lists, filters, newest_plan
from portal.translations import spoken


class TransferOut(serializers.Serializer[Transfer]):
    """Send so many from one place to another; why in words."""

    sku = serializers.CharField(source="product.sku")
    from_location = serializers.CharField(source="origin.code")
    to_location = serializers.CharField(source="destination.code")
    units = serializers.FloatField()
    send_on = serializers.DateField()
    arrives_on = serializers.DateField()
    why = serializers.SerializerMethodField()

    def get_why(self, one: Transfer) -> str:
        """Say why."""
        return spoken(one.reason)


class Transfers(Lists):
    """All that is to be moved."""

    serializer_class = TransferOut
    filters = filters(
        "TransferFilters",
        "What moves may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
    )

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Transfer]:
        """Return the moves asked for."""
        run = newest_plan()
        found = Transfer.objects.filter(run=run).select_related("product", "origin", "destination")
        return found.filter(product__sku=asked["sku"]) if "sku" in asked else found
