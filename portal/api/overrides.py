"""What people, and programs for them, expect to be sold instead of what the engine expects."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import queries
from forecasting.models import Override, Product
from forecasting.services import overrides as service
from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.api.lists import Asked, Lists, Number, One, filters, named


class OverrideIn(serializers.Serializer[Any]):
    """Other demand between two days, both included: units in all of them, or percent more or less; and why."""

    sku = serializers.CharField(max_length=100)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    units = Asked(required=False, allow_null=True, min_value=0, max_value=1e9)
    percent = Asked(required=False, allow_null=True, min_value=-100, max_value=1000)
    reason = serializers.CharField(max_length=300)


class OverrideOut(serializers.Serializer[Override]):
    """One change. engine_units, own_units: what both expected; actual_units: what came; taken_back: it ended."""

    id = serializers.UUIDField()
    sku = serializers.CharField(source="product.sku")
    starts_on = serializers.DateField(source="first_day")
    ends_on = serializers.DateField(source="last_day")
    units = Number()
    percent = Number()
    reason = serializers.CharField()
    by = serializers.CharField()
    created_at = serializers.DateTimeField()
    engine_units = Number()
    own_units = Number()
    actual_units = Number()
    sold_out = serializers.BooleanField()
    taken_back = serializers.SerializerMethodField()

    def get_taken_back(self, one: Override) -> bool:
        """Tell whether somebody took it back."""
        return one.undone_at is not None


class Overrides(Lists):
    """All changes, the newest first."""

    serializer_class = OverrideOut
    parser_classes = [JsonObject]
    filters = filters(
        "OverrideFilters",
        "What changes may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
    )
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Override]:
        """Return the changes asked for."""
        chosen = {"product__sku": asked["sku"]} if "sku" in asked else {}
        return Override.objects.select_related("product").filter(**chosen)

    @extend_schema(request=OverrideIn, responses={201: OverrideOut})
    def create(self, request: Call) -> Response:
        """Change what is expected of a product; the next plan goes by it."""
        said = OverrideIn(data=request.data)
        said.is_valid(raise_exception=True)
        asked = dict(said.validated_data)
        made = service.add(
            product=named(Product, "sku", asked.pop("sku"), column="sku"),
            by=request.user,
            run=queries.runs.newest(),
            first_day=asked.pop("starts_on"),
            last_day=asked.pop("ends_on"),
            **asked,
        )
        made.refresh_from_db()
        return Response(OverrideOut(made).data, status=201)


class OneOverride(One):
    """One change."""

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Call, override_id: UUID) -> Response:
        """Take the change back; it stays written down, and the next plan goes by the engine's own number."""
        service.undo(override_id=override_id, by=request.user)
        return Response(status=204)
