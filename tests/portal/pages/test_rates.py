"""Exchange rates: entered one by one or many at once, every faulty cell told."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.factories import ProductFactory, SaleFactory


def many(client, text, **files):
    return client.post("/rates/", {"form": "many", "text": text, **files})


def kept(firm):
    with tenant_scope(firm.pk):
        return list(rows.Rate.objects.order_by("currency", "day").values_list("currency", "day", "rate"))


def test_a_rate_is_entered_and_a_second_of_its_day_replaces_it(client_for, acme, bob):
    client = client_for(bob)
    for rate in ("0.9214", "0.93"):
        answer = client.post("/rates/", {"currency": "usd", "day": "2026-11-02", "rate": rate})
        assert answer.status_code == 302
    assert kept(acme) == [("USD", dt.date(2026, 11, 2), Decimal("0.93"))]
    assert "0.93 EUR" in client.get("/rates/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("currency", "EUR", "your own currency"),
        ("day", "2999-01-01", "not known yet"),
        ("rate", "0", "greater than or equal"),
        ("currency", "dollars", "valid value"),
    ],
)
def test_a_wrong_rate_is_told_and_not_kept(client_for, acme, bob, field, value, told):
    answer = client_for(bob).post("/rates/", {"currency": "USD", "day": "2026-11-02", "rate": "0.9", field: value})
    assert answer.status_code == 422 and told in answer.content.decode()
    assert kept(acme) == []


@pytest.mark.parametrize(
    "text",
    [
        "currency,date,rate\nUSD,2026-11-02,0.9214\nGBP,2026-11-02,1.15",
        "USD;22.11.2026;0,9214\nGBP;2026-11-02;1,15",
    ],
)
def test_many_rates_are_pasted_with_commas_or_semicolons(client_for, acme, bob, text):
    assert many(client_for(bob), text).status_code == 302
    assert [(code, rate) for code, _day, rate in kept(acme)] == [("GBP", Decimal("1.15")), ("USD", Decimal("0.9214"))]


def test_columns_may_stand_in_any_order_under_a_header(client_for, acme, bob):
    many(client_for(bob), "date,rate,currency\n2026-11-02,0.5,SEK\n2026-11-03,0.6,SEK")
    assert [rate for *_, rate in kept(acme)] == [Decimal("0.5"), Decimal("0.6")]


def test_a_file_may_be_uploaded(client_for, acme, bob):
    file = SimpleUploadedFile("rates.csv", "\ufeffcurrency,date,rate\nUSD,2026-11-02,0.9\n".encode())
    assert many(client_for(bob), "", file=file).status_code == 302
    assert len(kept(acme)) == 1


def test_every_faulty_cell_is_told_with_row_column_and_value_and_nothing_is_kept(client_for, acme, bob):
    answer = many(client_for(bob), "currency,date,rate\nUSD,2026-11-02,0.9\nDOLLAR,02/03/2026,-1")
    text = answer.content.decode()
    assert answer.status_code == 422 and kept(acme) == []
    assert "Row 3, column currency: “DOLLAR”" in text
    assert "Row 3, column date: “02/03/2026”" in text
    assert "Row 3, column rate: “-1”" in text


def test_currencies_without_a_rate_are_named(client_for, acme, bob):
    with tenant_scope(acme.pk):
        product = ProductFactory(currency="JPY")
        SaleFactory(product=product, currency="USD", sold_on=dt.date(2026, 10, 1))
        rows.Rate.objects.create(currency="USD", day=dt.date(2026, 11, 1), rate=1)
    text = client_for(bob).get("/rates/").content.decode()
    assert "?currency=JPY" in text and "?currency=USD" in text and "Thu 1 Oct" in text


def test_a_rate_is_removed(client_for, acme, bob):
    with tenant_scope(acme.pk):
        rate = rows.Rate.objects.create(currency="USD", day=dt.date(2026, 11, 1), rate=1)
    assert client_for(bob).post(f"/rates/{rate.pk}/remove/").status_code == 302
    assert kept(acme) == []


def test_a_viewer_reads_but_enters_nothing(client_for, acme, victor):
    client = client_for(victor)
    assert "Enter one rate" not in client.get("/rates/").content.decode()
    assert client.post("/rates/", {"currency": "USD", "day": "2026-11-02", "rate": "1"}).status_code == 403


def test_a_stranger_sees_none_of_them(client_for, acme, rival, charlie):
    with tenant_scope(acme.pk):
        rate = rows.Rate.objects.create(currency="USD", day=dt.date(2026, 11, 1), rate=Decimal("0.7777"))
    client = client_for(charlie)
    assert "0.7777" not in client.get("/rates/").content.decode()
    assert client.post(f"/rates/{rate.pk}/remove/").status_code == 404


def test_the_list_is_taken_away_as_a_file_that_can_be_uploaded_again(client_for, acme, bob):
    client = client_for(bob)
    assert client.get("/rates/export.csv").content.decode() == "\ufeffcurrency,date,rate\r\n"
    many(client, "USD;2026-11-02;0,9214\nBTC;2026-11-02;90000")
    file = client.get("/rates/export.csv")
    assert file.content.decode("utf-8-sig").splitlines() == [
        "currency,date,rate",
        "BTC,2026-11-02,90000",
        "USD,2026-11-02,0.9214",
    ]
    assert many(client, file.content.decode()).status_code == 302
    assert client.get("/rates/export.xlsx").content.startswith(b"PK")
    assert client.get("/rates/export.pdf").status_code == 404
