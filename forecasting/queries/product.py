"""One product whole: its past, its forecast, its proposal, its stock, its money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from forecasting.engine.periods import period_index, period_starts
from forecasting.models import Inbound, Product, ProductForecast, ProductMoney, Proposal, Run, Sale, StockCount
from forecasting.queries import risks
from forecasting.queries.rows import Row, pace
from tenants.errors import NotFound

PAST = {"D": 182, "W": 104, "M": 36}  # periods of the past that a picture shows
NAIVE = "seasonal_naive"
METRICS = ("pinball", "rmsse", "mase", "bias")
MATCHED_DAYS = 90


def get(sku: str) -> Product:
    """Return a product, or raise NotFound."""
    product = Product.objects.select_related("supplier").filter(sku=sku).first()
    if product is None:
        raise NotFound("There is no such product.")
    return product


def row(product: Product, run: Run | None, currency: str = "") -> tuple[Row, ProductForecast | None]:
    """Return what the run says of a product, and its forecast."""
    if run is None:
        return Row(product, currency=product.currency or currency), None
    proposal = Proposal.objects.filter(run=run, product=product).select_related("supplier").first()
    money = ProductMoney.objects.filter(run=run, product=product).first()
    forecast = ProductForecast.objects.filter(run=run, product=product).first()
    told = {"currency": product.currency or currency, "risk": risks.found(run, product).get(product.pk)}
    return Row(product, run.as_of, proposal, money, pace(forecast, run), **told), forecast


@dataclass(frozen=True, slots=True)
class Picture:
    """Demand by period, past and future; low and high are the bands of 50 and 90 percent, empty without a forecast."""

    days: list[date]
    units: list[float]
    empty: list[tuple[date, date]]
    ahead: list[date]
    median: list[float]
    bands: dict[int, tuple[list[float], list[float]]]
    stock: list[float]


def picture(product: Product, run: Run, forecast: ProductForecast | None, plan: Proposal | None = None) -> Picture:
    """Return the past demand of a product, the forecast of what follows and the stock it leaves, in four queries."""
    periods = PAST[run.freq]
    days = [day.item() for day in period_starts(run.starts_on, run.freq, periods, offset=-periods)]
    units = _past(product, run, days)
    first = next((at for at, value in enumerate(units) if value), 0)
    ahead, median, bands, stock = [], [], {}, []
    if forecast is not None:
        ahead = [day.item() for day in period_starts(run.starts_on, run.freq, len(forecast.quantiles))]
        median = _level(run, forecast, 0.5)
        bands = {share: (_level(run, forecast, low), _level(run, forecast, high)) for share, low, high in BANDS}
        stock = _projected(product, plan, forecast.mean, ahead)
    return Picture(days[first:], units[first:], _empty(product, days[first], run.as_of), ahead, median, bands, stock)


BANDS = ((90, 0.05, 0.95), (50, 0.25, 0.75))


def _past(product: Product, run: Run, days: list[date]) -> list[float]:
    sums = demand(product).filter(sold_on__gte=days[0], sold_on__lt=run.starts_on)
    sold = list(sums.values_list("sold_on").annotate(units=Sum("units")).order_by())
    units = np.zeros(len(days))
    if sold:
        when = np.array([day for day, _ in sold], "datetime64[D]")
        np.add.at(units, period_index(when, days[0], run.freq), [float(value) for _, value in sold])
    return [float(value) for value in units]


def demand(product: Product) -> QuerySet[Sale]:
    """Return the lines that were demand: not returns, nor orders that were wholly taken back."""
    back = Sale.objects.filter(
        product=product,
        customer_ref=OuterRef("customer_ref"),
        units=-OuterRef("units"),
        sold_on__gte=OuterRef("sold_on"),
        sold_on__lte=OuterRef("sold_on") + timedelta(days=MATCHED_DAYS),
    ).exclude(customer_ref="")
    return Sale.objects.filter(~Exists(back), product=product, units__gt=0)


def _projected(product: Product, plan: Proposal | None, mean: list[float], ahead: list[date]) -> list[float]:
    """Return stock at the end of each period at mean demand, with what is on its way and the proposed order."""
    if plan is None or plan.on_hand is None:
        return []
    arriving = [(delivery.expected_on, delivery.units) for delivery in coming(product)]
    if plan.units and plan.arrives_on:
        arriving.append((plan.arrives_on, plan.units))
    left, found = plan.on_hand, []
    for at, sold in enumerate(mean):
        until = ahead[at + 1] if at + 1 < len(ahead) else date.max
        left += sum(units for day, units in arriving if (at == 0 or day >= ahead[at]) and day < until)
        left = max(0.0, left - sold)
        found.append(left)
    return found


def _level(run: Run, forecast: ProductForecast, level: float) -> list[float]:
    at = min(range(len(run.levels)), key=lambda index: abs(run.levels[index] - level))
    return [period[at] for period in forecast.quantiles]


def _empty(product: Product, since: date, until: date) -> list[tuple[date, date]]:
    """Return the stretches between two counts in a row that both found nothing anywhere."""
    counts = (
        StockCount.objects.filter(product=product, counted_at__gte=since, counted_at__lte=until)
        .values_list("counted_at")
        .annotate(left=Sum("on_hand"))
        .order_by("counted_at")
    )
    found: list[tuple[date, date]] = []
    for (day, left), (next_day, next_left) in pairwise(counts):
        if left > 0 or next_left > 0:
            continue
        begin = day + timedelta(days=1)
        joined = found and found[-1][1] == day
        found = [*found[:-1], (found[-1][0], next_day)] if joined else [*found, (begin, next_day)]
    return found


@dataclass(frozen=True, slots=True)
class Tested:
    """One model's errors in the product's own past, by metric."""

    model: str
    chosen: bool
    naive: bool
    scores: dict[str, float]


def tested(forecast: ProductForecast) -> tuple[list[str], list[Tested]]:
    """Return the metrics and the models tried on a product: the chosen one first, naive next, then the best."""
    scores: Mapping[str, Mapping[str, Any]] = forecast.scores or {}
    models = [
        Tested(model, model == forecast.model, model == NAIVE, {k: v for k, v in own.items() if v is not None})
        for model, own in scores.items()
    ]
    metrics = [metric for metric in METRICS if any(metric in model.scores for model in models)]
    main = metrics[0] if metrics else ""
    order = sorted(models, key=lambda m: (not m.chosen, not m.naive, m.scores.get(main, float("inf"))))
    return metrics, order


def stock(product: Product) -> list[StockCount]:
    """Return the newest count at every location."""
    newest = StockCount.objects.filter(product=product).order_by("location", "-counted_at").distinct("location")
    return list(newest.select_related("location"))


def coming(product: Product) -> list[Inbound]:
    """Return what is on its way, the earliest first."""
    open_ = Inbound.objects.filter(product=product, received_on=None)
    return list(open_.select_related("location").order_by(F("expected_on"), "order_ref")[:50])
