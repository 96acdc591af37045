from decimal import Decimal

import pytest

from forecasting.models import Product
from forecasting.services import catalogue
from tenants.errors import Invalid
from tenants.models import AuditEntry
from tests.factories import ProductFactory, SupplierFactory


@pytest.fixture
def product(in_acme):
    return ProductFactory(unit_cost=Decimal(10), incomplete=True)


def change(product, by, **terms):
    return catalogue.change_terms(product=product, by=by, terms=terms)


def test_terms_are_changed_and_the_log_keeps_what_was(product, alice):
    supplier = SupplierFactory(code="MILL")
    change(product, alice, unit_cost=Decimal("12.5"), supplier="MILL", moq=None, category="  Bed ")
    found = Product.objects.get(pk=product.pk)
    assert (found.unit_cost, found.supplier_id, found.category) == (Decimal("12.5"), supplier.pk, "Bed")
    detail = AuditEntry.objects.get(action="product.changed").detail
    assert detail["unit_cost"] == {"from": "10", "to": "12.5000"}
    assert set(detail) == {"unit_cost", "supplier", "category"}


def test_a_product_with_a_name_and_a_cost_is_complete(product, alice):
    change(product, alice, unit_cost=Decimal(11))
    assert not Product.objects.get(pk=product.pk).incomplete


def test_the_same_terms_again_leave_no_trace(product, alice):
    change(product, alice, unit_cost=Decimal("10.0000"), name=product.name)
    assert not AuditEntry.objects.filter(action="product.changed").exists()


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("unit_cost", Decimal(-1)),
        ("unit_price", Decimal("NaN")),
        ("lead_time_days", float("nan")),
        ("lead_time_days", float("inf")),
        ("moq", 1e12),
        ("moq", "many"),
        ("pack_size", 0),
        ("review_days", 0.0),
        ("service_level", 1.0),
        ("service_level", 0.0),
        ("status", "gone"),
        ("supplier", "nobody"),
        ("sku", "other"),
    ],
)
def test_a_wrong_term_is_named_and_changes_nothing(product, alice, term, value):
    with pytest.raises(Invalid) as told:
        change(product, alice, name="Other", **{term: value})
    assert [problem["field"] for problem in told.value.errors] == [term]
    assert Product.objects.get(pk=product.pk).name == product.name


def test_all_wrong_terms_are_told_at_once(product, alice):
    with pytest.raises(Invalid) as told:
        change(product, alice, moq=-1, pack_size=0)
    assert len(told.value.errors) == 2


def test_a_cost_can_be_taken_back_to_not_known(product, alice):
    change(product, alice, unit_cost=None)
    assert Product.objects.get(pk=product.pk).unit_cost is None
