"""Deliveries teach how long goods take, and win over what is stated once there are enough."""

import datetime as dt

import numpy as np
import pytest
from django.utils import timezone

from forecasting import models as rows
from forecasting.services import orders, policies, receipts, terms
from forecasting.services.orders import Wish
from forecasting.services.receipts import Arrived
from tests.factories import LocationFactory, ProductFactory, SupplierFactory


@pytest.fixture
def mill(in_acme):
    return SupplierFactory(code="MILL", lead_time_days=10, lead_time_sd_days=1)


@pytest.fixture
def place(in_acme):
    return LocationFactory(code="WH")


def came(product, place, took, number=0):
    """An order that was uploaded, with the days it took."""
    ordered = timezone.localdate() - dt.timedelta(200 - number)
    rows.Inbound.objects.create(
        order_ref=f"UP-{product.sku}-{number}",
        product=product,
        location=place,
        units=5,
        ordered_on=ordered,
        expected_on=ordered + dt.timedelta(10),
        received_on=ordered + dt.timedelta(took),
    )


def read(acme, *products):
    return terms.terms(list(products), policy=policies.current(), organisation=acme)


def test_without_deliveries_what_is_stated_holds(acme, mill):
    found = read(acme, ProductFactory(supplier=mill))
    assert found.lead_time_days.tolist() == [10]
    assert found.lead_samples is None


def test_two_deliveries_are_too_few_and_many_win(acme, mill, place):
    product, other = ProductFactory(supplier=mill), ProductFactory(supplier=None, lead_time_days=4)
    for number in range(2):
        came(product, place, 30, number)
    assert read(acme, product).lead_time_days.tolist() == [10]
    for number in range(2, 30):
        came(product, place, 30, number)
    found = read(acme, product, other)
    assert 25 < found.lead_time_days[0] <= 30
    assert np.all(np.isfinite(found.lead_samples[0]))
    assert found.lead_time_days[1] == 4, "another supplier's goods are not touched"
    assert np.all(np.isnan(found.lead_samples[1]))


def test_deliveries_without_sense_teach_nothing(acme, mill, place):
    product = ProductFactory(supplier=mill)
    for number in range(9):
        came(product, place, -3, number)
    rows.Inbound.objects.create(
        order_ref="open", product=product, location=place, units=1, expected_on=timezone.localdate()
    )
    assert read(acme, product).lead_time_days.tolist() == [10]


def test_arrivals_of_our_own_orders_teach_too(acme, mill, place, bob):
    product = ProductFactory(supplier=mill, unit_cost=1)
    order = orders.draft(supplier=mill, location=None, currency="EUR", by=bob)
    day = timezone.localdate()
    orders.put(order, [Wish(product, 30, product.unit_cost, day)])
    orders.send(order_id=order.pk, by=bob)
    rows.Order.objects.update(ordered_on=day - dt.timedelta(40))
    line = rows.OrderLine.objects.get()
    for part in range(3):
        what = {line.pk: Arrived(10, 10.0 * part)}
        receipts.receive(order_id=order.pk, arrived=what, received_on=day, by=bob)
    found = read(acme, product)
    assert found.lead_samples[0].max() == 40
    assert found.lead_time_days[0] > 10


def test_what_came_later_was_not_known_yet(acme, mill, place):
    product = ProductFactory(supplier=mill)
    for number in range(30):
        came(product, place, 12 if number < 15 else 60, 4 * number)
    day = timezone.localdate() - dt.timedelta(200 - 4 * 15)
    then = terms.terms([product], policy=policies.current(), organisation=acme, until=day)
    assert 10 <= then.lead_time_days[0] < 14
    assert then.lead_samples.max() <= 13
    assert read(acme, product).lead_time_days[0] > 30


def test_product_without_a_place_learns_from_where_most_of_it_goes(acme, mill, place):
    product, overseas = ProductFactory(supplier=mill), LocationFactory(code="FAR")
    for number in range(30):
        came(product, overseas if number % 3 == 0 else place, 60 if number % 3 == 0 else 12, number)
    assert 10 <= read(acme, product).lead_time_days[0] < 14


def test_days_on_which_the_supplier_is_closed_are_learned_as_no_lead_time(acme, mill, place):
    product, today = ProductFactory(supplier=mill), timezone.localdate()
    rows.Event.objects.create(
        kind=rows.Event.Kind.SUPPLIER,
        supplier=mill,
        first_day=today - dt.timedelta(165),
        last_day=today - dt.timedelta(146),
        name="Closed",
    )
    for number in range(30):
        came(product, place, 60, number)
    assert 38 <= read(acme, product).lead_time_days[0] <= 41
