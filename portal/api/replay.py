"""The past lived again: the newest replay, and the next one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import jobs, queries
from forecasting.models import Replay
from forecasting.services import replays as service
from portal.api import work
from portal.api.calls import Call
from portal.api.lists import Asked, One
from tenants.errors import NotFound


class BoundsIn(serializers.Serializer[Any]):
    """At so many days of sales, up to so many."""

    least_days = Asked(min_value=0, max_value=1820)
    most_days = Asked(min_value=0, max_value=1820)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Hold days to their order."""
        if asked["least_days"] > asked["most_days"]:
            raise serializers.ValidationError({"least_days": "no more than most_days"})
        return asked


class ClassesIn(serializers.Serializer[Any]):
    """The same for what makes the first 80 % of what all products earn, the next 15 %, and the rest."""

    A = BoundsIn()
    B = BoundsIn()
    C = BoundsIn()


class PolicyIn(serializers.Serializer[Any]):
    """How the firm's buyers order: at so many days of sales, up to so many; for all products, or for each class."""

    least_days = Asked(min_value=0, max_value=1820, required=False)
    most_days = Asked(min_value=0, max_value=1820, required=False)
    classes = ClassesIn(required=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take one rule for all, or one for each class."""
        if "classes" in asked:
            return {"classes": asked["classes"]}
        missing = [name for name in ("least_days", "most_days") if name not in asked]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "needed unless classes are given"))
        return BoundsIn().validate(asked)


class ReplayIn(serializers.Serializer[Any]):
    """Which days to live again; without a policy the firm's own buying is read off its stock."""

    policy = PolicyIn(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Add the days, whose names Python keeps to itself."""
        return {"from": serializers.DateField(), "to": serializers.DateField(), **super().get_fields()}

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Hold days to their order."""
        if asked["from"] >= asked["to"]:
            raise serializers.ValidationError({"to": "a day after `from`"})
        return asked


class FigureOut(serializers.Serializer[Any]):
    """One figure of both arms; relative: the difference as a share, with its interval from 5 to 95 %."""

    name = serializers.CharField()
    kind = serializers.CharField()
    baseline = serializers.FloatField(allow_null=True)
    lagom = serializers.FloatField(allow_null=True)
    relative = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    better = serializers.CharField()


class ReplayOut(serializers.Serializer[Any]):
    """One replay: what following the plan would have meant."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    freq = serializers.ChoiceField(choices=["D", "W", "M"])
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    baseline = serializers.CharField()
    tries = serializers.IntegerField()
    figures = FigureOut(many=True)


def told(found: Replay) -> dict[str, Any]:
    """Write a replay down, with its figures."""
    names = ("created_at", "freq", "starts_on", "ends_on", "tries")
    return {
        "id": found.pk,
        **{name: getattr(found, name) for name in names},
        "baseline": found.result["baseline_is"],
        "figures": queries.replays.figures(found.result, found.freq),
    }


class ReplayView(One):
    """The newest replay."""

    @extend_schema(responses=ReplayOut)
    def retrieve(self, request: Call) -> Response:
        """Return the newest replay with its intervals."""
        found = service.newest()
        if found is None:
            raise NotFound("There is no replay yet.")
        return Response(ReplayOut(told(found)).data)

    @extend_schema(request=ReplayIn, responses={202: work.WorkOut})
    def create(self, request: Call) -> Response:
        """Start a replay, unless one is under way: then that one is answered."""
        said = ReplayIn(data=request.data)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        days = {"start": asked["from"].isoformat(), "end": asked["to"].isoformat()}
        rule = dict(asked.get("policy") or {})
        job = jobs.start_once("replay", organisation=request.organisation, by=request.user, **days, **rule)
        job.refresh_from_db()
        return Response(work.WorkOut(work.told(job)).data, status=202)
