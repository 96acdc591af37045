"""Odd terms from a shell: each ends in orders that make sense, or in words that help; never in a traceback."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.planning.__main__ import main

RATES = (20, 5, 0.5)
BASE = "on_hand,lead_time_days,review_days"
COSTS = f"{BASE},unit_cost,unit_price,holding_rate,shortage_cost,order_cost"


def day(freq, t):
    if freq == "M":
        return date(2024 + t // 12, 1 + t % 12, 1)
    return date(2025, 1, 6) + timedelta((7 if freq == "W" else 1) * t)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("odd")


def planned(folder, columns=BASE, terms="10,14,7", *, freq="W", periods=60, more=(), inbound=()):
    """Plan three products of 20, 5 and 0.5 a period, all with the same terms; exit code and rows."""
    rng = np.random.default_rng(3)
    lines = [f"P{i},{day(freq, t)},{rng.poisson(rate)}" for i, rate in enumerate(RATES) for t in range(periods)]
    (folder / "DEMAND.csv").write_text("\n".join(["sku,date,units", *lines]) + "\n")
    (folder / "ITEMS.csv").write_text("\n".join([f"sku,{columns}", *(f"P{i},{terms}" for i in range(3))]) + "\n")
    (folder / "INBOUND.csv").write_text("\n".join(["sku,units,arrives_on", *inbound]) + "\n")
    files = [str(folder / "DEMAND.csv"), "--items", str(folder / "ITEMS.csv"), "--out", str(folder / "PLAN.csv")]
    more = [*more, *(["--inbound", str(folder / "INBOUND.csv")] if inbound else [])]
    code = main(["plan", *files, "--freq", freq, *more])
    return code, list(csv.DictReader((folder / "PLAN.csv").read_text().splitlines())) if code == 0 else []


def units(rows):
    return [float(row["order_units"]) for row in rows]


@pytest.mark.parametrize(
    ("columns", "terms", "low", "high"),
    [
        (COSTS, "10,14,7,0,0,0,0,0", 15, 60),  # nothing costs anything: the usual service level
        (COSTS, "10,14,7,0,10,0.2,,", 15, 60),  # units are free
        (COSTS, "10,14,7,5,10,0,,", 15, 60),  # stock is free
        (COSTS, "10,14,7,5,10,0.2,0,", 15, 60),  # a missed sale is free
        (COSTS, "10,14,7,5,10,,,", 15, 60),  # the holding rate is missing: the policy's
        (COSTS, "10,14,7,10,5,0.2,,", 15, 60),  # sold below cost
        (COSTS, "10,14,7,5,10,0.2,1e6,", 15, 60),  # missing a sale is ruin
        (COSTS, "10,14,7,5,10,0.2,,1e5", 0, 0),  # no order ever earns its cost
        (f"{COSTS},moq", "10,14,7,5,10,0.2,,,1e5", 0, 0),  # a least order of a hundred years, costs known
        (f"{BASE},moq,pack_size", "10,14,7,10,48", 48, 48),  # a pack above the least order
        (f"{BASE},moq,pack_size", "10,14,7,0,0", 15, 60),
        (f"{BASE},moq,pack_size", "10,14,7,7,2.5", 15, 60),
        (BASE, "10,0,7", 10, 30),
        (BASE, "10,1100,7", 15, 60),  # three years of lead time, nothing on the way: what sells after it
        (BASE, "10,3650,3650", 100, 4000),
        (BASE, "10,14,0.5", 15, 60),
        (f"{BASE},lead_time_sd_days", "10,14,7,60", 15, 400),
        (f"{BASE},service_level", "10,14,7,0.9999", 20, 70),
        (f"{BASE},storage_units", "10,14,7,5", 1, 5),
        (f"{COSTS},shelf_life_days", "10,14,7,5,10,0.2,,,1", 1, 5),  # a day's life, sold by the week
    ],
)
def test_odd_terms_end_in_orders_that_make_sense(folder, columns, terms, low, high):
    code, rows = planned(folder, columns, terms)
    assert code == 0
    assert low <= units(rows)[0] <= high
    assert all("nan" not in row["reason"] and "-" not in row["reason"] for row in rows)
    for name in ("safety_stock", "reorder_point", "order_up_to", "order_units"):
        assert all(np.isfinite(float(row[name])) and float(row[name]) >= 0 for row in rows)


@pytest.mark.parametrize(("freq", "periods"), [("W", 8), ("W", 2), ("W", 1), ("M", 5), ("D", 40)])
def test_short_pasts_are_planned_with_more_safety_not_less(folder, freq, periods):
    code, rows = planned(folder, terms="0,14,7", freq=freq, periods=periods)
    assert code == 0
    assert units(rows)[0] > units(rows)[1] > 0


def test_owed_units_are_ordered_where_they_wait_and_forgotten_where_they_are_lost(folder):
    _, lost = planned(folder, COSTS, "-30,14,7,5,10,0.2,,")
    _, empty = planned(folder, COSTS, "0,14,7,5,10,0.2,,")
    assert units(lost) == units(empty)
    _, waits = planned(folder, COSTS, "-30,14,7,5,10,0.2,,", more=["--backorders", "1"])
    _, none = planned(folder, COSTS, "0,14,7,5,10,0.2,,", more=["--backorders", "1"])
    assert np.subtract(units(waits), units(none)) == pytest.approx([30, 30, 30], abs=1)
    assert all("last -" not in row["reason"] and "lasts -" not in row["reason"] for row in [*lost, *waits])


@pytest.mark.parametrize(("budget", "least"), [(0, 0), (100, 60)])
def test_a_budget_is_never_exceeded_and_what_it_leaves_out_is_said(folder, budget, least):
    code, rows = planned(folder, COSTS, "0,14,7,5,10,0.2,,", more=["--budget", str(budget)])
    assert code == 0
    assert least <= 5 * sum(units(rows)) <= budget
    assert any("Left out of the budget" in row["reason"] for row in rows)


def test_what_is_overdue_counts_as_coming_and_what_comes_in_ten_years_does_not(folder):
    _, late = planned(folder, inbound=["P0,200,2025-03-01"])
    _, far = planned(folder, inbound=["P0,200,2036-03-01"])
    _, none = planned(folder)
    assert units(late)[0] == 0
    assert units(far) == units(none)


@pytest.mark.parametrize(
    ("columns", "terms", "more", "needs"),
    [
        (BASE, ",14,7", [], "on_hand"),
        (BASE, "10,,7", [], "lead_time_days"),
        (BASE, "0,14,7", ["--budget", "9"], "cost"),
    ],
)
def test_what_is_missing_is_named(folder, columns, terms, more, needs):
    code, rows = planned(folder, columns, terms, more=more)
    assert code == 0
    assert all(row["order_units"] == "" and "Needs" in row["reason"] and needs in row["reason"] for row in rows)


def test_a_least_order_of_a_hundred_years_is_not_said_to_last_three(folder):
    _, rows = planned(folder, f"{BASE},moq", "10,14,7,1e5")
    assert units(rows)[0] == 1e5
    assert rows[0]["reason"].endswith("then lasts for years")


@pytest.mark.parametrize("terms", ["nan,14,7", "inf,14,7", "10,-1,7", "10,14,0", "10,9999,7"])
def test_impossible_terms_are_told_by_line_and_column(folder, capsys, terms):
    assert planned(folder, terms=terms)[0] == 2
    assert [line.split(":")[:2] for line in capsys.readouterr().err.splitlines()] == [
        ["ITEMS.csv", str(line)] for line in (2, 3, 4)
    ]
