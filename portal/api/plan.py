"""The newest plan, and what is decided about its proposals."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import queries
from forecasting.models import Decision, Proposal
from forecasting.queries.plans import Wanted
from forecasting.services import decisions
from forecasting.services.decisions import Choice
from portal.api.calls import Call
from portal.api.lists import Asked, Code, Lists, Money, Number, One, filters, newest_plan
from portal.translations import speaker
from tenants.errors import Conflict, Invalid, NotFound


class StepOut(serializers.Serializer[Any]):
    """One step of the way to the order, in words, with its units."""

    step = serializers.CharField(allow_blank=True)
    units = Number()


class ProposalOut(serializers.Serializer[Any]):
    """One line of the plan. location: null while stock is planned whole; missing: inputs that it wants for.

    made: in the own works, not bought; accepted, it is released to them.
    """

    sku = serializers.CharField()
    location = Code()
    supplier = Code()
    on_hand = Number()
    inbound = Number()
    safety_stock = Number()
    reorder_point = Number()
    order_up_to = Number()
    order_units = Number()
    order_on = serializers.DateField(allow_null=True)
    arrives_on = serializers.DateField(allow_null=True)
    lasts_until = serializers.DateField(allow_null=True)
    value = Money()
    decided = serializers.BooleanField()
    why = StepOut(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    made = serializers.BooleanField()


LINKS = {"sku": "product__sku", "location": "location__code", "supplier": "supplier__code"}
FIGURES = ("on_hand", "inbound", "safety_stock", "reorder_point", "order_up_to")
DAYS = ("order_on", "arrives_on", "lasts_until")
READ = ("id", *LINKS.values(), *FIGURES, "units", *DAYS, "value", "decided", "why", "lacks", "made")


def _told(line: Any, say: Callable[[Mapping[str, Any] | str | None], str]) -> dict[str, Any]:
    return {
        **{name: getattr(line, column) for name, column in LINKS.items()},
        **{name: None if (units := getattr(line, name)) is None else round(units, 6) for name in FIGURES},
        "order_units": line.units,
        **{name: day.isoformat() if (day := getattr(line, name)) else None for name in DAYS},
        "value": None if line.value is None else f"{line.value:.4f}",
        "decided": line.decided,
        "why": [{"step": say(step.get("label")), "units": step.get("units")} for step in orjson.loads(line.why)],
        "missing": [need.get("field") or say(need) for need in orjson.loads(line.lacks)],
        "made": line.made,
    }


class Plan(Lists):
    """The newest plan; due_before chooses by the day to order on, that day counted in."""

    serializer_class = ProposalOut
    filters = filters(
        "PlanFilters",
        "What of the plan may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
        supplier=serializers.CharField(required=False, max_length=100),
        due_before=serializers.DateField(required=False),
        only=serializers.ChoiceField(choices=["order"], required=False),
    )
    keyset = ("id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Proposal, Any]:
        """Return what is told of the proposals asked for: a thousand want neither models nor serializers."""
        run = newest_plan()
        show = "orders" if "only" in asked else "all"
        wanted = Wanted(show, asked.get("supplier", ""), asked.get("due_before"))
        packed = {"why": Cast("passport", TextField()), "lacks": Cast("missing", TextField())}
        lines = queries.plans.chosen(run, wanted)
        lines = lines.filter(product__sku=asked["sku"]) if "sku" in asked else lines
        return lines.annotate(**packed).values_list(*READ, named=True)

    @extend_schema(responses=ProposalOut(many=True))
    def list(self, request: Call) -> Response:
        """List the proposals."""
        page = self.paginate_queryset(self.found(self.asked()))
        say = speaker()
        return self.get_paginated_response([_told(line, say) for line in page])


class AcceptIn(serializers.Serializer[Any]):
    """Where a product has several places, the place that is meant."""

    location = serializers.CharField(required=False, max_length=100)


class ChangeIn(AcceptIn):
    """Other units than proposed, and why."""

    units = Asked(min_value=0.000001, max_value=1e9)
    reason = serializers.CharField(max_length=300)


class IgnoreIn(AcceptIn):
    """Why nothing is ordered."""

    reason = serializers.CharField(max_length=300)


class DecisionOut(serializers.Serializer[Any]):
    """What was decided; order: the id of the order that it went into."""

    sku = serializers.CharField()
    location = Code()
    action = serializers.ChoiceField(choices=Decision.Action.values)
    proposed = serializers.FloatField()
    units = serializers.FloatField()
    reason = serializers.CharField(allow_blank=True)
    order = serializers.UUIDField(allow_null=True)


class ChoiceIn(AcceptIn):
    """A line and what is made of it: units 0 orders nothing; without units it is ordered as proposed."""

    sku = serializers.CharField(max_length=100)
    units = Asked(required=False, min_value=0, max_value=1e9)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ChoicesIn(serializers.Serializer[Any]):
    """Lines of the newest plan, each once."""

    lines = serializers.ListField(child=ChoiceIn(), min_length=1, max_length=1000)


class ChoicesOut(serializers.Serializer[Any]):
    """What was decided; on_order_already: lines that were left, for more of them is on order than the plan knew."""

    decisions = DecisionOut(many=True)
    on_order_already = serializers.ListField(child=serializers.CharField())


class Decide(One):
    """What is made of one proposal of the newest plan."""

    @extend_schema(request=AcceptIn, responses=DecisionOut)
    def accept(self, request: Call, sku: str) -> Response:
        """Order what is proposed."""
        return self._decide(sku, AcceptIn(data=request.data or {}))

    @extend_schema(request=ChangeIn, responses=DecisionOut)
    def change(self, request: Call, sku: str) -> Response:
        """Order other units."""
        return self._decide(sku, ChangeIn(data=request.data))

    @extend_schema(request=IgnoreIn, responses=DecisionOut)
    def ignore(self, request: Call, sku: str) -> Response:
        """Order nothing."""
        return self._decide(sku, IgnoreIn(data=request.data), units=0.0)

    @extend_schema(request=AcceptIn, responses=DecisionOut)
    def undo(self, request: Call, sku: str) -> Response:
        """Open the proposal again, until its order is sent or the works have reported of it."""
        said = AcceptIn(data=request.data or {})
        said.is_valid(raise_exception=True)
        line = _line(sku, said.validated_data.get("location"))
        made = Decision.objects.filter(proposal=line, undone_at=None).first()
        if made is None:
            raise Conflict(_("Nothing is decided about %(sku)s.") % {"sku": sku})
        done = decisions.undo(decision_id=made.pk, by=request.user)
        done.refresh_from_db()
        return Response(DecisionOut(_decided(done)).data)

    @extend_schema(request=ChoicesIn, responses=ChoicesOut)
    def many(self, request: Call) -> Response:
        """Decide about many lines at once, all or none of them; what is ordered makes one draft per supplier."""
        said = ChoicesIn(data=request.data)
        said.is_valid(raise_exception=True)
        choices = _choices(said.validated_data["lines"])
        run = queries.runs.newest()
        done = decisions.decide(
            run_id=run.pk if run else UUID(int=0), choices=choices, organisation=request.organisation, by=request.user
        )
        left = [line.product.sku for line in done.on_order_already]
        told = {"decisions": [_decided(one) for one in done.decisions], "on_order_already": left}
        return Response(ChoicesOut(told).data)

    def _decide(self, sku: str, said: AcceptIn, units: float | None = None) -> Response:
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        line = _line(sku, asked.get("location"))
        choice = Choice(line.pk, asked.get("units", units), asked.get("reason", ""))
        done = decisions.decide(
            run_id=line.run_id, choices=[choice], organisation=self.request.organisation, by=self.request.user
        )
        if not done.decisions:
            raise Conflict(_("%(sku)s is on order already.") % {"sku": sku})
        return Response(DecisionOut(_decided(done.decisions[0])).data)


def _line(sku: str, location: str | None) -> Proposal:
    run = queries.runs.newest()
    found = Proposal.objects.select_related("location").filter(run=run, product__sku=sku) if run else []
    lines = [line for line in found if location is None or (line.location and line.location.code == location)]
    if not lines:
        raise NotFound(_("There is no such proposal."))
    if len(lines) > 1:
        places = ", ".join(str(line.location.code) for line in lines if line.location)
        error = {"field": "location", "value": "", "expected": places}
        raise Invalid(_("%(sku)s is planned in several places. Say which.") % {"sku": sku}, errors=[error])
    return lines[0]


def _choices(asked: list[dict[str, Any]]) -> list[Choice]:
    """Find the proposals that are meant, in one question; raise Invalid for lines that none or several could be."""
    run = queries.runs.newest()
    wanted = {one["sku"] for one in asked}
    found = Proposal.objects.select_related("location", "product").filter(run=run, product__sku__in=wanted)
    by_sku: dict[str, list[Proposal]] = {}
    for line in found if run else []:
        by_sku.setdefault(line.product.sku, []).append(line)
    choices, errors = {}, []
    for number, one in enumerate(asked, 1):
        place = one.get("location")
        lines = [
            line
            for line in by_sku.get(one["sku"], [])
            if place is None or (line.location and line.location.code == place)
        ]
        if len(lines) != 1 or lines[0].pk in choices:
            expected = _("one line of the newest plan, once; with its location where there are several")
            errors.append({"row": number, "field": "sku", "value": one["sku"], "expected": expected})
        else:
            choices[lines[0].pk] = Choice(lines[0].pk, one.get("units"), one.get("reason", ""))
    if errors:
        raise Invalid(_("Some lines are not right; nothing was decided."), errors=errors)
    return list(choices.values())


def _decided(one: Decision) -> dict[str, Any]:
    return {
        "sku": one.product.sku,
        "location": one.proposal.location.code if one.proposal.location else None,
        "action": one.action,
        "proposed": one.proposed,
        "units": one.units,
        "reason": one.reason,
        "order": one.line.order_id if one.line else None,
    }
