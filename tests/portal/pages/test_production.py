"""The page of the works, through the front door: schedule, orders, what is short, the forms, the files."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
import time_machine

from forecasting.models import CapacityChange, Component, ProductionOrder, Proposal, Routing, WorkCentre
from tenants.isolation import tenant_scope
from tests.factories import ProductFactory
from tests.forecasting.makers import furnish
from tests.forecasting.running import run

TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def made(acme):
    with time_machine.travel(TODAY, tick=False), tenant_scope(acme.pk):
        furnish(minutes=350)
        return run(acme)


def page(client, status=200):
    answer = client.get("/production/")
    assert answer.status_code == status
    return answer.content.decode()


def post(client, form, **fields):
    return client.post("/production/", {"form": form, **fields})


def test_a_planner_without_components_is_told_what_to_upload_and_a_viewer_has_no_such_menu(client_for, bob, victor):
    text = page(client_for(bob))
    assert "Upload components" in text and 'href="/production/"' in text
    assert 'href="/production/"' not in page(client_for(victor))


def test_the_page_shows_the_load_the_orders_with_their_reasons_and_what_is_short(client_for, made, victor):
    text = page(client_for(victor))
    assert "min too much is due" in text and "too much is due in" in text
    assert "begin now" in text and "waits for components until" in text
    assert "It goes into:" in text and "It takes:" in text
    assert "Components short" in text and "BOARD" in text
    assert "€" in text and "pieces that customers will miss" in text
    assert 'href="/production/"' in text and "Add or change a work centre" not in text


def test_production_is_not_among_what_is_bought_and_the_kit_is_in_neither(client_for, made, alice, acme):
    plan = client_for(alice).get("/plans/").content.decode()
    assert "/products/BOARD/" in plan
    assert "/products/BED/" not in plan and "/products/SET/" not in plan
    with tenant_scope(acme.pk):
        assert not ProductionOrder.objects.filter(product__sku="SET").exists()
        assert Proposal.objects.get(run=made, product__sku="SET").units == 0


def test_a_stranger_sees_nothing_of_it(client_for, made, rival, charlie):
    assert "BOARD" not in page(client_for(charlie))
    assert client_for(charlie).get("/production/export.csv").status_code == 404


def test_the_files_hold_every_order(client_for, made, victor, acme):
    with tenant_scope(acme.pk):
        count = ProductionOrder.objects.filter(run=made).count()
    answer = client_for(victor).get("/production/export.csv")
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == count
    assert (table[0]["SKU"], table[0]["Begin now"]) == ("BED", "yes")
    assert "BOARD" in table[0]["Components"] and "BENCH" in table[0]["Weeks"]
    sheet = openpyxl.load_workbook(io.BytesIO(client_for(victor).get("/production/export.xlsx").content)).active
    assert sheet.max_row == count + 1
    assert client_for(victor).get("/production/export.exe").status_code == 404


def test_a_planner_tells_of_work_centres_closed_days_and_steps_and_takes_them_back(client_for, acme, bob):
    with tenant_scope(acme.pk):
        ProductFactory(sku="BED")
    client = client_for(bob)
    assert post(client, "centre", code="OVEN", name="Oven", weekly_minutes="2400").status_code == 302
    assert post(client, "centre", code="OVEN", name="Oven", weekly_minutes="2000").status_code == 302
    days = {"starts_on": "2026-12-21", "ends_on": "2027-01-03"}
    assert post(client, "closed", code="OVEN", weekly_minutes="0", **days).status_code == 302
    step = {"sku": "BED", "code": "OVEN"}
    assert post(client, "routing", **step, minutes_per_unit="2.5", setup_minutes="15").status_code == 302
    with tenant_scope(acme.pk):
        assert WorkCentre.objects.get().weekly_minutes == 2000
        assert CapacityChange.objects.get().ends_on == dt.date(2027, 1, 3)
        assert Routing.objects.get().minutes_per_unit == 2.5
    assert "2.5 min a piece, 15 min to set up" in page(client)
    answer = post(client, "centre_gone", code="OVEN")
    assert answer.status_code == 422 and "Take those steps out first" in answer.content.decode()
    for form, fields in (("routing_gone", step), ("open", {"code": "OVEN", **days}), ("centre_gone", {"code": "OVEN"})):
        assert post(client, form, **fields).status_code == 302
    with tenant_scope(acme.pk):
        assert not WorkCentre.objects.exists()


@pytest.mark.parametrize(
    ("form", "fields", "told"),
    [
        ("centre", {"code": "OVEN", "weekly_minutes": "-1"}, "greater than or equal to 0"),
        ("routing", {"sku": "NONE", "code": "OVEN", "minutes_per_unit": "1", "setup_minutes": "0"}, "no product NONE"),
        (
            "closed",
            {"code": "OVEN", "starts_on": "2026-12-21", "ends_on": "2026-12-20", "weekly_minutes": "0"},
            "before the first",
        ),
    ],
)
def test_what_makes_no_sense_is_told_beside_the_form_and_changes_nothing(client_for, acme, bob, form, fields, told):
    with tenant_scope(acme.pk):
        WorkCentre.objects.create(code="OVEN", weekly_minutes=60)
    answer = post(client_for(bob), form, **fields)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    with tenant_scope(acme.pk):
        assert WorkCentre.objects.get().weekly_minutes == 60
        assert not Routing.objects.exists() and not CapacityChange.objects.exists()


def test_a_viewer_changes_nothing_and_nonsense_is_not_found(client_for, acme, victor, bob):
    assert post(client_for(victor), "centre", code="OVEN", weekly_minutes="1").status_code == 403
    assert post(client_for(bob), "whatever").status_code == 404


def test_a_product_is_said_to_be_a_kit_or_made(client_for, made, bob, acme):
    assert post(client_for(bob), "made", sku="SET", made="yes").status_code == 302
    with tenant_scope(acme.pk):
        assert set(Component.objects.filter(parent__sku="SET").values_list("made", flat=True)) == {True}
