"""What became of the plan: proposed, decided, ordered, received, sold, and why it came out differently."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from forecasting import queries
from forecasting.models import Decision, Proposal
from forecasting.queries.ledger import LEFT, Asked, Entry
from portal.api.lists import Code, Lists, Money, Number, filters

OUTCOMES = [*Decision.Action.values, LEFT]


class GapOut(serializers.Serializer[Any]):
    """The gap between plan and actual stock by cause, in units; more stock than planned is positive."""

    override = serializers.FloatField()
    not_followed = serializers.FloatField()
    lead_time = serializers.FloatField()
    forecast = serializers.FloatField()
    total = serializers.FloatField()


class GapMoneyOut(serializers.Serializer[Any]):
    """The same at the cost of a unit."""

    override = Money()
    not_followed = Money()
    lead_time = Money()
    forecast = Money()
    total = Money()


class LedgerOut(serializers.Serializer[Entry]):
    """What became of one proposal, until the day on which it was to arrive; gap: null while that day is to come."""

    plan_of = serializers.DateField(source="proposal.run.as_of")
    sku = serializers.CharField(source="product.sku")
    location = Code(source="proposal.location.code", default=None)
    supplier = Code(source="proposal.supplier.code", default=None)
    outcome = serializers.ChoiceField(choices=OUTCOMES, source="action")
    reason = serializers.CharField(source="decision.reason", default="", allow_blank=True)
    proposed = serializers.FloatField(source="course.proposed")
    decided = Number(source="course.decided")
    ordered = serializers.FloatField(source="course.ordered")
    until = serializers.DateField(allow_null=True)
    arrived = serializers.FloatField(source="course.arrived")
    expected = serializers.FloatField(source="course.expected")
    sold = serializers.FloatField(source="course.sold")
    unit_cost = Money()
    currency = serializers.CharField()
    gap = GapOut(allow_null=True)
    money = GapMoneyOut(allow_null=True)


class Ledger(Lists):
    """All proposals of a quarter, or since a day, the newest first."""

    serializer_class = LedgerOut
    filters = filters(
        "LedgerFilters",
        "What of the ledger may be asked for.",
        since=serializers.DateField(required=False),
        supplier=serializers.CharField(required=False, max_length=100),
        outcome=serializers.ChoiceField(choices=OUTCOMES, required=False),
    )
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Proposal]:
        """Return the proposals asked for."""
        since = asked.get("since", queries.ledger.default_since(timezone.localdate()))
        return queries.ledger.chosen(Asked(since, asked.get("supplier", ""), asked.get("outcome", "")))

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page with what became of each."""
        return queries.ledger.courses(super().paginate_queryset(queryset), self.request.organisation.currency)
