"""A whole run: what it writes of forecasts, of people's changes, of events and of one-off orders."""

import datetime as dt

import numpy as np
import pytest
import time_machine

from forecasting.engine import forecasting
from forecasting.models import Event, FittedModel, OneOff, Override, Policy, ProductForecast, Sale
from forecasting.services import events, fitted, oneoffs, overrides, series
from tenants.errors import Conflict, Invalid
from tenants.models import AuditEntry
from tenants.services import usage
from tests.forecasting.running import LAST, line, run, sell

TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
NEXT = LAST + DAY  # the first day of the forecast


@pytest.fixture
def products(in_acme):
    with time_machine.travel(TODAY, tick=False):
        yield sell()


def of(run, product):
    return ProductForecast.objects.get(run=run, product=product)


def test_a_run_tells_its_stages_its_models_and_how_good_it_was(acme, products):
    done = run(acme)
    assert done.starts_on == NEXT
    assert [stage["template"].split()[0] for stage in done.summary["stages"]] == [
        "Reading",
        "Forecasting",
        "Planning",
        "Publishing",
    ]
    assert sum(done.summary["models"].values()) == 3
    one = of(done, products[1])
    assert one.weight == pytest.approx(12, rel=0.2)
    assert one.value_added is not None
    run(acme)
    used = usage.by_day(TODAY.date(), TODAY.date())[TODAY.date()]
    assert (used["planned"], used["series"]) == (3, 6)


def test_a_change_moves_the_next_run_and_the_engines_own_number_stays_beside_it(acme, products, alice):
    first = run(acme)
    week = {"first_day": NEXT, "last_day": NEXT + 6 * DAY}
    made = overrides.add(product=products[1], by=alice, run=first, percent=100.0, reason="a fair", **week)
    before = of(first, products[1]).mean
    assert made.engine_units == pytest.approx(before[0], abs=1e-3)
    assert made.own_units == pytest.approx(2 * before[0], abs=1e-3)
    after = of(run(acme), products[1])
    assert after.own_mean == pytest.approx(before)
    assert after.mean == pytest.approx([2 * before[0], *before[1:]], abs=1e-3)
    assert after.changes == [str(made.pk)]
    overrides.undo(override_id=made.pk, by=alice)
    assert of(run(acme), products[1]).own_mean is None
    assert list(
        AuditEntry.objects.filter(action__startswith="override").order_by("pk").values_list("action", flat=True)
    ) == [
        "override.added",
        "override.taken_back",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": 1.0, "percent": 5.0},
        {"units": None},
        {"reason": "  "},
        {"last_day": NEXT - DAY},
        {"first_day": LAST - 9 * DAY, "last_day": LAST},
        {"last_day": NEXT + 800 * DAY},
    ],
)
def test_a_change_without_sense_is_refused(acme, products, alice, wrong):
    done = {"first_day": NEXT, "last_day": NEXT, "units": 5.0, "reason": "why"}
    with pytest.raises(Invalid):
        overrides.add(product=products[0], by=alice, run=None, **{**done, **wrong})


def test_two_changes_of_the_same_day_are_refused(acme, products, alice):
    fields = {"first_day": NEXT, "last_day": NEXT + DAY, "units": 5.0, "reason": "why"}
    overrides.add(product=products[0], by=alice, run=None, **fields)
    overrides.add(product=products[1], by=alice, run=None, **fields)
    with pytest.raises(Conflict):
        overrides.add(product=products[0], by=alice, run=None, **{**fields, "first_day": NEXT + DAY})


def test_once_its_days_have_passed_a_change_is_held_against_what_came(acme, products, alice):
    past = {"first_day": LAST - 6 * DAY, "last_day": LAST, "percent": 50.0, "reason": "x", "by": "a", "own_units": 15}
    one = Override.objects.create(product=products[1], engine_units=10, **past)
    unheard = Override.objects.create(product=products[2], engine_units=None, **past)
    gone = {"first_day": LAST - 90 * DAY, "last_day": LAST - 80 * DAY}
    out = Override.objects.create(product=products[0], engine_units=10, **{**past, **gone})
    run(acme)
    for each in (one, unheard, out):
        each.refresh_from_db()
    assert one.actual_units == sum(sale.units for sale in _sold(products[1]))
    assert (one.sold_out, out.sold_out) == (False, True)
    assert unheard.scored_at is None


def _sold(product):
    return Sale.objects.filter(product=product, sold_on__gte=LAST - 6 * DAY)


def test_a_one_off_is_kept_apart_until_somebody_says_that_it_is_normal(acme, products, alice):
    usual = of(run(acme), products[1])
    line(products[1], LAST - 21 * DAY, 1200, "4711", customer_ref="hotel")
    apart = run(acme)
    one = OneOff.objects.get()
    assert (one.order_id, one.units, one.decision, apart.summary["one_offs"]) == ("4711", 1200, "", 1)
    assert of(apart, products[1]).mean == pytest.approx(usual.mean, rel=1e-3)
    assert oneoffs.decide(ids=[one.pk], decision="normal", by=alice) == 1
    taken = run(acme)
    assert sum(of(taken, products[1]).mean) > 1.1 * sum(usual.mean)
    assert taken.summary["one_offs"] == 0
    oneoffs.decide(ids=[one.pk], decision="apart", by=alice)
    assert of(run(acme), products[1]).mean == pytest.approx(usual.mean, rel=1e-3)
    assert OneOff.objects.count() == 1


def test_an_undecided_one_off_whose_line_is_gone_is_forgotten(acme, products):
    sale = line(products[1], LAST - 21 * DAY, 1200, "4711")
    run(acme)
    assert OneOff.objects.count() == 1
    sale.delete()
    run(acme)
    assert OneOff.objects.count() == 0


def test_on_closed_days_nothing_is_expected(acme, products, alice):
    week = {"first_day": NEXT, "last_day": NEXT + 6 * DAY}
    before = run(acme)
    events.add(by=alice, kind=Event.Kind.CLOSURE, name="Moving", **week)
    closed = run(acme)
    assert of(closed, products[1]).mean[0] == 0
    assert closed.data_hash != before.data_hash


def test_a_promotion_reaches_the_products_it_names(acme, products, alice):
    week = {"first_day": NEXT, "last_day": NEXT + 6 * DAY}
    events.add(by=alice, kind=Event.Kind.PROMOTION, name="Sale", skus=["P01"], **week)
    past = {"first_day": LAST - 13 * DAY, "last_day": LAST - 10 * DAY}
    events.add(by=alice, kind=Event.Kind.PROMOTION, name="C0 sale", categories=["C0"], **past)
    found = series.read(organisation=acme, freq="W")
    told = events.announced(found.panel, found.products, 3, currency="EUR")
    assert told.ahead.promo.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert told.promo[:, -3:] == pytest.approx(np.array([[0, 4 / 7, 0], [0, 0, 0], [0, 4 / 7, 0]]))


def test_a_new_price_holds_ahead_and_past_prices_are_those_of_sales(acme, products, alice):
    week = {"first_day": NEXT + 7 * DAY, "last_day": NEXT + 13 * DAY}
    events.add(by=alice, kind=Event.Kind.PRICE, name="Dearer", percent=10.0, skus=["P01"], **week)
    found = series.read(organisation=acme, freq="W")
    told = events.announced(found.panel, found.products, 3, currency="EUR")
    assert told.price[1, -4:].tolist() == [9, 9, 9, 9]
    assert told.ahead.price[1] == pytest.approx([9, 9.9, 9])


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "price"},
        {"kind": "supplier"},
        {"kind": "promotion", "skus": ["nothing"]},
        {"kind": "closure", "last_day": NEXT - DAY},
    ],
)
def test_an_event_without_sense_is_refused(acme, products, alice, wrong):
    with pytest.raises(Invalid):
        events.add(by=alice, **{"name": "x", "first_day": NEXT, "last_day": NEXT, **wrong})


def test_an_event_taken_back_is_no_longer_told_and_can_be_brought_back(acme, products, alice):
    made = events.add(by=alice, kind=Event.Kind.CLOSURE, name="Moving", first_day=NEXT, last_day=NEXT)
    events.undo(event_id=made.pk, by=alice)
    assert events.kept(NEXT, NEXT) == []
    events.undo(event_id=made.pk, by=alice)
    assert events.kept(NEXT, NEXT) == [made]


def test_a_run_after_a_days_sales_uses_again_what_the_last_run_learned(acme, products):
    Policy.objects.create(freq="D")
    first = run(acme)
    assert first.summary["learned"]["again"] is False
    again = run(acme)
    assert again.summary["learned"] == {**first.summary["learned"], "again": True}
    assert of(again, products[1]).mean == of(first, products[1]).mean
    assert again.data_hash != first.data_hash  # it says that it did not learn anew
    with time_machine.travel(TODAY + DAY, tick=False):
        line(products[1], LAST + DAY, 9, "next day")
        later = run(acme)
    assert (later.as_of, later.summary["learned"]["again"]) == (LAST + DAY, True)
    assert later.summary["learned"]["until"] == LAST.isoformat()
    line(products[1], LAST - 9 * DAY, 9, "came late")
    with time_machine.travel(TODAY + DAY, tick=False):
        assert run(acme).summary["learned"]["again"] is False
    assert FittedModel.objects.count() == 1


def test_a_correction_of_one_product_among_many_tests_that_one_anew_and_learns_nothing(acme, products, monkeypatch):
    Policy.objects.create(freq="D")
    monkeypatch.setattr(fitted, "SAME", 0.4)  # of a handful of products
    first = run(acme)
    line(products[1], LAST - 9 * DAY, 9, "came late")
    seen = []
    judge = forecasting.judge
    monkeypatch.setattr(forecasting, "judge", lambda one, *rest: seen.append(len(one.keys)) or judge(one, *rest))
    again = run(acme)
    assert again.summary["learned"] == {**first.summary["learned"], "again": True}
    assert sum(seen) < len(products)


def test_after_a_week_it_is_learned_anew(acme, products):
    Policy.objects.create(freq="D")
    run(acme)
    with time_machine.travel(TODAY + 8 * DAY, tick=False):
        line(products[1], LAST + 8 * DAY, 9, "next week")
        assert run(acme).summary["learned"]["again"] is False


def test_bytes_of_another_version_are_learned_anew(acme, products):
    run(acme)
    FittedModel.objects.update(body=b"something else")
    assert run(acme).summary["learned"]["again"] is False
