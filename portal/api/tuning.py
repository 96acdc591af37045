"""The plan tuned on the firm's own past: what is in force, the next tuning, and how to go back."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import jobs
from forecasting.services import policies
from forecasting.services import tuning as service
from portal.api import work
from portal.api.calls import Call
from portal.api.lists import One
from portal.translations import spoken


class TuningOut(serializers.Serializer[Any]):
    """What the plan is scaled by, and what the last tuning found; until: the last day of the past that it tried."""

    lean = serializers.FloatField()
    cushion = serializers.FloatField()
    in_force = serializers.BooleanField()
    at = serializers.DateTimeField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    accepted = serializers.BooleanField(allow_null=True)
    found = serializers.CharField(allow_null=True)


class TuningView(One):
    """The tuning of the plan."""

    @extend_schema(responses=TuningOut)
    def retrieve(self, request: Call) -> Response:
        """Return what is in force and what the last tuning found."""
        policy = policies.current()
        last = policy.tuned
        told = {
            "lean": policy.lean,
            "cushion": policy.cushion,
            "in_force": bool(last.get("force")),
            **{name: last.get(name) for name in ("at", "until", "accepted")},
            "found": spoken(last["told"]) if last else None,
        }
        return Response(told)

    @extend_schema(request=None, responses={202: work.WorkOut})
    def create(self, request: Call) -> Response:
        """Try the plan on the firm's past, unless that is under way: then that one is answered."""
        job = jobs.start_once("tune", organisation=request.organisation, by=request.user)
        job.refresh_from_db()
        where = {"Location": f"/api/v1/jobs/{job.pk}"}
        return Response(work.WorkOut(work.told(job)).data, status=202, headers=where)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Call) -> Response:
        """Plan again as before the last tuning that was accepted."""
        service.undo(by=request.user)
        return Response(status=204)
