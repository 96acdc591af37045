"""Orders far larger than usual, and what is decided about them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import OneOff
from forecasting.services import oneoffs as service
from portal.api.calls import Call
from portal.api.lists import Lists, Number, One, filters
from tenants.errors import Invalid

OPEN = "open"
DECISIONS = (OPEN, *(value for value in OneOff.Decision.values if value))


class OneOffOut(serializers.Serializer[OneOff]):
    """A line that stands out; usual: the largest usual one. open and apart: kept apart from demand; normal: demand."""

    order_id = serializers.CharField()
    line_id = serializers.CharField()
    sku = serializers.CharField(source="product.sku")
    sold_on = serializers.DateField()
    units = serializers.FloatField()
    usual = Number()
    customer_ref = serializers.CharField(allow_blank=True)
    decision = serializers.SerializerMethodField()
    by = serializers.CharField(allow_blank=True)
    decided_at = serializers.DateTimeField(allow_null=True)

    def get_decision(self, one: OneOff) -> str:
        """Name the decision."""
        return one.decision or OPEN


class OneOffs(Lists):
    """All orders that stand out."""

    serializer_class = OneOffOut
    filters = filters(
        "OneOffFilters",
        "What lines may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
        decision=serializers.ChoiceField(choices=DECISIONS, required=False),
    )
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[OneOff]:
        """Return the lines asked for."""
        chosen = {"product__sku": asked["sku"]} if "sku" in asked else {}
        if "decision" in asked:
            chosen["decision"] = "" if asked["decision"] == OPEN else asked["decision"]
        return OneOff.objects.select_related("product").filter(**chosen)


class KeyIn(serializers.Serializer[Any]):
    """The key of a sale."""

    order_id = serializers.CharField(max_length=100)
    line_id = serializers.CharField(max_length=200)


class DecideIn(serializers.Serializer[Any]):
    """What is decided about some lines."""

    decision = serializers.ChoiceField(choices=DECISIONS)
    lines = serializers.ListField(child=KeyIn(), min_length=1, max_length=service.MOST)


class DecidedOut(serializers.Serializer[Any]):
    """How many lines were decided about."""

    decided = serializers.IntegerField()


class DecideOneOffs(One):
    """What is made of lines that stand out."""

    @extend_schema(request=DecideIn, responses=DecidedOut)
    def create(self, request: Call) -> Response:
        """Keep lines apart from demand, say that they are normal, or leave them open again; all or none."""
        said = DecideIn(data=request.data)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        decision = "" if asked["decision"] == OPEN else asked["decision"]
        done = service.decide(ids=_ids(asked["lines"]), decision=decision, by=request.user)
        return Response({"decided": done})


def _ids(lines: list[dict[str, str]]) -> list[int]:
    """Find the lines by their keys; raise Invalid, naming each that does not stand out."""
    keys = [(one["order_id"], one["line_id"]) for one in lines]
    found = OneOff.objects.filter(order_id__in={order for order, _line in keys})
    known = {(order, line): pk for pk, order, line in found.values_list("pk", "order_id", "line_id")}
    expected = _("a line that stands out")
    errors = [
        {"row": number, "field": "line_id", "value": " ".join(key), "expected": expected}
        for number, key in enumerate(keys, 1)
        if key not in known
    ]
    if errors:
        raise Invalid(_("Some lines are not right; nothing was decided."), errors=errors)
    return [known[key] for key in keys]
