"""The firm itself, what its tier allows, and how much of it is used."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from forecasting.models import Location, Product
from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.forms import OrganisationForm
from tenants.errors import Invalid
from tenants.services import organisations, usage
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


class OrganisationIn(serializers.Serializer[Any]):
    """What changes. auto_day: Monday is 0, where the tier plans weekly; auto_hour: in the firm's time."""

    name = serializers.CharField(required=False, max_length=200)
    country = serializers.RegexField("^[A-Z]{2}$", required=False)
    address = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    currency = serializers.RegexField("^[A-Z]{3}$", required=False)
    time_zone = serializers.CharField(required=False, max_length=64)
    language = serializers.ChoiceField(choices=[code for code, _name in settings.LANGUAGES], required=False)
    auto_runs = serializers.BooleanField(required=False)
    auto_day = serializers.IntegerField(required=False, min_value=0, max_value=6)
    auto_hour = serializers.IntegerField(required=False, min_value=0, max_value=23)


class OrganisationOut(serializers.Serializer[Any]):
    """The firm; auto: when it is planned by itself, the day where the tier plans weekly (Monday is 0)."""

    name = serializers.CharField()
    country = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    address = serializers.CharField(allow_blank=True)
    auto_runs = serializers.BooleanField()
    auto_day = serializers.IntegerField()
    auto_hour = serializers.IntegerField()
    tier = serializers.ChoiceField(choices=[tier.value for tier in Tier])
    limits = LimitsOut()
    use = UseOut()


class OrganisationView(ViewSet):
    """The firm itself."""

    renderer_classes = [JSONRenderer]
    parser_classes = [JsonObject]

    @extend_schema(request=OrganisationIn, responses=OrganisationOut)
    def partial_update(self, request: Call) -> Response:
        """Change what the firm is called, where it is, how it counts, and when it is planned by itself."""
        said = OrganisationIn(data=request.data)
        said.is_valid(raise_exception=True)
        firm = request.organisation
        now = {name: getattr(firm, name) for name in organisations.FIELDS}
        form = OrganisationForm({**now, **said.validated_data}, initial=now)  # as the page asks: known choices only
        told = {name: str(words[0]) for name, words in form.errors.items() if name in said.validated_data}
        if told:
            errors = [
                {"field": name, "value": str(said.validated_data[name]), "expected": words}
                for name, words in told.items()
            ]
            raise Invalid(_("Some values are not right."), errors=errors)
        organisations.change(organisation=firm, by=request.user, **said.validated_data)
        return self.retrieve(request)

    @extend_schema(responses=OrganisationOut)
    def retrieve(self, request: Call) -> Response:
        """Return the name, currency, time zone, tier, limits and use."""
        firm = request.organisation
        names = (*organisations.FIELDS, *organisations.AUTO, "tier")
        use = {
            "products": Product.objects.count(),
            "locations": Location.objects.count(),
            "api_calls_a_day": usage.used(usage.CALLS),
        }
        limits = asdict(LIMITS[Tier(firm.tier)])
        told = {**{name: getattr(firm, name) for name in names}, "limits": limits, "use": use}
        return Response(OrganisationOut(told).data)
