"""The firm itself, what its tier allows, and how much of it is used."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from forecasting.models import Location, Product
from tenants.services import usage
from tenants.tiers import LIMITS, Tier


class LimitsOut(serializers.Serializer[Any]):
    """What the tier allows."""

    products = serializers.IntegerField()
    locations = serializers.IntegerField()
    history_years = serializers.IntegerField()
    run_every = serializers.CharField()
    api_calls_a_day = serializers.IntegerField()


class UseOut(serializers.Serializer[Any]):
    """How much of it is used; calls are those of today (UTC)."""

    products = serializers.IntegerField()
    locations = serializers.IntegerField()
    api_calls_a_day = serializers.IntegerField()


class OrganisationOut(serializers.Serializer[Any]):
    """The firm."""

    name = serializers.CharField()
    country = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    tier = serializers.ChoiceField(choices=[tier.value for tier in Tier])
    limits = LimitsOut()
    use = UseOut()


class OrganisationView(ViewSet):
    """The firm itself."""

    @extend_schema(responses=OrganisationOut)
    def retrieve(self, request: Request) -> Response:
        """Return the name, currency, time zone, tier, limits and use."""
        firm = request.organisation
        names = ("name", "country", "currency", "time_zone", "language", "tier")
        use = {
            "products": Product.objects.count(),
            "locations": Location.objects.count(),
            "api_calls_a_day": usage.used(usage.CALLS),
        }
        limits = asdict(LIMITS[Tier(firm.tier)])
        told = {**{name: getattr(firm, name) for name in names}, "limits": limits, "use": use}
        return Response(OrganisationOut(told).data)
