"""Several places, successors and classes."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.planning import ItemTerms, Policy, StockState
from forecasting.planning.classes import abc
from forecasting.planning.places import Shelves, moved, transfers

PLACED = {"product": [7, 7], "location": [0, 1], "service_level": 0.95, "unit_cost": 5.0}


def adds_up(plan):
    for passport, units in zip(plan.passports, plan.order_units, strict=True):
        assert sum(step.units for step in passport.steps) == pytest.approx(units, abs=1e-6)


def test_surplus_moves_before_anything_is_bought(plan_of):
    found = plan_of([5, 5], [200, 0], **PLACED)
    assert len(found.transfers) == 1
    move = found.transfers[0]
    assert (move.origin, move.destination) == (0, 1)
    assert found.order_units.tolist() == [0, 0]
    assert move.arrives_on == date(2026, 11, 24)
    adds_up(found)


def test_a_place_keeps_its_own_maximum(plan_of):
    found = plan_of([5, 40], [60, 0], **PLACED)
    most = plan_of([5, 40], [60, 0], **PLACED, policy=Policy(paths=400, transfers=False)).max_target[0]
    assert sum(move.units for move in found.transfers) <= 60 - most
    assert found.order_units[1] > 0
    adds_up(found)


def test_a_transfer_dearer_than_buying_is_not_proposed(plan_of):
    assert plan_of([5, 5], [200, 0], **PLACED, transfer_cost=6.0).transfers == ()
    assert plan_of([5, 5], [200, 0], **PLACED, transfer_cost=1.0).transfers[0].cost > 0


def test_other_products_and_places_that_are_not_named_do_not_mix(plan_of):
    assert plan_of([5, 5], [200, 0], service_level=0.95, product=[1, 2], location=[0, 1]).transfers == ()
    assert plan_of([5, 5], [200, 0], service_level=0.95).transfers == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 90), st.integers(-50, 90)), min_size=2, max_size=8),
    st.integers(1, 3),
)
def test_transfers_make_and_lose_no_unit(rows, products):
    n = len(rows)
    on_hand, most, need = (np.array(column, float) for column in zip(*rows, strict=True))
    terms = ItemTerms.of(n, product=np.arange(n) % products, location=np.arange(n) // products)
    moves = transfers(Shelves(on_hand, most, need), terms, Policy(), date(2026, 11, 22))
    after = moved(StockState(on_hand), moves)
    assert after.on_hand.sum() + after.inbound_units.sum() == on_hand.sum()
    assert (after.on_hand >= np.minimum(on_hand, most)).all()
    assert all(terms.product[m.origin] == terms.product[m.destination] and m.units > 0 for m in moves)
    came = np.zeros(n)
    np.add.at(came, after.inbound_row, after.inbound_units)
    assert (came <= np.maximum(np.ceil(need), 0)).all()


def test_a_predecessors_stock_counts_towards_its_successor(plan_of):
    """The old one has 80 beyond its own three weeks of 1: the new needs so much less, and the old is not bought."""
    alone = plan_of([1, 10], [83, 0], service_level=0.95)
    found = plan_of([1, 10], [83, 0], service_level=0.95, successor=[1, -1])
    assert alone.order_units[1] > 0
    assert found.order_units.tolist() == [0, 0]
    assert any(step.kind == "predecessor" and step.units == -80 for step in found.passports[1].steps)
    adds_up(found)


def test_discontinued_is_not_bought_again_and_says_so(plan_of):
    found = plan_of([10], [0], service_level=0.95, discontinued=True)
    assert found.order_units[0] == 0
    assert "Discontinued" in str(found.reason[0])
    adds_up(found)


def test_classes_by_share_of_what_is_earned():
    assert abc(np.array([50.0, 30, 10, 6, 4])) == ("A", "A", "B", "B", "C")
    assert abc(np.array([np.nan, np.nan])) == ("", "")
    assert abc(np.zeros(2)) == ("C", "C")


def test_a_class_has_its_own_service_level_unless_the_product_has_one(plan_of):
    policy = Policy(paths=400, level_by_class={"A": 0.99, "C": 0.8})
    terms = {"unit_cost": 1.0, "unit_price": 2.0}
    found = plan_of([100, 8, 2], 0, policy=policy, **terms)
    assert found.abc == ("A", "B", "C")
    assert found.level[[0, 2]].tolist() == [0.99, 0.8]
    own = plan_of([100, 8, 2], 0, policy=policy, **terms, service_level=[0.7, np.nan, np.nan])
    assert own.level[0] == 0.7


def test_classes_by_how_well_demand_can_be_forecast(plan_of):
    assert plan_of([100, 2, 0.2], 0).xyz == ("X", "Y", "Z")
