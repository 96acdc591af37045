"""What foreign money is worth, by currency and day; the money of the next run is counted with it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import Rate
from forecasting.services import rates as service
from portal.api.calls import Call
from portal.api.lists import One, Rows, filters, row_of


class RateOut(serializers.Serializer[Rate]):
    """From this day on, one unit of the currency is worth so much of the firm's own."""

    currency = serializers.CharField()
    date = serializers.DateField(source="day")
    rate = serializers.DecimalField(max_digits=20, decimal_places=10, normalize_output=True)


class Rates(Rows):
    """All dated exchange rates."""

    serializer_class, rows, kind = RateOut, row_of("rates"), "rates"
    filters = filters(
        "RateFilters",
        "What rates may be asked for.",
        currency=serializers.CharField(required=False, max_length=3),
        from_=serializers.DateField(required=False),
        to=serializers.DateField(required=False),
    )
    keyset = ("currency", "day")

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Rate]:
        """Return the rates asked for."""
        named = {"currency": "currency", "from": "day__gte", "to": "day__lte"}
        return Rate.objects.filter(**{column: asked[name] for name, column in named.items() if name in asked})


class OneRate(One):
    """One rate."""

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Call, currency: str, day: str) -> Response:
        """Forget a rate; what was sold from that day on is worth what the rate before says."""
        found = service.named(currency=currency, day=day)
        service.remove(rate_id=found.pk, by=request.user)
        return Response(status=204)
