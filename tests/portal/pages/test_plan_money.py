"""The plan under a cap on money, and what is moved before it is bought."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from forecasting.models import Decision, Proposal, Run, Transfer
from tenants.isolation import tenant_scope
from tests.factories import LocationFactory, ProductFactory, RunFactory, SupplierFactory

DAY = dt.date(2026, 11, 23)


@pytest.fixture
def run(acme):
    """Three orders: the best for 60, the next too dear at 90, the last for 30."""
    with tenant_scope(acme.pk):
        run = Run.objects.get(pk=RunFactory().pk)
        mill = SupplierFactory(code="MILL")
        for rank, value in ((1, 60), (2, 90), (3, 30)):
            product = ProductFactory(sku=f"R{rank}", supplier=mill)
            bought = {"product": product, "supplier": mill, "value": value, "rank": rank}
            Proposal.objects.create(run=run, units=3, inbound=0, order_on=DAY, **bought)
        return run


def shown(page):
    return sorted(line.proposal.product.sku for card in page.context["cards"] for line in card.lines)


@pytest.mark.parametrize(
    ("cap", "bought", "spent"),
    [
        ("100", ["R1", "R3"], 90),
        ("150", ["R1", "R2"], 150),
        ("59.99", ["R3"], 30),
        ("0", [], 0),
        ("1e6", ["R1", "R2", "R3"], 180),
    ],
)
def test_a_cap_shows_the_best_buys_and_is_never_passed(client_for, victor, run, cap, bought, spent):
    page = client_for(victor).get(reverse("plans"), {"cap": cap})
    assert shown(page) == bought
    assert page.context["capped"].spent == spent <= Decimal(cap)


@pytest.mark.parametrize("button", ["supplier:MILL", "all:"])
def test_no_button_accepts_more_than_the_cap_allows(client_for, bob, acme, run, button):
    answer = client_for(bob).post(reverse("plans_decide"), {"run": str(run.pk), "do": button, "cap": "100"})
    assert answer.status_code == 302
    with tenant_scope(acme.pk):
        assert sorted(Decision.objects.values_list("product__sku", flat=True)) == ["R1", "R3"]


def test_foreign_money_and_lines_without_a_cost_are_never_added_to_a_cap(client_for, victor, run, acme):
    with tenant_scope(acme.pk):
        for product, value in ((ProductFactory(currency="XTS"), 5), (ProductFactory(), None)):
            Proposal.objects.create(run=run, product=product, units=3, inbound=0, order_on=DAY, value=value, rank=1)
    page = client_for(victor).get(reverse("plans"), {"cap": "1000"})
    assert shown(page) == ["R1", "R2", "R3"]
    capped = page.context["capped"]
    assert (capped.lines, capped.of, capped.unpriced, capped.spent) == (3, 5, 2, 180)


@pytest.mark.parametrize("cap", ["", "abc", "-5", "nan", "inf", "1e99"])
def test_a_cap_that_is_no_amount_caps_nothing(client_for, victor, run, cap):
    assert shown(client_for(victor).get(reverse("plans"), {"cap": cap})) == ["R1", "R2", "R3"]


def test_goods_to_move_stand_above_the_orders(client_for, victor, run, acme):
    with tenant_scope(acme.pk):
        near, far = LocationFactory(code="FOSHAN"), LocationFactory(code="LA")
        Transfer.objects.create(
            run=run, product=ProductFactory(sku="MOVED"), origin=near, destination=far, units=40, send_on=DAY,
            arrives_on=DAY + dt.timedelta(days=32), reason={},
        )  # fmt: skip
    page = client_for(victor).get(reverse("plans"))
    assert [(move.product.sku, move.units) for move in page.context["moves"]] == [("MOVED", 40)]
    assert b"FOSHAN" in page.content
