"""Firms as they come, through the shell: each file gets a sensible forecast, or is told where it is wrong."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.engine.__main__ import main

RNG = np.random.default_rng(2)
PEAK = [2] * 50 + [5000] + [2] * 49


def days(count, step=1, start=date(2024, 1, 1)):
    return [start + timedelta(days=step * i) for i in range(count)]


def rows(when, units, sku="x"):
    return [f"{sku},{day},{value}" for day, value in zip(when, units, strict=True)]


def busy(count, mean=4.0, sku="x", **options):
    return rows(days(count, **options), RNG.poisson(mean, count), sku)


def told(lines, tmp_path, capsys, *, freq="D", horizon=7, head="sku,date,units"):
    """Run the shell command: its code, what it printed, and the last period of each sku."""
    source, out = tmp_path / "DEMAND.csv", tmp_path / "FORECAST.csv"
    source.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    options = ["--freq", freq, "--horizon", str(horizon), "--levels", "0.05,0.5,0.95", "--out", str(out)]
    code = main(["forecast", str(source), *options])
    frame = pl.read_csv(out) if code == 0 else None
    return code, capsys.readouterr().err.strip(), frame


GAPS = [day for i, day in enumerate(days(300)) if i % 5 and not 100 < i < 150]
SHUFFLED = RNG.permutation(busy(100)).tolist()
RETURNS = np.where(np.arange(100) % 10, RNG.poisson(4, 100), -3)
GOOD = {  # lines, frequency, horizon, least and most mean demand of the first sku in the last period
    "five products, eight weeks": ([r for k in range(5) for r in busy(8, 5, f"p{k}", step=7)], "W", 4, 2, 9),
    "two years of months": (
        rows([date(2022 + i // 12, 1 + i % 12, 1) for i in range(24)], RNG.poisson(50, 24)),
        "M",
        6,
        35,
        65,
    ),
    "one product": (busy(120), "D", 14, 3, 5),
    "one row": (rows(days(1), [4]), "D", 14, 0.1, 20),
    "nothing ever sold": ([r for k in range(3) for r in rows(days(60, 7), [0] * 60, f"p{k}")], "W", 4, 0, 0.2),
    "the same every day": (rows(days(100), [10] * 100), "D", 7, 9.9, 10.1),
    "one spike": (rows(days(100), PEAK), "D", 7, 1, 10),
    "days with more returns than sales": (rows(days(100), RETURNS), "D", 7, 2, 5),
    "only returns": (rows(days(100), [-2] * 100), "D", 7, 0, 0.2),
    "gaps": (rows(GAPS, RNG.poisson(4, len(GAPS))), "D", 7, 2, 5),
    "dates out of order": (SHUFFLED, "D", 7, 3, 5),
    "hundreds of millions": (rows(days(60, 7), RNG.integers(10**8, 9 * 10**8, 60)), "W", 4, 3e8, 7e8),
    "fractions": (rows(days(100), np.round(RNG.gamma(2, 1.3, 100), 3)), "D", 7, 1.5, 4),
    "a name of many scripts": (busy(60, sku="茶壶 №5 é😀 مرحبا"), "D", 7, 2, 6),
    "a name with comma and quotes": (busy(60, sku='"mug, ""blue"""'), "D", 7, 2, 6),
    "midnight UTC": (rows([f"{day}T00:00:00Z" for day in days(60)], RNG.poisson(4, 60)), "D", 7, 2, 6),
    "a horizon longer than the past": (busy(20), "D", 90, 2, 6),
    "no number at all": (rows(days(30), [""] * 30), "D", 7, 0, 1),
    "blank lines at the end": ([*busy(30), "", " ", ""], "D", 7, 2, 6),
    "half of it new": ([*busy(300, sku="a"), *busy(20, sku="b", start=date(2024, 10, 7))], "D", 7, 2, 6),
}


@pytest.mark.parametrize("firm", GOOD)
def test_a_firm_of_any_shape_gets_a_sensible_forecast(firm, tmp_path, capsys):
    lines, freq, horizon, least, most = GOOD[firm]
    code, problems, frame = told(lines, tmp_path, capsys, freq=freq, horizon=horizon)
    assert (code, problems) == (0, "")
    numbers = frame.select("q0.05", "q0.5", "q0.95", "mean").to_numpy()
    assert np.isfinite(numbers).all() and (numbers >= 0).all()
    assert (np.diff(numbers[:, :3], axis=1) >= 0).all()
    assert least <= numbers[horizon - 1, 3] <= most
    assert numbers[horizon - 1, 0] <= numbers[horizon - 1, 3] <= max(numbers[horizon - 1, 2], 0.2)


FAR = [*busy(60), "x,2924-01-01,5"]
BAD = {  # header beyond sku, date, units; lines; what is told
    "a day twice": ("", [*busy(9), "x,2024-01-03,2"], "DEMAND.csv:11: date: this sku and date stand already in line 4"),
    "a far future": ("", FAR, "DEMAND.csv: date: the rows span 328719 periods, more than 20000: is a date mistyped?"),
    "above a thousand millions": ("", ["x,2024-01-01,2e9"], 'DEMAND.csv:2: units: "2e9" is above 1e+09'),
    "a price with its currency": (",price", ["x,2024-01-01,1,9 EUR"], 'DEMAND.csv:2: price: "9 EUR" is not a number'),
    "a decimal comma": ("", ['x,2024-01-01,"3,5"'], 'DEMAND.csv:2: units: "3,5" is not a number'),
    "thousands in groups": ("", ['x,2024-01-01,"1,234"'], 'DEMAND.csv:2: units: "1,234" is not a number'),
    "a time of day": ("", ["x,2024-01-01 13:45,3"], '"2024-01-01 13:45" is not a date like 2011-01-31'),
    "a zone of time": ("", ["x,2024-01-01T00:00:00+02:00,3"], "is not a date like 2011-01-31"),
    "the day before the month": ("", ["x,31.01.2024,3"], 'DEMAND.csv:2: date: "31.01.2024" is not a date'),
    "no leap year": ("", ["x,2023-02-29,3"], 'DEMAND.csv:2: date: "2023-02-29" is not a date'),
    "a currency": (",currency", ["x,2024-01-01,1,EUR"], 'column "currency" is not known; the columns are sku, date'),
    "a short row among quotes": ("", ['"x",2024-01-01,3', '"y",2024-01-01'], "DEMAND.csv:3: has 2 cells where"),
    "a long row among quotes": ("", ['"x",2024-01-01,3', '"y",2024-01-01,3,4'], "DEMAND.csv:3: has 4 cells where"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_file_that_is_wrong_is_told_where(fault, tmp_path, capsys):
    more, lines, problem = BAD[fault]
    code, problems, _ = told(lines, tmp_path, capsys, head=f"sku,date,units{more}")
    assert code == 2
    assert problem in problems
