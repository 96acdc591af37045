"""The pages of a product that lies in two places, and what a supplier's page keeps."""

import pytest
from django.urls import reverse

from forecasting.models import Location, Proposal, Supplier
from tenants.isolation import tenant_scope
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


def test_the_home_page_names_the_places(client_for, placed, victor):
    assert "→ Foshan, Los Angeles" in client_for(victor).get("/").content.decode()


def test_the_api_has_a_line_for_each_place(client_for, placed, victor):
    lines = client_for(victor).get(reverse("api_plan"), {"only": "order"}).json()["results"]
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
