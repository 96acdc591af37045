"""Past the days of grace, a run leaves the slowest-selling products out, and nothing else changes."""

import datetime as dt

import pytest
import time_machine

from forecasting.models import Product, Proposal
from tenants.models import LimitState, Organisation
from tenants.services import limits
from tenants.tiers import LIMITS, Tier
from tests.factories import ProductFactory
from tests.forecasting.running import run, sell

TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def products(in_acme, monkeypatch):
    with time_machine.travel(TODAY, tick=False):
        Organisation.objects.filter(pk=in_acme.pk).update(tier="free")
        in_acme.refresh_from_db()
        small = {**LIMITS, Tier.FREE: LIMITS[Tier.FREE].__class__(0, 3, 1, 2, "week", 1000, 1)}
        monkeypatch.setattr(limits, "LIMITS", small)
        yield [*sell(), ProductFactory(sku="A-NEVER-SOLD", replaces="P01"), ProductFactory(sku="B-NEVER-SOLD")]


def test_within_the_days_of_grace_every_product_is_planned(acme, products):
    done = run(acme)
    assert done.summary["left_out"] == 0
    assert Proposal.objects.filter(run=done).count() == 5
    assert LimitState.objects.get(organisation=acme, name="products").over_since == TODAY.date()


def test_after_them_the_slowest_are_left_out_and_nothing_is_deleted(acme, products):
    limits.count(acme, products=5)
    LimitState.objects.filter(organisation=acme).update(over_since=TODAY.date() - dt.timedelta(days=31))
    done = run(acme)
    assert done.summary["left_out"] == 2
    planned = Proposal.objects.filter(run=done).values_list("product__sku", flat=True)
    assert set(planned) == {"P00", "P01", "P02"}
    assert Product.objects.count() == 5
