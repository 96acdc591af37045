"""The plan from paths whose distribution is known."""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from forecasting.engine.types import LEVELS, Forecast
from forecasting.planning import ItemTerms, Policy, StockState, plan
from forecasting.words import say

START = date(2026, 11, 23)


def poisson_forecast(rates, horizon=12, freq="W", whole=True):
    """A forecast of independent Poisson demand, the same bits however it is chunked."""
    rates = np.atleast_1d(np.asarray(rates, dtype=float))

    def draw(m, seed, rows):
        made = [np.random.default_rng([seed, i]).poisson(rates[i], (m, horizon)) for i in range(len(rates))[rows]]
        return np.array(made, dtype=np.float32).reshape(len(made), m, horizon)

    n = len(rates)
    mean = np.repeat(rates[:, None], horizon, axis=1).astype(np.float32)
    quantiles = np.repeat(mean[:, :, None], len(LEVELS), axis=2)
    ids = tuple(f"P{i}" for i in range(n))
    return Forecast(ids, START, freq, LEVELS, quantiles, mean, ("poisson",) * n, (say("known"),) * n, draw=draw)


def planned(rate=20.0, on_hand=0.0, inbound=(), policy=None, freq="W", **terms):
    known = {"lead_time_days": 14, "review_days": 7, **terms}
    stock = StockState(
        np.array([float(on_hand)]),
        np.zeros(len(inbound), np.int64),
        np.array([units for units, _ in inbound], dtype=float),
        np.array([day for _, day in inbound], dtype="datetime64[D]"),
    )
    policy = policy or Policy(paths=4000)
    return plan(poisson_forecast([rate], freq=freq), ItemTerms.of(1, **known), stock, policy=policy)


def test_weekly_order_with_two_weeks_lead_time_is_usable_from_the_third_week():
    found = planned(service_level=0.95)
    assert found.as_of == date(2026, 11, 22)
    assert found.order_on[0] == np.datetime64("2026-11-22")
    assert found.arrives_on[0] == np.datetime64("2026-12-07")


def test_target_is_the_quantile_of_demand_over_lead_time_and_review():
    found = planned(rate=20, on_hand=0, service_level=0.95)
    assert found.reorder_point[0] == pytest.approx(stats.poisson(60).ppf(0.95), abs=1.0)
    assert found.demand_interval[0] == pytest.approx(60, rel=0.01)
    assert found.safety_stock[0] == pytest.approx(found.reorder_point[0] - found.demand_interval[0])


def test_sum_of_quantiles_is_never_used():
    found = planned(rate=20, service_level=0.95)
    assert found.reorder_point[0] < 3 * stats.poisson(20).ppf(0.95) - 5


def test_with_lost_sales_and_no_stock_only_the_week_of_arrival_is_bought():
    found = planned(rate=20, on_hand=0, service_level=0.95)
    assert found.order_units[0] == pytest.approx(stats.poisson(20).ppf(0.95), abs=1)


def test_with_backorders_waiting_demand_is_bought_too():
    found = planned(rate=20, on_hand=0, service_level=0.95, policy=Policy(paths=4000, backorders=True))
    assert found.order_units[0] == pytest.approx(stats.poisson(60).ppf(0.95), abs=1)


def test_costs_ask_for_the_newsvendor_quantile():
    found = planned(rate=20, on_hand=0, holding_cost=1, shortage_cost=4, lead_time_days=0)
    assert found.order_units[0] == pytest.approx(stats.poisson(20).ppf(0.8), abs=1)
    assert found.expected_cost[0] == pytest.approx(6.438003702, rel=0.03)


def test_with_lost_sales_on_the_way_less_is_bought_than_the_newsvendor_would():
    """Zipkin 2008: what is left over is not made up for by orders that are decided before it is known."""
    found = planned(rate=20, on_hand=40, holding_cost=1, shortage_cost=4)
    myopic = planned(rate=20, on_hand=40, service_level=0.8)
    assert 0 < found.order_units[0] < myopic.order_units[0]


def test_ample_stock_orders_nothing_and_says_so():
    found = planned(rate=5, on_hand=500, service_level=0.95)
    assert found.order_units[0] == 0
    assert np.isnat(found.order_on[0])
    assert "Nothing to order" in str(found.reason[0])


def test_inbound_in_time_is_counted_once():
    without = planned(rate=20, on_hand=60, service_level=0.95, policy=Policy(paths=4000, backorders=True))
    with_some = planned(
        rate=20,
        on_hand=60,
        inbound=[(7, date(2026, 11, 30))],
        service_level=0.95,
        policy=Policy(paths=4000, backorders=True),
    )
    assert without.order_units[0] - with_some.order_units[0] == 7


def test_inbound_after_the_interval_does_not_count():
    late = planned(rate=20, on_hand=60, inbound=[(7, date(2026, 12, 14))], service_level=0.95)
    assert late.order_units[0] == planned(rate=20, on_hand=60, service_level=0.95).order_units[0]


def test_overdue_inbound_counts_as_the_next_opening():
    overdue = planned(rate=20, on_hand=0, inbound=[(1000, date(2026, 1, 1))], service_level=0.95)
    assert overdue.order_units[0] == 0


def test_missing_lead_time_leaves_every_figure_absent_and_names_the_input():
    found = planned(lead_time_days=np.nan)
    for figure in (found.safety_stock, found.reorder_point, found.order_up_to, found.order_units, found.expected_cost):
        assert np.isnan(figure[0])
    assert found.missing == (("lead_time_days",),)
    assert str(found.reason[0]) == "Needs lead_time_days"


def test_missing_stock_leaves_the_target_but_no_order():
    found = planned(on_hand=np.nan, service_level=0.95)
    assert found.reorder_point[0] > 60
    assert np.isnan(found.order_units[0])
    assert found.missing == (("on_hand",),)


def test_missing_cost_leaves_expected_cost_absent():
    assert np.isnan(planned(service_level=0.95).expected_cost[0])


def test_moq_and_pack_hold():
    assert planned(rate=2, on_hand=0, service_level=0.95, moq=50, pack_size=24).order_units[0] == 72


def test_large_pack_of_a_slow_mover_is_declined_when_costs_say_so():
    buy = planned(rate=0.2, on_hand=0, holding_cost=0.2, shortage_cost=1, pack_size=100)
    assert buy.order_units[0] == 0
    assert "Not worth ordering" in str(buy.reason[0])


@pytest.mark.parametrize("terms", [{"moq": 50}, {"pack_size": 12}, {"order_cost": 30}, {}])
@pytest.mark.parametrize("on_hand", [0, 35, 70, 400])
def test_passport_adds_up_to_the_order(terms, on_hand):
    found = planned(rate=9.3, on_hand=on_hand, inbound=[(11, START)], holding_cost=0.2, shortage_cost=3, **terms)
    steps = found.passports[0].steps
    assert sum(step.units for step in steps) == pytest.approx(found.order_units[0], abs=1e-6)


def test_figures_do_not_depend_on_chunking(monkeypatch):
    rates = np.linspace(0.1, 40, 23)
    review = np.linspace(1, 60, 23)
    terms = ItemTerms.of(23, lead_time_days=10, lead_time_sd_days=3, review_days=review, service_level=0.9)
    stock = StockState(np.arange(23.0), np.array([3, 20]), np.array([5.0, 9.0]), np.array(["2026-12-01"] * 2, "M8[D]"))
    policy = Policy(paths=200)
    together = plan(poisson_forecast(rates), terms, stock, policy=policy)
    monkeypatch.setattr("forecasting.planning.plans.CELLS", 1)
    apart = plan(poisson_forecast(rates), terms, stock, policy=policy)
    for name in ("safety_stock", "reorder_point", "order_up_to", "order_units", "average_target", "level"):
        assert getattr(together, name).tobytes() == getattr(apart, name).tobytes()


def test_progress_is_told():
    told = []
    plan(
        poisson_forecast([1.0, 2.0]),
        ItemTerms.of(2, lead_time_days=7),
        StockState(np.zeros(2)),
        policy=Policy(paths=50),
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (2, 2)


def test_fill_rate_policy_delivers_that_share():
    found = planned(rate=20, on_hand=0, policy=Policy(paths=20_000, service="fill", service_level=0.98))
    level = np.arange(100)
    missed = np.array([stats.poisson(20).expect(lambda d, s=s: np.maximum(d - s, 0)) for s in level])
    assert found.order_units[0] == pytest.approx(level[(missed <= 0.02 * 20).argmax()], abs=1)


def test_plan_refuses_terms_of_another_length():
    with pytest.raises(ValueError, match="2 products"):
        plan(poisson_forecast([1.0, 2.0]), ItemTerms.of(1), StockState(np.zeros(2)))
