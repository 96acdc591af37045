"""The pages of suppliers and places: read by all, changed by planners, never guessed."""

from decimal import Decimal

import pytest
from django.urls import reverse

from forecasting.models import Location, PriceBreak, Supplier
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
