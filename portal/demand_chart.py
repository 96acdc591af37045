"""A product's demand as a picture: what was sold, what would have been, what is expected, and how sure that is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from typing import Any

import plotly.graph_objects as go

from portal.charts import Chart, Trace, Values, clean, house_layout, iso, label, line_trace, months_axis

ROOM = 0.14  # of the width of a picture that the word of a flag needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Demand by period: what was sold, and what is expected with its bands {50: (low, high), 90: (low, high)}.

    days, units and recovered have one length, and so have ahead, median, each band's sides, own, wanted and stock (the
    stock projected at each period's end). empty: stretches without stock; inferred: stretches that look like it.
    recovered: what would have been sold there. events: days with a word each. own: the engine's middle where a person
    changed it; wanted: what a person's change will make of the middle in the next run.
    """

    days: Sequence[date]
    units: Values
    ahead: Sequence[date] = ()
    median: Values = ()
    bands: Mapping[int, tuple[Values, Values]] = field(default_factory=dict)
    empty: Sequence[tuple[date, date]] = ()
    inferred: Sequence[tuple[date, date]] = ()
    recovered: Values = ()
    events: Sequence[tuple[date, str]] = ()
    own: Values = ()
    wanted: Values = ()
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
    inferred: str = ""  # "sold out? (inferred)"
    recovered: str = ""  # "would have been sold"
    own: str = ""  # "without your change"
    wanted: str = ""  # "with your change"
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
            line_trace(
                demand.days,
                demand.units,
                "var(--accent)",
                [_told_past(demand, words, i) for i in range(len(demand.days))],
            ),
            *_recovered(demand, words),
            _median(demand, words),
            *_changes(demand, words),
            *_stock(demand, words),
        ],
        layout=_layout(demand, words),
    ).to_plotly_json()
    return Chart(id, words.title, words.note, figure, _columns(demand, words), _rows(demand, words))


def _recovered(demand: Demand, words: DemandWords) -> list[Trace]:
    """Draw what would have been sold while stock was out, as a line and marks of its own."""
    if not any(value is not None for value in demand.recovered):
        return []
    told = [f"{escape(words.recovered)}: {escape(words.number(value))}" for value in demand.recovered]
    trace = line_trace(demand.days, demand.recovered, "var(--grey)", told)
    marks = {"size": 5, "symbol": "circle-open", "color": "var(--grey)"}
    line = {"color": "var(--grey)", "width": 1.5, "dash": "dot"}
    return [{**trace, "mode": "lines+markers", "marker": marks, "line": line}]


def _changes(demand: Demand, words: DemandWords) -> list[Trace]:
    """Draw the engine's own middle where a person changed it, and what a new change will make of it."""
    traces = []
    for values, word, colour in (
        (demand.own, words.own, "var(--grey)"),
        (demand.wanted, words.wanted, "var(--ink)"),
    ):
        if values:
            told = [f"{escape(word)}: {escape(words.number(value))}" for value in values]
            trace = line_trace(demand.ahead, values, colour, told)
            traces.append({**trace, "line": {"color": colour, "width": 1.5, "dash": "2px,3px"}})
    return traces


def _median(demand: Demand, words: DemandWords) -> Trace:
    """Draw the middle of the forecast, dashed, starting where history ends so that the eye finds no hole."""
    days, values = [*demand.days[-1:], *demand.ahead], [*demand.units[-1:], *demand.median]
    told = ["" for _ in demand.days[-1:]] + [_told_ahead(demand, words, i) for i in range(len(demand.ahead))]
    trace = line_trace(days, values, "var(--accent)", told)
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
            "x": iso(demand.ahead),
            "line": {"width": 0, "color": "var(--accent)"},
        }
        fill = {"fill": "tonexty", "fillcolor": "var(--accent/0.16)" if share > 50 else "var(--accent/0.26)"}
        traces += [
            {**edge, "y": clean(low), "hoverinfo": "skip"},
            {**edge, "y": clean(high), "hoverinfo": "skip", **fill},
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
    line = line_trace(demand.ahead, demand.stock, "var(--ink)", told)
    line |= {"yaxis": "y2", "fill": "tozeroy", "fillcolor": "var(--grey/0.16)"}
    line["line"] = {**line["line"], "shape": "hv"}
    if demand.reorder_point is None:
        return [line]
    level = line_trace(demand.ahead, [demand.reorder_point] * len(demand.ahead), "var(--amber)", [])
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


def _extras(demand: Demand, words: DemandWords) -> list[tuple[str, Values]]:
    """Name the further columns of the future: what a person changed."""
    return [(word, values) for word, values in ((words.own, demand.own), (words.wanted, demand.wanted)) if values]


def _columns(demand: Demand, words: DemandWords) -> list[str]:
    recovered = [words.recovered] if demand.recovered else []
    extras = [word for word, _ in _extras(demand, words)]
    return [words.period, words.sold, *recovered, words.expected, *_band_words(demand, words), *extras]


def _rows(demand: Demand, words: DemandWords) -> list[list[str]]:
    """Write the chart as a table, the newest past and the whole future."""
    extras = _extras(demand, words)
    gap = [""] if demand.recovered else []
    past = []
    for at in range(max(0, len(demand.days) - 26), len(demand.days)):
        value = demand.recovered[at] if demand.recovered else None
        told = [words.number(value) if value is not None else ""] if demand.recovered else []
        blank = [""] * (1 + len(demand.bands) + len(extras))
        past.append([words.day(demand.days[at]), words.number(demand.units[at]), *told, *blank])
    ahead = []
    for at, day in enumerate(demand.ahead):
        sides = [demand.bands[share] for share in sorted(demand.bands)]
        ranges = [f"{words.number(low[at])} – {words.number(high[at])}" for low, high in sides]
        more = [words.number(values[at]) for _, values in extras]
        ahead.append([words.day(day), "", *gap, words.number(demand.median[at]), *ranges, *more])
    return past + ahead


def _layout(demand: Demand, words: DemandWords) -> dict[str, Any]:
    """Lay a demand chart out: months below, one unit at the left, labels on the lines, no legend."""
    days = [*demand.days, *demand.ahead]
    layout = house_layout()
    layout["xaxis"] |= {"type": "date", **months_axis(days, words.month)}
    layout["shapes"] = [
        *(_shade(begin, end) for begin, end in demand.empty),
        *(_shade(begin, end, "var(--grey/0.11)") for begin, end in demand.inferred),
        *(_pole(day) for day, _ in demand.events),
    ]
    layout["annotations"] = _labels(demand, words)
    if demand.stock:
        layout["yaxis"]["domain"] = [0.4, 1]
        layout["yaxis2"] = house_layout()["yaxis"] | {"domain": [0, 0.28], "anchor": "x", "nticks": 4}
        layout["xaxis"]["anchor"] = "y2"
    return layout


def _shade(begin: date, end: date, colour: str = "var(--grey/0.22)") -> dict[str, Any]:
    """Shade a stretch without stock over the height of the demand, lighter where it is only inferred."""
    size = {"x0": begin.isoformat(), "x1": (end + timedelta(days=1)).isoformat(), "y0": 0, "y1": 1}
    return {
        "type": "rect",
        "xref": "x",
        "yref": "y domain",
        **size,
        "line": {"width": 0},
        "fillcolor": colour,
        "layer": "below",
    }


def _pole(day: date) -> dict[str, Any]:
    """Plant the pole of an event's flag."""
    size = {"x0": day.isoformat(), "x1": day.isoformat(), "y0": 0, "y1": 1}
    line = {"color": "var(--grey)", "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "y domain", **size, "line": line, "layer": "below"}


def _flags(demand: Demand) -> list[tuple[date, str, dict[str, str]]]:
    """Choose the flags that have room for their word, and the side on which it stands."""
    days = [*demand.days, *demand.ahead]
    room = (days[-1] - days[0]) * ROOM if days else timedelta(0)
    found: list[tuple[date, str, dict[str, str]]] = []
    for day, word in sorted(demand.events, reverse=True):  # what comes, and came last, first
        if not found or found[-1][0] - day >= room:
            found.append((day, word, {"xanchor": "right" if days[-1] - day < room else "left"}))
    return found


def _labels(demand: Demand, words: DemandWords) -> list[dict[str, Any]]:
    """Write the words onto the lines: what was sold, what is expected, where stock was out, what happened."""
    corner = {"x": 0, "xref": "paper", "y": 1, "yshift": 28, "xanchor": "left"}
    labels = [label(None, words.axis, "var(--grey)", **corner)]
    known = [pair for pair in zip(clean(demand.units), demand.days, strict=True) if pair[0] is not None]
    if known:
        labels.append(label(max(known)[1], words.sold, "var(--accent)", y=max(known)[0], yref="y", yshift=10))
    if demand.ahead:
        labels.append(label(demand.ahead[-1], words.expected, "var(--accent)", y=1, yshift=28, xanchor="right"))
    for stretches, word in ((demand.empty, words.empty), (demand.inferred, words.inferred)):
        if stretches:
            begin, end = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
            labels.append(label(begin + (end - begin) / 2, word, "var(--grey)", y=1, yshift=12))
    labels += [label(day, word, "var(--grey)", y=1, yshift=-8, **side) for day, word, side in _flags(demand)]
    if demand.stock:
        labels.append(label(None, words.stock, "var(--grey)", **corner | {"yref": "y2 domain", "yshift": 12}))
    if demand.stock and demand.reorder_point is not None:
        place = {"y": demand.reorder_point, "yref": "y2", "xanchor": "right"}
        labels.append(label(demand.ahead[0], words.reorder_point, "var(--amber)", **place))
    return labels
