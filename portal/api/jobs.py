"""Work in the background, whatever started it: files, fetches, runs, replays; how far it is, and how to stop it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import jobs
from forecasting.models import Job
from portal.api import work
from portal.api.calls import Call
from portal.api.lists import Lists, One, filters


class JobOut(work.WorkOut):
    """One piece of work; upload: the file that it is about."""

    kind = serializers.ChoiceField(choices=sorted(jobs.WORK))
    upload = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


def _told(job: Job) -> dict[str, Any]:
    names = ("kind", "created_at", "started_at", "finished_at")
    return {**work.told(job), **{name: getattr(job, name) for name in names}, "upload": job.details.get("upload")}


class Jobs(Lists):
    """All work, the newest first."""

    serializer_class = JobOut
    filters = filters(
        "JobFilters",
        "What work may be asked for.",
        kind=serializers.ChoiceField(choices=sorted(jobs.WORK), required=False),
        state=serializers.ChoiceField(choices=sorted(set(work.STATES.values())), required=False),
    )
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Job]:
        """Return the work asked for."""
        found = jobs.of(organisation=self.request.organisation)
        if "state" in asked:
            found = found.filter(state__in=[state for state, told in work.STATES.items() if told == asked["state"]])
        return found.filter(kind=asked["kind"]) if "kind" in asked else found

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page in plain values."""
        return [_told(job) for job in super().paginate_queryset(queryset)]


class OneJob(One):
    """One piece of work."""

    serializer_class = JobOut

    @extend_schema(responses=JobOut)
    def retrieve(self, request: Call, job_id: UUID) -> Response:
        """Return how far it is."""
        return Response(JobOut(_told(jobs.get(job_id=job_id, organisation=request.organisation))).data)

    @extend_schema(request=None, responses=JobOut)
    def cancel(self, request: Call, job_id: UUID) -> Response:
        """Stop it: at once while it waits, else at its next step; what has ended stays as it is."""
        return Response(JobOut(_told(jobs.cancel(job_id=job_id, organisation=request.organisation))).data)
