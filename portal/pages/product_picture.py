"""The words of a product's forecast: its picture, its models, how they were tested."""

from collections.abc import Callable
from datetime import date

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from forecasting.engine.reasons import model_label
from forecasting.models import Run
from forecasting.queries.product import Picture
from forecasting.queries.rows import Row
from portal import charts, demand_chart, formats
from portal.translations import spoken


def demand(picture: Picture, run: Run, row: Row) -> charts.Chart:
    """Draw what was sold, what is expected and the stock that it leaves."""
    shown = demand_chart.Demand(
        days=picture.days,
        units=picture.units,
        ahead=picture.ahead,
        median=picture.median,
        bands=picture.bands,
        empty=picture.empty,
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
    if row.risk:
        return _("Sold out on %(day)s, before the next delivery") % {"day": day(row.risk.day)}
    if lasts is None:
        return _("What was sold, and what is expected")
    return _("Enough until %(day)s") % {"day": day(lasts)}


def model_name(model: str) -> str:
    """Name a model in the reader's language."""
    return spoken(model_label(model))


def metric_name(metric: str) -> str:
    """Name a test figure in the reader's language."""
    names = {
        "pinball": _("Error of the whole range (pinball)"),
        "rmsse": _("Error of the middle (RMSSE)"),
        "mase": _("Error of the middle (MASE)"),
        "bias": _("Too high or too low (bias)"),
    }
    return names.get(metric, metric)
