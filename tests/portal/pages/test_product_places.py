"""The pages of a product that lies in two places, and what a supplier's page keeps."""

from decimal import Decimal

import pytest
from django.urls import reverse

from forecasting.models import Location, PriceBreak, Product, Proposal, Supplier
from tenants.isolation import tenant_scope
from tenants.services import api_keys
from tests.factories import LocationFactory, SupplierFactory
from tests.forecasting.published import publish


@pytest.fixture
def placed(acme):
    with tenant_scope(acme.pk):
        publish()
        far = LocationFactory(code="FAR", name="Los Angeles")
        Location.objects.filter(code="MAIN").update(name="Foshan")
        for one in Proposal.objects.all():
            one.location = Location.objects.get(code="MAIN")
            one.save()
            one.pk, one.location = None, far
            one._state.adding = True
            one.save()
    return acme


def test_a_product_shows_the_sum_and_each_place(client_for, placed, victor):
    page = client_for(victor).get("/products/order-000/").content.decode()
    assert "Order 60" in page
    assert page.count("Why 30?") == 2
    assert "Foshan" in page and "Los Angeles" in page


def test_a_product_that_runs_out_in_one_place_says_in_which(client_for, placed, victor):
    page = client_for(victor).get("/products/risk-001/").content.decode()
    assert 'class="tile-note">Los Angeles<' in page
    assert "Los Angeles: sold out on " in page


def test_the_home_page_names_the_places(client_for, placed, victor):
    assert "→ Foshan, Los Angeles" in client_for(victor).get("/").content.decode()


def test_the_api_has_a_line_for_each_place(client_for, placed, acme, alice):
    with tenant_scope(acme.pk):
        key = api_keys.make(organisation=acme, name="till", scope="r", by=alice).text
    asked = client_for(None).get(reverse("api_plan"), {"only": "order"}, headers={"authorization": f"Bearer {key}"})
    lines = asked.json()["results"]
    assert sorted((line["sku"], line["location"]) for line in lines) == [
        ("order-000", "FAR"), ("order-000", "MAIN"), ("risk-001", "FAR"), ("risk-001", "MAIN"),
    ]  # fmt: skip


def test_contact_and_address_of_a_supplier_are_kept(client_for, acme, bob):
    with tenant_scope(acme.pk):
        SupplierFactory(code="MILL")
    told = {"name": "Mill", "contact": "Ms Chen", "address": "1 Mill Road\nFoshan"}
    assert client_for(bob).post(reverse("supplier", args=["MILL"]), told).status_code == 302
    with tenant_scope(acme.pk):
        mill = Supplier.objects.get(code="MILL")
    assert (mill.contact, mill.address.splitlines()) == ("Ms Chen", ["1 Mill Road", "Foshan"])


def priced(*rows):
    told = {"form": "prices", "prices-TOTAL_FORMS": "6", "prices-INITIAL_FORMS": "2"}
    for at, (units, cost) in enumerate(rows):
        told |= {f"prices-{at}-from_units": units, f"prices-{at}-unit_cost": cost}
    return told


def breaks(firm):
    with tenant_scope(firm.pk):
        return [(one.from_units, one.unit_cost) for one in PriceBreak.objects.order_by("from_units")]


def test_price_breaks_are_kept_shown_and_taken_away(client_for, placed, bob):
    client, address = client_for(bob), "/products/order-000/"
    assert client.post(address, priced(("500", "8"), ("100", "9.5"), ("", ""))).status_code == 302
    assert breaks(placed) == [(100, Decimal("9.5")), (500, Decimal(8))]
    assert 'name="prices-1-from_units" value="500' in client.get(address).content.decode()
    emptied = priced(("100", "9.5"), ("", ""))
    assert client.post(address, emptied).status_code == 302
    assert breaks(placed) == [(100, Decimal("9.5"))]


@pytest.mark.parametrize("rows", [[("100", "8"), ("500", "9")], [("100", "")], [("-1", "3")]])
def test_wrong_price_breaks_change_nothing_and_are_shown_again(client_for, placed, bob, rows):
    assert client_for(bob).post("/products/order-000/", priced(*rows)).status_code == 422
    assert breaks(placed) == []


def test_a_viewer_may_not_change_prices(client_for, placed, victor):
    assert client_for(victor).post("/products/order-000/", priced(("100", "8"))).status_code == 403


def test_the_cost_of_an_order_and_the_room_for_a_product_are_kept(client_for, placed, bob):
    told = {"name": "A", "status": "active", "order_cost": "12.50", "storage_units": "300"}
    assert client_for(bob).post("/products/order-000/", told).status_code == 302
    with tenant_scope(placed.pk):
        product = Product.objects.get(sku="order-000")
    assert (product.order_cost, product.storage_units) == (Decimal("12.5"), 300)
