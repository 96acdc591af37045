"""The firm's own works: work centres, days on which they work otherwise, and what making a product takes there."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import CapacityChange, Product, Routing, WorkCentre
from forecasting.services import works as service
from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.api.lists import Asked, Lists, One, named
from tenants.errors import NotFound

MINUTES: dict[str, Any] = {"min_value": 0, "max_value": 1_000_000}


class WorkCentreRow(serializers.Serializer[WorkCentre]):
    """A machine, a bench or a team, and the minutes that it can work in a usual week."""

    code = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=300, allow_blank=True, required=False, default="")
    weekly_minutes = Asked(**MINUTES)


class WorkCentres(Lists):
    """All work centres."""

    serializer_class = WorkCentreRow
    parser_classes = [JsonObject]
    keyset = ("code",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[WorkCentre]:
        """Return the work centres."""
        return WorkCentre.objects.all()

    @extend_schema(request=WorkCentreRow, responses={200: WorkCentreRow})
    def create(self, request: Call) -> Response:
        """Make a work centre, or change the one of this code."""
        said = WorkCentreRow(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(WorkCentreRow(service.keep_centre(by=request.user, **said.validated_data)).data)


class OneWorkCentre(One):
    """One work centre."""

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Call, code: str) -> Response:
        """Take a work centre away at which nothing is made."""
        service.drop_centre(code=code, by=request.user)
        return Response(status=204)


class CapacityRow(serializers.Serializer[CapacityChange]):
    """Days on which a work centre can work another number of minutes a week; 0: it is closed."""

    work_centre = serializers.CharField(source="work_centre.code", max_length=100)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    weekly_minutes = Asked(**MINUTES)


class Capacities(Lists):
    """All days on which a work centre works otherwise."""

    serializer_class = CapacityRow
    parser_classes = [JsonObject]

    def found(self, asked: Mapping[str, Any]) -> QuerySet[CapacityChange]:
        """Return the changes of capacity."""
        return CapacityChange.objects.select_related("work_centre")

    @extend_schema(request=CapacityRow, responses={200: CapacityRow})
    def create(self, request: Call) -> Response:
        """Say how much a work centre can work on some days; the same first day again changes what was said."""
        said = CapacityRow(data=request.data)
        said.is_valid(raise_exception=True)
        asked = dict(said.validated_data)
        centre = _centre(asked.pop("work_centre"))
        service.change_capacity(code=centre.code, by=request.user, **asked)
        return Response(CapacityRow(CapacityChange(work_centre=centre, **asked)).data)


class OneCapacity(One):
    """One change of capacity."""

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Call, starts_on: str, code: str) -> Response:
        """Take the change back: the work centre works as usual."""
        with suppress(ValueError):
            day = date.fromisoformat(starts_on)
            if CapacityChange.objects.filter(work_centre__code=code, starts_on=day).exists():
                service.restore_capacity(code=code, starts_on=day, by=request.user)
                return Response(status=204)
        raise NotFound(_("There is no such change of capacity."))


class RoutingRow(serializers.Serializer[Routing]):
    """What making a product takes at a work centre."""

    sku = serializers.CharField(source="product.sku", max_length=100)
    work_centre = serializers.CharField(source="work_centre.code", max_length=100)
    minutes_per_unit = Asked(**MINUTES)
    setup_minutes = Asked(required=False, default=0.0, **MINUTES)


class Routings(Lists):
    """All steps of making products."""

    serializer_class = RoutingRow
    parser_classes = [JsonObject]

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Routing]:
        """Return the steps."""
        return Routing.objects.select_related("product", "work_centre")

    @extend_schema(request=RoutingRow, responses={200: RoutingRow})
    def create(self, request: Call) -> Response:
        """Say what making a product takes at a work centre; said again, it is changed."""
        said = RoutingRow(data=request.data)
        said.is_valid(raise_exception=True)
        asked = dict(said.validated_data)
        product = named(Product, "sku", asked.pop("product")["sku"], column="sku")
        centre = _centre(asked.pop("work_centre"))
        service.keep_routing(sku=product.sku, code=centre.code, by=request.user, **asked)
        return Response(RoutingRow(Routing(product=product, work_centre=centre, **asked)).data)


class OneRouting(One):
    """One step of making a product."""

    @extend_schema(
        request=None, responses={204: None}, parameters=[OpenApiParameter("work_centre", str, required=True)]
    )
    def destroy(self, request: Call, sku: str) -> Response:
        """Take the step at a work centre out."""
        code = request.query_params.get("work_centre", "")
        if not Routing.objects.filter(product__sku=sku, work_centre__code=code).exists():
            raise NotFound(_("There is no such step."))
        service.drop_routing(sku=sku, code=code, by=request.user)
        return Response(status=204)


def _centre(said: Mapping[str, str]) -> WorkCentre:
    centre: WorkCentre = named(WorkCentre, "work_centre", said["code"])
    return centre
