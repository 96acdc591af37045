"""Forecasts of series that a program brings along; nothing of them is kept.

Web processes hold no models: a worker computes, as a job of the firm's own lane, and the call waits for it a while.
"""

import math
import secrets
import time
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from forecasting import jobs
from forecasting.models import Job
from forecasting.services import stateless
from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.api.lists import Asked
from portal.api.problems import MEDIA, body
from tenants.errors import Invalid, LimitReached
from tenants.isolation import tenant_scope
from tenants.models import Organisation
from tenants.services import limits, usage

MOST_SERIES, LONGEST, MOST_POINTS = 1000, 5000, 1_000_000
FIRST, LAST = date(1970, 1, 1), date(2200, 1, 1)
MOST_UNITS = 1e9
ASK_EVERY = 0.1


class SeriesIn(serializers.Serializer[Any]):
    """One series from the first day of its first period on; null is not known."""

    id = serializers.CharField(max_length=100)
    start = serializers.DateField()
    y = serializers.ListField(
        child=Asked(allow_null=True, min_value=0, max_value=MOST_UNITS), min_length=1, max_length=5000
    )


class ForecastIn(serializers.Serializer[Any]):
    """Series of one frequency; weeks begin on one weekday, months on the first."""

    freq = serializers.ChoiceField(choices=["D", "W", "M"])
    horizon = serializers.IntegerField(min_value=1, max_value=366)
    levels = serializers.ListField(child=Asked(min_value=0.001, max_value=0.999), min_length=1, max_length=20)
    series = serializers.ListField(child=SeriesIn(), min_length=1, max_length=MOST_SERIES)


class SeriesOut(serializers.Serializer[Any]):
    """The forecast of one series: a mean per period, and per level a quantile per period."""

    id = serializers.CharField()
    model = serializers.CharField()
    mean = serializers.ListField(child=serializers.FloatField())
    quantiles = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))


class StatelessOut(serializers.Serializer[Any]):
    """The forecast of all series over the periods after the last one that any of them knows, which is start."""

    freq = serializers.ChoiceField(choices=["D", "W", "M"])
    start = serializers.DateField()
    levels = serializers.ListField(child=serializers.FloatField())
    series = SeriesOut(many=True)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class Stateless(ViewSet):
    """A forecast of what was sent."""

    renderer_classes = [JSONRenderer]
    parser_classes = [JsonObject]

    @extend_schema(operation_id="forecast_create", request=ForecastIn, responses=StatelessOut)
    def create(self, request: Call) -> Response:
        """Forecast up to 1,000 series at once."""
        asked = _checked(request.data)
        _check_tier(request.organisation, len(asked["series"]))
        name = f"{request.organisation.pk}-{secrets.token_hex(16)}"
        stateless.store(asked, name=name)
        try:
            job = jobs.start("series", organisation=request.organisation, by=request.user, name=name)
            state = _wait(job)
            if state != Job.State.DONE:
                return _not_now(job, request)
            answer = stateless.take(name)
        finally:
            stateless.forget(name)
        with tenant_scope(request.organisation.pk):
            usage.count(usage.SERIES, len(asked["series"]))
        return Response(answer)


def _check_tier(organisation: Organisation, series: int) -> None:
    most = limits.allowed(organisation, "products")
    if series > most:
        words = _(
            "The limit “products” of your tier is %(most)d; this asks for %(n)d series. Send fewer, or go up a tier."
        )
        raise LimitReached(words % {"most": most, "n": series})


def _wait(job: Job) -> str:
    until = time.monotonic() + settings.FORECAST_WAIT_SECONDS
    while True:
        state = Job.objects.values_list("state", flat=True).get(pk=job.pk)
        if state not in Job.OPEN or time.monotonic() > until:
            return state
        time.sleep(ASK_EVERY)


def _not_now(job: Job, request: Call) -> Response:
    jobs.cancel(job_id=job.pk, organisation=request.organisation)
    words = _("The workers are busy, or this is too much for one call. Send fewer series, or try again.")
    return Response(body(503, "busy", words), status=503, headers={"Retry-After": "30"}, content_type=MEDIA)


def _checked(said: object) -> dict[str, Any]:
    """Check a request by hand, for a million numbers are too many for fields; raise Invalid with what is wrong."""
    if not isinstance(said, dict):
        raise Invalid(_("The body must be an object."))
    plain = {name: value for name, value in said.items() if name != "series"}
    head = ForecastIn(data={**plain, "series": [{"id": "a", "start": "2026-01-01", "y": [1]}]})
    head.is_valid(raise_exception=True)
    asked = {"freq": head.validated_data["freq"], "horizon": head.validated_data["horizon"]}
    levels = list(head.validated_data["levels"])
    if sorted(set(levels)) != levels:
        raise _wrong("levels", levels, _("levels that rise"))
    series = said.get("series")
    if not isinstance(series, list) or not 0 < len(series) <= MOST_SERIES:
        raise _wrong("series", "", _("a list of 1 to %(n)d series") % {"n": MOST_SERIES})
    read = [_series(at, one) for at, one in enumerate(series)]
    if len({one["id"] for one in read}) < len(read):
        raise _wrong("series", "", _("an id that stands once"))
    _check_grid(asked["freq"], [date.fromisoformat(one["start"]) for one in read], read)
    return {**asked, "levels": levels, "series": read}


def _series(at: int, one: object) -> dict[str, Any]:
    where = f"series[{at}]"
    if not isinstance(one, dict) or set(one) - {"id", "start", "y"}:
        raise _wrong(where, one, _("an object with id, start and y"))
    key, start, y = one.get("id"), one.get("start"), one.get("y")
    if not isinstance(key, str) or not 0 < len(key) <= 100:
        raise _wrong(f"{where}.id", key, _("a text of at most 100 characters"))
    try:
        day = date.fromisoformat(start if isinstance(start, str) and len(start) == 10 else "")
    except ValueError:
        day = date.min
    if not FIRST <= day < LAST:
        raise _wrong(f"{where}.start", start, _("a day such as 2026-11-02"))
    if not isinstance(y, list) or not 0 < len(y) <= LONGEST:
        raise _wrong(f"{where}.y", "", _("a list of 1 to %(n)d numbers") % {"n": LONGEST})
    for value in y:
        number = value is None or (type(value) in (int, float) and 0 <= value <= MOST_UNITS and math.isfinite(value))
        if not number:
            raise _wrong(f"{where}.y", value, _("numbers from 0 to a thousand million, or null"))
    return {"id": key, "start": day.isoformat(), "y": y}


def _check_grid(freq: str, starts: list[date], read: list[dict[str, Any]]) -> None:
    first = min(starts)
    if freq == "W" and any((start - first).days % 7 for start in starts):
        raise _wrong("series", "", _("weeks that begin on one weekday"))
    if freq == "M" and any(start.day != 1 for start in starts):
        raise _wrong("series", "", _("months that begin on the first"))
    days = {"D": 1, "W": 7, "M": 28}[freq]
    ends = [(start - first).days // days + len(one["y"]) for start, one in zip(starts, read, strict=True)]
    if max(ends) * len(read) > MOST_POINTS * 5 or max(ends) > 2 * LONGEST:
        raise _wrong("series", "", _("series that lie closer together, or fewer of them"))


def _wrong(field: str, value: object, expected: str) -> Invalid:
    error = {"field": field, "value": str(value)[:200], "expected": expected}
    return Invalid(_("Some values are not right."), errors=[error])
