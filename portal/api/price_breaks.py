"""What larger orders of a product cost."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import queries
from forecasting.models import PriceBreak, Product
from forecasting.services import suppliers as service
from portal.api.calls import Call
from portal.api.lists import Asked, One, amount


class Break(serializers.Serializer[PriceBreak]):
    """From so many units on, every unit of the order costs so much."""

    from_units = Asked(min_value=0.000001, max_value=1e9)
    unit_cost = amount(digits=15, required=True, allow_null=False)


class BreaksOut(serializers.Serializer[Any]):
    """All price breaks of a product, the smallest first."""

    breaks = Break(many=True)


class BreaksIn(serializers.Serializer[Any]):
    """All price breaks of a product: what is not named is gone. A larger order costs less per unit."""

    breaks = serializers.ListField(child=Break(), max_length=service.MOST_BREAKS)


def _told(product: Product) -> Response:
    found: Sequence[PriceBreak] = PriceBreak.objects.filter(product=product).order_by("from_units")
    return Response(BreaksOut({"breaks": found}).data)


class PriceBreaks(One):
    """The price breaks of one product."""

    @extend_schema(responses=BreaksOut)
    def retrieve(self, request: Call, sku: str) -> Response:
        """Return the price breaks."""
        return _told(queries.product.get(sku))

    @extend_schema(request=BreaksIn, responses=BreaksOut)
    def update(self, request: Call, sku: str) -> Response:
        """Replace the price breaks."""
        said = BreaksIn(data=request.data)
        said.is_valid(raise_exception=True)
        product = queries.product.get(sku)
        breaks = [(one["from_units"], one["unit_cost"]) for one in said.validated_data["breaks"]]
        service.price_breaks(product=product, by=request.user, breaks=breaks)
        return _told(product)
