"""A plan from a shell that knows what is coming: promotions, closed days, feasts, a product that takes over."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.planning.__main__ import main

WEEKS = [date(2026, 1, 5) + timedelta(7 * w) for w in range(45)]  # the last ends on 2026-11-15


@pytest.fixture
def firm(tmp_path):
    """Two products of twenty a week; both sell three times as much in every sixth week, their promotion."""
    rng = np.random.default_rng(5)
    rows = ["sku,date,units,promo"]
    for sku in "AB":
        for w, week in enumerate(WEEKS):
            rows.append(f"{sku},{week},{rng.poisson(60 if w % 6 == 5 else 20)},{int(w % 6 == 5)}")
    write(tmp_path / "DEMAND.csv", *rows)
    write(tmp_path / "ITEMS.csv", "sku,on_hand,lead_time_days,review_days", "A,30,14,7", "B,30,14,7")
    return tmp_path


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def ordered(folder, *more):
    """Plan, and return what is to be ordered of A and of B."""
    out = folder / "PLAN.csv"
    files = [str(folder / "DEMAND.csv"), "--items", str(folder / "ITEMS.csv"), "--freq", "W", "--out", str(out)]
    assert main(["plan", *files, *more]) == 0
    return [float(row["order_units"]) for row in csv.DictReader(out.read_text(encoding="utf-8").splitlines())]


def ahead(folder, *rows):
    write(folder / "AHEAD.csv", "sku,date,promo", *rows)
    return "--ahead", str(folder / "AHEAD.csv")


def test_a_promotion_that_is_announced_is_ordered_for_and_no_other_product_is(firm):
    plain = ordered(firm)
    told = ordered(firm, *ahead(firm, "A,2026-11-30,1"))  # the week for which is ordered now
    assert told[0] > plain[0] + 20  # of the forty more that such a week sold
    assert told[1] == plain[1]


def test_what_is_announced_for_later_than_a_plan_looks_changes_nothing(firm):
    assert ordered(firm, *ahead(firm, "A,2027-06-07,1")) == ordered(firm)


def test_a_week_that_is_closed_is_not_ordered_for(firm):
    closed = [f"closure,{date(2026, 11, 30) + timedelta(day)}" for day in range(7)]
    write(firm / "EVENTS.csv", "name,date", *closed)
    told, plain = ordered(firm, "--events", str(firm / "EVENTS.csv")), ordered(firm)
    assert all(some < other - 10 for some, other in zip(told, plain, strict=True))


def test_what_cannot_be_announced_is_told(firm, capsys):
    options = ["--items", str(firm / "ITEMS.csv"), "--freq", "W", "--out", str(firm / "PLAN.csv")]
    faults = {
        "A,2026-11-09,1": 'AHEAD.csv:2: date: "2026-11-09" is not among the periods ahead',
        "C,2026-12-07,1": 'AHEAD.csv:2: sku: "C" is not in the demand',
    }
    for row, problem in faults.items():
        assert main(["plan", str(firm / "DEMAND.csv"), *options, *ahead(firm, row)]) == 2
        assert capsys.readouterr().err.strip() == problem
    assert main(["plan", "--forecast", str(firm / "kept.npz"), *options, *ahead(firm, "A,2026-12-07,1")]) == 2
    assert "kept.npz: a kept forecast knows its day and what was announced" in capsys.readouterr().err


def test_a_product_that_takes_over_is_ordered_for_by_what_the_one_before_it_sold(firm):
    lines = (firm / "DEMAND.csv").read_text(encoding="utf-8").splitlines()
    write(firm / "DEMAND.csv", *lines, f"new,{WEEKS[-1]},1,0")  # its first week: a single one
    head = "sku,on_hand,lead_time_days,review_days,successor"
    plans = []
    for heir in ("", "new"):
        write(firm / "ITEMS.csv", head, f"A,0,14,7,{heir}", "B,0,14,7,", "new,0,14,7,")
        plans.append(ordered(firm))
    (a, b, new), (gone, same, heir) = plans
    assert a > 20 and new < 20  # one of its kind, by its first week; A sells some twenty
    assert gone == 0 and same == b
    assert 20 <= heir <= 2 * a  # all that A sold, with a range for the doubt
