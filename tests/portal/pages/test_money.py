import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.factories import RunFactory
from tests.forecasting.published import publish


@pytest.fixture
def planned(acme):
    with tenant_scope(acme.pk):
        publish()
    return acme


def page(client):
    answer = client.get("/money/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stranger_sees_no_money(client_for, planned, rival, charlie):
    assert "5,580" not in page(client_for(charlie))


def test_freed_and_needed_are_kept_apart(client_for, planned, victor):
    text = page(client_for(victor))
    assert "From €5,580 in stock today to €4,180 by plan" in text
    assert "€1,500" in text and "€100" in text


def test_what_is_left_out_is_said_with_a_link_to_it(client_for, planned, alice):
    text = page(client_for(alice))
    assert "1 product has no unit cost" in text and "/products/?show=no_cost" in text
    assert "1 product is counted in another currency" in text
    assert "3 of 4 products, at unit cost" in text


def test_an_unknown_value_is_a_dash_and_never_nothing(client_for, acme, alice):
    with tenant_scope(acme.pk):
        RunFactory()
    text = page(client_for(alice))
    assert "The value of stock is not known yet" in text
    assert "€0" not in text


def test_channels_stand_side_by_side_per_hundred(client_for, planned, alice):
    text = page(client_for(alice))
    assert "Of each €100 of sales" in text and "Own shop" in text
    assert "45.0" in text and "25.0" in text
    assert "Cost per unit" in text


def test_sales_left_out_of_a_channel_are_told(client_for, planned, alice):
    with tenant_scope(planned.pk):
        rows.ChannelMoney.objects.filter(channel__code="shop").update(left_out=77)
    assert "€77 more of products without unit cost is left out" in page(client_for(alice))


def test_categories_lead_to_their_products(client_for, planned, alice):
    assert "/products/?category=Category%200&amp;sort=-stock" in page(client_for(alice))


def test_pages_ask_the_same_number_of_questions_however_many_products(client_for, acme, alice, rival, charlie):
    asked = []
    for firm, person, count in ((acme, alice, 5), (rival, charlie, 50)):
        with tenant_scope(firm.pk):
            publish(count)
        client = client_for(person)
        page(client)
        with CaptureQueriesContext(connection) as found:
            page(client)
        asked.append(len(found))
    assert asked[0] == asked[1] < 30
