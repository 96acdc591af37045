"""The picture of stock value over time: all of it as a line, its largest categories as bands under it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import plotly.graph_objects as go

from portal.charts import Chart, Trace, clean, house_layout, iso, label, line_trace, months_axis

TINTS = ("var(--accent/0.50)", "var(--accent/0.36)", "var(--accent/0.25)", "var(--accent/0.16)", "var(--grey/0.20)")
LOWEST = 0.09  # of the whole picture: a thinner band has no room for its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """The value of stock: days on which weeks end, its total, and named groups that add up to it, the largest first."""

    days: Sequence[date]
    total: Sequence[float]
    groups: Mapping[str, Sequence[float]]
    plan: float | None = None  # what it would be worth by plan


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthWords:
    """The words of the picture, translated, and how the reader's language writes days, months and money."""

    title: str
    note: str
    week: str
    axis: str
    total: str
    plan: str
    day: Callable[[date], str]
    month: Callable[[date], str]
    money: Callable[[float | None], str]


def worth_chart(worth: Worth, words: WorthWords, *, id: str = "worth") -> Chart:
    """Draw stock value by week, with what the plan leads to as a dotted line."""
    layout = house_layout()
    layout["xaxis"] |= {"type": "date", **months_axis(worth.days, words.month)}
    layout["annotations"] = _labels(worth, words)
    told = [_told(worth, words, at) for at in range(len(worth.days))]
    traces = [*_bands(worth), line_trace(worth.days, worth.total, "var(--accent)", told), *_plan(worth)]
    figure = go.Figure(data=traces, layout=layout).to_plotly_json()
    columns = [words.week, words.total, *worth.groups]
    rows = [
        [words.day(day), words.money(worth.total[at]), *(words.money(line[at]) for line in worth.groups.values())]
        for at, day in reversed(list(enumerate(worth.days)))
    ]
    return Chart(id, words.title, words.note, figure, columns, rows)


def _bands(worth: Worth) -> list[Trace]:
    """Stack the groups; they say nothing on hover, the line above them does."""
    if len(worth.groups) < 2:
        return []
    plain = {"type": "scatter", "mode": "lines", "stackgroup": "groups", "hoverinfo": "skip", "x": iso(worth.days)}
    return [
        {
            **plain,
            "y": clean(line),
            "line": {"width": 0.5, "color": "var(--paper)"},
            "fillcolor": TINTS[at % len(TINTS)],
        }
        for at, line in enumerate(worth.groups.values())
    ]


def _plan(worth: Worth) -> list[Trace]:
    if worth.plan is None:
        return []
    line = line_trace([worth.days[0], worth.days[-1]], [worth.plan] * 2, "var(--ink)", ["", ""])
    line |= {"hoverinfo": "skip", "hovertemplate": None}
    return [{**line, "line": {"color": "var(--ink)", "width": 1.5, "dash": "dot"}}]


def _told(worth: Worth, words: WorthWords, at: int) -> str:
    lines = [f"{words.week} {words.day(worth.days[at])}", f"{words.total}: {words.money(worth.total[at])}"]
    if len(worth.groups) > 1:
        lines += [f"{name}: {words.money(line[at])}" for name, line in reversed(worth.groups.items())]
    return "<br>".join(escape(line) for line in lines)


def _labels(worth: Worth, words: WorthWords) -> list[dict[str, Any]]:
    """Write the axis, and into every band that has room for it its name."""
    corner = {"x": 0, "xref": "paper", "y": 1, "yshift": 28, "xanchor": "left"}
    labels = [label(None, words.axis, "var(--grey)", **corner)]
    highest, below = max([*worth.total, worth.plan or 0.0, 1.0]), 0.0
    if worth.plan is not None:
        place = {"y": worth.plan, "yref": "y", "yshift": 9, "xanchor": "left"}
        labels.append(label(worth.days[0], words.plan, "var(--ink)", **place))
    for name, line in worth.groups.items() if len(worth.groups) > 1 else ():
        if line[-1] >= LOWEST * highest:
            place = {"y": below + line[-1] / 2, "yref": "y", "xanchor": "right", "xshift": -6}
            labels.append(label(worth.days[-1], name, "var(--ink)", **place))
        below += line[-1]
    return labels
