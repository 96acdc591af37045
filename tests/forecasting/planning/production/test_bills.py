"""Bills of material: what is wrong with them is said in words, and no unit is lost or doubled on the way down."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.planning.production import Bill, Circular, explode, faults, flattened, low_level_codes, unkitted


@st.composite
def bills(draw, most=8):
    """A bill without circles: what goes into an item always has a higher row."""
    n = draw(st.integers(2, most))
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    return Bill.of(n, [(a, b, draw(st.integers(1, 5))) for a, b in chosen])


def said(found):
    return [one.template % one.values for one in found]


def test_a_good_bill_has_no_faults():
    assert faults(["bed", "sheet", "case"], [("bed", "sheet", 1), ("bed", "case", 2)]) == []


def test_faults_are_said_in_words_all_at_once():
    found = said(faults(["bed", "sheet"], [("bed", "sheet", 0), ("bed", "cover", 1), ("sheet", "bed", float("nan"))]))
    assert found == [
        "bed needs more than 0 of sheet, not 0.",
        "cover is not on the list of products.",
        "sheet needs more than 0 of bed, not nan.",
    ]


def test_a_product_that_goes_into_itself_is_told_with_the_way_round():
    lines = [("bed", "sheet", 1), ("sheet", "thread", 3), ("thread", "sheet", 1)]
    assert said(faults(["bed", "sheet", "thread"], lines)) == [
        "sheet goes into itself: sheet → thread → sheet. Take one of these lines out."
    ]
    with pytest.raises(Circular) as wrong:
        Bill.of(1, [(0, 0, 1)])
    assert wrong.value.path == (0, 0)


def test_two_lines_of_one_pair_add_up():
    bill = Bill.of(2, [(0, 1, 2), (0, 1, 1.5)])
    assert (bill.parent.tolist(), bill.component.tolist(), bill.quantity.tolist()) == ([0], [1], [3.5])


@pytest.mark.parametrize("line", [(0, 1, 0), (0, 1, -1), (0, 1, float("inf")), (0, 2, 1), (-1, 0, 1)])
def test_what_is_no_line_is_refused(line):
    with pytest.raises(ValueError):
        Bill.of(2, [line])


def test_codes_are_those_of_the_lowest_use():
    """A table of two tops and four legs, each leg with a screw; the table takes eight screws itself: code 2."""
    table, top, leg, screw = range(4)
    bill = Bill.of(4, [(table, top, 2), (table, leg, 4), (leg, screw, 1), (table, screw, 8)])
    assert low_level_codes(bill).tolist() == [0, 1, 1, 2]


@given(bills())
def test_every_component_has_a_higher_code_than_its_parents(bill):
    codes = low_level_codes(bill)
    assert (codes[bill.component] > codes[bill.parent]).all()
    assert (codes[~bill.is_component] == 0).all()


def test_a_kit_in_a_kit_comes_down_to_its_parts_but_what_is_made_is_taken_whole():
    gift, towels, hand, soap, fat = range(5)
    bill = Bill.of(5, [(gift, towels, 2), (gift, soap, 1), (towels, hand, 3), (soap, fat, 9)])
    flat = flattened(bill, [True, True, False, False, False])
    assert list(zip(flat.parent.tolist(), flat.component.tolist(), flat.quantity.tolist(), strict=True)) == [
        (gift, hand, 6),
        (gift, soap, 1),
        (towels, hand, 3),
    ]
    sold = explode(flat, np.array([[10.0], [1], [4], [0], [np.nan]]))
    assert sold[:4, 0].tolist() == [0, 0, 67, 10]
    assert np.isnan(sold[4, 0])


@given(bills(), st.data())
def test_demand_of_kits_is_neither_lost_nor_doubled(bill, data):
    kits = np.array(data.draw(st.lists(st.booleans(), min_size=bill.n, max_size=bill.n))) & bill.is_parent
    units = np.array(data.draw(st.lists(st.integers(0, 50), min_size=bill.n, max_size=bill.n)), float)[:, None]
    made = explode(flattened(bill, kits), units)
    assert (made[kits] == 0).all()
    # what one unit of an item weighs in things on the shelf, from the bottom up
    weight = np.ones(bill.n)
    for row in reversed(range(bill.n)):
        if kits[row]:
            mine = bill.parent == row
            weight[row] = (bill.quantity[mine] * weight[bill.component[mine]]).sum()
    assert made.sum() == pytest.approx((units[:, 0] * weight).sum())


def test_a_part_whose_kit_is_known_is_known():
    flat = Bill.of(2, [(0, 1, 2)])
    sold = explode(flat, np.array([[np.nan, 3, 1], [np.nan, np.nan, 5]]))
    assert np.isnan(sold[1, 0]) and sold[1, 1:].tolist() == [6, 7]


def test_a_kit_among_the_components_of_what_is_made_stands_for_its_parts():
    hamper, tea, cup, pot, basket = range(5)
    bill = Bill.of(5, [(hamper, tea, 2), (hamper, basket, 1), (tea, cup, 4), (tea, pot, 1)])
    found = unkitted(bill, [False, True, False, False, False])
    assert list(zip(found.parent.tolist(), found.component.tolist(), found.quantity.tolist(), strict=True)) == [
        (hamper, cup, 8),
        (hamper, pot, 2),
        (hamper, basket, 1),
    ]
