"""The replay: same world for both arms, no look into the future, and no claim beyond the evidence."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.engine.types import DemandPanel
from forecasting.planning import ItemTerms, Own, Policy, StockState, replay
from forecasting.planning.__main__ import main
from forecasting.planning.choices import settle
from forecasting.planning.past import service
from forecasting.planning.past.bootstrap import verdict
from forecasting.planning.past.court import Challenger, Court
from forecasting.planning.past.evidence import Prices, Record
from forecasting.planning.past.history import History, as_lived
from forecasting.planning.past.inputs import read_ended, write_ended
from forecasting.planning.past.outlooks import outlooks
from forecasting.planning.past.rules import Bounds, Cover, Lagom
from forecasting.planning.past.scene import scene
from forecasting.planning.past.truth import truth
from forecasting.planning.past.world import Moment, World, live
from forecasting.planning.types import Suppliers

START = date(2024, 1, 1)
POLICY = Policy(paths=100)


def panel_of(n=12, weeks=60, seed=1, gaps=0.0):
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.normal(2, 0.8, n))
    units = rng.poisson(rates[:, None], (n, weeks)).astype(np.float32)
    units[rng.random(units.shape) < gaps] = np.nan
    return DemandPanel(tuple(f"P{i:02d}" for i in range(n)), START, "W", units)


def terms_of(n=12, **more):
    known = {"lead_time_days": 14, "review_days": 7, "holding_cost": 0.2, "shortage_cost": 1, "unit_cost": 2, **more}
    return ItemTerms.of(n, **known)


def week(t):
    return START + timedelta(7 * t)


def stage_of(panel, terms, seed=0, policy=POLICY, first=40):
    stock = StockState(np.full(len(panel.ids), 30.0))
    return scene(panel, terms, stock, policy, (week(first), week(59)), seed)


def cover(panel, terms, stage, **more):
    rule = Cover(panel.units, stage.first, settle(terms, POLICY, "W"), stage.span, 8, 0.3)
    return replace(rule, **more)


def prices_of(terms):
    choices = settle(terms, POLICY, "W")
    return Prices(choices.holding, choices.shortage, choices.fixed, terms.unit_cost)


def judged(stage, mine, other, terms, panel):
    court = Court(stage, mine, (Challenger("stated", other),), prices_of(terms), "W", 0)
    return court.judged(panel.ids)


@pytest.mark.parametrize("backorders", [False, True])
def test_stock_balance_closes_in_every_period(backorders):
    panel, terms = panel_of(), terms_of(lead_time_sd_days=6)
    stage = stage_of(panel, terms, policy=Policy(backorders=backorders))
    life = live(stage.world, cover(panel, terms, stage), stage.ahead)
    before = np.concatenate([stage.world.on_hand[:, None], life.stock[:, :-1]], axis=1)
    assert np.allclose(life.stock, before + life.arrived - life.sold)
    assert life.ordered.sum() == pytest.approx(life.arrived.sum() + life.coming.sum())
    if not backorders:
        assert np.allclose(life.sold + life.lost, stage.world.demand)
        assert life.stock.min() >= 0


def test_ordered_at_the_close_of_week_0_is_usable_from_the_opening_of_week_3():
    world = World(
        demand=np.zeros((1, 6)),
        reviewed=np.array([[True] + [False] * 5]),
        arrives=np.array([[2, 9, 9, 9, 9, 9]]),
        expected=np.array([[2, 9, 9, 9, 9, 9]]),
        on_hand=np.zeros(1),
        known=np.array([True]),
    )
    life = live(world, lambda moment: np.array([5.0]), 8)
    assert life.stock[0].tolist() == [0, 0, 5, 5, 5, 5]
    stage = stage_of(panel_of(), terms_of())
    assert (stage.world.expected - np.arange(20) == 2).all()


def test_orders_into_a_closure_of_the_supplier_come_later_and_are_expected_later():
    shut = Suppliers.of(1, closures=(((week(45), week(47) - timedelta(1)),),))
    stage = stage_of(panel_of(), terms_of(supplier=0, suppliers=shut))
    late = (stage.world.expected - np.arange(20))[0]
    assert late.tolist() == [2] * 4 + [4, 4, 3] + [2] * 13
    assert (stage.world.arrives == stage.world.expected).all()


def test_identical_arms_differ_by_exactly_zero():
    panel, terms = panel_of(), terms_of(lead_time_sd_days=5)
    stage = stage_of(panel, terms)
    rule = cover(panel, terms, stage)
    found = judged(stage, rule, rule, terms, panel)
    for difference in found.main.differences:
        assert difference.value == difference.low == difference.high == 0
        assert difference.verdict == "no difference"
    assert found.main.fares.share == 0


def orders(panel, terms):
    return replay(
        panel, terms, StockState(np.full(12, 30.0)), policy=POLICY, start=week(50), end=week(57)
    ).lagom.life.ordered


def spoiled(panel, after):
    units = panel.units.copy()
    units[:, after:] = np.random.default_rng(9).poisson(50, units[:, after:].shape)
    return replace(panel, units=units)


def test_noise_after_a_day_leaves_every_decision_until_then_the_same_to_the_bit():
    panel, terms = panel_of(weeks=58), terms_of()
    honest, noisy = orders(panel, terms), orders(spoiled(panel, 54), terms)
    assert honest[:, :5].tobytes() == noisy[:, :5].tobytes()
    assert honest[:, 5:].tobytes() != noisy[:, 5:].tobytes()


def test_what_ends_or_is_replaced_only_today_is_bought_in_the_past():
    panel, terms = panel_of(), terms_of()
    ended = replace(terms, discontinued=np.arange(12) < 4, successor=np.where(np.arange(12) == 5, 6, -1))
    began, dates = StockState(np.full(12, 60.0)), {"start": week(46), "end": week(59)}
    known, today = (replay(panel, each, began, policy=POLICY, **dates) for each in (terms, ended))
    assert repr(known.main.differences) == repr(today.main.differences)
    assert known.lagom.figures == today.lagom.figures


def test_what_is_given_up_is_not_bought_from_the_day_on_which_that_was_known_and_before_as_ever(tmp_path):
    panel, terms, window = panel_of(), terms_of(), (week(46), week(59))
    write_ended(tmp_path / "ENDED.csv", {"P03": week(52), "P04": week(52) - timedelta(1), "GONE": week(50)})
    offered = read_ended(tmp_path / "ENDED.csv", panel, window)
    assert (offered.sum(axis=1) == [14, 14, 14, 7, 6, *[14] * 7]).all()  # orders are placed on the eve of a week

    def ordered(history):
        own = Own(history=history)
        found = replay(
            panel, terms, StockState(np.full(12, 30.0)), policy=POLICY, start=week(46), end=week(59), own=own
        )
        return found.lagom.life.ordered, found.main.arm.life.ordered, [str(note) for note in found.notes]

    told, never = ordered(History(offered=offered)), ordered(None)
    for known, unknown in zip(told[:2], never[:2], strict=True):
        assert known[:, :6].tobytes() == unknown[:, :6].tobytes()
        assert known[3, 7:].sum() == known[4, 6:].sum() == 0 < min(unknown[3, 7:].sum(), unknown[4, 6:].sum())
    assert any("2 products were given up in the window" in note for note in told[2])
    assert not any("given up" in note for note in never[2])


def test_planted_peek_of_one_period_is_detected(monkeypatch):
    from forecasting.planning.past import outlooks as made

    honest = made.known_before
    monkeypatch.setattr(made, "known_before", lambda panel, period: honest(panel, period + 1))
    monkeypatch.setattr(made, "moved_on", lambda found, periods: replace(found, start=found.start - timedelta(7)))
    panel, terms = panel_of(weeks=58), terms_of()
    assert orders(panel, terms)[:, :5].tobytes() != orders(spoiled(panel, 54), terms)[:, :5].tobytes()


def test_noise_that_cannot_be_beaten_ends_in_cannot_tell():
    panel, terms = panel_of(), terms_of()
    stage = stage_of(panel, terms)
    good = cover(panel, terms, stage, cover=0.3)
    same = cover(panel, terms, stage, cover=0.3, window=9)
    found = judged(stage, same, good, terms, panel)
    verdicts = {d.name: d.verdict for d in found.main.differences}
    assert verdicts["total_cost"] == "cannot tell"


def test_twice_the_cover_is_found_to_hold_more_stock():
    panel, terms = panel_of(), terms_of()
    stage = stage_of(panel, terms)
    rich, lean = cover(panel, terms, stage, cover=1.5), cover(panel, terms, stage, cover=0.0)
    found = judged(stage, lean, rich, terms, panel)
    verdicts = {d.name: d.verdict for d in found.main.differences}
    assert verdicts["stock_units"] == "lower"
    assert verdicts["fill"] == "lower"
    assert found.main.difference("stock_value").value < 0


def test_warm_up_is_longer_than_lead_time_and_one_cycle():
    stage = stage_of(panel_of(), terms_of())
    assert stage.warm_up == 4
    assert not stage.short


def test_products_without_stock_or_lead_time_take_no_part():
    panel = panel_of()
    lead = np.full(12, 14.0)
    lead[0] = np.nan
    stage = stage_of(panel, terms_of(lead_time_days=lead))
    assert stage.world.known.tolist() == [False] + [True] * 11


def test_demand_without_stock_is_read_in_three_ways():
    units = np.array([[4, 6, np.nan, 5, np.nan]], np.float32)
    found = truth(DemandPanel(("A",), START, "W", units), 1, 4, seed=0)
    assert found.sales.tolist() == [[6, 0, 5, 0]]
    assert found.mean.tolist() == [[6, 5, 5, 5]]
    assert found.sampled[0, 0] == 6
    assert found.sampled[0, 1] in (4, 5, 6)
    assert found.censored.tolist() == [[False, True, False, True]]


def test_periods_before_launch_are_no_lost_sales():
    panel = DemandPanel(("A",), START, "W", np.array([[np.nan, np.nan, 3]], np.float32))
    assert truth(panel, 0, 2, seed=0).sampled.tolist() == [[0, 0, 3]]


def test_censored_demand_is_told_in_other_readings():
    found = replay(
        panel_of(gaps=0.1), terms_of(), StockState(np.full(12, 30.0)), policy=POLICY, start=week(46), end=week(59)
    )
    assert set(found.main.readings) == {"sales", "mean"}
    assert found.censored == pytest.approx(0.1, abs=0.05)


def test_stock_at_equal_service_is_read_off_the_curve():
    """Where stock is 100 and 50 more for each halving of what is missed, it is told so in between too."""
    missed = np.array([[0.4], [0.1], [0.0125]])
    stocks = np.array([[100.0], [200.0], [350.0]])

    def read(fill):
        return service._read(1 - missed, stocks, np.array([fill]))[0]

    assert [read(fill) for fill in (0.6, 0.8, 0.9, 0.95, 0.9875)] == pytest.approx([100, 150, 200, 250, 350])
    assert read(0.5) == 100 and np.isnan(read(0.999))


def lived_with(misses):
    """Live with a demand of 100 a week, of which misses(factor) is lost."""
    panel, terms = panel_of(n=2, weeks=60), terms_of(n=2)
    stage = stage_of(panel, terms)
    life = live(stage.world, cover(panel, terms, stage), stage.ahead)
    demand = np.full(life.lost.shape, 100.0)

    def lived(factor):
        return Record(replace(life, lost=demand * misses(factor)), demand, prices_of(terms), "W", 52).rows(np.arange(2))

    return lived


@pytest.mark.parametrize(("goal", "tried"), [(0.03, [0.25, 0.5, 1]), (0.015, [0.25, 0.8909, 1, 4])])
def test_a_curve_reaches_well_above_the_other_so_that_its_lucky_draws_lie_on_it_too(goal, tried):
    lived = lived_with(lambda factor: 0.012 / factor)
    found = [factor for factor, _ in service.searched(lived, [lived(0.012 / goal)])]
    assert found == pytest.approx(tried, abs=1e-4)


def test_draws_out_of_reach_count_as_more_stock_without_a_bound():
    saved = np.r_[np.full(30, np.nan), np.linspace(-0.5, -0.1, 71)]  # of 101, sorted: the 96th is the high end
    low, high = service._bounded(saved)
    assert np.isnan(low)
    assert high == pytest.approx(-0.5 + 0.4 * 65 / 70)
    assert verdict(low, high) == "lower"


@pytest.mark.parametrize(
    ("wanted", "kind", "products", "share", "held"), [(1, "stock_value", 9, 0.9, 144), (9, "stock_units", 12, 1, 96)]
)
def test_money_is_compared_on_the_products_with_costs_where_they_make_four_fifths(wanted, kind, products, share, held):
    """Three of twelve products have no cost; the others are wanted thrice a week, and cost 2 each."""
    times = np.where(np.arange(12) < 3, wanted, 3.0)
    panel, terms = panel_of(), terms_of(unit_cost=np.where(np.arange(12) < 3, np.nan, 2.0))
    stage = stage_of(panel, terms)
    life = live(stage.world, cover(panel, terms, stage), stage.ahead)
    demand = np.tile(times[:, None], (1, 20))
    lives = [
        replace(life, lost=demand * lost, stock=np.full((12, 20), each)) for lost, each in ((0.1, 5.0), (0.1, 8.0))
    ]
    mine, theirs = ([(1.0, Record(each, demand, prices_of(terms), "W", 52))] for each in lives)
    found = service.equal_service(mine, theirs, "fill", 0)
    assert (found.kind, found.products) == (kind, products) and found.share == pytest.approx(share)
    assert found.saved == pytest.approx(1 - 5 / 8)
    assert found.baseline == pytest.approx(held)


def test_replay_from_a_shell_writes_json(tmp_path, capsys):
    panel = panel_of(n=3)
    lines = [
        f"{sku},{week(t)},{units:g}"
        for sku, row in zip(panel.ids, panel.units, strict=True)
        for t, units in enumerate(row)
    ]
    (tmp_path / "DEMAND.csv").write_text("\n".join(["sku,date,units", *lines]) + "\n")
    items = [f"{sku},20,14,7,0.2,1" for sku in panel.ids]
    header = "sku,on_hand,lead_time_days,review_days,holding_cost,shortage_cost"
    (tmp_path / "ITEMS.csv").write_text("\n".join([header, *items]) + "\n")
    argv = ["replay", str(tmp_path / "DEMAND.csv"), "--items", str(tmp_path / "ITEMS.csv"), "--freq", "W"]
    argv += ["--out", str(tmp_path / "REPLAY.json")]
    assert main([*argv, "--start", str(week(46)), "--end", str(week(59))]) == 0
    told = json.loads((tmp_path / "REPLAY.json").read_text())
    assert told["periods"] == 14
    assert {d["name"] for d in told["differences"]} >= {"stock_units", "fill", "total_cost", "turns"}
    assert set(told["arms"]) == {"baseline", "lagom"}
    ended = tmp_path / "ENDED.csv"
    for day, said in ((week(46), 0), ("soon", 2)):
        ended.write_text(f"sku,announced_on\nP01,{day}\n")
        assert main([*argv, "--start", str(week(46)), "--end", str(week(59)), "--ended", str(ended)]) == said
    assert "ENDED.csv:2: announced_on" in capsys.readouterr().err
    assert main([*argv, "--start", "1999-01-01", "--end", "1999-12-31"]) == 2
    assert capsys.readouterr().err.startswith("DEMAND.csv: fewer than two periods")


def test_second_life_of_a_rule_remembers_nothing_of_the_first():
    panel, terms = panel_of(), terms_of(moq=40)
    stage = stage_of(panel, terms, first=50)
    rule = Lagom(outlooks(panel, stage, 0).at, terms, POLICY, 0)
    first, second = (live(stage.world, rule, stage.ahead).ordered for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_ledger_tells_what_was_done_and_products_whose_counts_do_not_fit_stay_out():
    panel, terms = panel_of(n=3), terms_of(3)
    sold = panel.units[:, 40:].astype(float)
    stock = np.full((3, 20), 100.0)
    stock[1] -= 5 * np.arange(20)
    arrived = sold.copy()
    arrived[1], arrived[2] = arrived[1] * 3, 0
    stage = scene(
        panel,
        terms,
        StockState(np.full(3, 100.0)),
        POLICY,
        (week(40), week(59)),
        0,
        History(stock=stock, arrived=arrived),
    )
    assert stage.did.usable.tolist() == [True, False, True]
    assert stage.did.guessed.tolist() == [False, False, True]
    assert stage.did.arrived[2].sum() == pytest.approx(sold[2].sum())
    assert as_lived(stage.did, stage.truth.sales, stage.world.demand).lost[0].sum() == 0


@pytest.mark.parametrize(
    ("by_pace", "least", "most", "wanted"),
    [(False, 10.0, 40.0, 30.0), (False, 4.0, 40.0, 0.0), (True, 2.0, 10.0, 0.0), (True, 3.0, 10.0, 30.0)],
)
def test_own_rule_fills_up_to_its_maximum_when_stock_falls_to_its_minimum(by_pace, least, most, wanted):
    units = np.full((1, 20), 4, np.float32)
    panel = DemandPanel(("A",), START, "W", units)
    stage = scene(panel, terms_of(1), StockState(np.array([10.0])), POLICY, (week(10), week(19)), 0)
    rule = Bounds(np.array([least]), np.array([most]), by_pace, units, 10, 8, cover(panel, terms_of(1), stage))
    moment = Moment(0, np.array([10.0]), np.zeros((1, 5)), np.zeros((1, 0)), np.array([0]))
    assert rule(moment).tolist() == [wanted]


def test_orders_that_swing_more_than_demand_are_told():
    panel, terms = panel_of(n=4), terms_of(4)
    stage = stage_of(panel, terms)
    smooth = cover(panel, terms, stage)
    batch = replace(smooth, choices=settle(terms_of(4, moq=60), POLICY, "W"))
    found = judged(stage, smooth, batch, terms, panel).main.difference("bullwhip")
    assert found.baseline > found.lagom > 0
