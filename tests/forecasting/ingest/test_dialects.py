"""One table in forty ways of writing it: every encoding with every separator and decimal mark."""

import csv
import io

import pytest

WIDE = [
    ["货号", "日期", "数量", "单价"],
    ["棉袜-1", "2026-01-05", "3", "12.50"],
    ["毛巾, 大", "2026-01-06", "1", "1234.50"],
]
NARROW = [["Artikelnummer", "Datum", "Menge", "Preis"], ["Gürtel-1", "2026-01-05", "3", "12.50"]]
NARROW += [["Größe; L, groß", "2026-01-06", "1", "1234.50"]]
WAYS = [
    (encoding, separator, mark)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030", "cp1252")
    for separator in (",", ";", "\t", "|")
    for mark in (".", ",")
]


@pytest.mark.parametrize(("encoding", "separator", "mark"), WAYS)
def test_a_table_reads_the_same_however_it_is_written(turn, encoding, separator, mark):
    table = NARROW if encoding == "cp1252" else WIDE
    text = io.StringIO(newline="")
    marked = [table[0], *([*cells[:3], cells[3].replace(".", mark)] for cells in table[1:])]
    csv.writer(text, delimiter=separator).writerows(marked)
    turned = turn(text.getvalue().encode(encoding), timezone="Europe/Berlin", today="2026-11-22")
    assert [(row["sku"], row["sold_on"], row["units"], row["unit_price"]) for row in turned.rows] == [
        (table[1][0], "2026-01-05", "3", "12.5"),
        (table[2][0], "2026-01-06", "1", "1234.5"),
    ]
    assert turned.report.kind == "sales"


def test_there_are_forty():
    assert len(WAYS) == len(set(WAYS)) == 40
