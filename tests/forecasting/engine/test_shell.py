"""The engine from a shell: good input and bad."""

import polars as pl
import pytest

from forecasting.engine.__main__ import main


@pytest.fixture
def demand(tmp_path):
    path = tmp_path / "DEMAND.csv"
    days = [f"2011-{month:02d}-01" for month in range(1, 13)]
    rows = [f"{sku},{day},{i % 4}" for sku in ("007", "b,c"[:1]) for i, day in enumerate(days)]
    path.write_text("\n".join(["sku,date,units", *rows]), encoding="utf-8")
    return path


def test_a_forecast_has_a_row_per_sku_and_period_and_a_column_per_level(demand, tmp_path):
    out = tmp_path / "FORECAST.csv"
    assert (
        main(["forecast", str(demand), "--freq", "M", "--horizon", "3", "--out", str(out), "--levels", "0.05,.5"]) == 0
    )
    frame = pl.read_csv(out, infer_schema=False)
    assert frame.columns == ["sku", "date", "mean", "q0.05", "q0.5", "model"]
    assert frame["sku"].to_list() == ["007"] * 3 + ["b"] * 3
    assert frame["date"].to_list() == ["2012-01-01", "2012-02-01", "2012-03-01"] * 2


def test_the_same_seed_writes_the_same_bytes(demand, tmp_path):
    names = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for out in names:
        main(["forecast", str(demand), "--freq", "M", "--horizon", "3", "--out", str(out), "--seed", "5"])
    assert names[0].read_bytes() == names[1].read_bytes()


def test_bad_input_ends_with_2_and_a_line_per_problem(tmp_path, capsys):
    path = tmp_path / "DEMAND.csv"
    path.write_text("sku,date,units\nA,2011-01-01,abc\n", encoding="utf-8")
    assert main(["forecast", str(path), "--freq", "M", "--horizon", "3", "--out", str(tmp_path / "F.csv")]) == 2
    assert capsys.readouterr().err == 'DEMAND.csv:2: units: "abc" is not a number\n'
    assert not (tmp_path / "F.csv").exists()


@pytest.mark.parametrize("wrong", [["--horizon", "0"], ["--horizon", "x"], ["--levels", "2"], ["--levels", "a"]])
def test_bad_options_end_with_2(demand, tmp_path, wrong):
    with pytest.raises(SystemExit) as stop:
        main(["forecast", str(demand), "--freq", "M", "--horizon", "3", "--out", str(tmp_path / "F.csv"), *wrong])
    assert stop.value.code == 2


def test_an_output_that_cannot_be_written_ends_with_2(demand, tmp_path, capsys):
    out = tmp_path / "missing" / "F.csv"
    assert main(["forecast", str(demand), "--freq", "M", "--horizon", "3", "--out", str(out)]) == 2
    assert "F.csv" in capsys.readouterr().err


def test_reasons_and_refusals_are_written_when_asked_for(demand, tmp_path):
    reasons = tmp_path / "REASONS.csv"
    options = ["--freq", "M", "--horizon", "3", "--out", str(tmp_path / "F.csv"), "--reasons", str(reasons)]
    assert main(["forecast", str(demand), *options]) == 0
    frame = pl.read_csv(reasons, infer_schema=False)
    assert frame.columns == ["sku", "model", "reason", "refusals"] and frame["sku"].to_list() == ["007", "b"]
    assert all(frame["reason"])


def test_events_a_country_and_announcements_are_read(demand, tmp_path):
    events, ahead = tmp_path / "EVENTS.csv", tmp_path / "AHEAD.csv"
    events.write_text("name,date\nfair,2012-02-10\nclosure,2012-01-02\n", encoding="utf-8")
    ahead.write_text("sku,date,promo,price\n007,2012-02-01,1,\n", encoding="utf-8")
    out = tmp_path / "F.csv"
    options = ["--country", "CN", "--events", str(events), "--ahead", str(ahead), "--reasons", str(tmp_path / "R.csv")]
    assert main(["forecast", str(demand), "--freq", "M", "--horizon", "3", "--out", str(out), *options]) == 0
    assert "no effect of it is assumed" in (tmp_path / "R.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sku,date,promo\n009,2012-01-01,1\n", 'AHEAD.csv:2: sku: "009" is not in the demand'),
        ("sku,date,promo\n007,2013-01-01,1\n", 'AHEAD.csv:2: date: "2013-01-01" is not among the periods ahead'),
        ("sku,date,promo\n007,2012-01-01,2\n", 'AHEAD.csv:2: promo: "2" is above 1'),
        (
            "sku,date,promo\n007,2012-01-02,1\n007,2012-01-09,0\n",
            "AHEAD.csv:3: date: this sku and period stand already in line 2",
        ),
    ],
)
def test_announcements_that_cannot_be_are_told_with_their_line(demand, tmp_path, capsys, text, problem):
    ahead = tmp_path / "AHEAD.csv"
    ahead.write_text(text, encoding="utf-8")
    options = ["--freq", "M", "--horizon", "3", "--out", str(tmp_path / "F.csv"), "--ahead", str(ahead)]
    assert main(["forecast", str(demand), *options]) == 2
    assert capsys.readouterr().err.strip() == problem


def test_a_country_without_known_holidays_ends_with_2(demand, tmp_path, capsys):
    options = ["--freq", "M", "--horizon", "3", "--out", str(tmp_path / "F.csv"), "--country", "XX"]
    assert main(["forecast", str(demand), *options]) == 2
    assert "XX" in capsys.readouterr().err


FUTURE = "007,2012-09-01,40\n"  # an order for September, entered as a sale


def test_a_row_of_the_future_moves_the_end_and_as_of_moves_it_back(demand, tmp_path):
    plain, moved, back = tmp_path / "A.csv", tmp_path / "B.csv", tmp_path / "C.csv"
    options = ["--freq", "M", "--horizon", "3", "--out"]
    main(["forecast", str(demand), *options, str(plain)])
    demand.write_text(demand.read_text(encoding="utf-8") + "\n" + FUTURE, encoding="utf-8")
    main(["forecast", str(demand), *options, str(moved)])
    assert pl.read_csv(moved, infer_schema=False)["date"][0] == "2012-10-01"
    assert main(["forecast", str(demand), *options, str(back), "--as-of", "2011-12-31"]) == 0
    assert back.read_bytes() == plain.read_bytes()


def test_a_day_before_all_demand_or_that_is_none_ends_with_2(demand, tmp_path, capsys):
    options = ["--freq", "M", "--horizon", "3", "--out", str(tmp_path / "F.csv"), "--as-of"]
    assert main(["forecast", str(demand), *options, "2010-12-31"]) == 2
    assert capsys.readouterr().err == "DEMAND.csv: no period of the demand has ended by 2010-12-31\n"
    with pytest.raises(SystemExit):
        main(["forecast", str(demand), *options, "soon"])
