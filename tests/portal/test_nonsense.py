"""Nonsense in addresses and forms: nothing is there, and nothing crashes."""

import pytest
from django.urls import reverse

from forecasting.models import Supplier
from tenants.isolation import tenant_scope
from tests.factories import SupplierFactory

PLACES = ("/products/%00/", "/suppliers/%00/", "/money/channels/%00/")
SEARCHES = (
    "/products/?q=%00",
    "/suppliers/?q=%00",
    "/plans/?search=a%00b",
    "/forecasts/?category=%00",
    "/money/?supplier=%00",
)


@pytest.mark.parametrize("address", PLACES + SEARCHES)
def test_an_address_with_a_nul_names_nothing(client_for, victor, address):
    assert client_for(victor).get(address).status_code == 404


def test_a_form_with_a_nul_changes_nothing(client_for, bob, acme):
    with tenant_scope(acme.pk):
        SupplierFactory(code="MILL", name="The mill")
    assert client_for(bob).post(reverse("supplier", args=["MILL"]), {"name": "a\0b"}).status_code == 404
    with tenant_scope(acme.pk):
        assert Supplier.objects.get(code="MILL").name == "The mill"
