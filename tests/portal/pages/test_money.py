import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.factories import ChannelFactory, RunFactory
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
    assert "5,880" not in page(client_for(charlie))


def test_freed_and_needed_are_kept_apart(client_for, planned, victor):
    text = page(client_for(victor))
    assert "From €5,880 in stock today to €4,480 by plan" in text
    assert "€1,500" in text and "€100" in text


def test_what_is_left_out_is_said_with_a_link_to_it(client_for, planned, alice):
    text = page(client_for(alice))
    assert "1 product has no unit cost" in text and "/products/?show=no_cost" in text
    assert "needed for stock value, margin and turns" in text
    assert "4 of 5 products, at unit cost" in text


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


def test_a_category_narrows_the_whole_page_and_its_address_says_so(client_for, planned, alice):
    text = page(client_for(alice))
    assert "?category=Category+1" in text
    chosen = client_for(alice).get("/money/?category=Category 1").content.decode()
    assert "€80 in stock today" in chosen and "excess-002" not in chosen and "missing-003" in chosen
    assert "Remove filter" in chosen


def test_products_come_worst_first_with_a_way_to_each(client_for, planned, alice):
    text = page(client_for(alice))
    lines = text[text.index('id="products"') :]
    assert lines.index("/products/excess-002/") < lines.index("/products/order-000/")


def test_stock_over_time_says_what_it_needs_or_is_drawn(client_for, planned, alice):
    assert "Stock over time is not known yet" in page(client_for(alice))
    with tenant_scope(planned.pk):
        rows.ProductMoney.objects.update(value_weeks=[None, 100.0, 200.0])
    text = page(client_for(alice))
    assert "Stock grew from €500 to €1,000 in 2 weeks" in text
    assert "1 earlier week is not known" in text


def test_a_currency_without_a_rate_is_told_with_the_way_to_enter_it(client_for, planned, alice):
    with tenant_scope(planned.pk):
        rows.ProductMoney.objects.filter(product__currency="USD").update(missing=NEEDS_RATE)
    text = page(client_for(alice))
    assert "1 product has money in a currency without an exchange rate" in text
    assert "/rates/?currency=USD" in text


NEEDS_RATE = [{"template": "An exchange rate", "values": {}, "field": "currency"}]


@pytest.mark.parametrize("table", ["products", "weeks", "categories", "suppliers", "locations", "channels", "sales"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_table_can_be_taken_away(client_for, planned, victor, table, form):
    answer = client_for(victor).get(f"/money/export/{table}.{form}")
    assert answer.status_code == 200 and f"money-{table}-" in answer["Content-Disposition"]
    assert len(answer.content) > 20


def test_a_file_keeps_the_filters_of_the_page(client_for, planned, victor):
    text = client_for(victor).get("/money/export/products.csv?category=Category 1").content.decode()
    assert "missing-003" in text and "excess-002" not in text


@pytest.fixture
def two_channels(planned):
    """A marketplace and an own shop that sell the same product."""
    with tenant_scope(planned.pk):
        run, product = rows.Run.objects.get(), rows.Product.objects.get(sku="order-000")
        market = ChannelFactory(code="market", name="Bazaar", own=False)
        shop = rows.Channel.objects.get(code="shop")
        rows.ChannelMoney.objects.create(run=run, channel=market, revenue=9)
        for channel, margin in ((market, 100), (shop, 300)):
            rows.SaleMoney.objects.create(
                run=run, product=product, channel=channel, units=50, revenue=1000, margin=margin
            )
    return planned


def test_moving_ten_points_says_what_it_brings_and_what_is_assumed(client_for, two_channels, victor):
    text = client_for(victor).get("/money/channels/").content.decode()
    assert "Ten points of your volume from Bazaar to Own shop would bring €40 a year" in text
    assert "10 pieces × (€6.00 − €2.00) = €40" in text and "Assumed" in text
    back = client_for(victor).get("/money/channels/?from=shop&to=market").content.decode()
    assert "would cost you" in back


def test_a_channel_shows_what_each_product_leaves(client_for, two_channels, victor):
    text = client_for(victor).get("/money/channels/market/").content.decode()
    assert "Bazaar" in text and "/products/order-000/" in text
    assert client_for(victor).get("/money/channels/nowhere/").status_code == 404


def test_pages_ask_the_same_number_of_questions_however_many_products(client_for, acme, alice, rival, charlie):
    asked = []
    for firm, person, count in ((acme, alice, 5), (rival, charlie, 50)):
        with tenant_scope(firm.pk):
            publish(count)
        client = client_for(person)
        page(client)
        with CaptureQueriesContext(connection) as found:
            page(client)
            assert client.get("/money/channels/").status_code == 200
        asked.append(len(found))
    assert asked[0] == asked[1] < 50
