"""What is to be made in the own works, when, and what does not fit; of the newest plan."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting import queries
from forecasting.models import ProductionOrder
from portal.api.lists import Lists, Money, filters, newest_plan


class NeedOut(serializers.Serializer[Any]):
    """What goes into it; short: units that are not there on the day."""

    sku = serializers.CharField()
    units = serializers.FloatField()
    short = serializers.FloatField(default=0.0)
    on = serializers.DateField(allow_null=True, default=None)


class ServedOut(serializers.Serializer[Any]):
    """What it is made for."""

    sku = serializers.CharField()
    units = serializers.FloatField()
    on = serializers.DateField(allow_null=True, default=None)


class ProductionOut(serializers.Serializer[ProductionOrder]):
    """One order to the works. begin_now: accept its line of the plan to release it; the others are foreseen."""

    number = serializers.IntegerField()
    sku = serializers.CharField(source="product.sku")
    units = serializers.FloatField()
    begin_now = serializers.BooleanField(source="proposed")
    starts_on = serializers.DateField(source="start_on", allow_null=True)
    due_on = serializers.DateField()
    finishes_on = serializers.DateField(source="finish_on", allow_null=True)
    late_units = serializers.FloatField()
    late_days = serializers.IntegerField()
    unmade_units = serializers.FloatField()
    lost_units = serializers.FloatField()
    lost_sales = Money()
    needs = NeedOut(many=True)
    serves = ServedOut(many=True)


class Production(Lists):
    """All production orders in the order in which they begin."""

    serializer_class = ProductionOut
    filters = filters(
        "ProductionFilters",
        "What orders may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
    )
    keyset = ("number",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[ProductionOrder]:
        """Return the orders asked for."""
        run = newest_plan()
        found = queries.production.orders(run)
        return found.filter(product__sku=asked["sku"]) if "sku" in asked else found
