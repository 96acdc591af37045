"""Rows that programs send, read column by column, come out as they do row by row: values, faults and their order."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.ingest import records
from forecasting.ingest.record_values import House

HOUSE = House(ZoneInfo("Europe/Berlin"), date(2026, 11, 23), "EUR")
VALUES = [
    None, "", "a", "007", "'=1", "x" * 300, "a\tb", "\ud800", 1, 1.0, True, False, 0, 0.0, "1", "1.0", "1e3", "nan", -1,
    10**400, 1e300, [], {}, [1], "2026-11-02T10:00:00+01:00", "2026-11-02T10:00:00", "2026-11-02", "2999-01-01",
    "EUR", "eur", "paid", "cancelled", "active", "true", "0.95",
]  # fmt: skip
GOOD = {
    "sales": {"order_id": "1", "line_id": "1", "sku": "A", "sold_at": "2026-11-02T10:00:00Z", "units": 2},
    "stock": {"sku": "A", "counted_at": "2026-11-02", "on_hand": 1.5},
    "products": {"sku": "A"},
    "components": {"parent_sku": "A", "component_sku": "B", "quantity": 1},
    "channels": {"code": "web"},
}


def row_by_row(rows, *_):
    return [None] * len(rows)


def shown(read):
    shapes = [(shape.named, shape.rows) for shape in read.shapes]
    faults = [(one.row, one.field, one.value, one.expected.template, dict(one.expected.values)) for one in read.faults]
    return read.accepted, read.rejected, shapes, read.withdrawn, faults


@st.composite
def calls(draw):
    """A kind, and rows of it that are right but for some cells."""
    kind = draw(st.sampled_from(sorted(GOOD)))
    names = [*(one.name for one in records.RECORDS[kind].fields), "colour"]
    cells = st.dictionaries(st.sampled_from(names), st.sampled_from(VALUES), max_size=3)
    rows = draw(st.lists(st.one_of(cells.map(lambda odd: {**GOOD[kind], **odd}), st.sampled_from(VALUES)), max_size=25))
    for row in rows:
        if isinstance(row, dict) and draw(st.integers(0, 9)) == 0:
            row.pop(next(iter(row)), None)
    return kind, rows


@settings(max_examples=300, deadline=None, derandomize=True)
@given(calls())
def test_a_call_reads_as_its_rows_do_one_by_one(call):
    kind, rows = call
    told = shown(records.read_records(rows, records.RECORDS[kind], HOUSE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "read_whole", row_by_row)
        assert told == shown(records.read_records(rows, records.RECORDS[kind], HOUSE))


def test_one_bad_row_among_many_is_told_alone_with_its_number():
    rows = [{**GOOD["sales"], "line_id": str(n)} for n in range(50)]
    rows[17]["units"] = "many"
    read = records.read_records(rows, records.RECORDS["sales"], HOUSE, first=2)
    assert (read.accepted, read.rejected) == (49, 1)
    assert [(one.row, one.field, one.value) for one in read.faults] == [(19, "units", "many")]


def test_one_and_one_point_nought_and_the_text_of_them_stay_what_they_are():
    units = [1, 1.0, "1", True]
    rows = [{**GOOD["sales"], "line_id": str(n), "units": one} for n, one in enumerate(units)]
    read = records.read_records(rows, records.RECORDS["sales"], HOUSE)
    at = records.columns_written(read.kind).index("units")
    assert [row[at] for row in read.shapes[0].rows] == ["1", "1.0", "1"]
    assert [one.value for one in read.faults] == ["True"]
