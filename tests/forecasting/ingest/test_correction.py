"""Bad rows come back as a workbook; corrected and uploaded again, they take their own places."""

import openpyxl
import pytest

from forecasting.ingest import bad_workbook

LINES = [
    "order,sku,date,units,name,price",
    "1,007,13/01/2025,2,Blue sheet,9.50",
    '1,007,32/13/2025,3,"=HYPERLINK(""http://x"",""click"")",9.50',
    "2,008,14/01/2025,many,@SUM(A1),+1",
    "3,,15/01/2025,4,Red sheet,-",
]
TEXT = "\n".join(LINES) + "\n"


def made(turn, tmp_path, text=TEXT, **told):
    done = turn(text, **told)
    path = tmp_path / "bad.xlsx"
    count = bad_workbook(done.out / "bad.ndjson", path)
    return done, path, count


def cells(path):
    return [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)]


def test_the_workbook_has_the_columns_of_the_file_and_a_reason(turn, tmp_path):
    done, path, count = made(turn, tmp_path)
    assert (count, done.report.bad, done.report.good) == (3, 3, 1)
    top, *rows = cells(path)
    assert top == ["order", "sku", "date", "units", "name", "price", "Reason", "Lagom line"]
    assert rows[0][:4] == ["1", "007", "32/13/2025", "3"]
    assert rows[0][6] == "row 3. date: expected a date, such as 2026-11-22"
    assert rows[2][6] == "row 5. sku: expected something: this column must not be empty"
    assert openpyxl.load_workbook(path).worksheets[0].freeze_panes == "A2"


def test_no_cell_of_the_workbook_is_a_formula(turn, tmp_path):
    _, path, _ = made(turn, tmp_path)
    for sheet in openpyxl.load_workbook(path).worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
        assert all(cell.value is None for row in sheet.iter_rows() for cell in row if cell.data_type == "n")


def test_corrected_rows_are_taken_with_the_same_mapping_and_do_not_replace_others(turn, look, tmp_path):
    done, path, _ = made(turn, tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["C2"], sheet["D3"], sheet["B4"] = "13/01/2025", "5", "009"
    book.save(path)
    assert look(path).header_key == look(TEXT).header_key
    again = turn(path, out="again", kind="sales", mapping=dict(done.report.settings.mapping), date_order="dmy")
    assert again.report.bad == 0
    keys = [(row["order_id"], row["line_id"], row["units"]) for row in again.rows]
    assert keys == [("1", "007#2", "3"), ("2", "008#1", "5"), ("3", "row-5", "4")]
    assert not {key[:2] for key in keys} & {(row["order_id"], row["line_id"]) for row in done.rows}


def test_the_sheet_of_advice_is_no_table(turn, look, tmp_path):
    _, path, _ = made(turn, tmp_path)
    first, second = look(path).sheets
    assert (look(path, sheet=first).rows, look(path, sheet=second).rows) == (3, 0)


def test_uncorrected_rows_stay_bad(turn, tmp_path):
    _, path, _ = made(turn, tmp_path, "sku,date,units,price\nA\x00B,2025-01-13,1,1\nA1,never,1,1\nA2,2025-01-13,1,1\n")
    again = turn(path, out="again")
    assert (again.report.bad, again.report.good) == (2, 0)


def test_numbers_and_dates_of_a_workbook_come_back_readable(turn, tmp_path):
    import xlsxwriter

    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, values in enumerate([("sku", "cost", "lead time"), ("A1", 1234.5, "soon"), ("A2", "1.234,5", 3)]):
            sheet.write_row(row, 0, values)
    done = turn(path)
    out = tmp_path / "bad.xlsx"
    bad_workbook(done.out / "bad.ndjson", out)
    book = openpyxl.load_workbook(out)
    assert book.worksheets[0]["B2"].value == "1234,5"
    book.worksheets[0]["C2"] = "7"
    book.save(out)
    assert turn(out, out="again", decimal=",").column("unit_cost") == ["1234.5"]


def test_ten_thousand_rows_are_the_most_and_the_file_says_so(turn, tmp_path, monkeypatch):
    monkeypatch.setattr("forecasting.ingest.correction.MOST", 10)
    _, path, count = made(turn, tmp_path, "sku,cost\n" + "".join(f"A{n},x\n" for n in range(25)), kind="products")
    assert (count, len(cells(path))) == (10, 11)
    about = openpyxl.load_workbook(path).worksheets[1]
    assert "Only the first 10 bad rows are here" in about["A1"].value


def test_the_words_can_be_those_of_another_language(turn, tmp_path):
    done = turn(TEXT)
    path = tmp_path / "zh.xlsx"
    bad_workbook(done.out / "bad.ndjson", path, words=lambda said: "中文:" + said.template[:5])
    assert cells(path)[1][6].startswith("中文:row %")


def test_no_bad_rows_make_an_empty_workbook(turn, tmp_path):
    _, path, count = made(turn, tmp_path, "sku,cost\nA1,1\n")
    assert (count, cells(path)) == (0, [["Reason"]])


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@x", "\tx", "＝1+1"])
def test_formula_starts_come_back_as_the_text_they_were(turn, tmp_path, cell):
    _, path, _ = made(turn, tmp_path, f"sku,name,cost\nA1,{cell},x\n", kind="products")
    assert cells(path)[1][1] == cell
