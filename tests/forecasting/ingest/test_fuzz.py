"""Whatever bytes arrive: rows, or Unreadable in words; never another error.

Here the same examples each time. `make fuzz` lets every test find new ones for its share of the minutes, tells how many
it read, and ends with a stack where one takes longer than a minute.
"""

import csv
import faulthandler
import io
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.ingest import Settings, Unreadable, bad_rows
from forecasting.ingest.convert import convert
from forecasting.ingest.dates import order_evidence, read_moment
from forecasting.ingest.fields import KINDS
from forecasting.ingest.inspection import inspect
from forecasting.ingest.numbers import decimal_evidence, read_number
from forecasting.ingest.types import Inspection, Report
from tests.forecasting.ingest.odd_files import HERE, answers, senseless, sensible, spoilt_exports, workbooks, written

MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))  # for all of them; 0: the same few examples each time
SECONDS = MINUTES * 60 / (7 + 3 * 0.2)  # seven tests have a whole share, three read one cell at a time and a fifth
HANGS = 60  # seconds that one file may take
ALWAYS = {"deadline": None, "derandomize": not SECONDS, "database": None, "suppress_health_check": list(HealthCheck)}
QUICK = settings(max_examples=40, **ALWAYS)
BOOKS = settings(max_examples=15, **ALWAYS)
MANY = settings(max_examples=400, **ALWAYS)
came: Counter[str] = Counter()


def over_and_over(share):
    """Repeat a test with new examples until its share of the time is up; once where no time is given."""

    def bind(test):
        def again():
            end = time.monotonic() + SECONDS * share
            came.clear()
            test()
            while time.monotonic() < end:
                test()
            if SECONDS:
                print(f"\n{test.__name__}: {dict(came)}")  # noqa: T201 - what a person at a shell waited for

        again.__name__ = test.__name__
        return again

    return bind


def read(data, told):
    """Look, then convert for every question's first answer; returns what came out, or None when refused in words."""
    folder = Path(tempfile.mkdtemp())
    if SECONDS:
        faulthandler.dump_traceback_later(HANGS, exit=True)
    try:
        (folder / "work").mkdir()
        (folder / "file").write_bytes(data)
        try:
            seen = inspect(folder / "file", told, folder / "work")
            answers = {item.setting: item.options[0] for item in seen.questions if item.options}
            settings = Settings.from_json({**seen.settings.to_json(), **answers, "kind": seen.settings.kind})
            report = convert(folder / "file", settings, folder / "out", folder / "work", lambda done, total: None)
        except Unreadable as refused:
            assert str(refused)  # noqa: PT017 - either outcome is right
            assert not (folder / "out" / "rows.csv").exists()
            return None
        assert Inspection.from_json(json.loads(json.dumps(seen.to_json()))) == seen
        assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
        with (folder / "out" / "rows.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return report, rows, list(bad_rows(folder / "out" / "bad.ndjson"))
    finally:
        shutil.rmtree(folder)
        faulthandler.cancel_dump_traceback_later()


def plain(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def check(outcome):
    came["files"] += 1
    if outcome is None:
        came["refused in words"] += 1
        return
    report, rows, bad = outcome
    came["with good rows"] += bool(rows)
    came["with bad rows"] += bool(bad)
    assert report.rows == report.good + report.bad + report.set_aside + report.replaced
    assert (len(rows), len(bad)) == (report.good, report.bad)
    kind = KINDS[report.kind]
    for row in rows:
        assert all(row[name] for name in kind.required)
        assert "\x00" not in "".join(row.values())
        for field in kind.fields:
            if field.type == "number" and row[field.name]:
                assert field.low <= float(row[field.name]) <= field.high
    assert all(fault.expected.template for row in bad for fault in row.faults)
    assert all(row.faults for row in bad)


@over_and_over(1.0)
@QUICK
@given(written(senseless()), st.sampled_from([None, *sorted(KINDS)]))
def test_a_table_of_anything_gives_rows_or_words(data, kind):
    check(read(data, Settings(kind=kind, today="2026-11-22", timezone="Asia/Shanghai")))


@over_and_over(1.0)
@QUICK
@given(written(sensible().map(lambda made: made[1])))
def test_a_table_that_nearly_makes_sense_gives_rows_or_words(data):
    check(read(data, Settings(today="2026-11-22", timezone="Europe/Berlin")))


@over_and_over(1.0)
@QUICK
@given(sensible(), st.sampled_from([",", ".", None]), st.sampled_from(["dmy", "mdy", "ymd", None]))
def test_any_marks_and_dates_told_of_a_table_give_rows_or_words(made, decimal, order):
    kind, rows = made
    check(read(plain(rows), Settings(kind=kind, decimal=decimal, date_order=order, default_currency="EUR")))


@over_and_over(1.0)
@QUICK
@given(st.data())
def test_any_answers_to_the_mapper_give_rows_or_words(data):
    kind, rows = data.draw(sensible())
    headers = next(row for row in rows if row and row != ["Report"])
    check(read(plain(rows), data.draw(answers(kind, headers))))


@over_and_over(1.0)
@BOOKS
@given(workbooks())
def test_a_workbook_of_anything_gives_rows_or_words(data):
    check(read(data, Settings(today="2026-11-22", timezone="Europe/Berlin")))


@over_and_over(1.0)
@QUICK
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_give_rows_or_words(data):
    check(read(data, Settings()))


@over_and_over(1.0)
@QUICK
@given(spoilt_exports(), st.sampled_from([None, "products", "sales", "stock"]))
def test_a_spoilt_export_of_a_shop_gives_rows_or_words(data, kind):
    partner = str(HERE / "exports" / "taobao_orders.csv")
    check(read(data, Settings(kind=kind, today="2026-11-22", timezone="Europe/Berlin", partner=partner)))


@over_and_over(0.2)
@MANY
@given(st.text(max_size=30), st.sampled_from(".,"))
def test_a_number_is_read_or_not_and_what_is_read_stays_the_same(text, mark):
    value = read_number(text, mark)
    if value is not None:
        assert read_number(value, ".") == value
        assert float(value) == float(value)
    decimal_evidence([text])


@over_and_over(0.2)
@MANY
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.sampled_from([("{:,}", "."), ("{}", ".")]))
def test_a_written_number_is_read_back(number, form):
    assert float(read_number(form[0].format(number), form[1])) == float(number)


@over_and_over(0.2)
@MANY
@given(
    st.one_of(st.text(max_size=30), st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}( \d{1,2}:\d\d)?", fullmatch=True))
)
def test_a_date_is_read_or_not(text):
    for order in ("dmy", "mdy", "ymd", None):
        moment = read_moment(text, order)
        assert moment is None or 1970 <= moment.local.year <= 2201
    order_evidence([text])
