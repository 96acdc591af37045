"""Files of anything: tables that mean nothing, tables that nearly make sense, workbooks, exports with spoilt cells."""

import csv
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import xlsxwriter
from hypothesis import strategies as st

from forecasting.ingest import Settings
from forecasting.ingest.fields import KINDS
from forecasting.ingest.synonyms import synonyms

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


# What people write into a column of each type; a cell in seven is anything.
RIGHT = {
    "identifier": ["A1", "A1", "B-2", "00123", "123", "6.93E+12", "棉袜-1", "c 3", "POST", "4006381333931"],
    "text": ["Tea", "Größe; L", "cable, black", "茶", "Shipping", "main"],
    "number": ["3", "1", "12.50", "2,5", "1.234,56", "1,234.50", "-1", "0", "€ 9.90", "(4)", "1e3"],
    "share": ["95 %", "0.9", "99,5%"],
    "moment": ["2026-01-05", "05/06/2025", "13/06/2025", "5.1.2026 10:00", "46027", "2025-10-26 02:30", "Jan 5, 2026"],
    "day": ["2026-01-05", "05/06/2025", "13/06/2025", "46027", "20260105"],
    "currency": ["EUR", "usd", "€"],
    "status": ["active", "discontinued", "archived"],
    "flag": ["yes", "no", "1", "否"],
}


@st.composite
def sensible(draw):
    """Rows of a kind that Lagom reads, under names that it knows, with a cell in seven spoilt: (kind, rows)."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    more = draw(st.lists(st.sampled_from(kind.fields), max_size=4, unique=True))
    fields = list(dict.fromkeys([*(field for field in kind.fields if field.required), *more]))
    names = [draw(st.sampled_from([field.name, *synonyms()[kind.name].get(field.name, ())])) for field in fields]
    rows = [draw(st.permutations(names)) if draw(st.integers(0, 9)) == 0 else names]
    for _number in range(draw(st.integers(0, 9))):
        typed = [draw(cell if draw(st.integers(0, 6)) == 0 else st.sampled_from(RIGHT[one.type])) for one in fields]
        rows.append(typed[: draw(st.integers(0, len(typed)))] if draw(st.integers(0, 9)) == 0 else typed)
    return kind.name, [*draw(st.sampled_from([[], [], [], [["Report"], []]])), *rows]


@st.composite
def senseless(draw):
    """Rows of anything."""
    width = draw(st.integers(1, 6))
    top = draw(st.lists(header, min_size=width, max_size=width))
    return [top, *draw(st.lists(st.lists(cell, min_size=0, max_size=width + 1), max_size=12))]


@st.composite
def written(draw, rows):
    """A table as text: in some encoding, with some separator; a few cut off, or with bytes of something else."""
    text = io.StringIO(newline="")
    form = csv.writer(text, delimiter=draw(st.sampled_from(",;\t|")), quoting=draw(st.sampled_from([0, 1])))
    form.writerows(draw(rows))
    data = text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"])), "surrogatepass")
    cut = draw(st.integers(0, len(data)))
    return draw(st.sampled_from([data] * 7 + [data[:cut], data + b"\xff\xfe", b"PK\x03\x04" + data]))


KEPT = [field.name for kind in KINDS.values() for field in kind.fields]


@st.composite
def answers(draw, kind, headers):
    """Answers that a person, or a program, might give: mostly of the kind, now and then any."""
    own = st.sampled_from([field.name for field in KINDS[kind].fields])
    mapping = draw(st.dictionaries(own, st.sampled_from(headers), max_size=8))
    mapping |= dict(zip(KINDS[kind].required, draw(st.permutations(headers)), strict=False))
    if draw(st.integers(0, 5)) == 0:
        mapping |= draw(st.dictionaries(st.sampled_from(KEPT), st.sampled_from([*headers, "Column 1", "gone"])))

    def seldom(*others):
        return draw(st.sampled_from(others)) if draw(st.integers(0, 7)) == 0 else None

    return Settings(
        kind=seldom(*sorted(KINDS)) or kind,
        mapping=mapping,
        header_row=seldom(0, 1, 2, 7, 10**9, -1),
        encoding=seldom("utf-8", "gb18030", "cp1252", "utf-16", "nonsense"),
        separator=seldom(",", ";", "\t", "|", "", "ab"),
        decimal=seldom(".", ",", "x"),
        date_order=draw(st.sampled_from([None, "dmy", "mdy", "ymd"])),
        date_system=draw(st.sampled_from([1900, 1904])),
        timezone=seldom("Asia/Shanghai", "Nowhere/City", "../etc/passwd") or "Europe/Berlin",
        default_currency=draw(st.sampled_from([None, "EUR", "€"])),
        keep_codes=tuple(draw(st.lists(st.sampled_from(["POST", "", "x"]), max_size=2))),
        today=draw(st.sampled_from([None, "2026-11-22"])),
        shop=seldom("none", "shopify_orders", "taobao_items", "gone"),
        repair=draw(st.sampled_from([None, "name", "leave"])),
        codes={"tea": "A1"},
        zeros=seldom("restore", "as_written"),
        bare={"123": "00123"},
    )


PLAIN = re.compile(r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")
XML = re.compile(rb"<[a-z]+[^>]*>|\d+|[A-Z]+\d+")
STRANGE = [
    b"",
    b"<c>",
    b"</c>",
    b"<v>",
    b"-1",
    b"0",
    b"99999999999",
    b"A0",
    b"XFD1048576",
    b"&lt;",
    b"\xff",
    b"<!DOCTYPE a>",
]


@st.composite
def workbooks(draw):
    """A workbook with cells of every type; in some of them, pieces of the XML inside are something else."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - else no two runs write the same
        for title in draw(st.lists(st.sampled_from(["Sales", "数据", "a b"]), min_size=1, max_size=3, unique=True)):
            sheet = book.add_worksheet(title)
            for at, row in enumerate(draw(st.one_of(senseless(), *[sensible().map(lambda made: made[1])] * 3))):
                for column, text in enumerate(row):
                    sheet.write(at, column, float(text) if PLAIN.match(text) else text)
            day = book.add_format({"num_format": draw(st.sampled_from(["yyyy-mm-dd", "d/m/yy h:mm", "[h]:mm:ss"]))})
            for at in draw(st.lists(st.integers(1, 12), max_size=2)):
                values = st.one_of(cell, st.floats(allow_nan=True), st.integers(-(2**53), 2**53), st.booleans())
                sheet.write_row(at, draw(st.integers(0, 2)), draw(st.lists(values, max_size=5)))
                sheet.write_datetime(at, 1, draw(st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31))), day)  # noqa: DTZ001 - a cell has no zone
    data = out.getvalue()
    return _spoilt(draw, data) if draw(st.integers(0, 2)) == 0 else data


def _spoilt(draw, data):
    """Replace a few pieces of one part of a workbook, or of its packing."""
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(data) - 1))
        return data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 8)) :]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        part = draw(st.sampled_from(old.namelist()))
        for name in old.namelist():
            inside = old.read(name)
            pieces = list(XML.finditer(inside)) if name == part else []
            for piece in sorted(draw(st.lists(st.sampled_from(pieces), max_size=3)) if pieces else [], key=_backwards):
                inside = inside[: piece.start()] + draw(st.sampled_from(STRANGE)) + inside[piece.end() :]
            new.writestr(name, inside)
    return out.getvalue()


def _backwards(piece):
    return -piece.start()


HERE = Path(__file__).parent
EXPORTS = sorted(path for path in (HERE / "exports").iterdir())
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
