"""Runs: one computation of forecasts, plan and money; named by the job that computes it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import jobs
from forecasting.models import Job, Run
from forecasting.queries.forecasts import Group, by_model, wholes
from portal.api import work
from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.api.lists import Lists, One
from tenants.errors import NotFound

WHOLE = (  # decision 009
    "null: a run is of all products, for they share one model, one cash limit and their suppliers' orders; "
    "read some of them by GET /forecasts?sku= and GET /plan?supplier=, or forecast series of your own by POST /forecast"
)


class RunIn(serializers.Serializer[Any]):
    """What is to be computed; a run is of all products, so that its plan is whole: skus is null."""

    horizon_days = serializers.IntegerField(required=False, min_value=1, max_value=366)
    skus = serializers.JSONField(required=False, allow_null=True, default=None)

    def validate_skus(self, skus: object) -> None:
        """Refuse a run of some products: its plan would hide the others."""
        if skus is not None:
            raise serializers.ValidationError(WHOLE)


class ResultOut(serializers.Serializer[Any]):
    """What a run came to. models: products by the model that forecasts them; error, naive_error: RMSSE by units."""

    published_at = serializers.DateTimeField()
    freq = serializers.ChoiceField(choices=["D", "W", "M"])
    as_of = serializers.DateField()
    starts_on = serializers.DateField()
    horizon = serializers.IntegerField()
    data_hash = serializers.CharField()
    engine_version = serializers.CharField()
    products = serializers.IntegerField()
    models = serializers.DictField(child=serializers.IntegerField())
    error = serializers.FloatField(allow_null=True)
    naive_error = serializers.FloatField(allow_null=True)
    bias = serializers.FloatField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True)
    better_than_naive = serializers.FloatField(allow_null=True)


class RunOut(work.WorkOut):
    """One run; result is null until it is published."""

    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = ResultOut(allow_null=True)


def _result(run: Run, sums: Group, models: Mapping[str, int]) -> dict[str, Any]:
    names = ("published_at", "freq", "as_of", "starts_on", "horizon", "data_hash", "engine_version")
    return {
        **{name: getattr(run, name) for name in names},
        "products": sums.products,
        "models": models,
        "error": sums.error,
        "naive_error": sums.naive,
        "bias": sums.bias,
        "coverage": sums.coverage,
        "better_than_naive": sums.better_share,
    }


def _told(jobs_: Sequence[Job]) -> list[dict[str, Any]]:
    runs = list(Run.objects.filter(summary__job__in=[str(job.pk) for job in jobs_]))
    found, sums, models = {run.summary.get("job"): run for run in runs}, wholes(runs), by_model(runs)
    return [
        {
            **work.told(job),
            "created_at": job.created_at,
            "finished_at": job.finished_at,
            "result": _result(run, sums[run.pk], models[run.pk]) if (run := found.get(str(job.pk))) else None,
        }
        for job in jobs_
    ]


class Runs(Lists):
    """All runs, the newest first."""

    serializer_class = RunOut
    parser_classes = [JsonObject]
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Job]:
        """Return the jobs of runs."""
        return jobs.of(organisation=self.request.organisation).filter(kind="run")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page with what each run came to."""
        return _told(super().paginate_queryset(queryset))

    @extend_schema(request=RunIn, responses={202: RunOut})
    def create(self, request: Call) -> Response:
        """Start a run, unless one is under way: then that one is answered."""
        asked = RunIn(data=request.data)
        asked.is_valid(raise_exception=True)
        details = {name: value for name, value in asked.validated_data.items() if name != "skus"}
        job = jobs.start_once("run", organisation=request.organisation, by=request.user, **details)
        job.refresh_from_db()
        return Response(RunOut(_told([job])[0]).data, status=202, headers={"Location": f"/api/v1/runs/{job.pk}"})


class OneRun(One):
    """One run."""

    serializer_class = RunOut

    def _job(self, run_id: UUID) -> Job:
        job = jobs.get(job_id=run_id, organisation=self.request.organisation)
        if job.kind != "run":
            raise NotFound("There is no such run.")
        return job

    @extend_schema(responses=RunOut)
    def retrieve(self, request: Call, run_id: UUID) -> Response:
        """Return the run."""
        return Response(RunOut(_told([self._job(run_id)])[0]).data)

    @extend_schema(request=None, responses=RunOut)
    def cancel(self, request: Call, run_id: UUID) -> Response:
        """Stop the run: at once while it waits, else at its next step; one that has ended stays as it is."""
        job = jobs.cancel(job_id=self._job(run_id).pk, organisation=request.organisation)
        return Response(RunOut(_told([job])[0]).data)
