"""Places where goods lie, by their code."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Location
from portal.api.lists import Money, Number, Rows, row_of


class LocationOut(serializers.Serializer[Location]):
    """A warehouse or shop; transfer: what it takes to move goods to here from another one."""

    code = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    transfer_days = Number()
    transfer_cost = Money()
    lead_time_extra_days = Number()


class Locations(Rows):
    """All places."""

    serializer_class, rows, kind = LocationOut, row_of("locations"), "locations"
    keyset = ("code",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Location]:
        """Return the places."""
        return Location.objects.all()
