"""The planner from a shell: files in, files out, every problem told with its place."""

import csv
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.planning.__main__ import main

COLUMNS = [
    "sku",
    "as_of",
    "safety_stock",
    "reorder_point",
    "order_up_to",
    "order_units",
    "order_on",
    "arrives_on",
    "expected_cost",
    "reason",
]


@pytest.fixture
def files(tmp_path):
    """A demand file of three products over 40 weeks, and terms of two of them and of one that is new."""
    rng = np.random.default_rng(3)
    lines = ["sku,date,units"]
    for sku, rate in (("007", 20), ("A", 5), ("B", 0.5)):
        weeks = [date(2026, 1, 5) + timedelta(7 * w) for w in range(40)]
        lines += [f"{sku},{day},{units}" for day, units in zip(weeks, rng.poisson(rate, 40), strict=True)]
    (tmp_path / "DEMAND.csv").write_text("\n".join(lines) + "\n")
    write(
        tmp_path / "ITEMS.csv", "sku,on_hand,lead_time_days,review_days,moq", "007,10,14,7,", "A,3,14,7,50", "N,1,7,7,"
    )
    return tmp_path


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")


def arguments(folder):
    return [str(folder / "DEMAND.csv"), "--items", str(folder / "ITEMS.csv"), "--freq", "W"]


def run(folder, *more):
    out = folder / "PLAN.csv"
    code = main(["plan", *arguments(folder), "--out", str(out), *more])
    return code, {row["sku"]: row for row in csv.DictReader(out.read_text().splitlines())} if code == 0 else {}


def test_plan_has_exactly_the_columns_of_the_contract(files):
    assert run(files)[0] == 0
    assert (files / "PLAN.csv").read_text().splitlines()[0] == ",".join(COLUMNS)


def test_leading_zeros_live_and_dates_follow_the_timing_rule(files):
    _, rows = run(files)
    row = rows["007"]
    assert (row["as_of"], row["order_on"], row["arrives_on"]) == ("2026-10-11", "2026-10-11", "2026-10-26")
    assert float(row["order_units"]) >= 20


def test_product_without_terms_is_in_the_plan_and_says_what_it_needs(files):
    _, rows = run(files)
    assert rows["B"]["order_units"] == ""
    assert rows["B"]["reason"] == "Needs lead_time_days, on_hand"
    assert rows["N"]["reason"] == "Needs demand"


def test_least_order_holds(files):
    _, rows = run(files)
    assert float(rows["A"]["order_units"]) == 50


def test_inbound_lowers_the_order(files):
    _, before = run(files)
    write(files / "INBOUND.csv", "sku,units,arrives_on", "007,9,2026-10-26", "N,3,2026-10-26")
    _, after = run(files, "--inbound", str(files / "INBOUND.csv"))
    assert float(before["007"]["order_units"]) - float(after["007"]["order_units"]) == 9


def test_same_input_and_seed_give_the_same_bytes(files):
    run(files)
    first = (files / "PLAN.csv").read_bytes()
    run(files)
    assert (files / "PLAN.csv").read_bytes() == first


def test_clock_moved_back_does_not_see_what_came_later(files):
    _, rows = run(files, "--as-of", "2026-08-02")
    kept = [line for line in (files / "DEMAND.csv").read_text().splitlines() if line.split(",")[1] < "2026-08-03"]
    write(files / "DEMAND.csv", "sku,date,units", *kept)
    _, cut = run(files)
    assert rows == cut
    assert rows["A"]["as_of"] == "2026-08-02"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("007,ten,14,7,", 'ITEMS.csv:2: on_hand: "ten" is not a number'),
        ("007,1,-3,7,", 'ITEMS.csv:2: lead_time_days: "-3" is below 0'),
        ("007,1,14,0,", 'ITEMS.csv:2: review_days: "0" is below 0.01'),
        (",1,14,7,", "ITEMS.csv:2: sku: is empty"),
        ("007,1,14,7,\n007,1,14,7,", 'ITEMS.csv:3: sku: "007" stands already in line 2'),
    ],
)
def test_bad_cells_are_told_with_file_line_and_column(files, capsys, line, problem):
    write(files / "ITEMS.csv", "sku,on_hand,lead_time_days,review_days,moq", line)
    assert run(files)[0] == 2
    assert capsys.readouterr().err.splitlines() == [problem]


def test_unknown_column_is_named(files, capsys):
    write(files / "ITEMS.csv", "sku,on_hand,lead_time_days,review_days,colour", "007,1,14,7,red")
    assert run(files)[0] == 2
    assert 'ITEMS.csv: column "colour" is not known' in capsys.readouterr().err


def test_inbound_of_an_unknown_product_is_told(files, capsys):
    write(files / "INBOUND.csv", "sku,units,arrives_on", "7,9,2026-10-26")
    assert run(files, "--inbound", str(files / "INBOUND.csv"))[0] == 2
    assert capsys.readouterr().err == 'INBOUND.csv:2: sku: "7" stands in no other file\n'


def test_absent_files_and_folders_are_told(files, capsys):
    assert run(files, "--inbound", str(files / "NOWHERE.csv"))[0] == 2
    assert run(files, "--as-of", "1999-01-01")[0] == 2
    assert run(files, "--out", str(files / "no" / "PLAN.csv"))[0] == 2
    told = capsys.readouterr().err
    assert "NOWHERE.csv: no such file" in told
    assert "no period of the demand has ended by 1999-01-01" in told
    assert "the folder does not exist" in told


def test_mistyped_date_ends_without_traceback(files, capsys):
    with pytest.raises(SystemExit) as stop:
        run(files, "--as-of", "yesterday")
    assert stop.value.code == 2
    assert "is not a date like 2011-01-31" in capsys.readouterr().err


def test_parquet_can_be_written(files):
    assert main(["plan", *arguments(files), "--out", str(files / "PLAN.parquet")]) == 0
    assert pl.read_parquet(files / "PLAN.parquet").columns == COLUMNS
