"""DEMAND files, good and bad."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.engine.files import BadFile, read_demand


def written(tmp_path, text):
    path = tmp_path / "DEMAND.csv"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path, text, freq="W"):
    with pytest.raises(BadFile) as caught:
        read_demand(written(tmp_path, text), freq)
    return caught.value.problems


def test_missing_periods_are_zero_after_the_first_row_and_unknown_before_it(tmp_path):
    panel = read_demand(written(tmp_path, "date,sku,units\n2011-01-03,B,4\n2011-01-24,A,1\n2011-01-17,A,2.5\n"), "W")
    assert panel.ids == ("A", "B")
    assert panel.start == date(2011, 1, 3)
    np.testing.assert_array_equal(panel.units, np.array([[np.nan, np.nan, 2.5, 1], [4, 0, 0, 0]], np.float32))
    assert panel.units.dtype == np.float32


def test_periods_without_stock_and_empty_units_are_unknown(tmp_path):
    panel = read_demand(
        written(tmp_path, "sku,date,units,in_stock\nA,2011-01-01,3,1\nA,2011-02-01,0,0\nA,2011-03-01,,1\n"), "M"
    )
    np.testing.assert_array_equal(panel.units, np.array([[3, np.nan, np.nan]], np.float32))
    np.testing.assert_array_equal(panel.stocked, [[1, 0, 1]])


def test_locations_are_summed_and_a_closed_one_lowers_the_share_in_stock(tmp_path):
    rows = ("A,2011-01-01,3,1,x", "A,2011-01-01,1,1,y", "A,2011-01-02,3,1,x", "A,2011-01-02,0,0,y")
    text = "\n".join(("sku,date,units,in_stock,location", *rows))
    panel = read_demand(written(tmp_path, text), "D")
    np.testing.assert_array_equal(panel.units, [[4, 3]])
    np.testing.assert_allclose(panel.stocked, [[1, 0.75]])


def test_price_is_carried_forward_and_promo_is_zero_where_missing(tmp_path):
    text = (
        "sku,date,units,price,promo,category\nA,2011-01-01,3,9.5,1,tea\nA,2011-01-04,1,8,0,tea\nB,2011-01-01,1,,,mugs\n"
    )
    panel = read_demand(written(tmp_path, text), "D")
    np.testing.assert_array_equal(panel.price[0], [9.5, 9.5, 9.5, 8])
    np.testing.assert_array_equal(panel.promo[0], [1, 0, 0, 0])
    assert panel.groups.tolist() == [[1], [0]] and panel.group_names == ("category",)


def test_csv_and_parquet_give_the_same_panel(tmp_path):
    text = "sku,date,units\n007,2011-01-03,4\n007,2011-01-10,1.25\n"
    left = read_demand(written(tmp_path, text), "W")
    frame = pl.DataFrame({"sku": ["007"] * 2, "date": [date(2011, 1, 3), date(2011, 1, 10)], "units": [4.0, 1.25]})
    frame.write_parquet(tmp_path / "DEMAND.parquet")
    right = read_demand(tmp_path / "DEMAND.parquet", "W")
    assert left.ids == right.ids == ("007",)
    np.testing.assert_array_equal(left.units, right.units)


def test_every_bad_cell_is_told_with_its_line(tmp_path):
    text = "sku,date,units,in_stock\nA,2011-01-03,abc,1\n,2011-13-10,NaN,2\nA,2011-01-17,1e309,\nA,2011-01-24,1e12,1\n"
    assert problems(tmp_path, text) == [
        "DEMAND.csv:3: sku: is empty",
        'DEMAND.csv:3: date: "2011-13-10" is not a date like 2011-01-31',
        'DEMAND.csv:2: units: "abc" is not a number',
        'DEMAND.csv:3: units: "NaN" is not a finite number',
        'DEMAND.csv:4: units: "1e309" is not a finite number',
        'DEMAND.csv:5: units: "1e12" is above 1e+09',
        'DEMAND.csv:3: in_stock: "2" is neither 0 nor 1',
    ]


def test_unknown_missing_and_doubled_columns_are_named(tmp_path):
    assert problems(tmp_path, "sku,day,units\nA,2011-01-03,1\n") == [
        'DEMAND.csv: column "date" is missing',
        'DEMAND.csv: column "day" is not known; '
        "the columns are sku, date, units, in_stock, price, promo, category, location",
    ]
    assert problems(tmp_path, "sku,date,units,units\n") == ['DEMAND.csv:1: column "units" stands twice']


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "DEMAND.csv: is empty"),
        ("sku,date,units\n", "DEMAND.csv: holds no rows"),
        ("sku,date,units\nA,2011-01-03\n", "DEMAND.csv:2: has 2 cells where the header has 3"),
        (
            "sku,date,units\nA,2011-01-03,1\nA,2011-01-03,2\n",
            "DEMAND.csv:3: date: this sku and date stand already in line 2",
        ),
        (
            "sku,date,units\nA,2011-01-03,1\nA,2011-01-10,2\nA,2011-01-18,2\n",
            'DEMAND.csv:4: date: "2011-01-18" is not the first day of a week: the others begin on Monday',
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, expected):
    assert problems(tmp_path, text) == [expected]


def test_a_mistyped_year_is_refused_instead_of_filling_the_memory(tmp_path):
    assert "mistyped" in problems(tmp_path, "sku,date,units\nA,2011-01-03,1\nA,9011-01-03,1\n", "D")[0]


def test_a_missing_file_and_a_binary_file_are_told_in_one_line(tmp_path):
    with pytest.raises(BadFile, match=r"DEMAND\.csv: no such file"):
        read_demand(tmp_path / "DEMAND.csv", "W")
    (tmp_path / "DEMAND.csv").write_bytes(b"sku,date,units\nA\xff,2011-01-03,1\n")
    with pytest.raises(BadFile, match=r"DEMAND.csv:2: is not UTF-8 text"):
        read_demand(tmp_path / "DEMAND.csv", "W")
    (tmp_path / "DEMAND.parquet").write_bytes(b"nonsense")
    with pytest.raises(BadFile, match="is not a Parquet table"):
        read_demand(tmp_path / "DEMAND.parquet", "W")
