"""What a plan tells: curve, rank, risk, sensitivity, what changed, and numbers that anyone can compute again."""

import csv
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecasting.engine import forecast
from forecasting.engine.changes import Moved, changed
from forecasting.engine.types import DemandPanel
from forecasting.planning import Breaks, ItemTerms, Policy, StockState, Suppliers, plan, safety
from forecasting.planning.__main__ import main
from forecasting.planning.changes import Between, Past, changes, explained
from forecasting.planning.commands import planned
from forecasting.planning.exports import write_inputs, write_plan
from forecasting.planning.ingredients import Ingredients
from forecasting.planning.leadtimes import Receipts, learn

COSTS = {"unit_cost": np.array([2.0, 5, 1]), "unit_price": np.array([4.0, 9, 5]), "holding_rate": 0.2}


def test_curve_rises_to_the_proposal_and_each_thousand_is_worth_less(plan_of):
    found = plan_of([10, 4, 20], 0, **COSTS)
    curve = found.curve
    assert (np.diff(curve.spent) >= 0).all()
    assert (np.diff(curve.service) >= -1e-9).all()
    assert (np.diff(curve.next_thousand) <= 1e-6).all()
    assert curve.spent[curve.at] == pytest.approx(found.order_units @ COSTS["unit_cost"])
    assert curve.next_thousand[-1] == pytest.approx(0)
    capped = plan_of([10, 4, 20], 0, **COSTS, budget=20.0)
    assert 0 < capped.curve.spent[capped.curve.at] <= 20
    assert capped.curve.next_thousand[capped.curve.at] > 0
    assert capped.curve.service[capped.curve.at] < curve.service[-1]


def test_rank_puts_the_best_return_first(plan_of):
    found = plan_of([10, 10, 10], 0, unit_cost=[1.0, 4, 2], unit_price=[9.0, 12, 10], holding_rate=0.2)
    assert found.rank.tolist() == [1, 3, 2]


def test_risk_and_lost_margin_before_and_after_the_order(plan_of):
    found = plan_of([10], 20, unit_cost=2.0, unit_price=5.0, holding_rate=0.2)
    assert found.risk[0] == pytest.approx(1 - stats.poisson(20).cdf(20), abs=0.05)
    assert found.lost_margin_idle[0] > found.lost_margin[0] > 0
    missed = stats.poisson(20).expect(lambda d: np.maximum(d - 20.0, 0))
    nothing = found.lost_margin_idle[0] / 3
    assert nothing == pytest.approx(stats.poisson(30).expect(lambda d: np.maximum(d - 20.0, 0)), abs=0.6)
    assert nothing > missed


def test_sensitivity_points_the_right_way(plan_of):
    found = plan_of([10], 10, freq="D", lead_time_days=5, service_level=0.9, policy=Policy(paths=400, sensitivity=True))
    units = dict(zip(found.sensitivity.keys, found.sensitivity.units[0], strict=True))
    assert units["service_higher"] >= found.order_units[0] >= units["service_lower"]
    longer = plan_of([10], 10, freq="D", lead_time_days=6, service_level=0.9)
    assert units["lead_longer"] == longer.order_units[0]


def test_a_proposal_does_not_flap(plan_of):
    terms = {"holding_cost": 0.1, "shortage_cost": 2.0}
    new = plan_of([20], 40, **terms).order_units[0]
    kept = plan_of([20], 40, **terms, previous=np.array([new + 1]))
    assert kept.order_units[0] == new + 1
    assert kept.passports[0].steps[-1].kind == "steady"
    assert plan_of([20], 40, **terms, previous=np.array([new * 2])).order_units[0] == new
    assert plan_of([20], 40, **terms, previous=np.array([np.nan])).order_units[0] == new
    assert plan_of([20], 400, **terms, previous=np.array([new])).order_units[0] == 0


def reasons(change):
    return {step.kind: round(step.units, 6) for step in change.steps}


def test_what_changed_adds_up_and_is_said(plan_of):
    old = plan_of([20], 45, service_level=0.95)
    new = plan_of([20], 30, service_level=0.95)
    change = changes(old, new, {"P0": Between(sold=0, received=0)})["P0"]
    assert sum(step.units for step in change.steps) == pytest.approx(change.after - change.before)
    assert reasons(change)["on_hand"] == 15
    assert "less stock was counted" in str(change.sentence)
    assert changes(old, old) == {}


def test_longer_lead_time_higher_service_and_deliveries_are_told_apart(plan_of):
    base = plan_of([20], 30, service_level=0.9)
    later = plan_of([20], 30, service_level=0.9, lead_time_days=28)
    assert reasons(changes(base, later)["P0"])["interval"] == pytest.approx(40, abs=1)
    safer = plan_of([20], 30, service_level=0.98)
    assert "the service level was raised" in str(changes(base, safer)["P0"].sentence)
    coming = plan_of([20], 0, service_level=0.9, inbound=[(0, 30, date(2026, 11, 24))])
    came = explained(Past.of(coming.passports[0]), Past.of(base.passports[0]), Between(sold=0, received=30, days=0))
    assert all(abs(units) < 20 for units in reasons(came).values())
    assert sum(reasons(came).values()) == pytest.approx(came.after - came.before)


@settings(max_examples=50, deadline=None)
@given(st.tuples(*[st.floats(-100, 100)] * 6), st.floats(0, 99), st.floats(0, 99), st.floats(0, 30))
def test_any_change_adds_up(steps, sold, received, days):
    kinds = ("demand", "safety", "on_hand", "inbound", "pack", "budget")
    old = Past(sum(steps), dict(zip(kinds, steps, strict=True)), 21, 0.9)
    other = tuple(reversed(steps))
    new = Past(sum(other) + 1, {**dict(zip(kinds, other, strict=True)), "least": 1.0}, 28, 0.95)
    change = explained(old, new, Between(sold, received, days))
    assert sum(step.units for step in change.steps) == pytest.approx(new.units - old.units, abs=1e-5)


def test_lead_times_lean_on_the_supplier_and_on_what_is_stated():
    day = np.datetime64("2026-01-01")
    took = np.array([10] * 12 + [30] * 2)
    receipts = Receipts(np.full(14, day), np.full(14, day + 8), day + took, np.array([0] * 12 + [1] * 2))
    found = learn(receipts, np.array([0, 0, 0, -1]), np.full(4, 8.0), np.full(4, np.nan))
    assert found.count.tolist() == [12, 2, 0, 0]
    assert found.mean[0] == pytest.approx(10, abs=1)
    assert found.mean[0] < found.mean[1] < 30
    assert 8 < found.mean[2] < 14
    assert np.isnan(found.samples[3]).all()
    assert (np.diff(found.samples[:3], axis=1) >= 0).all()


def test_days_on_which_a_supplier_was_closed_are_no_lead_time():
    ordered = np.array(["2026-02-01", "2026-02-20", "2026-04-01"], "datetime64[D]")
    received = ordered + np.array([38, 15, 10])
    receipts = Receipts(ordered, np.full(3, np.datetime64("NaT")), received, np.zeros(3, np.int64))
    shut = [[(date(2026, 2, 8), date(2026, 2, 25))], [(date(2026, 2, 8), date(2026, 3, 7))]]
    found = [learn(receipts, np.array([code]), np.full(1, np.nan), np.full(1, np.nan), shut) for code in (0, 1)]
    assert found[0].samples[0].tolist() == [10.0] * 13 + [20.0] * 7
    assert set(found[1].samples[0].tolist()) == {0.0, 10.0}


def test_products_of_a_supplier_whose_deliveries_do_not_differ_learn_from_each_other():
    rng = np.random.default_rng(3)
    product = np.repeat(np.arange(10), 6)
    day = np.full(60, np.datetime64("2026-01-01"))
    took = np.round(rng.normal(30, 6, 60)).astype(int)

    def learned(days):
        return learn(
            Receipts(day, day + 30, day + days, product), np.zeros(10, np.int64), np.full(10, 30.0), np.full(10, np.nan)
        )

    alike, apart = learned(took), learned(took + 5 * product)
    assert (alike.weight < 0.1).all()
    assert alike.mean.std() < 1
    assert (apart.weight > 0.5).all()


def test_demand_over_a_random_lead_time_is_the_mixture(plan_of):
    """Poisson(2) a day over 3 or 5 days, each 1/2: mean 8, variance 12 (methods 6)."""
    found = plan_of(
        [2], 0, freq="D", review_days=1, lead_time_days=3, lead_samples=np.array([[2.0, 4.0]]), service_level=0.95,
        policy=Policy(paths=20_000),
    )  # fmt: skip
    assert found.demand_interval[0] == pytest.approx(8, abs=0.1)
    chances = np.cumsum(safety.interval_chances(stats.poisson.pmf(np.arange(40), 2), [3, 5], [0.5, 0.5]))
    assert found.reorder_point[0] == pytest.approx(int((chances >= 0.95).argmax()), abs=1)


def panel():
    rng = np.random.default_rng(5)
    units = rng.poisson([[6], [2], [15], [1]], (4, 70)).astype(np.float32)
    units[1, :20] = np.nan
    stocked = np.ones_like(units)
    units[2, 40:43], stocked[2, 40:43] = np.nan, 0
    return DemandPanel(("A", "B", "C", "D"), date(2025, 7, 7), "W", units, stocked=stocked)


def terms():
    return ItemTerms.of(
        4,
        lead_time_days=[14, 7, np.nan, 21],
        review_days=7,
        unit_cost=[1.25, 2, 3, 4],
        unit_price=[3, 4, 5.5, 9],
        order_cost=[np.nan, 3, np.nan, 1],
        moq=[np.nan, 10, np.nan, np.nan],
        pack_size=[6, np.nan, np.nan, np.nan],
        shelf_life_days=[np.nan, 200, np.nan, np.nan],
        supplier=[0, 0, 1, -1],
        product=[0, 1, 1, 2],
        location=[0, 0, 1, 0],
        successor=[-1, -1, -1, 0],
        discontinued=[False, False, False, True],
        lead_samples=np.array([[np.nan] * 3, [np.nan] * 3, [7.0, 9.5, 21], [np.nan] * 3]),
        suppliers=Suppliers.of(
            2, order_cost=[20, np.nan], least_value=[50, 5], closures=(((date(2026, 11, 20), date(2026, 11, 29)),), ())
        ),
        breaks=Breaks(np.array([0, 0]), np.array([60.0, 600]), np.array([1.2, 1.0])),
    )


def test_the_shell_plans_exported_inputs_to_the_same_numbers(tmp_path, monkeypatch):
    stock = StockState(np.array([5.0, 3, 20, 8]), np.array([0]), np.array([4.0]), np.array(["2026-11-12"], "M8[D]"))
    policy = Policy(paths=200, service_level=0.93, lean=1.1, level_by_class={"C": 0.9}, curve=False)
    told = planned(panel(), terms(), stock, policy=policy, seed=3)
    command = write_inputs(tmp_path, panel(), terms(), stock, policy, 3)
    monkeypatch.chdir(tmp_path)
    assert main(command.split()[3:]) == 0
    rows = list(csv.DictReader((tmp_path / "PLAN.csv").read_text().splitlines()))
    assert [row["sku"] for row in rows] == list(told.ids)
    for column in ("order_units", "safety_stock", "reorder_point", "order_up_to", "expected_cost"):
        mine = [round(value, 4) for value in getattr(told, column).tolist()]
        assert [float(row[column]) for row in rows] == mine, column
    assert [row["reason"] for row in rows] == [str(reason) for reason in told.reason]


def test_rules_that_do_not_exist_are_told(tmp_path, capsys, monkeypatch):
    command = write_inputs(tmp_path, panel(), terms(), StockState(np.zeros(4)), Policy(), 0)
    (tmp_path / "POLICY.json").write_text('{"colour": 1}')
    monkeypatch.chdir(tmp_path)
    assert main(command.split()[3:]) == 2
    assert 'POLICY.json: rule "colour" is not known' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("column", "cell"), [("price_breaks", "10-2"), ("supplier_closures", "2026-02-30/2026-03-01"), ("moq", "x")]
)
def test_bad_further_cells_are_told_with_their_place(tmp_path, capsys, monkeypatch, column, cell):
    write_inputs(tmp_path, panel(), terms(), StockState(np.zeros(4)), Policy(), 0)
    supplier = ",supplier" if column == "supplier_closures" else ""
    (tmp_path / "ITEMS.csv").write_text(
        f"sku,on_hand,lead_time_days,review_days,{column}{supplier}\nA,1,7,7,{cell}{',S' if supplier else ''}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["plan", "DEMAND.csv", "--items", "ITEMS.csv", "--freq", "W", "--out", "P.csv"]) == 2
    assert f"ITEMS.csv:2: {column}" in capsys.readouterr().err


def test_the_shell_plans_a_kept_forecast_to_the_same_numbers(tmp_path, monkeypatch):
    stock = StockState(np.array([5.0, 3, 20, 8]), np.array([0]), np.array([4.0]), np.array(["2026-11-12"], "M8[D]"))
    policy, standing = Policy(paths=200, curve=False), np.array([np.nan, 41.0, np.nan, 3])
    own = forecast(panel(), 30, seed=3)
    twice = changed(own, Moved(np.full(own.mean.shape, 2.0), np.zeros(own.mean.shape)))
    where = replace(terms(), transfer_cost=np.array([np.inf, 0.2, np.nan, np.inf]))
    told = plan(twice, where, stock, policy=policy, seed=3, previous=standing)
    command = write_plan(tmp_path, Ingredients(twice, where, stock, policy, 3, standing))
    monkeypatch.chdir(tmp_path)
    assert main(command.split()[3:]) == 0
    rows = list(csv.DictReader((tmp_path / "PLAN.csv").read_text().splitlines()))
    assert [row["sku"] for row in rows] == list(told.ids)
    for column in ("order_units", "safety_stock", "reorder_point", "order_up_to", "expected_cost"):
        mine = [round(value, 4) for value in getattr(told, column).tolist()]
        assert [float(row[column]) for row in rows] == mine, column
    assert [row["reason"] for row in rows] == [str(reason) for reason in told.reason]


def test_a_plan_without_demand_and_forecast_says_what_it_needs(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "F.npz").write_bytes(b"no")
    assert main(["plan", "--items", "ITEMS.csv", "--freq", "W", "--out", "P.csv"]) == 2
    assert main(["plan", "--forecast", "F.npz", "--items", "ITEMS.csv", "--freq", "W", "--out", "P.csv"]) == 2
    told = capsys.readouterr().err
    assert "a plan needs DEMAND" in told and "F.npz: these bytes are no forecast" in told
