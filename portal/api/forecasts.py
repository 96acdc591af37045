"""Forecasts of the newest published run, by product and period."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import queries
from forecasting.engine.periods import period_starts
from forecasting.engine.types import Freq
from forecasting.models import ProductForecast, Run
from portal.api.calls import Call
from portal.api.lists import Lists, Number, filters
from tenants.errors import Invalid, NotFound

NEAR = 1e-9


class PeriodOut(serializers.Serializer[Any]):
    """One period: its first day, the mean, and a quantile per level, in units."""

    starts_on = serializers.DateField()
    mean = serializers.FloatField()
    quantiles = serializers.DictField(child=serializers.FloatField())


class ForecastOut(serializers.Serializer[Any]):
    """The forecast of one product. score: RMSSE in its own past; value_added: share of the naive forecast's loss."""

    sku = serializers.CharField()
    freq = serializers.ChoiceField(choices=["D", "W", "M"])
    model = serializers.CharField()
    score = Number()
    value_added = Number()
    periods = PeriodOut(many=True)


class Forecasts(Lists):
    """The newest forecasts; from and to choose periods by their first day, levels is a list such as 0.1,0.5,0.9."""

    serializer_class = ForecastOut
    filters = filters(
        "ForecastFilters",
        "What forecasts may be asked for.",
        sku=serializers.CharField(required=False, max_length=100),
        category=serializers.CharField(required=False, max_length=200),
        from_=serializers.DateField(required=False),
        to=serializers.DateField(required=False),
        levels=serializers.RegexField(r"^0?\.\d{1,4}(,0?\.\d{1,4}){0,19}$", required=False),
        freq=serializers.ChoiceField(choices=["D", "W", "M"], required=False),
    )
    keyset = ("product_id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[ProductForecast]:
        """Return the forecasts asked for."""
        run = queries.runs.newest()
        if run is None:
            raise NotFound("There is no forecast yet. Start a run first.")
        if asked.get("freq", run.freq) != run.freq:
            expected = f"{run.freq}: the newest run counts in it"
            raise Invalid("This cannot be had.", errors=[_wrong("freq", asked["freq"], expected)])
        self.run, self.asking = run, asked
        named = {"sku": "product__sku", "category": "product__category"}
        chosen = {column: asked[name] for name, column in named.items() if name in asked}
        return ProductForecast.objects.filter(run=run, **chosen).select_related("product").defer("backtest", "scores")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page, with the periods and levels asked for."""
        rows = super().paginate_queryset(queryset)
        run: Run = self.run
        starts = period_starts(run.starts_on, cast(Freq, run.freq), run.horizon).astype(date)
        first, last = self.asking.get("from", date.min), self.asking.get("to", date.max)
        periods = [(at, day.isoformat()) for at, day in enumerate(starts) if first <= day <= last]
        levels = _levels(run, self.asking.get("levels"))
        return [_told(row, run, periods, levels) for row in rows]

    @extend_schema(responses=ForecastOut(many=True))
    def list(self, request: Call) -> Response:
        """List the rows."""
        # A thousand products by a month of days, each with its quantiles, want no serializer.
        return self.get_paginated_response(self.paginate_queryset(self.found(self.asked())))


def _levels(run: Run, asked: str | None) -> list[tuple[int, str]]:
    known = [(at, f"{level:g}") for at, level in enumerate(run.levels)]
    if asked is None:
        return known
    wanted = [float(text) for text in asked.split(",")]
    found = [(at, text) for at, text in known if any(abs(run.levels[at] - level) < NEAR for level in wanted)]
    if len(found) < len(set(wanted)):
        expected = ", ".join(text for _at, text in known)
        raise Invalid("This cannot be had.", errors=[_wrong("levels", asked, expected)])
    return found


def _wrong(field: str, value: str, expected: str) -> dict[str, object]:
    return {"field": field, "value": value, "expected": expected}


def _told(
    row: ProductForecast, run: Run, periods: list[tuple[int, str]], levels: list[tuple[int, str]]
) -> dict[str, Any]:
    return {
        "sku": row.product.sku,
        "freq": run.freq,
        "model": row.model,
        "score": row.rmsse,
        "value_added": row.value_added,
        "periods": [
            {
                "starts_on": day,
                "mean": row.mean[at],
                "quantiles": {text: row.quantiles[at][level] for level, text in levels},
            }
            for at, day in periods
        ],
    }
