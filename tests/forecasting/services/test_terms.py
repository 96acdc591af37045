"""Terms: the product's own, else its supplier's, else the firm's; and what plans know of suppliers and places."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from forecasting.models import PriceBreak
from forecasting.services import policies, terms
from tests.factories import EventFactory, LocationFactory, ProductFactory, SupplierFactory


@pytest.fixture
def read(in_acme, acme):
    def read(*products, places=None):
        return terms.terms(list(products), policy=policies.current(), organisation=acme, places=places)

    return read


def test_supplier_terms_stand_beside_the_products_that_come_from_it(read):
    mill = SupplierFactory(code="B-MILL", order_cost=Decimal(80), least_value=Decimal(500), currency="")
    works = SupplierFactory(code="A-WORKS", order_cost=Decimal(30), currency="XTS")
    found = read(ProductFactory(supplier=mill), ProductFactory(supplier=works), ProductFactory(supplier=None))
    assert found.supplier.tolist() == [1, 0, -1]
    assert found.suppliers.order_cost[1] == 80
    assert np.isnan(found.suppliers.order_cost[0]), "foreign money is not known, never taken as our own"
    assert found.suppliers.least_value[1] == 500


def test_a_place_far_away_waits_longer_and_goods_move_to_it_on_its_terms(read):
    product = ProductFactory(lead_time_days=20)
    near, far = LocationFactory(), LocationFactory(lead_time_extra_days=32, transfer_days=35, transfer_cost=Decimal(4))
    found = read(product, product, places=[near, far])
    assert found.lead_time_days.tolist() == [20, 52]
    assert found.transfer_days[1] == 35
    assert np.isnan(found.transfer_days[0])
    assert found.product[0] == found.product[1]
    assert found.location.tolist() == [near.pk, far.pk]


def test_successor_is_the_row_of_the_same_place(read):
    old, new = ProductFactory(sku="OLD", status="discontinued"), ProductFactory(sku="NEW", replaces="OLD")
    near, far = LocationFactory(), LocationFactory()
    found = read(old, old, new, new, places=[near, far, near, far])
    assert found.successor.tolist() == [2, 3, -1, -1]
    assert found.discontinued.tolist() == [True, True, False, False]


def test_price_breaks_point_at_every_row_of_their_product(read):
    plain, cheaper = ProductFactory(), ProductFactory()
    PriceBreak.objects.create(product=cheaper, from_units=100, unit_cost=Decimal("0.9"))
    here, there = LocationFactory(), LocationFactory()
    found = read(plain, cheaper, cheaper, places=[here, here, there]).breaks
    assert (found.row.tolist(), found.from_units.tolist()) == ([1, 2], [100, 100])
    assert found.unit_cost == pytest.approx([0.9, 0.9])


def test_days_on_which_a_supplier_sends_nothing_reach_the_plan(read):
    mill = SupplierFactory(code="MILL")
    new_year = (dt.date(2027, 1, 29), dt.date(2027, 2, 20))
    EventFactory(kind="supplier", supplier=mill, first_day=new_year[0], last_day=new_year[1])
    EventFactory(kind="supplier", supplier=mill, undone_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    found = read(ProductFactory(supplier=mill), ProductFactory(supplier=SupplierFactory(code="OTHER")))
    assert found.suppliers.closures == ((new_year,), ())
