"""The pictures of a replay: stock and service of both arms over time, and the exchange curve between the two."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import plotly.graph_objects as go

from portal.charts import Chart, Values, clean, house_layout, label, line_trace, months_axis

OWN, OTHER = "var(--accent)", "var(--grey)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of the pictures, translated, and how the reader's language writes days, months and numbers."""

    other: str
    stock_title: str
    service_title: str
    curve_title: str
    curve_note: str
    period: str
    stock: str
    service: str
    point: str
    day: Callable[[date], str]
    month: Callable[[date], str]
    number: Callable[[float | None], str]
    share: Callable[[float | None], str]


def stock_chart(rows: Sequence[Mapping[str, Any]], counted_from: date, words: Words) -> Chart:
    """Draw the stock of both arms by period; what lies before the count begins is shaded."""
    values = ([row["baseline_stock"] for row in rows], [row["lagom_stock"] for row in rows])
    return _over_time(
        "replay-stock", rows, values, (words.stock_title, words.stock, words.number), (counted_from, words)
    )


def service_chart(rows: Sequence[Mapping[str, Any]], counted_from: date, words: Words) -> Chart:
    """Draw the share of demand that both arms delivered, smoothed over about a month."""
    values = (_delivered(rows, "baseline_lost"), _delivered(rows, "lagom_lost"))
    return _over_time(
        "replay-service", rows, values, (words.service_title, words.service, words.share), (counted_from, words)
    )


def _delivered(rows: Sequence[Mapping[str, Any]], lost: str, width: int = 4) -> list[float | None]:
    found: list[float | None] = []
    for at in range(len(rows)):
        part = rows[max(at - width + 1, 0) : at + 1]
        demand = sum(row["demand"] for row in part)
        found.append(1 - sum(row[lost] for row in part) / demand if demand else None)
    return found


def _over_time(
    id: str,
    rows: Sequence[Mapping[str, Any]],
    values: tuple[Values, Values],
    what: tuple[str, str, Callable[[float | None], str]],
    how: tuple[date, Words],
) -> Chart:
    (title, name, write), (counted_from, words) = what, how
    days = [date.fromisoformat(row["date"]) for row in rows]
    traces = []
    for arm, line, colour in ((words.other, values[0], OTHER), ("Lagom", values[1], OWN)):
        told = [f"{escape(arm)}: {escape(write(v))}" for v in line]
        traces.append(line_trace(days, line, colour, told))
    layout = house_layout()
    layout["xaxis"] |= {"type": "date", **months_axis(days, words.month)}
    layout["annotations"] = [
        label(days[-1], arm, colour, xanchor="right", **end)
        for arm, colour, end in zip((words.other, "Lagom"), (OTHER, OWN), _ends(values), strict=True)
    ]
    shade = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 0}, "layer": "below"}
    shade |= {"x0": days[0].isoformat(), "x1": counted_from.isoformat(), "fillcolor": "var(--grey/0.12)"}
    layout["shapes"] = [shade]
    if write is words.share:
        layout["yaxis"] |= {"tickformat": ".0%", "rangemode": "normal"}
    figure = go.Figure(data=traces, layout=layout).to_plotly_json()
    table = [[words.day(day), write(a), write(b)] for day, a, b in zip(days, *values, strict=True)]
    return Chart(id, title, name, figure, [words.period, words.other, "Lagom"], table)


def _ends(values: tuple[Values, Values]) -> list[dict[str, Any]]:
    """Place each label at its line's end, the upper one above it and the lower one below."""
    last = [next((v for v in reversed(line) if v is not None), 0.0) for line in values]
    upper = last[0] >= last[1]
    return [
        {"yref": "y", "y": end, "yanchor": "bottom" if above else "top"}
        for end, above in zip(last, (upper, not upper), strict=True)
    ]


def curve_chart(result: Mapping[str, Any], words: Words) -> Chart:
    """Draw how much stock each way of ordering needs for how much service, and where each stands by itself."""
    kind = "stock_value" if any(point["stock_value"] for point in result["lagom_curve"]) else "stock_units"
    own = sorted((point["fill"], point[kind]) for point in result["lagom_curve"] if point["fill"] is not None)
    other = sorted((p["fill"], p[kind]) for p in result["baseline_curve"] if p["fill"] is not None)
    if not other:
        arm = result["arms"]["baseline"]
        other = [(arm["fill"], arm[kind])]
    traces, table = [], []
    for name, points, colour in ((words.other, other, OTHER), ("Lagom", own, OWN)):
        told = [f"{escape(name)}<br>{escape(words.share(f))}: {escape(words.number(s))}" for f, s in points]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": clean([f for f, _ in points]),
                "y": clean([s for _, s in points]),
                "line": {"color": colour, "width": 2},
                "marker": {"color": colour, "size": 7},
                "text": told,
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
        table += [[name, words.share(f), words.number(s)] for f, s in points]
    layout = house_layout()
    layout["xaxis"] |= {"tickformat": ".0%", "type": "linear"}
    layout["hovermode"] = "closest"
    layout["annotations"] = [
        {"x": points[-1][0], "y": points[-1][1], "text": escape(name), "font": {"color": colour, "size": 12},
         "showarrow": False, "xanchor": "right", "yanchor": "bottom"}
        for name, points, colour in ((words.other, other, OTHER), ("Lagom", own, OWN))
    ]  # fmt: skip
    figure = go.Figure(data=traces, layout=layout).to_plotly_json()
    return Chart(
        "replay-curve", words.curve_title, words.curve_note, figure, [words.point, words.service, words.stock], table
    )
