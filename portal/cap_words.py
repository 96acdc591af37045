"""The picture of service against money on the plan, and its words."""

from decimal import Decimal
from html import escape

import plotly.graph_objects as go
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from forecasting.queries.caps import Curve
from portal import formats
from portal.charts import Chart, clean, house_layout

ROWS = 12  # of the table beside the picture
LITTLE = 0.5  # what the next 1,000 earn is told in whole units of money


def chart(curve: Curve, cap: Decimal | None, currency: str) -> Chart:
    """Draw which share of demand is delivered until the next arrival by how much is spent, best buys first."""
    language = get_language() or "en"
    told = [
        f"{formats.money_rounded(s, currency, language)}: {formats.percent(v, language, decimals=1)}"
        for s, v in zip(curve.spent, curve.service, strict=True)
    ]
    line = {"color": "var(--accent)", "width": 2}
    trace = {"type": "scatter", "mode": "lines", "x": clean(curve.spent), "y": clean(curve.service), "line": line}
    trace |= {"text": [escape(word) for word in told], "hovertemplate": "%{text}<extra></extra>"}
    money = curve.spent[curve.at] if cap is None else min(float(cap), curve.most)
    point = {"type": "scatter", "mode": "markers", "x": [money], "y": [curve.read("service", money)]}
    point |= {"marker": {"color": "var(--accent)", "size": 10}, "hoverinfo": "skip"}
    layout = house_layout()
    layout["xaxis"] |= {"type": "linear", "rangemode": "tozero", "nticks": 5, "separatethousands": True}
    layout["xaxis"] |= {"title": {"text": escape(_("Spent, %(currency)s") % {"currency": currency})}}
    layout["yaxis"] |= {"tickformat": ".0%", "rangemode": "normal"}
    layout["margin"] |= {"t": 12}
    figure = go.Figure(data=[trace, point], layout=layout).to_plotly_json()
    return Chart("plan-curve", _title(curve, money, currency), _note(), figure, _columns(), _rows(curve, currency))


def _title(curve: Curve, money: float, currency: str) -> str:
    language = get_language() or "en"
    words = _("%(money)s delivers %(service)s of demand until the next arrival; the next 1,000 would earn %(next)s")
    if curve.next_thousand(money) < LITTLE:
        words = _("%(money)s delivers %(service)s of demand until the next arrival; more would earn nothing until then")
    return words % {
        "money": formats.money_rounded(money, currency, language),
        "service": formats.percent(curve.read("service", money), language, decimals=1),
        "next": formats.money_rounded(curve.next_thousand(money), currency, language),
    }


def beyond(curve: Curve, total: Decimal, currency: str) -> str:
    """Say what the orders are for that lie beyond the end of the picture; empty where there are none."""
    language = get_language() or "en"
    if float(total) <= 1.01 * curve.most:
        return ""
    return _(
        "All orders come to %(all)s. What lies beyond %(most)s earns later than the next arrival: least orders, packs, "
        "orders ahead of a closed supplier, and safety for rare demand."
    ) % {
        "all": formats.money_rounded(float(total), currency, language),
        "most": formats.money_rounded(curve.most, currency, language),
    }


def _note() -> str:
    return _("Expected, for the orders of this plan, those that earn most for each unit of money first.")


def _columns() -> list[str]:
    return [_("Spent"), _("Delivered share of demand"), _("Earned against ordering nothing"), _("The next 1,000 earn")]


def _rows(curve: Curve, currency: str) -> list[list[str]]:
    language = get_language() or "en"

    def write(value: float) -> str:
        return formats.money_rounded(value, currency, language)

    steps = [curve.most * k / ROWS for k in range(ROWS + 1)]
    return [
        [
            write(money),
            formats.percent(curve.read("service", money), language, decimals=1),
            write(curve.read("gain", money)),
            write(curve.next_thousand(money)),
        ]
        for money in steps
    ]
