"""Whatever bytes arrive: rows, or Unreadable in words; never another error."""

import csv
import io
import json
import shutil
import tempfile
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

QUICK = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=400, deadline=None, derandomize=True)

ODD = [
    "",
    " ",
    "nan",
    "inf",
    "1e309",
    "-0",
    "1.234",
    "1,234",
    "1.234,56",
    "12%",
    "=1+1",
    "\x00",
    "\ufeff",
    '"',
    "'",
    "\t",
    "-",
]
ODD += [
    "03/04/2025",
    "2025-01-13",
    "31.12.99",
    "45658",
    "2025-02-30",
    "\u202e",
    "😀",
    "合计",
    "total",
    "POST",
    "9" * 50,
    "x" * 400,
]
cell = st.one_of(
    st.sampled_from(ODD), st.text(max_size=12), st.integers(-(10**12), 10**12).map(str), st.dates().map(str)
)
header = st.one_of(
    st.sampled_from(["sku", "date", "units", "货号", "数量", "price", "name", "on hand", "eta", "Reason", ""]), cell
)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 6))
    rows = [draw(st.lists(header, min_size=width, max_size=width))]
    rows += draw(st.lists(st.lists(cell, min_size=0, max_size=width + 1), max_size=12))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=draw(st.sampled_from(",;\t|")), quoting=draw(st.sampled_from([0, 1])))
    writer.writerows(rows)
    data = text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"])), "surrogatepass")
    cut = draw(st.integers(0, len(data)))
    return draw(st.sampled_from([data, data, data[:cut], data + b"\xff\xfe", b"PK\x03\x04" + data]))


def read(data, told):
    """Look, then convert for every question's first answer; returns what came out, or None when refused in words."""
    folder = Path(tempfile.mkdtemp())
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


def check(outcome):
    if outcome is None:
        return
    report, rows, bad = outcome
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


@QUICK
@given(tables())
def test_a_table_of_anything_gives_rows_or_words(data):
    check(read(data, Settings(today="2026-11-22", timezone="Asia/Shanghai")))


@QUICK
@given(
    tables(),
    st.sampled_from(sorted(KINDS)),
    st.sampled_from([",", ".", None]),
    st.sampled_from(["dmy", "mdy", "ymd", None]),
)
def test_any_settings_on_any_table_give_rows_or_words(data, kind, decimal, order):
    check(read(data, Settings(kind=kind, decimal=decimal, date_order=order, header_row=1, default_currency="EUR")))


@QUICK
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_give_rows_or_words(data):
    check(read(data, Settings()))


EXPORTS = sorted(path for path in (Path(__file__).parent / "exports").iterdir())
SPOILS = st.one_of(st.just(None), st.just(None), st.just(None), cell)


@st.composite
def spoilt_exports(draw):
    """A shop's export with some of its cells, rows and columns spoilt, its header still known."""
    path = draw(st.sampled_from(EXPORTS))
    encoding = "gb18030" if path.stem.startswith(("taobao", "pinduoduo", "jd")) else "utf-8-sig"
    separator = "\t" if path.suffix == ".tsv" else ","
    top, *rows = list(csv.reader(io.StringIO(path.read_text(encoding=encoding), newline=""), delimiter=separator))
    rows = draw(st.lists(st.sampled_from(rows), min_size=0, max_size=6))
    rows = [[old if (new := draw(SPOILS)) is None else new for old in row] for row in rows]
    rows = [row[: draw(st.integers(0, len(row)))] if draw(st.integers(0, 9)) == 0 else row for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([top, *rows])
    return text.getvalue().encode("utf-8", "surrogatepass")


@QUICK
@given(spoilt_exports(), st.sampled_from([None, "products", "sales", "stock"]))
def test_a_spoilt_export_of_a_shop_gives_rows_or_words(data, kind):
    partner = str(Path(__file__).parent / "exports" / "taobao_orders.csv")
    check(read(data, Settings(kind=kind, today="2026-11-22", timezone="Europe/Berlin", partner=partner)))


@MANY
@given(st.text(max_size=30), st.sampled_from(".,"))
def test_a_number_is_read_or_not_and_what_is_read_stays_the_same(text, mark):
    value = read_number(text, mark)
    if value is not None:
        assert read_number(value, ".") == value
        assert float(value) == float(value)
    decimal_evidence([text])


@MANY
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.sampled_from([("{:,}", "."), ("{}", ".")]))
def test_a_written_number_is_read_back(number, form):
    assert float(read_number(form[0].format(number), form[1])) == float(number)


@MANY
@given(
    st.one_of(st.text(max_size=30), st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}( \d{1,2}:\d\d)?", fullmatch=True))
)
def test_a_date_is_read_or_not(text):
    for order in ("dmy", "mdy", "ymd", None):
        moment = read_moment(text, order)
        assert moment is None or 1970 <= moment.local.year <= 2201
    order_evidence([text])
