"""Numbers by hand: what is written, the decimal mark, what it means."""

import pytest

from forecasting.ingest.numbers import could_be_number, decimal_evidence, read_number

GOLDEN = [
    ("1.234,56", ",", "1234.56"),
    ("1,234.56", ".", "1234.56"),
    ("1 234", ".", "1234"),
    ("1\u202f234,5", ",", "1234.5"),
    ("1\u00a0234\u00a0567", ",", "1234567"),
    ("1'234.5", ".", "1234.5"),
    ("1’234.50", ".", "1234.5"),
    ("1,234", ".", "1234"),
    ("1,234", ",", "1.234"),
    ("1.234", ".", "1.234"),
    ("1.234", ",", "1234"),
    ("1.234.567", ",", "1234567"),
    ("1.234.567", ".", None),
    ("12,34,567.50", ".", "1234567.5"),
    ("1,23", ".", None),
    ("1.23", ",", None),
    ("1,2,3", ".", None),
    ("0,123", ".", None),
    ("1 23", ".", None),
    ("1,234 567", ".", None),
    ("٣٤٫٥", ".", "34.5"),
    ("۱۲۳", ",", "123"),
    ("１２３．５", ".", "123.5"),
    ("￥1,234.00", ".", "1234"),
    ("$8.00", ".", "8"),
    ("US$ 12.5", ".", "12.5"),
    ("€ 5,00", ",", "5"),
    ("5,00 €", ",", "5"),
    ("-€5", ",", "-5"),
    ("€-5", ",", "-5"),
    ("12 kr", ",", "12"),
    ("12.5 EUR", ".", "12.5"),
    ("8.00-", ".", "-8"),
    ("−7", ".", "-7"),
    ("(1,234.50)", ".", "-1234.5"),
    ("+3", ".", "3"),
    ("007", ".", "7"),
    (".5", ".", "0.5"),
    ("5.", ".", "5"),
    ("-0", ".", "0"),
    ("-0.00", ".", "0"),
    ("1E-05", ".", "0.00001"),
    ("1,5E3", ",", "1500"),
    ("6.93E+12", ".", "6930000000000"),
    ("'12", ".", "12"),
    ("１,５", ",", "1.5"),
    ("nan", ".", None),
    ("NaN", ",", None),
    ("inf", ".", None),
    ("-Infinity", ".", None),
    ("1e309", ".", None),
    ("9" * 40, ".", None),
    ("0x10", ".", None),
    ("1_000", ".", None),
    ("--5", ".", None),
    ("-", ".", None),
    ("", ".", None),
    ("$", ".", None),
    ("12%", ".", None),
    ("twelve", ".", None),
    ("1/2", ".", None),
    ("12 pcs", ".", None),
    ("#N/A", ".", None),
    ("½", ".", None),
    ("5²", ".", None),
]


@pytest.mark.parametrize(("text", "mark", "value"), GOLDEN)
def test_a_number_means_what_its_writer_meant(text, mark, value):
    assert read_number(text, mark) == value


@pytest.mark.parametrize(
    ("cells", "mark", "unclear"),
    [
        (["1.5", "2.25"], ".", ""),
        (["1,5", "2,25"], ",", ""),
        (["1.234"], None, "1.234"),
        (["1,234"], None, "1,234"),
        (["1,234", "12"], None, "1,234"),
        (["1.234", "1.50"], ".", "1.234"),
        (["1.234.567"], ",", ""),
        (["1.234,50"], ",", ""),
        (["1,234.50"], ".", ""),
        (["1.5", "2,5"], None, ""),
        (["12", "13"], None, ""),
    ],
)
def test_the_decimal_mark_is_proved_or_left_open(cells, mark, unclear):
    found = decimal_evidence(cells)
    assert (found.mark, found.unclear) == (mark, unclear)


def test_percentages_count_as_numbers_and_words_do_not():
    assert could_be_number("95 %")
    assert could_be_number("1.234,5")
    assert not could_be_number("ninety")
