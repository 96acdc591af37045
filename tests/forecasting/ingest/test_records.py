"""Rows that programs send, read column by column, come out as they do row by row: values, faults and their order."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.ingest import records
from forecasting.ingest.record_values import READERS, House

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
    "rates": {"currency": "USD", "date": "2026-11-02", "rate": 0.9},
}


def row_by_row(rows, *_):
    return []


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


MOMENT = records.RECORDS["sales"].field("sold_at")
ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Africa/Monrovia",
    "UTC",
    "Pacific/Chatham",
]
SECONDS = st.integers(-200_000, 1_795_700_000)  # from the end of 1969 to some days after today


@settings(max_examples=400, deadline=None, derandomize=True)
@given(SECONDS, st.integers(-14 * 60, 14 * 60), st.sampled_from(ZONES), st.booleans())
def test_a_moment_falls_on_the_day_that_the_firms_clock_shows(seconds, minutes, name, at_midnight):
    zone, moment = ZoneInfo(name), datetime.fromtimestamp(seconds, UTC)
    if at_midnight:  # around the turn of the firm's day, where a wrong minute is a wrong day
        moment = moment.replace(hour=0, minute=moment.minute % 3, second=0, tzinfo=zone).astimezone(UTC)
    hours, rest = divmod(abs(minutes), 60)
    text = (moment + timedelta(minutes=minutes)).strftime(
        "%Y-%m-%dT%H:%M:%S"
    ) + f"{'+-'[minutes < 0]}{hours:02}:{rest:02}"
    day = moment.astimezone(zone).date()
    try:
        told, on = READERS["moment"](MOMENT, text, House(zone, HOUSE.today))
    except ValueError:
        assert day.year < 1970 or day > HOUSE.today + timedelta(days=1)
    else:
        assert (datetime.fromisoformat(told), on) == (moment, day.isoformat())


def test_of_rows_with_one_key_the_last_counts_and_what_was_cancelled_is_taken_back():
    rows = [{**GOOD["sales"], "line_id": str(n % 3), "units": n, "status": "paid"} for n in range(1, 7)]
    rows += [{**rows[0], "status": "cancelled"}]
    read = records.read_records(rows, records.RECORDS["sales"], HOUSE)
    at = records.columns_written(read.kind).index("units")
    assert [(row[0], row[at]) for row in read.shapes[0].rows] == [(5, "5"), (6, "6")]
    assert (read.accepted, read.withdrawn) == (7, [("1", "1")])


def test_copied_rows_are_csv_as_the_standard_library_reads_it():
    odd = ['a"b', "a,b", "a b", "é中", '"', ",", "", None]
    rows = [{**GOOD["sales"], "line_id": str(n), "customer_ref": text} for n, text in enumerate(odd)]
    read = records.read_records(rows, records.RECORDS["sales"], HOUSE)
    header, *lines = csv.reader(
        io.StringIO(records.as_csv(read.shapes[0], read.kind).decode(), newline=""), strict=True
    )
    assert header == list(records.columns_written(read.kind))
    assert lines == [["" if cell is None else str(cell) for cell in row] for row in read.shapes[0].rows]
    assert [line[header.index("customer_ref")] for line in lines] == [text or "" for text in odd]
