import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tests.factories import ProductFactory
from tests.forecasting.published import publish

TERMS = {"name": "Order 000", "category": "Category 0", "supplier": "MILL", "status": "active"}


@pytest.fixture
def planned(acme):
    with tenant_scope(acme.pk):
        publish()
    return acme


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def product(firm, sku="order-000"):
    with tenant_scope(firm.pk):
        return rows.Product.objects.select_related("supplier").get(sku=sku)


def test_a_stranger_finds_no_product(client_for, planned, rival, charlie):
    client = client_for(charlie)
    assert "order-000" not in page(client, "/products/")
    assert client.get("/products/order-000/").status_code == 404
    assert client.post("/products/order-000/", TERMS).status_code == 404


def test_a_firm_without_products_is_told_to_upload(client_for, acme, alice):
    assert "No products yet" in page(client_for(alice), "/products/")


def test_the_list_shows_stock_cover_and_proposal(client_for, planned, victor):
    text = page(client_for(victor), "/products/")
    assert "25 / 28 days" in text  # 50 on hand and 56 to fill up to, at 2 a day
    assert 'class="sparkline"' in text
    assert "Runs out too soon" in text and "add unit cost" in text


def test_search_and_filters_narrow_the_list(client_for, planned, alice):
    client = client_for(alice)
    assert "excess-002" in page(client, "/products/?q=excess")
    assert "order-000" not in page(client, "/products/?q=excess")
    assert "order-000" not in page(client, "/products/?show=no_cost")
    assert "No product matches" in page(client, "/products/?q=nothing")
    assert "order-000" in page(client, "/products/?sort=nonsense&page=x&show=y")


def test_a_product_tells_what_to_do_why_and_how_sure(client_for, planned, victor):
    text = page(client_for(victor), "/products/order-000/")
    for words in ("Order 30 today", "Why 30?", "The lead time is taken as always the same", "Sells steadily"):
        assert words in text
    assert "Better than both naive forecasts" in text and "(used)" in text and "Lagom" in text
    assert 'type="application/json"' in text and "MAIN" in text
    assert "0" * 64 in text  # the fingerprint of the data


def test_a_product_that_no_run_knows_is_shown_too(client_for, planned, alice):
    with tenant_scope(planned.pk):
        ProductFactory(sku="new/one 1")
    assert "Not in a plan yet" in page(client_for(alice), "/products/new/one%201/")


def test_a_product_is_shown_before_there_is_any_run(client_for, acme, alice):
    with tenant_scope(acme.pk):
        ProductFactory(sku="first")
    assert "Not in a plan yet" in page(client_for(alice), "/products/first/")


def test_a_product_in_another_currency_shows_it(client_for, planned, alice):
    assert "$300" in page(client_for(alice), "/products/enough-004/")


def test_a_planner_changes_terms_and_the_log_tells(client_for, planned, bob):
    form = {**TERMS, "unit_cost": "12.50", "lead_time_days": "21", "service_level": "97.5", "moq": ""}
    answer = client_for(bob).post("/products/order-000/", form)
    assert answer.status_code == 302
    found = product(planned)
    assert (str(found.unit_cost), found.lead_time_days, found.service_level) == ("12.5000", 21.0, 0.975)
    assert found.moq is None
    with tenant_scope(planned.pk):
        entry = AuditEntry.objects.get(action="product.changed")
    assert (entry.actor, entry.target) == (bob.email, "order-000")
    assert entry.detail["unit_cost"] == {"from": "10.0000", "to": "12.5000"}


def test_a_form_sent_back_unchanged_changes_nothing(client_for, planned, alice):
    client = client_for(alice)
    shown = client.get("/products/order-000/").context["form"]
    form = {name: "" if (value := shown[name].value()) is None else value for name in shown.fields}
    assert client.post("/products/order-000/", form).status_code == 302
    with tenant_scope(planned.pk):
        assert not AuditEntry.objects.filter(action="product.changed").exists()


def test_a_viewer_may_not_change_terms(client_for, planned, victor):
    client = client_for(victor)
    assert client.post("/products/order-000/", {**TERMS, "unit_cost": "1"}).status_code == 403
    assert str(product(planned).unit_cost) == "10.0000"
    assert 'name="unit_cost"' not in page(client, "/products/order-000/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_cost": "-1"},
        {"unit_cost": "abc"},
        {"pack_size": "0"},
        {"service_level": "100"},
        {"supplier": "nobody"},
        {"moq": "nan"},
        {"lead_time_days": "1e99"},
    ],
)
def test_wrong_terms_are_told_at_their_field_and_change_nothing(client_for, planned, alice, wrong):
    answer = client_for(alice).post("/products/order-000/", {**TERMS, "name": "Other", **wrong})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)
    assert product(planned).name == "Order 000"


@pytest.mark.parametrize("address", ["/products/", "/products/order-000/"])
def test_pages_ask_the_same_number_of_questions_however_many_products(client_for, acme, alice, rival, charlie, address):
    asked = []
    for firm, person, count in ((acme, alice, 5), (rival, charlie, 50)):
        with tenant_scope(firm.pk):
            publish(count)
        client = client_for(person)
        page(client, address)
        with CaptureQueriesContext(connection) as found:
            page(client, address)
        asked.append(len(found))
    assert asked[0] == asked[1] < 30
