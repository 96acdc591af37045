import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest

from forecasting.services.exports import csv_file, safe_text, xlsx_file

DAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠"])
def test_a_text_that_looks_like_a_formula_is_defused(first):
    assert safe_text(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "tea", "1-2", "a=b", "'quoted", "00123", "枕套"])
def test_other_texts_stay_as_they_are(text):
    assert safe_text(text) == text


def test_numbers_below_nothing_stay_numbers():
    assert csv_file(["a"], [[-5.0], [Decimal("-2.50")], [0.125], [-0.0]]) == (
        "\ufeffa\r\n-5\r\n-2.5\r\n0.125\r\n0\r\n".encode()
    )


def test_a_sum_of_binary_fractions_is_written_as_people_write_it():
    assert csv_file(["a"], [[0.1 + 0.2], [1991.0893677987624]]) == b"\xef\xbb\xbfa\r\n0.3\r\n1991.0893678\r\n"


def test_what_is_not_known_is_empty_and_days_are_iso():
    assert csv_file(["a", "b", "c"], [[None, DAY, "x,y"]]).decode("utf-8-sig") == 'a,b,c\r\n,2026-11-23,"x,y"\r\n'


def test_large_amounts_are_written_in_full():
    assert b"12300000" in csv_file(["a"], [[Decimal("1.23E+7")]])


def opened(*rows):
    return openpyxl.load_workbook(io.BytesIO(xlsx_file("Plan [1/2]", ["a", "b", "c", "d"], list(rows)))).active


def test_a_workbook_keeps_texts_as_texts_numbers_as_numbers_and_days_as_days():
    sheet = opened(["=1+1", "00123", Decimal("2.5"), DAY], ["http://x.example", None, -3.0, None])
    assert [(cell.value, cell.data_type) for cell in sheet[2]][:3] == [("=1+1", "s"), ("00123", "s"), (2.5, "n")]
    assert sheet["D2"].is_date and sheet["D2"].value.date() == DAY
    assert sheet["A3"].hyperlink is None
    assert sheet["B3"].value is None and sheet["C3"].value == -3


def test_a_workbook_has_its_header_frozen_and_a_name_that_sheets_may_have():
    sheet = opened()
    assert sheet.freeze_panes == "A2"
    assert sheet.title == "Plan  1 2"
    assert sheet.max_row == 1
