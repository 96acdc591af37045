"""Arrays → pictures in one house style: Plotly figures as JSON, and inline SVG; texts come translated.

A colour in a figure is a name of static/css/lagom.css ("var(--accent)", "var(--accent/0.25)" with its opacity), so
that one figure serves light and dark: static/js/charts.js looks the names up when it draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from math import isfinite
from typing import Any

import plotly.graph_objects as go

Values = Sequence[float | None]
Trace = dict[str, Any]

MONTHS_ON_AXIS = 6

# ── Inline SVG ──


def sparkline(values: Values, *, label: str = "", width: int = 120, height: int = 28) -> str:
    """Draw a small line of numbers as SVG, gaps where a number is unknown, a dot on the last."""
    known = [float(v) for v in values if v is not None and isfinite(v)]
    if not known:
        return ""
    low, high = min(0.0, *known), max(known)
    step = (width - 6) / max(1, len(values) - 1)
    scale = (height - 6) / ((high - low) or 1.0)
    points = [
        None if v is None or not isfinite(v) else (3 + i * step, height - 3 - (v - low) * scale)
        for i, v in enumerate(values)
    ]
    x, y = next(point for point in reversed(points) if point)
    return (
        f'<svg class="sparkline" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {_aria(label)}>'
        f'<path d="{_path(points)}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.2"/></svg>'
    )


def _aria(label: str) -> str:
    """Name a picture for those who hear the page, or mark it as decoration."""
    return f'role="img" aria-label="{escape(label, quote=True)}"' if label else 'aria-hidden="true"'


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Join points to an SVG path that lifts the pen at gaps."""
    parts, drawing = [], False
    for point in points:
        if point:
            parts.append(f"{'L' if drawing else 'M'}{point[0]:.1f} {point[1]:.1f}")
        drawing = point is not None
    return "".join(parts)


def cover_bar(days: float | None, target: float | None, *, label: str = "", level: str = "") -> str:
    """Draw days of stock as a bar and their target as a tick, on a scale of twice the target."""
    if days is None or not isfinite(days):
        return ""
    full = 2 * target if target else max(days, 1.0)
    length = 100 * min(1.0, max(0.0, days / full))
    tick = '<rect class="cover-target" x="49.25" y="0" width="1.5" height="10"/>' if target else ""
    state = f" cover-{level}" if level in {"red", "amber", "green"} else ""
    return (
        f'<svg class="cover{state}" viewBox="0 0 100 10" preserveAspectRatio="none" {_aria(label)}>'
        f'<rect class="cover-track" y="2" width="100" height="6" rx="1"/>'
        f'<rect class="cover-days" y="2" width="{length:.1f}" height="6" rx="1"/>{tick}</svg>'
    )


# ── Plotly figures ──


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure, its message in words, and the same as a table; shown by templates/_parts/chart.html."""

    id: str
    title: str
    note: str
    figure: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Demand by period: what was sold, and what is expected with its bands {50: (low, high), 90: (low, high)}.

    days and units have one length, and so have ahead, median, each band's sides and stock (the stock projected at each
    period's end). empty: stretches without stock. events: days with a word each.
    """

    days: Sequence[date]
    units: Values
    ahead: Sequence[date] = ()
    median: Values = ()
    bands: Mapping[int, tuple[Values, Values]] = field(default_factory=dict)
    empty: Sequence[tuple[date, date]] = ()
    events: Sequence[tuple[date, str]] = ()
    stock: Values = ()
    reorder_point: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandWords:
    """The words of a demand chart, translated, and how the reader's language writes days, months and numbers."""

    title: str
    note: str = ""
    period: str  # "Week of"
    axis: str  # "units per week"
    sold: str
    expected: str
    bands: Mapping[int, str]  # {50: "one time in two", 90: "nine times out of ten"}
    empty: str  # "sold out"
    stock: str = ""
    reorder_point: str = ""
    day: Callable[[date], str]
    month: Callable[[date], str]
    number: Callable[[float | None], str]


def demand_chart(demand: Demand, words: DemandWords, *, id: str = "demand") -> Chart:
    """Draw demand: history solid, forecast dashed with its bands, stock-outs shaded, events as flags, stock below."""
    figure = go.Figure(
        data=[
            *_bands(demand),
            _line(
                demand.days,
                demand.units,
                "var(--accent)",
                [_told_past(demand, words, i) for i in range(len(demand.days))],
            ),
            _median(demand, words),
            *_stock(demand, words),
        ],
        layout=_layout(demand, words),
    ).to_plotly_json()
    columns = [words.period, words.sold, words.expected, *_band_words(demand, words)]
    return Chart(id, words.title, words.note, figure, columns, _rows(demand, words))


def _iso(days: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in days]


def _clean(values: Values) -> list[float | None]:
    """Leave out what JSON cannot say: NaN and infinity become gaps."""
    return [round(float(v), 4) if v is not None and isfinite(v) else None for v in values]


def _line(days: Sequence[date], values: Values, colour: str, told: Sequence[str]) -> Trace:
    line = {"color": colour, "width": 2}
    plain = {"type": "scatter", "mode": "lines", "hovertemplate": "%{text}<extra></extra>"}
    return {**plain, "x": _iso(days), "y": _clean(values), "line": line, "text": list(told), "connectgaps": False}


def _median(demand: Demand, words: DemandWords) -> Trace:
    """Draw the middle of the forecast, dashed, starting where history ends so that the eye finds no hole."""
    days, values = [*demand.days[-1:], *demand.ahead], [*demand.units[-1:], *demand.median]
    told = ["" for _ in demand.days[-1:]] + [_told_ahead(demand, words, i) for i in range(len(demand.ahead))]
    trace = _line(days, values, "var(--accent)", told)
    trace["line"] = {**trace["line"], "dash": "6px,4px"}
    return trace if demand.ahead else {**trace, "visible": False}


def _bands(demand: Demand) -> list[Trace]:
    """Fill the bands between their sides, the widest first; they say nothing on hover, the middle does."""
    traces = []
    for share in sorted(demand.bands, reverse=True):
        low, high = demand.bands[share]
        edge = {
            "type": "scatter",
            "mode": "lines",
            "x": _iso(demand.ahead),
            "line": {"width": 0, "color": "var(--accent)"},
        }
        fill = {"fill": "tonexty", "fillcolor": "var(--accent/0.16)" if share > 50 else "var(--accent/0.26)"}
        traces += [
            {**edge, "y": _clean(low), "hoverinfo": "skip"},
            {**edge, "y": _clean(high), "hoverinfo": "skip", **fill},
        ]
    return traces


def _stock(demand: Demand, words: DemandWords) -> list[Trace]:
    """Draw the projected stock as steps under the demand, and the reorder point it must not pass unseen."""
    if not demand.stock:
        return []
    told = [
        f"{escape(words.day(day))}<br>{escape(words.stock)}: {escape(words.number(value))}"
        for day, value in zip(demand.ahead, demand.stock, strict=True)
    ]
    line = _line(demand.ahead, demand.stock, "var(--ink)", told)
    line |= {"yaxis": "y2", "fill": "tozeroy", "fillcolor": "var(--grey/0.16)"}
    line["line"] = {**line["line"], "shape": "hv"}
    if demand.reorder_point is None:
        return [line]
    level = _line(demand.ahead, [demand.reorder_point] * len(demand.ahead), "var(--amber)", [])
    level |= {"yaxis": "y2", "hoverinfo": "skip", "hovertemplate": None}
    level["line"] = {"color": "var(--amber)", "width": 1.5, "dash": "dot"}
    return [line, level]


def _told_past(demand: Demand, words: DemandWords, at: int) -> str:
    day, units = escape(words.day(demand.days[at])), escape(words.number(demand.units[at]))
    return f"{escape(words.period)} {day}<br>{escape(words.sold)}: {units}"


def _told_ahead(demand: Demand, words: DemandWords, at: int) -> str:
    lines = [f"{words.period} {words.day(demand.ahead[at])}", f"{words.expected}: {words.number(demand.median[at])}"]
    for share in sorted(demand.bands):
        low, high = demand.bands[share]
        lines.append(f"{words.bands.get(share, '')}: {words.number(low[at])} – {words.number(high[at])}")
    return "<br>".join(escape(line) for line in lines)


def _band_words(demand: Demand, words: DemandWords) -> list[str]:
    return [words.bands.get(share, f"{share} %") for share in sorted(demand.bands)]


def _rows(demand: Demand, words: DemandWords) -> list[list[str]]:
    """Write the chart as a table, the newest past and the whole future."""
    blank = [""] * len(demand.bands)
    past = [
        [words.day(day), words.number(units), "", *blank]
        for day, units in zip(demand.days[-26:], demand.units[-26:], strict=True)
    ]
    ahead = []
    for at, day in enumerate(demand.ahead):
        sides = [demand.bands[share] for share in sorted(demand.bands)]
        ranges = [f"{words.number(low[at])} – {words.number(high[at])}" for low, high in sides]
        ahead.append([words.day(day), "", words.number(demand.median[at]), *ranges])
    return past + ahead


# ── The house template ──


def _layout(demand: Demand, words: DemandWords) -> dict[str, Any]:
    """Lay a demand chart out: months below, one unit at the left, labels on the lines, no legend."""
    days = [*demand.days, *demand.ahead]
    layout = house_layout()
    layout["xaxis"] |= {"type": "date", **_months(days, words.month)}
    layout["shapes"] = [_shade(begin, end) for begin, end in demand.empty] + [_pole(day) for day, _ in demand.events]
    layout["annotations"] = _labels(demand, words)
    if demand.stock:
        layout["yaxis"]["domain"] = [0.4, 1]
        layout["yaxis2"] = house_layout()["yaxis"] | {"domain": [0, 0.28], "anchor": "x", "nticks": 4}
        layout["xaxis"]["anchor"] = "y2"
    return layout


def house_layout() -> dict[str, Any]:
    """Return the one layout of all figures: transparent, quiet lines, no zoom that would catch a scrolling thumb."""
    quiet = {"fixedrange": True, "showline": False, "zeroline": False, "automargin": True, "tickcolor": "var(--line)"}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 13, "color": "var(--grey)"},
        "margin": {"l": 8, "r": 12, "t": 44, "b": 8},
        "showlegend": False,
        "hovermode": "x",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": "var(--paper)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)", "size": 13},
            "align": "left",
        },
        "xaxis": {**quiet, "showgrid": False, "showline": True, "linecolor": "var(--line)", "ticks": "outside"},
        "yaxis": {**quiet, "gridcolor": "var(--line)", "rangemode": "tozero", "nticks": 6, "separatethousands": True},
    }


def _months(days: Sequence[date], write: Callable[[date], str]) -> dict[str, Any]:
    """Put at most so many months on the axis, in the reader's words."""
    if not days:
        return {}
    first, last = min(days), max(days)
    count = (last.year - first.year) * 12 + last.month - first.month
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if count / step <= MONTHS_ON_AXIS or step == 120)
    at = [date(first.year + m // 12, m % 12 + 1, 1) for m in range(first.month, first.month + count)]
    kept = [day for day in at if (day.month - 1) % min(step, 12) == 0 and (step <= 12 or day.year % (step // 12) == 0)]
    return {
        "tickangle": 0,
        "tickmode": "array",
        "tickvals": _iso(kept),
        "ticktext": [escape(write(day)).replace("\n", "<br>") for day in kept],
    }


def _shade(begin: date, end: date) -> dict[str, Any]:
    """Shade a stretch without stock over the height of the demand."""
    size = {"x0": begin.isoformat(), "x1": (end + timedelta(days=1)).isoformat(), "y0": 0, "y1": 1}
    return {
        "type": "rect",
        "xref": "x",
        "yref": "y domain",
        **size,
        "line": {"width": 0},
        "fillcolor": "var(--grey/0.22)",
        "layer": "below",
    }


def _pole(day: date) -> dict[str, Any]:
    """Plant the pole of an event's flag."""
    size = {"x0": day.isoformat(), "x1": day.isoformat(), "y0": 0, "y1": 1}
    line = {"color": "var(--grey)", "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "y domain", **size, "line": line, "layer": "below"}


def _labels(demand: Demand, words: DemandWords) -> list[dict[str, Any]]:
    """Write the words onto the lines: what was sold, what is expected, where stock was out, what happened."""
    corner = {"x": 0, "xref": "paper", "y": 1, "yshift": 28, "xanchor": "left"}
    labels = [_label(None, words.axis, "var(--grey)", **corner)]
    known = [pair for pair in zip(_clean(demand.units), demand.days, strict=True) if pair[0] is not None]
    if known:
        labels.append(_label(max(known)[1], words.sold, "var(--accent)", y=max(known)[0], yref="y", yshift=10))
    if demand.ahead:
        labels.append(_label(demand.ahead[-1], words.expected, "var(--accent)", y=1, yshift=28, xanchor="right"))
    if demand.empty:
        begin, end = max(demand.empty, key=lambda stretch: stretch[1] - stretch[0])
        labels.append(_label(begin + (end - begin) / 2, words.empty, "var(--grey)", y=1, yshift=12))
    labels += [_label(day, word, "var(--grey)", y=1, yshift=12) for day, word in demand.events]
    if demand.stock:
        labels.append(_label(None, words.stock, "var(--grey)", **corner | {"yref": "y2 domain", "yshift": 12}))
    if demand.stock and demand.reorder_point is not None:
        place = {"y": demand.reorder_point, "yref": "y2", "xanchor": "right"}
        labels.append(_label(demand.ahead[0], words.reorder_point, "var(--amber)", **place))
    return labels


def _label(day: date | None, word: str, colour: str, **place: Any) -> dict[str, Any]:
    plain = {"x": day and day.isoformat(), "xref": "x", "yref": "y domain", "showarrow": False}
    return {**plain, "text": escape(word), "font": {"color": colour, "size": 12}, **place}
