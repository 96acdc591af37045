"""The pages of suppliers and places: read by all, changed by planners, never guessed."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from forecasting.models import Event, Inbound, Location, PriceBreak, Supplier
from forecasting.services import suppliers
from tenants.errors import Invalid
from tenants.isolation import tenant_scope
from tests.factories import LocationFactory, ProductFactory, SupplierFactory


@pytest.fixture
def mill(acme):
    with tenant_scope(acme.pk):
        mill = SupplierFactory(code="MILL", name="The mill", lead_time_days=14, order_cost=None)
        ProductFactory(supplier=mill)
        return mill


def test_list_counts_products_finds_by_name_and_is_bounded(
    client_for, victor, mill, acme, django_assert_max_num_queries
):
    with tenant_scope(acme.pk):
        SupplierFactory.create_batch(60)
    client = client_for(victor)
    client.get(reverse("locations"))  # the first request of a session writes it down
    with django_assert_max_num_queries(16):
        page = client.get(reverse("suppliers"))
    assert len(page.context["rows"]) == 50
    found = client.get(reverse("suppliers"), {"q": "the mi"})
    assert [(row.supplier.code, row.products) for row in found.context["rows"]] == [("MILL", 1)]


def test_empty_list_says_what_to_do(client_for, victor):
    assert b"/uploads/" in client_for(victor).get(reverse("suppliers")).content
    assert b"/uploads/" in client_for(victor).get(reverse("locations")).content


def test_a_supplier_shows_how_long_it_took_and_when_it_is_closed(client_for, victor, mill, acme):
    """Ten orders that took 11 to 20 days, each of two lines: ten deliveries, 15.5 days on average, told as 16."""
    assert "no delivery with both days" in client_for(victor).get("/suppliers/MILL/").content.decode()
    today = timezone.localdate()
    with tenant_scope(acme.pk):
        place = LocationFactory()
        for number in range(10):
            ordered = today - dt.timedelta(100 + number)
            days = {"ordered_on": ordered, "expected_on": ordered, "received_on": ordered + dt.timedelta(11 + number)}
            for line in range(2):
                product = ProductFactory(supplier=mill)
                Inbound.objects.create(product=product, location=place, order_ref=f"{number}-{line}", units=3, **days)
        for name, first, last in (("Feast", 5, 9), ("Gone by", -9, -5)):
            ends = {"first_day": today + dt.timedelta(first), "last_day": today + dt.timedelta(last)}
            Event.objects.create(kind="supplier", name=name, supplier=mill, by="x", **ends)
    page = client_for(victor).get("/suppliers/MILL/").content.decode()
    assert "16 days on average of 10 deliveries" in page
    assert "eight in ten took 12 to 19 days" in page and f"{place.code}: " not in page
    assert "Feast" in page and "Gone by" not in page


def test_a_place_says_that_deliveries_to_it_take_longer_until_it_is_entered(client_for, bob, mill, acme):
    """Twelve deliveries to the main place take 20 days, nine to the other 50: thirty days longer."""
    today = timezone.localdate()
    with tenant_scope(acme.pk):
        near, far = LocationFactory(code="NEAR"), LocationFactory(code="FAR")
        for place, times, days in ((near, 12, 20), (far, 9, 50)):
            for number in range(times):
                ordered = today - dt.timedelta(100 + number)
                ends = {"ordered_on": ordered, "expected_on": ordered, "received_on": ordered + dt.timedelta(days)}
                product = ProductFactory(supplier=mill)
                Inbound.objects.create(product=product, location=place, order_ref=f"{place}{number}", units=3, **ends)
    page = client_for(bob).get("/locations/").content.decode()
    assert page.count("30 days longer to here than those of the same suppliers to NEAR") == 1
    assert client_for(bob).post("/locations/", {"code": "FAR", "lead_time_extra_days": "30"}).status_code == 302
    assert "days longer" not in client_for(bob).get("/locations/").content.decode()


def test_planner_changes_terms_and_empty_stays_unknown(client_for, bob, mill, acme):
    page = client_for(bob).post(
        reverse("supplier", args=["MILL"]),
        {"name": "The mill", "lead_time_days": "21.5", "order_cost": "", "email": "a@b.example"},
    )
    assert page.status_code == 302
    with tenant_scope(acme.pk):
        changed = Supplier.objects.get(code="MILL")
    assert (changed.lead_time_days, changed.order_cost, changed.email) == (21.5, None, "a@b.example")


def test_negative_lead_time_is_refused_with_the_field_and_nothing_is_changed(client_for, bob, mill, acme):
    page = client_for(bob).post(reverse("supplier", args=["MILL"]), {"lead_time_days": "-3"})
    assert page.status_code == 422
    assert "lead_time_days" in page.context["form"].errors
    with tenant_scope(acme.pk):
        assert Supplier.objects.get(code="MILL").lead_time_days == 14


def test_place_is_changed_and_a_wrong_one_is_shown_again(client_for, bob, acme):
    with tenant_scope(acme.pk):
        LocationFactory(code="LA")
    client = client_for(bob)
    assert client.post(reverse("locations"), {"code": "LA", "transfer_days": "32"}).status_code == 302
    assert client.post(reverse("locations"), {"code": "LA", "transfer_days": "x"}).status_code == 422
    with tenant_scope(acme.pk):
        assert Location.objects.get(code="LA").transfer_days == 32


@pytest.mark.parametrize(
    "breaks",
    [
        [(10, Decimal(5)), (10, Decimal(4))],
        [(10, Decimal(4)), (20, Decimal(4))],
        [(n, Decimal(100 - n)) for n in range(1, 12)],
    ],
)
def test_price_breaks_that_make_no_sense_change_nothing(in_acme, alice, breaks):
    product = ProductFactory()
    suppliers.price_breaks(product=product, by=alice, breaks=[(5, Decimal("3.5"))])
    with pytest.raises(Invalid):
        suppliers.price_breaks(product=product, by=alice, breaks=breaks)
    assert [(one.from_units, one.unit_cost) for one in product_breaks(product)] == [(5, Decimal("3.5"))]


def product_breaks(product):
    return PriceBreak.objects.filter(product=product)
