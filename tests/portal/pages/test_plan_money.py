"""The plan under a cap on money, and what is moved before it is bought."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
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
    assert (len(capped.lines), capped.of, capped.unpriced, capped.spent) == (3, 5, 2, 180)


@pytest.mark.parametrize("cap", ["", "abc", "-5", "nan", "inf", "1e99"])
def test_a_cap_that_is_no_amount_caps_nothing(client_for, victor, run, cap):
    assert shown(client_for(victor).get(reverse("plans"), {"cap": cap})) == ["R1", "R2", "R3"]


def test_goods_to_move_stand_above_the_orders(client_for, victor, run, acme):
    with tenant_scope(acme.pk):
        near, far = LocationFactory(code="FOSHAN"), LocationFactory(code="LA")
        Transfer.objects.create(
            run=run, product=ProductFactory(sku="MOVED"), origin=near, destination=far, units=40, send_on=DAY,
            arrives_on=DAY + dt.timedelta(days=32), reason={"template": "%(n)d too many there", "values": {"n": 40}},
        )  # fmt: skip
    page = client_for(victor).get(reverse("plans"))
    assert b"40 too many there" in page.content
    assert [(move.product.sku, move.units) for move in page.context["moves"]] == [("MOVED", 40)]
    assert b"FOSHAN" in page.content


CURVE = {
    "spent": [0.0, 100.0, 180.0, 2180.0],
    "gain": [0.0, 60.0, 80.0, 180.0],
    "service": [0.5, 0.8, 0.9, 1.0],
    "at": 2,
}


@pytest.fixture
def drawn(acme, run):
    with tenant_scope(acme.pk):
        Run.objects.filter(pk=run.pk).update(summary={"curve": CURVE})
    return run


def test_the_curve_says_what_the_next_thousand_would_earn(client_for, victor, drawn):
    page = client_for(victor).get(reverse("plans"))
    text = page.content.decode()
    assert "€180 delivers 90% of demand until the next arrival; the next 1,000 would earn €50" in text
    assert page.context["curve"].read("gain", 50) == 30
    assert 'type="range"' in text and "Earned against ordering nothing" in text
    capped = client_for(victor).get(reverse("plans"), {"cap": "100"}).content.decode()
    assert "€100 delivers 80% of demand" in capped
    last = client_for(victor).get(reverse("plans"), {"cap": str(CURVE["spent"][-1])}).content.decode()
    assert "more would earn nothing until then" in last.partition("data-cap-words")[2]


def test_orders_beyond_the_end_of_the_picture_are_explained(client_for, victor, acme, drawn):
    assert b"All orders come to" not in client_for(victor).get(reverse("plans")).content
    with tenant_scope(acme.pk):
        Run.objects.filter(pk=drawn.pk).update(summary={"curve": {**CURVE, "spent": [0.0, 1.0, 2.0, 3.0]}})
    assert "What lies beyond €3 earns later" in client_for(victor).get(reverse("plans")).content.decode()


def test_a_run_that_drew_no_curve_has_no_slider(client_for, victor, run):
    assert b'type="range"' not in client_for(victor).get(reverse("plans")).content


@pytest.mark.parametrize("button", ["all:", "supplier:MILL", "line:{}"])
def test_what_is_typed_is_held_to_the_cap_too(client_for, bob, acme, run, button):
    with tenant_scope(acme.pk):
        pk = Proposal.objects.get(product__sku="R1").pk
    said = {"run": str(run.pk), "do": button.format(pk), "cap": "100"}
    said |= {f"units-{pk}": "6", f"proposed-{pk}": "3", f"reason-{pk}": "More"}
    answer = client_for(bob).post(reverse("plans_decide"), said)
    assert answer.status_code == 422
    assert "more than the €100.00 that you can spend" in answer.content.decode()
    with tenant_scope(acme.pk):
        assert not Decision.objects.exists()


def test_what_is_accepted_already_counts_towards_the_cap(client_for, bob, acme, run):
    client = client_for(bob)
    with tenant_scope(acme.pk):
        pk = Proposal.objects.get(product__sku="R2").pk
    client.post(reverse("plans_decide"), {"run": str(run.pk), "do": f"line:{pk}"})
    page = client.get(reverse("plans"), {"cap": "100"})
    assert shown(page) == ["R2"], "90 of the 100 are spent, and neither 60 nor 30 fit into the rest"
    assert page.context["capped"].decided == 90


def test_all_lines_of_a_supplier_are_ignored_with_one_reason(client_for, bob, acme, run):
    said = {"run": str(run.pk), "do": "supplier-ignore:MILL"}
    assert client_for(bob).post(reverse("plans_decide"), said).status_code == 422, "a reason is wanted"
    answer = client_for(bob).post(reverse("plans_decide"), said | {"reason-of-MILL": "Closed for good"}, follow=True)
    assert "3 lines ignored" in answer.content.decode()
    with tenant_scope(acme.pk):
        assert set(Decision.objects.values_list("action", "reason")) == {("ignored", "Closed for good")}


def test_foreign_money_counts_in_a_cap_at_its_rate(client_for, victor, run, acme):
    with tenant_scope(acme.pk):
        product = ProductFactory(currency="XTS")
        bought = {"value": 50, "home_value": 25, "rank": 1}
        Proposal.objects.create(run=run, product=product, units=3, inbound=0, order_on=DAY, **bought)
    page = client_for(victor).get(reverse("plans"), {"cap": "90"})
    assert page.context["capped"].spent == 85, "60 and 25"
    assert page.context["total"].value == 85


def test_the_file_holds_moves_and_the_cost_of_this_order(client_for, victor, run, acme):
    with tenant_scope(acme.pk):
        moved = {"origin": LocationFactory(code="FOSHAN"), "destination": LocationFactory(code="LA"), "units": 40}
        moved |= {"send_on": DAY, "arrives_on": DAY + dt.timedelta(days=32)}
        why = {"template": "%(n)d too many there", "values": {"n": 40}}
        Transfer.objects.create(run=run, product=ProductFactory(sku="MOVED"), reason=why, **moved)
        Proposal.objects.filter(product__sku="R1").update(unit_cost=18)
    answer = client_for(victor).get(reverse("plans_export", args=["csv"]))
    first, *orders = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = [first[name] for name in ("What", "SKU", "From", "Location", "Order", "Order by", "Why")]
    assert told == ["Move", "MOVED", "FOSHAN", "LA", "40", "2026-11-23", "40 too many there"]
    assert {line["What"] for line in orders} == {"Buy"}
    (line,) = [line for line in orders if line["SKU"] == "R1"]
    assert (line["Unit cost"], line["Value"]) == ("18", "60"), "a price break, not the product's usual cost"
    book = openpyxl.load_workbook(io.BytesIO(client_for(victor).get("/plans/export.xlsx").content)).active
    assert [cell.value for cell in book[2]][4:6] == ["Move", "FOSHAN"]
