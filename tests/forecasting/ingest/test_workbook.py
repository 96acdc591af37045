"""XLSX as Excel, LibreOffice and libraries write it; and what is refused with a reason."""

import zipfile
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter

from forecasting.ingest import Unreadable


@pytest.fixture
def book(tmp_path):
    """Write sheets of cells with openpyxl."""

    def book(*sheets, name="book.xlsx"):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for title, rows in sheets:
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(row)
        made.save(tmp_path / name)
        return tmp_path / name

    return book


@pytest.fixture
def excel(tmp_path):
    """Write one sheet with xlsxwriter, which saves results of formulas; cells are (row, column, method, arguments)."""

    def excel(cells, **options):
        path = tmp_path / "excel.xlsx"
        with xlsxwriter.Workbook(str(path), options) as made:
            sheet = made.add_worksheet()
            form = made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            for row, column, value in cells:
                if isinstance(value, datetime):
                    sheet.write_datetime(row, column, value, form)
                elif isinstance(value, tuple):
                    sheet.write_formula(row, column, value[0], None, value[1])
                elif isinstance(value, str):
                    sheet.write_string(row, column, value)
                else:
                    sheet.write(row, column, value)
        return path

    return excel


def grid(*rows):
    return [(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]


HEAD = ("sku", "date", "units", "price")


def test_cells_read_as_a_person_sees_them(turn, excel):
    day = datetime.fromisoformat("2025-01-13T10:20:30")
    done = turn(excel(grid(HEAD, (123.0, day, 2, 39.9), ("007", day, -1.5, 0.1), (6930000000000, day, 3, 1e-7))))
    assert done.column("sku") == ["123", "007", "6930000000000"]
    assert done.column("sold_at") == ["2025-01-13T10:20:30Z"] * 3
    assert done.column("units") == ["2", "-1.5", "3"]
    assert done.column("unit_price") == ["39.9", "0.1", "0.0000001"]


def test_a_code_that_lost_digits_as_a_number_is_bad(turn, excel):
    done = turn(
        excel(grid(HEAD, (6930000000000123.0, datetime.fromisoformat("2025-01-13"), 1, 1), ("B1", "2025-01-13", 1, 1)))
    )
    assert done.column("sku") == ["B1"]
    assert "Excel has shortened it" in str(done.bad[0].faults[0].expected)


def test_numbers_and_texts_of_the_other_decimal_mark_live_in_one_sheet(turn, look, excel):
    path = excel(grid(HEAD, ("A1", "13.01.2025", 2, 1234.5), ("A2", "14.01.2025", 3, "1.234,56")))
    seen = look(path)
    assert (seen.settings.decimal, seen.questions) == (",", ())
    assert turn(path).column("unit_price") == ["1234.5", "1234.56"]


def test_a_number_with_three_places_raises_no_question(look, excel):
    assert look(excel(grid(HEAD, ("A1", "2025-01-13", 2, 1.234)))).questions == ()


def test_serial_days_without_a_format_are_read_in_the_system_of_the_workbook(turn, excel):
    assert turn(excel(grid(HEAD, ("A1", 45658, 2, 1)))).column("sold_on") == ["2025-01-01"]
    assert turn(excel(grid(HEAD, ("A1", 44196, 2, 1)), date_1904=True), out="mac").column("sold_on") == ["2025-01-01"]


def test_dates_of_the_1904_system_are_the_days_that_were_meant(turn, excel):
    path = excel(grid(HEAD, ("A1", datetime.fromisoformat("2025-01-13T09:00:00"), 2, 1)), date_1904=True)
    assert turn(path).column("sold_at") == ["2025-01-13T09:00:00Z"]


def test_a_formula_is_its_saved_result(turn, excel):
    done = turn(excel(grid(HEAD, ("A1", "2025-01-13", ("=1+1", 2), ("=C2*10", 20)))))
    assert (done.column("units"), done.column("unit_price")) == (["2"], ["20"])


def test_formulas_without_saved_results_are_told(look, book):
    seen = look(book(("Sales", [HEAD, ("A1", "2025-01-13", 2, 5), ("A2", "2025-01-14", "=C2+1", "=C3*2")])))
    assert [str(note) for note in seen.notes] == [
        "2 formulas have no saved result and read as empty: save the workbook in Excel first."
    ]


def test_rows_are_numbered_as_in_the_sheet(turn, excel):
    cells = [(3, 2, "sku"), (3, 3, "cost"), (5, 2, "A1"), (5, 3, 1), (8, 2, "A2"), (8, 3, "x")]
    done = turn(excel(cells))
    assert (done.column("row"), done.bad[0].row) == (["6"], 9)


def test_the_sheet_is_the_first_with_rows_or_the_one_that_was_named(look, turn, book):
    path = book(
        ("Read me", [("Please fill in.",)]),
        ("Sales", [HEAD, ("A1", "2025-01-13", 2, 5)]),
        ("More", [HEAD, ("A2", "2025-01-13", 1, 1)]),
    )
    seen = look(path)
    assert (seen.container, seen.sheets, seen.settings.sheet) == ("xlsx", ("Read me", "Sales", "More"), "Sales")
    assert turn(path, sheet="More").column("sku") == ["A2"]
    with pytest.raises(Unreadable, match="There is no sheet Nope"):
        look(path, sheet="Nope")


def test_error_cells_and_booleans_are_no_numbers(turn, book):
    done = turn(book(("Sales", [HEAD, ("A1", "2025-01-13", "#N/A", 1), ("A2", "2025-01-13", True, 1)])), kind="sales")
    assert [row.row for row in done.bad] == [2, 3]


def test_a_zip_shows_its_members_and_reads_one(look, turn, book, tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b/sales.csv", "sku,date,units\nA1,2025-01-13,1\n")
        archive.write(book(("Stock", [("sku", "on hand"), ("A1", 5)])), "a/stock.xlsx")
        archive.writestr("__MACOSX/b/._sales.csv", "junk")
        archive.writestr(".DS_Store", "junk")
    seen = look(path)
    assert (seen.container, seen.members, seen.settings.member) == (
        "zip",
        ("a/stock.xlsx", "b/sales.csv"),
        "a/stock.xlsx",
    )
    assert turn(path).column("on_hand") == ["5"]
    assert turn(path, out="sales", member="b/sales.csv").column("units") == ["1"]
    with pytest.raises(Unreadable, match=r"There is no file c\.csv"):
        look(path, member="c.csv")


def test_names_that_climb_out_of_a_zip_are_only_names(look, tmp_path):
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", "sku,date,units\nA1,2025-01-13,1\n")
    assert look(path).settings.member == "../../evil.csv"
    assert not list(tmp_path.parent.glob("evil.csv"))


def with_part(path, name, data):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/externalLinks/externalLink1.xml", "other files"),
        ("xl/workbook.bin", "xlsb"),
    ],
)
def test_a_workbook_that_holds_more_than_a_table_is_refused(look, book, part, words):
    with pytest.raises(Unreadable, match=words):
        look(with_part(book(("Sales", [HEAD])), part, b"<x/>"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x00" * 5000, "empty"),
        (b"  \n \n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, r"old Excel file \(.xls\)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PAR1\x00", "Parquet"),
        (b"SQLite format 3\x00", "database"),
        (b"<html><table><tr><td>sku</td></tr></table></html>", "web page"),
        (b'<?xml version="1.0"?><Workbook/>', "web page"),
        (b"PK\x03\x04 and then nothing of the kind", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_its_first_bytes_whatever_its_name(look, write, data, words):
    for name in ("table.csv", "table.xlsx"):
        with pytest.raises(Unreadable, match=words):
            look(write(data, name))


def test_a_zip_without_a_table_or_with_a_zip_inside_is_refused(look, tmp_path):
    inner, outer, empty = tmp_path / "in.zip", tmp_path / "out.zip", tmp_path / "empty.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", "sku,units\n")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "in.zip")
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("folder/", "")
    with pytest.raises(Unreadable, match="ZIP inside the ZIP"):
        look(outer)
    with pytest.raises(Unreadable, match="no CSV or XLSX"):
        look(empty)


def test_a_text_file_named_xlsx_is_read_as_the_text_it_is(look, write):
    assert look(write("sku,date,units\nA,2025-01-13,1\n", "table.xlsx")).container == "csv"


def test_a_truncated_workbook_is_damaged(look, book, write):
    data = book(("Sales", [HEAD, *([("A1", "2025-01-13", 2, 5)] * 500)])).read_bytes()
    with pytest.raises(Unreadable, match="damaged"):
        look(write(data[: len(data) // 2], "half.xlsx"))
