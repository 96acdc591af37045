"""Exchange rates that programs send, fetch and forget; the same that people enter on the page."""

import datetime as dt
from decimal import Decimal

import pytest

from forecasting.models import Rate
from forecasting.services import rates
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry

USD = {"currency": "USD", "date": "2026-11-02", "rate": "0.9214"}


def kept(firm):
    with tenant_scope(firm.pk):
        return {(one.currency, str(one.day)): (one.rate.normalize(), one.by) for one in Rate.objects.all()}


def test_rates_are_put_by_currency_and_day_over_what_a_person_entered(call, acme, alice, key_for):
    with tenant_scope(acme.pk):
        rates.enter(by=alice, organisation=acme, lines=[("USD", dt.date(2026, 11, 2), Decimal(2))])
    assert kept(acme) == {("USD", "2026-11-02"): (2, alice.email)}
    answer = call(key_for(acme), "PUT", "rates", [USD, {**USD, "currency": "gbp", "rate": 1.15}])
    assert answer.said == {"accepted": 2, "rejected": 0, "errors": []}
    assert kept(acme) == {
        ("GBP", "2026-11-02"): (Decimal("1.15"), ""),
        ("USD", "2026-11-02"): (Decimal("0.9214"), ""),
    }
    with tenant_scope(acme.pk):
        sold = rates.table(acme)
    assert sold.at("USD", dt.date(2026, 11, 5)) == Decimal("0.9214")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("currency", "EUR", "a foreign currency: this is your own"),
        ("date", "2099-01-01", "a date that is not in the future"),
        ("date", "02.11.2026", "a date, such as 2026-11-22"),
        ("rate", 0, "a number above 0 and up to 1,000,000,000"),
        ("rate", None, "something: this column must not be empty"),
    ],
)
def test_a_rate_that_cannot_be_is_told_and_the_others_are_kept(call, acme, key_for, field, value, expected):
    answer = call(key_for(acme), "PUT", "rates", [{**USD, field: value}, {**USD, "currency": "GBP"}])
    assert (answer.status, answer.said["accepted"], answer.said["rejected"]) == (200, 1, 1)
    assert [(one["row"], one["field"], one["expected"]) for one in answer.said["errors"]] == [(1, field, expected)]
    assert list(kept(acme)) == [("GBP", "2026-11-02")]


def test_rates_are_listed_by_currency_and_day(call, acme, key_for):
    days = ["2026-10-01", "2026-11-01", "2026-11-02"]
    rows = [{**USD, "date": day, "currency": code} for code in ("USD", "GBP") for day in days]
    call(key_for(acme), "PUT", "rates", rows)
    found = call(key_for(acme, "r"), "GET", "rates?currency=USD&from=2026-10-02&to=2026-11-01").said
    assert found == {"next": None, "results": [{**USD, "date": "2026-11-01"}]}
    first = call(key_for(acme), "GET", "rates?limit=4").said
    rest = call(key_for(acme), "GET", first["next"]).said["results"]
    assert [(one["currency"], one["date"]) for one in first["results"] + rest] == [
        (code, day) for code in ("GBP", "USD") for day in days
    ]


def test_a_rate_is_forgotten_once_and_the_audit_log_names_the_key(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "rates", [USD])
    assert call(key, "DELETE", "rates/usd/2026-11-02").status == 204
    assert kept(acme) == {}
    for gone in ("USD/2026-11-02", "USD/yesterday", "US/2026-11-02"):
        assert call(key, "DELETE", f"rates/{gone}").status == 404
    with tenant_scope(acme.pk):
        entries = list(AuditEntry.objects.filter(action__in=["rows.sent", "rates.removed"]).order_by("pk"))
    assert [(one.action, one.target) for one in entries] == [("rows.sent", "rates"), ("rates.removed", "USD")]
    assert all(one.actor.startswith("API key shop") for one in entries)
