"""The forecasts page, the runs, and what people changed: figures added by hand from tests/forecasting/published.py."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.factories import OneOffFactory, OverrideFactory
from tests.forecasting.published import MONDAY, publish


@pytest.fixture
def planned(acme):
    with tenant_scope(acme.pk):
        publish()
    return acme


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def newest(firm):
    with tenant_scope(firm.pk):
        return rows.Run.objects.order_by("-pk").first()


def test_a_firm_without_a_run_gets_its_first_steps(client_for, acme, alice):
    for address in ("/forecasts/", "/runs/"):
        assert "Upload" in page(client_for(alice), address)


def test_errors_are_weighted_by_units_and_losers_are_counted_too(client_for, planned, victor):
    answer = client_for(victor).get("/forecasts/")
    whole = answer.context["whole"]
    assert whole.error == pytest.approx((10 * 0.8 + 30 * 0.4 + 10 * 1.6) / 50)
    assert whole.naive == pytest.approx((10 * 1.0 + 30 * 1.2 + 10 * 2.0) / 50)
    assert whole.bias == pytest.approx((2 - 6) / 40)
    assert whole.coverage == pytest.approx(0.75)
    assert (whole.better, whole.compared) == (4, 5)
    assert "80% of the products are forecast better" in answer.content.decode()
    assert [row for row in answer.context["chart"].rows if row[1] != "0"] == [
        ["worse by 5%–20%", "1"],
        ["better by 5%–20%", "4"],
    ]


def test_categories_stand_side_by_side(client_for, planned, alice):
    groups = {group.name: group for group in client_for(alice).get("/forecasts/").context["categories"]}
    assert groups["Category 1"].error == pytest.approx(0.4)  # risk; missing was never tested
    assert groups["Category 1"].products == 2
    assert groups["Category 0"].refused == 1


@pytest.mark.parametrize(
    ("asked", "there", "gone"),
    [
        ("show=loses", "enough-004", "order-000"),
        ("show=low", "risk-001", "order-000"),
        ("show=high", "order-000", "risk-001"),
        ("show=band", "risk-001", "order-000"),
        ("show=launch", "missing-003", "order-000"),
        ("show=refused", "excess-002", "order-000"),
        ("category=Category+1", "risk-001", "order-000"),
        ("q=excess", "excess-002", "order-000"),
        ("sort=-error&show=x&page=z", "order-000", "nothing"),
    ],
)
def test_the_list_is_filtered(client_for, planned, alice, asked, there, gone):
    skus = [row.product.sku for row, *_ in client_for(alice).get(f"/forecasts/?{asked}").context["rows"]]
    assert there in skus and gone not in skus


def test_the_worst_against_naive_comes_first(client_for, planned, alice):
    answer = client_for(alice).get("/forecasts/")
    assert answer.context["rows"][0][0].product.sku == "enough-004"
    assert "10% worse" in answer.content.decode()


def test_the_list_can_be_taken_away(client_for, planned, victor):
    client = client_for(victor)
    lines = list(csv.reader(io.StringIO(client.get("/forecasts/export.csv?show=loses").content.decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["SKU", "enough-004"]
    book = load_workbook(io.BytesIO(client.get("/forecasts/export.xlsx").content))
    assert book.active.max_row == 6
    assert client.get("/forecasts/export.pdf").status_code == 404


def test_a_run_tells_what_was_held_back_and_why(client_for, planned, victor):
    client, run = client_for(victor), newest(planned)
    with tenant_scope(planned.pk):
        run.summary = {
            "models": {"theta": 4, "prior": 1},
            "stages": [{"template": "Publishing", "values": {}, "seconds": 2.0}],
            "seconds": 2.0,
            "learned": {"again": True, "until": "2026-11-13"},
        }
        run.save()
    text = page(client, f"/runs/{run.pk}/")
    for words in (
        "Nothing above 90 is believed",
        "excess-002",
        "Publishing",
        "Theta",
        "0" * 64,
        "2 s",
        "from sales until Fri 13 Nov",
    ):
        assert words in text
    assert "Nothing was held back" not in text
    lines = client.get(f"/runs/{run.pk}/refused.csv").content.decode("utf-8-sig")
    assert "excess-002" in lines and "order-000" not in lines
    assert page(client, "/runs/").count("/runs/") >= 2


def test_an_old_run_without_stages_is_shown_too(client_for, planned, alice):
    assert "before steps were timed" in page(client_for(alice), f"/runs/{newest(planned).pk}/")


def test_a_stranger_finds_nothing(client_for, planned, charlie, rival):
    client, run = client_for(charlie), newest(planned)
    for address in (f"/runs/{run.pk}/", f"/runs/{run.pk}/refused.csv", "/forecasts/export.csv"):
        assert client.get(address).status_code == 404
    for address in ("/forecasts/", "/overrides/", "/oneoffs/", "/runs/"):
        assert "order-000" not in page(client, address)


def test_people_are_held_against_the_engine(client_for, planned, alice):
    with tenant_scope(planned.pk):
        product = rows.Product.objects.get(sku="order-000")
        told = {"product": product, "scored_at": timezone.now(), "first_day": MONDAY, "last_day": MONDAY}
        OverrideFactory(**told, engine_units=10, own_units=14, actual_units=15)  # 5 against 1
        OverrideFactory(**told, engine_units=10, own_units=20, actual_units=11, by="bob@acme.example")  # 1 against 9
        OverrideFactory(**told, engine_units=10, own_units=90, actual_units=0, sold_out=True)
        OverrideFactory(**told, engine_units=10, own_units=90, actual_units=0, undone_at=timezone.now())
    answer = client_for(alice).get("/overrides/")
    whole, people = answer.context["all"], {one.name: one for one in answer.context["people"]}
    assert (whole.changes, whole.better, whole.added) == (2, 1, pytest.approx(1 - 10 / 6))
    assert people["alice@acme.example"].added == pytest.approx(1 - 1 / 5)
    assert people["bob@acme.example"].added == pytest.approx(1 - 9)
    text = answer.content.decode()
    assert "Sold out meanwhile: cannot tell" in text and "Taken back" in text
    assert "1 of 2 changes was nearer" in page(client_for(alice), "/forecasts/").replace("were", "was")


@pytest.mark.parametrize("address", ["/forecasts/", "/runs/", "/oneoffs/", "/overrides/", "/events/", "/run/"])
def test_pages_ask_the_same_number_of_questions_however_many(client_for, acme, alice, rival, charlie, address):
    asked = []
    for firm, person, count in ((acme, alice, 5), (rival, charlie, 40)):
        with tenant_scope(firm.pk):
            run = publish(count)
            product = rows.Product.objects.first()
            for at in range(count):
                OneOffFactory(product=product)
                OverrideFactory(product=product, scored_at=timezone.now(), actual_units=at, by=f"p{at}@x.example")
        client = client_for(person)
        place = f"/runs/{run.pk}/" if address == "/run/" else address
        page(client, place)
        with CaptureQueriesContext(connection) as found:
            page(client, place)
        asked.append(len(found))
    assert asked[0] == asked[1] < 30


def test_a_product_shows_changes_recovered_demand_and_orders_kept_apart(client_for, planned, alice, victor):
    with tenant_scope(planned.pk):
        product = rows.Product.objects.get(sku="enough-004")
        OneOffFactory(product=product, order_id="4711", sold_on=MONDAY - dt.timedelta(40))
    text = page(client_for(victor), "/products/enough-004/")
    for words in ("Would have been sold", "Sold out? (inferred)", "Order 4711", "Kept apart until you decide"):
        assert words in text
    assert "it missed by 10% more" in text and "The last period again" in text
    assert "Known only by its like" in page(client_for(victor), "/products/missing-003/")
    assert "Nothing above 90 is believed" in page(client_for(victor), "/products/excess-002/")


def test_a_change_is_pending_at_once_and_can_be_taken_back(client_for, planned, bob, victor):
    form = {"form": "override", "first_day": "2026-11-16", "last_day": "2026-11-22", "percent": "50", "reason": "fair"}
    client, address = client_for(bob), "/products/order-000/"
    assert client_for(victor).post(address, form).status_code == 403
    assert client.post(address, form).status_code == 302
    answer = client.get(address)
    chart = answer.context["chart"]
    assert chart.columns[-1] == "With your change"
    assert [row[-1] for row in chart.rows[-4:]] == ["21", "14", "14", "14"]
    assert "The next run takes your change in" in answer.content.decode()
    with tenant_scope(planned.pk):
        made = rows.Override.objects.get()
    assert (made.engine_units, made.own_units) == (14, 21)
    assert "Somebody has changed some of these days" in client.post(address, form).content.decode()
    assert client_for(victor).post(f"/overrides/{made.pk}/undo/").status_code == 403
    assert client.post(f"/overrides/{made.pk}/undo/").status_code == 302
    assert "The next run takes your change in" not in page(client, address)


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": "3"},
        {"percent": ""},
        {"reason": ""},
        {"last_day": "2026-11-15"},
        {"percent": "-101"},
        {"first_day": "x"},
    ],
)
def test_a_wrong_change_is_told_where_it_was_typed(client_for, planned, alice, wrong):
    form = {"form": "override", "first_day": "2026-11-16", "last_day": "2026-11-22", "percent": "50", "reason": "fair"}
    answer = client_for(alice).post("/products/order-000/", {**form, **wrong})
    assert answer.status_code == 422
    assert answer.context["expect"].errors
    with tenant_scope(planned.pk):
        assert not rows.Override.objects.exists()
