"""The words of a product's forecast: its picture, its models, how they were tested."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from forecasting import queries
from forecasting.engine.reasons import model_label
from forecasting.models import Event, OneOff, ProductForecast, Run
from forecasting.queries.forecasts import PRIOR
from forecasting.queries.picture import MOST_EVENTS, Picture
from forecasting.queries.rows import Row
from portal import charts, demand_chart, formats
from portal.translations import spoken

Flags = Sequence[tuple[date, str]]


def demand(picture: Picture, run: Run, row: Row, flags: Flags = ()) -> charts.Chart:
    """Draw what was sold, what is expected and the stock that it leaves."""
    shown = demand_chart.Demand(
        days=picture.days,
        units=picture.units,
        ahead=picture.ahead,
        median=picture.median,
        bands=picture.bands,
        empty=picture.empty,
        inferred=picture.inferred,
        recovered=picture.recovered,
        events=flags,
        own=picture.own,
        wanted=picture.wanted,
        stock=picture.stock,
        reorder_point=row.proposal.reorder_point if row.proposal else None,
    )
    return demand_chart.demand_chart(shown, _words(picture, run, row))


def _words(picture: Picture, run: Run, row: Row) -> demand_chart.DemandWords:
    language, today = get_language() or "en", timezone.localdate()

    def day(value: date) -> str:
        return formats.day(value, language, today=today)

    periods = {"D": (_("Day"), _("pieces a day")), "W": (_("Week of"), _("pieces a week"))}
    period, axis = periods.get(run.freq, (_("Month of"), _("pieces a month")))
    ordered = bool(row.proposal and row.proposal.units)
    return demand_chart.DemandWords(
        title=_title(picture, row, day),
        note=_(
            "At the pace of the forecast; the dark band holds one time in two, the light one nine times out of ten."
        ),
        period=period,
        axis=axis,
        sold=_("Sold"),
        expected=_("Expected"),
        bands={50: _("One time in two"), 90: _("Nine times out of ten")},
        empty=_("Sold out"),
        inferred=_("Sold out? (inferred)"),
        recovered=_("Would have been sold"),
        own=_("Without people’s changes"),
        wanted=_("With your change"),
        stock=_("Stock, if you order") if ordered else _("Stock"),
        reorder_point=_("Order point"),
        day=day,
        month=lambda value: formats.month(value, language),
        number=lambda value: formats.units(value, language, decimals=1),
    )


def _title(picture: Picture, row: Row, day: Callable[[date], str]) -> str:
    """Say the message of the picture in words."""
    lasts = row.proposal.lasts_until if row.proposal else None
    if not picture.ahead:
        return _("What was sold")
    if row.standing == "out":
        return _("Sold out now")
    if row.risk and row.risk.place:
        told = {"place": row.risk.place, "day": day(row.risk.day)}
        return _("%(place)s: sold out on %(day)s, before the next delivery") % told
    if row.risk:
        return _("Sold out on %(day)s, before the next delivery") % {"day": day(row.risk.day)}
    if lasts is None:
        return _("What was sold, and what is expected")
    return _("Enough until %(day)s") % {"day": day(lasts)}


def flags(events: Sequence[Event], apart: Sequence[OneOff]) -> list[tuple[date, str]]:
    """Plant a flag where an event begins and where an order was kept apart."""
    language = get_language() or "en"
    planted = [(event.first_day, event.name) for event in events if event.kind != Event.Kind.SUPPLIER]
    planted += [(one.sold_on, _("%(units)s at once") % {"units": formats.units(one.units, language)}) for one in apart]
    return sorted(planted)[-MOST_EVENTS:]


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure a forecast is: in a sentence with its state, and as a table: the engine, naive ones, models tried."""

    sentence: str
    level: str
    columns: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]
    launch: bool


def sure(forecast: ProductForecast) -> Sure:
    """Hold a forecast against the naive ones, also when it loses."""
    names = {"engine": _("Lagom"), "naive": _("The last period again"), "seasonal_naive": _("Last season again")}
    language = get_language() or "en"
    rows = [
        (names[who], [_figure(figures.get(metric), metric, language) for metric in SHOWN])
        for who in names
        if (figures := forecast.backtest.get(who))
    ]
    rows += [
        (_model(model, forecast.model), [_figure(scores.get(metric), metric, language) for metric in SHOWN])
        for model, scores in queries.product.tested(forecast)
    ]
    sentence, level = _sentence(forecast, language)
    columns = [
        _("Error (RMSSE)"),
        _("Error of the range (pinball)"),
        _("Bias"),
        _("90 % band held"),
    ]
    labelled = [(name, list(zip(columns, cells, strict=True))) for name, cells in rows]
    return Sure(sentence, level, columns, labelled, forecast.model in PRIOR)


def _model(model: str, used: str) -> str:
    name = model_name(model)
    return _("%(model)s (used)") % {"model": name} if model == used else name


SHOWN = ("rmsse", "pinball", "bias", "coverage")


def _figure(value: Any, metric: str, language: str) -> str:
    if metric in ("bias", "coverage"):
        told = formats.percent(value, language, decimals=0)
        return f"+{told}" if metric == "bias" and value is not None and round(value, 2) > 0 else told
    return formats.units(value, language)


def _sentence(forecast: ProductForecast, language: str) -> tuple[str, str]:
    added = forecast.value_added
    if added is None:
        return _("There is too little past to test it: take its range seriously, not its middle."), "grey"
    share = formats.percent(abs(added), language, decimals=0)
    if added > 0.005:
        words = _("In tests on its own past, it missed by %(share)s less than the better of two naive forecasts.")
        return words % {"share": share}, "green"
    if added < -0.005:
        words = _("In tests on its own past, it missed by %(share)s more than the better of two naive forecasts.")
        return words % {"share": share}, "amber"
    return _("In tests on its own past, it was as good as the better of two naive forecasts."), "grey"


def model_name(model: str) -> str:
    """Name a model in the reader's language."""
    return spoken(model_label(model))
