"""Suppliers, by their code."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import Supplier
from forecasting.services import suppliers as service
from portal.api.calls import Call
from portal.api.lists import Asked, Money, Number, One, Rows, amount, row_of
from tenants.errors import NotFound


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


class OneSupplierOut(SupplierOut):
    """Who delivers, with whom to speak and where letters go."""

    contact = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)


def _days(low: float = 0) -> serializers.FloatField:
    return Asked(required=False, allow_null=True, min_value=low, max_value=3650)


def _text(longest: int) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=longest)


class SupplierChange(serializers.Serializer[Any]):
    """What changes; null: not known. email: where orders are sent."""

    name = _text(300)
    contact = _text(300)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    address = _text(1000)
    lead_time_days = _days()
    lead_time_sd_days = _days()
    review_days = _days(1)
    order_cost = amount()
    least_value = amount()
    least_units = Asked(required=False, allow_null=True, min_value=0, max_value=1e9)


class OneSupplier(One):
    """One supplier."""

    @extend_schema(responses=OneSupplierOut)
    def retrieve(self, request: Call, code: str) -> Response:
        """Return the supplier."""
        found = Supplier.objects.filter(code=code).first()
        if found is None:
            raise NotFound(_("There is no such supplier."))
        return Response(OneSupplierOut(found).data)

    @extend_schema(request=SupplierChange, responses=OneSupplierOut)
    def partial_update(self, request: Call, code: str) -> Response:
        """Change some terms of the supplier."""
        said = SupplierChange(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(OneSupplierOut(service.change(code=code, by=request.user, **said.validated_data)).data)
