"""Suppliers, by their code."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Supplier
from portal.api.lists import Money, Number, Rows, row_of


class SupplierOut(serializers.Serializer[Supplier]):
    """Who delivers."""

    code = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    lead_time_days = Number()
    lead_time_sd_days = Number()
    review_days = Number()
    currency = serializers.CharField(allow_blank=True)
    order_cost = Money()
    least_value = Money()
    least_units = Number()


class Suppliers(Rows):
    """All suppliers."""

    serializer_class, rows, kind = SupplierOut, row_of("suppliers"), "suppliers"
    keyset = ("code",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Supplier]:
        """Return the suppliers."""
        return Supplier.objects.all()
