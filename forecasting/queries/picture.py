"""The picture of a product: its past as demand, the forecast of what follows, the stock it leaves, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet, Sum

from forecasting.engine.changes import Change, moved
from forecasting.engine.periods import period_index, period_starts
from forecasting.models import OneOff, Override, Product, ProductForecast, Proposal, Run, Sale, StockCount
from forecasting.queries import product as products

PAST = {"D": 182, "W": 104, "M": 36}  # periods of the past that a picture shows
MATCHED_DAYS = 90


BANDS = ((90, 0.05, 0.95), (50, 0.25, 0.75))
MOST_EVENTS = 40  # flags that a picture has room for; the list beside it has all
Stretch = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Picture:
    """Demand by period, past and future; low and high are the bands of 50 and 90 percent, empty without a forecast.

    recovered: what would have been sold where stock was out (empty) or seems to have been (inferred), None elsewhere.
    own: the engine's own middle where people changed it; wanted: the middle with changes that no run knows yet.
    """

    days: list[date]
    units: list[float]
    empty: list[Stretch]
    ahead: list[date] = field(default_factory=list)
    median: list[float] = field(default_factory=list)
    bands: dict[int, tuple[list[float], list[float]]] = field(default_factory=dict)
    stock: list[float] = field(default_factory=list)
    inferred: list[Stretch] = field(default_factory=list)
    recovered: list[float | None] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    wanted: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What people told of a product: the changes that hold, and orders that are kept apart."""

    changes: list[Override]
    apart: list[OneOff]


def told(product: Product, run: Run) -> Told:
    """Return the changes that hold ahead, and the one-off orders kept apart, in two queries."""
    changes = Override.objects.filter(product=product, undone_at=None, last_day__gte=run.starts_on)
    apart = OneOff.objects.filter(product=product).exclude(decision=OneOff.Decision.NORMAL)
    return Told(list(changes.order_by("first_day")[:100]), list(apart.order_by("-sold_on")[:100]))


def picture(
    product: Product, run: Run, forecast: ProductForecast | None, plans: Sequence[Proposal], said: Told
) -> Picture:
    """Return the past demand of a product, the forecast of what follows and the stock it leaves, in three queries.

    plans: its proposals, one for each place.
    """
    periods = PAST[run.freq]
    days = [day.item() for day in period_starts(run.starts_on, run.freq, periods, offset=-periods)]
    units = _past(product, run, days)
    first = next((at for at, value in enumerate(units) if value), 0)
    past = Picture(days[first:], units[first:], _empty(product, days[first], run.as_of))
    if forecast is None:
        return past
    ahead = [day.item() for day in period_starts(run.starts_on, run.freq, len(forecast.quantiles))]
    median = _level(run, forecast, 0.5)
    inferred, recovered = _recovered(forecast, run, past.days)
    own = _own(forecast, median)
    return replace(
        past,
        ahead=ahead,
        median=median,
        bands={share: (_level(run, forecast, low), _level(run, forecast, high)) for share, low, high in BANDS},
        stock=_projected(product, plans, forecast.mean, ahead),
        inferred=inferred,
        recovered=recovered,
        own=own if forecast.changes else [],
        wanted=_wanted(forecast, run, own, said.changes),
    )


def pending(forecast: ProductForecast | None, changes: Sequence[Override]) -> bool:
    """Tell whether people changed something that the run does not know yet."""
    return forecast is not None and {str(one.pk) for one in changes} != set(forecast.changes)


def _own(forecast: ProductForecast, median: list[float]) -> list[float]:
    """Return the engine's own middle: what people made of it, less their factors."""
    if not forecast.own_mean:
        return median
    pairs = zip(median, forecast.mean, forecast.own_mean, strict=True)
    return [middle * own / mean if mean > 0 else own for middle, mean, own in pairs]


def _wanted(forecast: ProductForecast, run: Run, own: list[float], changes: Sequence[Override]) -> list[float]:
    if not pending(forecast, changes):
        return []
    mean = np.array([forecast.own_mean or forecast.mean], np.float32)
    listed = [Change(0, one.first_day, one.last_day, one.units, one.percent) for one in changes]
    moves = moved(mean, run.starts_on, run.freq, listed)
    return [float(value) for value in moves.of(np.array([own], np.float32))[0]]


def _recovered(forecast: ProductForecast, run: Run, days: list[date]) -> tuple[list[Stretch], list[float | None]]:
    """Return the stretches that only seem to have been without stock, and the demand recovered in all of them."""
    found = {date.fromisoformat(day): (float(units), bool(guess)) for day, units, guess in forecast.recovered}
    here = [(at, found[day]) for at, day in enumerate(days) if day in found]
    if not here:
        return [], []
    recovered: list[float | None] = [None] * len(days)
    stretches: list[Stretch] = []
    for at, (units, guess) in here:
        recovered[at] = units
        until = (days[at + 1] if at + 1 < len(days) else run.starts_on) - timedelta(days=1)
        if guess:
            joined = stretches and stretches[-1][1] == days[at] - timedelta(days=1)
            stretches = [*stretches[:-1], (stretches[-1][0], until)] if joined else [*stretches, (days[at], until)]
    return stretches, recovered


def _past(product: Product, run: Run, days: list[date]) -> list[float]:
    sums = demand(product).filter(sold_on__gte=days[0], sold_on__lt=run.starts_on)
    sold = list(sums.values_list("sold_on").annotate(units=Sum("units")).order_by())
    units = np.zeros(len(days))
    if sold:
        when = np.array([day for day, _ in sold], "datetime64[D]")
        np.add.at(units, period_index(when, days[0], run.freq), [float(value) for _, value in sold])
    return [float(value) for value in units]


def demand(product: Product) -> QuerySet[Sale]:
    """Return the lines that were demand: not returns, orders wholly taken back, nor one-offs kept apart."""
    back = Sale.objects.filter(
        product=product,
        customer_ref=OuterRef("customer_ref"),
        units=-OuterRef("units"),
        sold_on__gte=OuterRef("sold_on"),
        sold_on__lte=OuterRef("sold_on") + timedelta(days=MATCHED_DAYS),
    ).exclude(customer_ref="")
    apart = OneOff.objects.filter(order_id=OuterRef("order_id"), line_id=OuterRef("line_id"))
    kept_apart = Exists(apart.exclude(decision=OneOff.Decision.NORMAL))
    return Sale.objects.filter(~Exists(back), ~kept_apart, product=product, units__gt=0)


def _projected(product: Product, plans: Sequence[Proposal], mean: list[float], ahead: list[date]) -> list[float]:
    """Return stock at the end of each period at mean demand, with what is on its way and the proposed order."""
    counted = [plan.on_hand for plan in plans if plan.on_hand is not None]
    if not counted:
        return []
    arriving = [(delivery.expected_on, delivery.units) for delivery in products.coming(product)]
    arriving += [(plan.arrives_on, plan.units) for plan in plans if plan.units and plan.arrives_on]
    left, found = sum(counted), []
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
