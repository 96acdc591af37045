import json
import re
from datetime import date, timedelta
from pathlib import Path

import plotly.graph_objects as go
import pytest

from portal import charts, demand_chart

WEEK = timedelta(days=7)
NOW = date(2026, 11, 23)
STYLES = Path(__file__).parents[2] / "static" / "css" / "lagom.css"


def words(**other):
    plain = {
        "title": "12 weeks: enough until 9 Jan",
        "period": "Week of",
        "axis": "units per week",
        "sold": "Sold",
        "expected": "Expected",
        "bands": {50: "one time in two", 90: "nine times out of ten"},
        "empty": "sold out",
        "stock": "stock",
        "reorder_point": "reorder point",
        "day": date.isoformat,
        "month": lambda day: f"{day:%b}",
        "number": lambda value: "–" if value is None else f"{value:g}",
    }
    return demand_chart.DemandWords(**{**plain, **other})


def demand(**other):
    plain = {
        "days": [NOW - WEEK * (52 - i) for i in range(52)],
        "units": [float(10 + i % 5) for i in range(52)],
        "ahead": [NOW + WEEK * i for i in range(4)],
        "median": [12.0, 12.0, 13.0, 13.0],
        "bands": {50: ([10.0] * 4, [14.0] * 4), 90: ([5.0] * 4, [20.0] * 4)},
    }
    return demand_chart.Demand(**{**plain, **other})


def painted(value):
    if isinstance(value, dict):
        return {key: painted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [painted(inner) for inner in value]
    return "rgba(1,2,3,0.5)" if isinstance(value, str) and value.startswith("var(") else value


def names(value):
    return set(re.findall(r'"var\(--([a-z-]+)', json.dumps(value)))


FULL = {
    "empty": [(NOW - 9 * WEEK, NOW - 7 * WEEK)],
    "events": [(date(2026, 11, 11), "11.11")],
    "stock": [30.0, 18.0, 5.0, 0.0],
    "reorder_point": 20.0,
}


@pytest.mark.parametrize("other", [{}, FULL, {"ahead": [], "median": [], "bands": {}}, {"units": [None] * 52}])
def test_plotly_takes_the_figure_as_it_is(other):
    figure = demand_chart.demand_chart(demand(**other), words()).figure
    go.Figure(painted(figure))  # raises at any name or value that Plotly does not know


def test_every_colour_is_a_name_of_the_stylesheet():
    figure = demand_chart.demand_chart(demand(**FULL), words()).figure
    assert names(figure)
    assert all(f"--{name}:" in STYLES.read_text() for name in names(figure))


def test_history_is_solid_and_the_forecast_dashed_within_two_bands():
    traces = demand_chart.demand_chart(demand(), words()).figure["data"]
    filled = [trace["fillcolor"] for trace in traces if trace.get("fill") == "tonexty"]
    lines = [trace for trace in traces if trace.get("text")]
    # The wide band comes first, so that the narrow one lies on it.
    assert filled == ["var(--accent/0.16)", "var(--accent/0.26)"]
    assert ["dash" in trace["line"] for trace in lines] == [False, True]
    assert lines[1]["x"][0] == lines[0]["x"][-1]  # no hole between what was and what comes


def test_unknown_figures_are_gaps_and_the_json_has_no_nan():
    figure = demand_chart.demand_chart(demand(units=[float("nan"), *[1.0] * 50, None]), words()).figure
    assert figure["data"][4]["y"][0] is None
    json.dumps(figure, allow_nan=False)


def test_words_of_others_stay_words():
    chart = demand_chart.demand_chart(
        demand(events=[(NOW, "<a href='https://x.example'>go</a>")]), words(sold="<script>", axis="<b>")
    )
    said = json.dumps(chart.figure)
    assert "<a" not in said
    assert "<script" not in said
    assert "<b>" not in said


def test_a_sold_out_stretch_is_shaded_to_the_end_of_its_last_day():
    shapes = demand_chart.demand_chart(demand(empty=[(date(2026, 9, 1), date(2026, 9, 7))]), words()).figure["layout"][
        "shapes"
    ]
    assert [(shape["x0"], shape["x1"]) for shape in shapes] == [("2026-09-01", "2026-09-08")]


def test_the_table_says_what_the_picture_says():
    chart = demand_chart.demand_chart(demand(), words())
    assert chart.columns == ["Week of", "Sold", "Expected", "one time in two", "nine times out of ten"]
    assert chart.rows[-1] == ["2026-12-14", "", "13", "10 – 14", "5 – 20"]
    assert chart.rows[-5] == ["2026-11-16", "11", "", "", ""]
    assert all(len(row) == len(chart.columns) for row in chart.rows)


@pytest.mark.parametrize("years", [1, 2, 5, 30])
def test_an_axis_never_carries_more_months_than_a_phone_can_show(years):
    days = [NOW - WEEK * i for i in range(52 * years, 0, -1)]
    layout = demand_chart.demand_chart(demand(days=days, units=[1.0] * len(days)), words()).figure["layout"]
    assert 0 < len(layout["xaxis"]["tickvals"]) <= charts.MONTHS_ON_AXIS + 1


def test_a_sparkline_lifts_its_pen_at_gaps_and_ends_with_a_dot():
    picture = charts.sparkline([1.0, None, 3.0, float("nan"), 2.0])
    assert picture.count("M") == 3
    assert picture.count("<circle") == 1
    assert charts.sparkline([None, None]) == ""


def test_a_label_cannot_leave_its_attribute():
    picture = charts.sparkline([1.0, 2.0], label='"><script>')
    assert "<script" not in picture
    assert "style=" not in picture + charts.cover_bar(3, 7, label="x")


@pytest.mark.parametrize(
    ("days", "target", "width"), [(35, 35, "50.0"), (0, 35, "0.0"), (500, 35, "100.0"), (10, None, "100.0")]
)
def test_cover_is_drawn_on_a_scale_of_twice_the_target(days, target, width):
    picture = charts.cover_bar(days, target)
    assert f'class="cover-days" y="2" width="{width}"' in picture
    assert ("cover-target" in picture) == bool(target)


def test_unknown_cover_draws_nothing():
    assert charts.cover_bar(None, 35) == charts.cover_bar(float("inf"), 35) == ""


def test_a_persons_change_recovered_demand_and_inferred_gaps_are_lines_columns_and_shades():
    chart = demand_chart.demand_chart(
        demand(
            recovered=[None] * 50 + [12.0, 13.0],
            inferred=[(NOW - 2 * WEEK, NOW)],
            own=[12.0] * 4,
            wanted=[20.0] * 4,
        ),
        words(recovered="would have been sold", own="without", wanted="with", inferred="sold out?"),
    )
    go.Figure(painted(chart.figure))
    assert len(chart.figure["layout"]["shapes"]) == 1
    assert chart.columns[2] == "would have been sold" and chart.columns[-2:] == ["without", "with"]
    assert {len(row) for row in chart.rows} == {len(chart.columns)}
    assert chart.rows[25][2] == "13" and chart.rows[-1][-1] == "20"


def test_bars_carry_their_value_and_a_table():
    blank = charts.Chart("c", "title", "", {}, ["What", "Share"], [["a", "10 %"], ["b", "90 %"]])
    chart = charts.bars_chart(blank, ["a", "b"], [0.1, 0.9], ["var(--grey)", "var(--accent)"])
    go.Figure(painted(chart.figure))
    assert chart.figure["data"][0]["text"] == ["10 %", "90 %"] and chart.rows[1] == ["b", "90 %"]
