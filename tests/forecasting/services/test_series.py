"""What order lines and counts become as demand."""

import datetime as dt

import numpy as np
import pytest
import time_machine

from forecasting.models import Inbound, Product, StockCount
from forecasting.services import series, terms
from tests import factories as make

TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)  # a Sunday
DAY = dt.timedelta(days=1)
LAST = dt.date(2026, 11, 21)


@pytest.fixture
def product(in_acme):
    with time_machine.travel(TODAY, tick=False):
        yield make.ProductFactory(sku="007")


def sale(product, days_ago, units, **other):
    day = LAST - days_ago * DAY
    at = dt.datetime.combine(day, dt.time(10), tzinfo=dt.UTC)
    return make.SaleFactory(product=product, sold_on=day, sold_at=at, units=units, **other)


def weeks(acme):
    found = series.read(organisation=acme, freq="W")
    return found.panel.units[0].tolist()


def test_without_sales_there_is_no_series(acme, product):
    assert series.read(organisation=acme, freq="W") is None


def test_weeks_end_on_the_last_day_with_sales_before_today(acme, product):
    for days_ago, units in ((20, 1), (7, 2), (6, 4), (0, 8), (-1, 99)):  # the last one is today's: not whole yet
        sale(product, days_ago, units)
    found = series.read(organisation=acme, freq="W")
    assert (found.as_of, found.panel.start) == (LAST, LAST - 20 * DAY)
    assert found.panel.units[0].tolist() == [1, 2, 12]


def test_an_order_and_its_full_cancellation_were_never_demand(acme, product):
    sale(product, 13, 5, customer_ref="B")
    sale(product, 3, 80_995, customer_ref="A")
    sale(product, 2, -80_995, customer_ref="A")
    sale(product, 0, 1, customer_ref="C")
    assert weeks(acme) == [5, 1]


def test_a_return_of_a_part_takes_no_demand_away(acme, product):
    sale(product, 13, 5, customer_ref="A")
    sale(product, 1, -2, customer_ref="A")
    sale(product, 0, 1, customer_ref="C")
    assert weeks(acme) == [5, 1]


def test_one_cancellation_takes_back_one_of_two_equal_orders(acme, product):
    sale(product, 13, 6, customer_ref="A")
    sale(product, 5, 6, customer_ref="A")
    sale(product, 4, -6, customer_ref="A")
    sale(product, 0, 1, customer_ref="C")
    assert weeks(acme) == [6, 1]


def test_before_its_first_sale_a_products_demand_is_unknown_and_after_it_a_gap_is_zero(acme, product):
    late = make.ProductFactory(sku="008")
    sale(product, 27, 1)
    sale(late, 15, 3)
    sale(product, 0, 1)
    found = series.read(organisation=acme, freq="W").panel.units
    assert found[0].tolist() == [1, 0, 0, 1]
    assert np.isnan(found[1][0])
    assert found[1][1:].tolist() == [3, 0, 0]


def test_a_week_between_two_counts_of_nothing_is_not_a_week_without_demand(acme, product):
    place = make.LocationFactory()
    sale(product, 27, 4)
    sale(product, 0, 4)
    for days_ago, left in ((21, 0), (14, 0), (7, 9)):
        StockCount.objects.create(product=product, location=place, counted_at=LAST - days_ago * DAY, on_hand=left)
    found = series.read(organisation=acme, freq="W").panel
    assert found.units[0][[0, 2, 3]].tolist() == [4, 0, 4]
    assert np.isnan(found.units[0][1])
    assert found.stocked[0].tolist() == [1, 0, 1, 1]


def test_before_the_first_count_nothing_is_known_of_stock_so_that_a_gap_may_be_inferred(acme, product):
    sale(product, 27, 4)
    sale(product, 0, 4)
    count(product, make.LocationFactory(), 7, 9)
    assert np.isnan(series.read(organisation=acme, freq="W").panel.stocked[0]).tolist() == [True, True, False, False]


def test_stock_is_the_last_count_less_what_was_sold_and_plus_what_came_since(product):
    place, other = make.LocationFactory(), make.LocationFactory()
    StockCount.objects.create(product=product, location=place, counted_at=LAST - 9 * DAY, on_hand=99)
    StockCount.objects.create(product=product, location=place, counted_at=LAST - 3 * DAY, on_hand=20, reserved=2)
    StockCount.objects.create(product=product, location=other, counted_at=LAST - 3 * DAY, on_hand=5)
    sale(product, 1, 4)
    sale(product, 5, 50)  # before the count: it is in the count
    Inbound.objects.create(
        product=product, location=place, units=10, expected_on=LAST - DAY, received_on=LAST - DAY, order_ref="came"
    )
    Inbound.objects.create(product=product, location=place, units=7, expected_on=LAST - 5 * DAY, order_ref="late")
    found = terms.stock(list(Product.objects.all()), as_of=LAST)
    assert found.on_hand.tolist() == [20 - 2 + 5 - 4 + 10]
    assert found.inbound_units.tolist() == [7]
    assert found.inbound_day.tolist() == [LAST + DAY]  # overdue: expected on the next day


def test_a_product_that_was_never_counted_has_no_stock_figure(product):
    assert np.isnan(terms.stock([product], as_of=LAST).on_hand).all()


def test_what_is_first_counted_today_is_reckoned_back_to_the_last_day_of_sales(product):
    near, far, never = make.LocationFactory(code="A"), make.LocationFactory(code="B"), make.ProductFactory()
    count(product, near, -1, 20)
    count(product, near, -3, 99)  # the first count after that day counts
    count(product, far, -1, 8)
    sale(product, -1, 3, location=near)  # had not been sold by then
    sale(product, -2, 5, location=near)  # after the count
    sale(product, 0, 7, location=near)
    Inbound.objects.create(
        product=product, location=far, units=6, expected_on=LAST + DAY, received_on=LAST + DAY, order_ref="came since"
    )
    both = terms.stock([product, never], as_of=LAST, later=True)
    assert both.on_hand.tolist()[0] == 20 + 8 + 3 - 6
    assert np.isnan(both.on_hand[1])
    assert both.inbound_units.tolist() == [6], "what came since is still on its way on that day"
    shelves = terms.stock([product, product], as_of=LAST, places=[near, far], later=True)
    assert shelves.on_hand.tolist() == [20 + 3, 8 - 6]
    assert np.isnan(terms.stock([product], as_of=LAST).on_hand).all(), "a replay may not know later counts"
    count(product, near, 2, 50)
    assert terms.stock([product], as_of=LAST, later=True).on_hand.tolist() == [50 - 7], "a count by then goes before"


def test_one_place_needs_no_shelves(acme, product):
    count(product, make.LocationFactory(), 3, 20)
    sale(product, 0, 1)
    assert series.read_shelves(organisation=acme, freq="W") is None


def count(product, place, days_ago, left):
    StockCount.objects.create(product=product, location=place, counted_at=LAST - days_ago * DAY, on_hand=left)


def test_each_shelf_has_its_own_demand_and_its_own_empty_weeks(acme, product):
    near, far = make.LocationFactory(code="A"), make.LocationFactory(code="B")
    for days_ago in (21, 14, 7):
        count(product, near, days_ago, 9)
        count(product, far, days_ago, 0 if days_ago > 7 else 9)
    for place, units in ((near, 4), (far, 2)):
        sale(product, 27, units, location=place)
        sale(product, 0, units, location=place)
    found = series.read_shelves(organisation=acme, freq="W")
    assert found.places == [near, far]
    assert found.products == [product, product]
    assert found.panel.units[0].tolist() == [4, 0, 0, 4]
    assert np.isnan(found.panel.units[1][1]), "the far shelf was empty"
    assert found.panel.units[1][[0, 2, 3]].tolist() == [2, 0, 2]


def test_a_sale_without_a_place_counts_where_most_is_sold(acme, product):
    near, far = make.LocationFactory(code="A"), make.LocationFactory(code="B")
    count(product, near, 3, 9)
    count(product, far, 3, 9)
    sale(product, 0, 1, location=near)
    sale(product, 0, 5, location=far)
    sale(product, 0, 7, location=None)
    found = series.read_shelves(organisation=acme, freq="W").panel.units
    assert found[:, -1].tolist() == [1, 12]


def test_stock_of_a_shelf_is_its_own_count_less_its_own_sales(product):
    near, far = make.LocationFactory(code="A"), make.LocationFactory(code="B")
    count(product, near, 5, 20)
    count(product, far, 3, 8)
    sale(product, 4, 3, location=near)
    sale(product, 4, 2, location=far)  # before that count: it is in the count
    sale(product, 1, 1, location=None)  # from the fuller shelf
    Inbound.objects.create(product=product, location=far, units=7, expected_on=LAST + DAY, order_ref="comes")
    found = terms.stock([product, product], as_of=LAST, places=[near, far])
    assert found.on_hand.tolist() == [20 - 3 - 1, 8]
    assert found.inbound_row.tolist() == [1]
