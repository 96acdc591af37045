"""What the firm uses of its tier, by day."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from forecasting import queries
from forecasting.models import Proposal
from portal.api.calls import Call
from tenants.services import usage

DAYS = 31


class DayOut(serializers.Serializer[Any]):
    """One day (UTC)."""

    day = serializers.DateField()
    calls = serializers.IntegerField()
    series = serializers.IntegerField()
    planned_products = serializers.IntegerField(
        help_text="By the last run of that day; null where there was none.", allow_null=True
    )
    storage_bytes = serializers.IntegerField(
        help_text="Files that were uploaded; null where not counted.", allow_null=True
    )


class UsageOut(serializers.Serializer[Any]):
    """The products planned by the newest run, and calls and series forecast of the last 31 days, newest first."""

    planned_products = serializers.IntegerField()
    days = DayOut(many=True)


class UsageView(ViewSet):
    """What is used."""

    @extend_schema(responses=UsageOut)
    def retrieve(self, request: Call) -> Response:
        """Return calls, planned products and series forecast, by day."""
        today = usage.today()
        found = usage.by_day(today - timedelta(days=DAYS - 1), today)
        run = queries.runs.newest()
        planned = Proposal.objects.filter(run=run).values("product").distinct().count() if run else 0
        days = [
            {
                "day": day,
                "calls": counts.get(usage.CALLS, 0),
                "series": counts.get(usage.SERIES, 0),
                "planned_products": counts.get(usage.PLANNED),
                "storage_bytes": counts.get(usage.STORAGE),
            }
            for day, counts in found.items()
        ]
        return Response(UsageOut({"planned_products": planned, "days": days}).data)
