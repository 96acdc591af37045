"""A run of a firm that keeps stock in two places: each is planned on its own, and goods move before more are bought."""

import datetime as dt

import pytest
import time_machine

from forecasting.models import (
    FittedModel,
    Location,
    ProductForecast,
    ProductMoney,
    Proposal,
    Sale,
    StockCount,
    Transfer,
)
from tenants.models import LimitState, Organisation
from tests.factories import LocationFactory
from tests.forecasting.running import LAST, run, sell

TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def far(in_acme):
    """A second place that sells a third of everything and has run dry while the first one is full."""
    with time_machine.travel(TODAY, tick=False):
        products = sell(2, mean=18)
        far = LocationFactory(code="SHOP", transfer_days=2, transfer_cost=0)
        main = Location.objects.get(code="MAIN")
        Sale.objects.update(location=main)
        ids = list(Sale.objects.order_by("pk").values_list("pk", flat=True))
        Sale.objects.filter(pk__in=ids[::3]).update(location=far)
        StockCount.objects.filter(counted_at=LAST, product=products[1]).update(on_hand=900)
        for product in products:
            StockCount.objects.create(product=product, location=far, counted_at=LAST, on_hand=1)
        yield far


def test_each_place_gets_its_own_proposal_and_its_own_stock(acme, far):
    done = run(acme)
    found = list(Proposal.objects.filter(run=done).order_by("product__sku", "location__code"))
    assert [(one.product.sku, one.location.code) for one in found] == [
        ("P00", "MAIN"), ("P00", "SHOP"), ("P01", "MAIN"), ("P01", "SHOP"),
    ]  # fmt: skip
    assert [one.on_hand for one in found] == [40, 1, 900, 1]
    assert all(one.reorder_point > 0 for one in found)
    assert [found[0].pace > found[1].pace > 0, found[2].pace > found[3].pace > 0] == [True, True], "each its own pace"
    assert ProductForecast.objects.filter(run=done).count() == 2, "one forecast per product, whatever the places"


def test_goods_are_moved_before_more_are_bought(acme, far):
    done = run(acme)
    move = Transfer.objects.get(run=done, product__sku="P01")
    assert (move.origin.code, move.destination.code) == ("MAIN", "SHOP")
    assert move.units > 0
    assert move.send_on < move.arrives_on
    assert not Proposal.objects.get(run=done, product__sku="P01", location=far).units


def test_money_of_a_product_is_that_of_all_its_places(acme, far):
    done = run(acme)
    assert ProductMoney.objects.get(run=done, product__sku="P01").stock_value == 901 * 5


def test_a_second_run_tests_neither_products_nor_places_anew(acme, far, monkeypatch):
    first = run(acme)
    assert set(FittedModel.objects.values_list("places", flat=True)) == {False, True}
    monkeypatch.setattr("forecasting.engine.forecasting.judge", None)
    again = run(acme)
    paces = [
        list(Proposal.objects.filter(run=one).order_by("pk").values_list("pace", flat=True)) for one in (first, again)
    ]
    assert paces[0] == paces[1]


def test_more_places_than_the_tier_has_are_planned_apart_in_the_days_of_grace_and_together_after_them(acme, far):
    Organisation.objects.filter(pk=acme.pk).update(tier="free")
    acme.refresh_from_db()
    done = run(acme)
    assert not done.summary["together"]
    assert Proposal.objects.filter(run=done, location=far).count() == 2
    late = LimitState.objects.filter(organisation=acme, name="locations")
    assert late.update(over_since=TODAY.date() - dt.timedelta(days=31)) == 1
    done = run(acme)
    assert done.summary["together"]
    found = Proposal.objects.filter(run=done).order_by("product__sku")
    assert [(one.product.sku, one.location, one.on_hand) for one in found] == [("P00", None, 41), ("P01", None, 901)]
    assert not Transfer.objects.filter(run=done).exists()
    assert Location.objects.count() == 2, "nothing is deleted"
    Organisation.objects.filter(pk=acme.pk).update(tier="starter")
    acme.refresh_from_db()
    assert Proposal.objects.filter(run=run(acme), location=far).count() == 2, "a greater tier plans them apart again"
