import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.forecasting.published import packed, publish


@pytest.fixture
def planned(acme):
    with tenant_scope(acme.pk):
        publish()
    return acme


def page(client, address="/plans/"):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stranger_sees_no_line_of_the_plan(client_for, planned, rival, charlie):
    assert "Order 000" not in page(client_for(charlie))
    assert client_for(charlie).get("/plans/export.csv").status_code == 404


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(client_for, planned):
    assert client_for().get("/plans/").status_code == 302


def test_without_a_run_the_page_says_what_leads_to_one(client_for, acme, alice):
    assert "Upload what you sell and what you have" in page(client_for(alice))


def test_the_buy_list_tells_supplier_units_money_and_reason(client_for, planned, victor):
    text = page(client_for(victor))
    assert "Mill" in text and "€300" in text
    assert "2 order lines, 100 pieces" in text
    assert "1 without unit cost, not in the sum" in text
    assert "Why 30?" in text and "Whole packs" not in text, "reasons come when they are asked for"
    assert "Enough 004" not in text


def test_the_reason_is_read_when_it_is_opened(client_for, planned, victor, charlie, rival):
    with tenant_scope(planned.pk):
        address = f"/plans/why/{rows.Proposal.objects.get(product__sku='order-000').pk}/"
    assert "Whole packs" in page(client_for(victor), address)
    assert client_for(charlie).get(address).status_code == 404


def test_what_runs_out_before_it_arrives_is_red(client_for, planned, alice):
    text = page(client_for(alice))
    assert "8 days before the next delivery" in text
    assert "state-red" in text


def test_products_without_a_needed_input_say_which(client_for, planned, alice):
    text = page(client_for(alice), "/plans/?show=missing")
    assert "Missing 003" in text and "Lead time" in text
    assert "/products/missing-003/#terms" in text


def test_filters_narrow_the_list_and_nonsense_harms_nothing(client_for, planned, alice):
    client = client_for(alice)
    assert "Order 000" in page(client, "/plans/?supplier=MILL")
    assert "Nothing matches these filters" in page(client, "/plans/?supplier=nobody")
    assert "Nothing matches these filters" in page(client, "/plans/?before=2020-01-01")
    assert "Order 000" in page(client, "/plans/?before=tomorrow&page=99&show=what")


def test_nothing_to_order_is_said(client_for, planned, alice):
    with tenant_scope(planned.pk):
        rows.Proposal.objects.update(units=0)
    assert "Nothing to order today" in page(client_for(alice))


def test_what_cannot_be_planned_is_never_told_as_nothing_to_order(client_for, planned, alice):
    with tenant_scope(planned.pk):
        rows.Proposal.objects.update(units=None)
    client = client_for(alice)
    plan, home = page(client), page(client, "/")
    assert "Nothing to order today" not in plan
    assert "Some products cannot be planned yet" in plan
    assert "products cannot be planned yet" in home
    assert "Stock and deliveries last until the next review" not in home
    assert "All products last" not in home


def test_names_of_products_are_shown_as_text(client_for, planned, alice):
    with tenant_scope(planned.pk):
        rows.Product.objects.filter(sku="order-000").update(name="<script>alert(1)</script>")
    assert "<script>alert" not in page(client_for(alice))


def test_what_is_missed_before_an_order_arrives_is_no_risk_after_it(client_for, planned, victor):
    """Sold out for four of five weeks: 95 of demand at the level of 95 %, 71.5 of it missed; 23.5 more are enough."""
    steps = {"demand": 28.0, "safety": 67.0, "on_hand": -0.0, "timing": -71.5}
    passport = [
        {"label": packed(cause), "units": units, "kind": "add", "cause": cause} for cause, units in steps.items()
    ]
    with tenant_scope(planned.pk):
        line = rows.Proposal.objects.filter(product__sku="order-000")
        arrives = line.get().order_on + dt.timedelta(28)
        line.update(on_hand=0, reorder_point=95, level=0.95, interval_days=35, arrives_on=arrives, passport=passport)
        for units, told in ((23.5, "5% stock-out risk"), (5.6, "50% stock-out risk")):  # all that is not missed: 28 ÷ 5
            line.update(units=units)
            text = page(client_for(victor))
            assert told in text and "runs out once more" in text


def test_the_csv_has_plain_numbers_and_safe_texts(client_for, planned, victor):
    with tenant_scope(planned.pk):
        rows.Product.objects.filter(sku="order-000").update(name="=cmd()", category="-5 °C")
    answer = client_for(victor).get("/plans/export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="plan-2026-11-16.csv"'
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (line,) = [line for line in table if line["SKU"] == "order-000"]
    assert (line["Product"], line["Category"]) == ("'=cmd()", "'-5 °C")
    assert (line["Order"], line["Value"], line["Order by"], line["Currency"]) == ("30", "300", "2026-11-16", "EUR")
    assert "On hand -50" in line["Why"]


def test_the_workbook_opens_with_numbers_as_numbers_and_days_as_days(client_for, planned, alice):
    with tenant_scope(planned.pk):
        rows.Product.objects.filter(sku="order-000").update(name="=1+1")
    answer = client_for(alice).get("/plans/export.xlsx?show=all")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    head, *lines = sheet.iter_rows()
    names = [cell.value for cell in head]
    (line,) = [dict(zip(names, cells, strict=True)) for cells in lines if cells[1].value == "order-000"]
    assert (line["Product"].value, line["Product"].data_type) == ("=1+1", "s")
    assert (line["Order"].value, line["Unit cost"].value) == (30, 10)
    assert line["Order by"].is_date
    assert sheet.freeze_panes == "A2"
    assert len(lines) == 5


def test_a_form_that_there_is_not_is_not_found(client_for, planned, alice):
    assert client_for(alice).get("/plans/export.exe").status_code == 404


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
