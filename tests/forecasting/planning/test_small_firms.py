"""The least that a firm can have, through the shell: a plan with figures that can be, a replay or why there is none."""

import csv
import json
from datetime import date, timedelta
from math import isfinite

import numpy as np
import pytest

from forecasting.planning.__main__ import main

RNG = np.random.default_rng(9)
FIGURES = ("safety_stock", "reorder_point", "order_up_to", "order_units", "expected_cost")


def days(freq, count):
    if freq == "M":
        return [date(2024 + i // 12, 1 + i % 12, 1) for i in range(count)]
    return [date(2024, 1, 1) + timedelta(days=(7 if freq == "W" else 1) * i) for i in range(count)]


def usual(freq, count, products):
    return [(f"p{k}", day, RNG.poisson(5)) for k in range(products) for day in days(freq, count)]


def same(freq, count, units, sku="p0"):
    return [(sku, day, units) for day in days(freq, count)]


FIRMS = {  # frequency, rows, units held at most that are sensible beside demand: order_up_to of the first product
    "one product, one day": ("D", usual("D", 1, 1), 1000),
    "one product, two weeks": ("W", usual("W", 2, 1), 300),
    "three products, three months": ("M", usual("M", 3, 3), 200),
    "one product, five months": ("M", usual("M", 5, 1), 100),
    "five products, twelve weeks": ("W", usual("W", 12, 5), 100),
    "nothing ever sold": ("W", same("W", 30, 0), 5),
    "nothing known": ("D", same("D", 30, ""), 30),
    "a single empty row": ("M", same("M", 1, ""), 30),
    "the same every week": ("W", same("W", 40, 10), 70),
    "born yesterday": ("D", [("new", days("D", 60)[-1], 3), *same("D", 60, 4, "old")], 400),
    "a giant beside dwarfs": (
        "W",
        [*same("W", 60, 9_000_000), *same("W", 60, 0, "p1"), ("p1", days("W", 61)[-1], 1)],
        7e7,
    ),
}


def shell(folder, verb, freq, *more):
    out = folder / verb
    command = [verb, str(folder / "DEMAND.csv"), "--items", str(folder / "ITEMS.csv"), "--freq", freq]
    return main([*command, "--out", str(out), *more]), out


@pytest.fixture(params=FIRMS)
def firm(request, tmp_path):
    freq, rows, most = FIRMS[request.param]
    lines = [f"{sku},{day},{units}" for sku, day, units in rows]
    (tmp_path / "DEMAND.csv").write_text("\n".join(["sku,date,units", *lines]) + "\n", encoding="utf-8")
    skus = sorted({sku for sku, _, _ in rows})
    items = [f"{sku},7,10,7,4,10,6" for sku in skus]
    head = "sku,on_hand,lead_time_days,review_days,unit_cost,unit_price,moq"
    (tmp_path / "ITEMS.csv").write_text("\n".join([head, *items]) + "\n", encoding="utf-8")
    return tmp_path, freq, rows, most


def test_the_least_firm_gets_a_plan_whose_figures_can_be(firm):
    folder, freq, rows, most = firm
    code, out = shell(folder, "plan", freq)
    assert code == 0
    found = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["sku"] for row in found] == sorted({sku for sku, _, _ in rows})
    for row in found:
        figures = {name: float(row[name]) for name in FIGURES}
        assert all(isfinite(value) and value >= 0 for value in figures.values())
        assert figures["order_units"] == 0 or figures["order_units"] >= 6  # the least order
        assert row["reason"] and "e+" not in row["reason"]
    assert float(found[0]["order_up_to"]) <= most


def test_the_least_firm_gets_a_replay_or_hears_why_there_is_none(firm, capsys):
    folder, freq, rows, _ = firm
    starts = sorted({day for _, day, _ in rows})
    middle = starts[len(starts) // 2]
    code, out = shell(folder, "replay", freq, "--start", str(middle), "--end", str(starts[-1]))
    if code == 0:
        arms = json.loads(out.read_text(encoding="utf-8"))["arms"]
        assert all(arm["stock_units"] >= 0 and arm["lost_units"] >= 0 for arm in arms.values())
    else:
        assert (code, len(starts) < 4) == (2, True)
        assert capsys.readouterr().err.startswith("DEMAND.csv: ")


def test_a_replay_of_all_that_is_known_says_that_there_is_nothing_to_learn_from(firm, capsys):
    folder, freq, rows, _ = firm
    starts = sorted({day for _, day, _ in rows})
    code, _ = shell(folder, "replay", freq, "--start", str(starts[0]), "--end", str(starts[-1]))
    told = capsys.readouterr().err
    assert code == 2 and ("nothing to learn from" in told or "fewer than two periods" in told)
