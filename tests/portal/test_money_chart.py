"""The picture of stock value over time."""

import json
from datetime import date, timedelta

import pytest

from portal.money_chart import Worth, WorthWords, worth_chart

DAYS = [date(2026, 11, 1) + timedelta(weeks=at) for at in range(3)]
WORDS = WorthWords(
    title="Stock grew",
    note="",
    week="Week until",
    axis="EUR",
    total="Stock value",
    plan="by plan",
    day=date.isoformat,
    month=lambda day: f"{day:%b}",
    money=lambda value: f"{value:g}",
)
GROUPS = {"Tea <b>": [6.0, 7, 8], "Cups": [4.0, 5, 6]}


def worth(**other):
    return Worth(**{"days": DAYS, "total": [10.0, 12, 14], "groups": GROUPS, "plan": 9.0, **other})


def test_the_table_says_what_the_picture_shows_newest_first():
    chart = worth_chart(worth(), WORDS)
    assert chart.columns == ["Week until", "Stock value", "Tea <b>", "Cups"]
    assert chart.rows[0] == ["2026-11-15", "14", "8", "6"] and len(chart.rows) == 3


def test_groups_are_stacked_under_the_total_and_the_plan_is_dotted():
    traces = worth_chart(worth(), WORDS).figure["data"]
    assert [trace.get("stackgroup") for trace in traces] == ["groups", "groups", None, None]
    assert traces[2]["y"] == [10.0, 12.0, 14.0] and traces[3]["line"]["dash"] == "dot"


@pytest.mark.parametrize("other", [{"groups": {"Tea": [1.0, 2, 3]}}, {"groups": {}}])
def test_one_category_is_no_band_beside_the_total(other):
    assert [t.get("stackgroup") for t in worth_chart(worth(plan=None, **other), WORDS).figure["data"]] == [None]


def test_names_of_the_firm_are_text_and_never_markup():
    figure = json.dumps(worth_chart(worth(), WORDS).figure)
    assert "Tea &lt;b&gt;" in figure and "Tea <b>" not in figure
