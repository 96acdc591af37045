"""Arrays → pictures in one house style: Plotly figures as JSON, and inline SVG; texts come translated.

A colour in a figure is a name of static/css/lagom.css ("var(--accent)", "var(--accent/0.25)" with its opacity), so
that one figure serves light and dark: static/js/charts.js looks the names up when it draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
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


def iso(days: Sequence[date]) -> list[str]:
    """Write days as Plotly reads them."""
    return [day.isoformat() for day in days]


def clean(values: Values) -> list[float | None]:
    """Leave out what JSON cannot say: NaN and infinity become gaps."""
    return [round(float(v), 4) if v is not None and isfinite(v) else None for v in values]


def line_trace(days: Sequence[date], values: Values, colour: str, told: Sequence[str]) -> Trace:
    """Draw a line through days, lifting the pen at gaps; told: what it says on hover."""
    line = {"color": colour, "width": 2}
    plain = {"type": "scatter", "mode": "lines", "hovertemplate": "%{text}<extra></extra>"}
    return {**plain, "x": iso(days), "y": clean(values), "line": line, "text": list(told), "connectgaps": False}


def bars_chart(chart: Chart, names: Sequence[str], values: Values, colours: Sequence[str]) -> Chart:
    """Draw one bar per name, its value behind it; chart: its words and its table, whose figure is filled in.

    colours: one name of the house per bar; state colours only where the bar says a state in words too.
    """
    shown = [row[1] for row in chart.rows]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": clean(values),
        "y": [escape(name) for name in names],
        "text": [escape(word) for word in shown],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": list(colours)},
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }
    layout = house_layout()
    layout["xaxis"] |= {"showticklabels": False, "ticks": "", "showline": False, "rangemode": "tozero"}
    layout["yaxis"] |= {
        "type": "category",
        "autorange": "reversed",
        "showgrid": False,
        "nticks": len(names),
        "ticks": "",
    }
    layout["bargap"], layout["hovermode"], layout["margin"] = 0.3, "closest", {"l": 8, "r": 48, "t": 8, "b": 8}
    figure = go.Figure(data=[trace], layout=layout).to_plotly_json()
    return replace(chart, figure=figure)


# ── The house template ──


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


def months_axis(days: Sequence[date], write: Callable[[date], str]) -> dict[str, Any]:
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
        "tickvals": iso(kept),
        "ticktext": [escape(write(day)).replace("\n", "<br>") for day in kept],
    }


def label(day: date | None, word: str, colour: str, **place: Any) -> dict[str, Any]:
    """Write a word onto a figure, at a day or at a place on the paper."""
    plain = {"x": day and day.isoformat(), "xref": "x", "yref": "y domain", "showarrow": False}
    return {**plain, "text": escape(word), "font": {"color": colour, "size": 12}, **place}
