"""A firm that pays by Stripe: from Checkout to the last invoice, against a small Stripe on a socket."""

import datetime as dt
import logging
from dataclasses import replace

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from portal import billing_words
from tenants import payments as providers
from tenants.errors import Conflict
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invoice, Organisation, Payment, ProviderEvent
from tenants.payments.provider import Bill, Line
from tenants.services import account_managers, billing, following, invoices, leaving, payments, provider_events
from tests.factories import UserFactory
from tests.tenants.payments.doing import choose, row_of, tell_all

pytestmark = pytest.mark.usefixtures("database")


def follow(firm):
    with tenant_scope(firm.pk):
        following.follow(firm)
    firm.refresh_from_db()


def test_checkout_grants_nothing_until_stripe_says_that_it_is_paid(stripe, firm):
    address = choose(firm, "starter", provider="stripe")
    assert address.startswith(f"{stripe.address}/pay/cs_test_")
    assert (row_of(firm).provider, row_of(firm).status) == ("transfer", "trial")
    stripe.pay(address)
    assert row_of(firm).status == "trial"
    assert tell_all(stripe) > 4
    firm.refresh_from_db()
    row = row_of(firm)
    assert (firm.tier, row.tier, row.interval, row.status, row.provider) == (
        "starter",
        "starter",
        "month",
        "active",
        "stripe",
    )
    invoice = Invoice.objects.get()
    assert (invoice.net_cents, invoice.vat_cents, invoice.gross_cents, invoice.vat_bp) == (2900, 551, 3451, 1900)
    assert (invoice.state, invoice.provider, invoice.sequence) == ("paid", "stripe", 1)
    assert "Lagom Starter" in invoice.lines[0]["words"]
    with tenant_scope(firm.pk):
        done = list(
            AuditEntry.objects.filter(action__startswith="billing").order_by("pk").values_list("action", flat=True)
        )
    assert done == ["billing.checkout_begun", "billing.followed", "billing.payment_booked"]


def test_invoice_of_another_country_of_the_eu_has_no_vat_and_stripe_asks_for_none(stripe, firm):
    billing.keep_details(organisation=firm, by=None, billing_country="FR", vat_id="FR83404833048")
    stripe.pay(choose(firm, "growth", "year", provider="stripe"))
    tell_all(stripe)
    invoice = Invoice.objects.get()
    assert (invoice.vat_rule, invoice.net_cents, invoice.gross_cents) == ("reverse_charge", 99_000, 99_000)


def test_vat_follows_the_buyers_details_from_the_next_bill_on(stripe, paying):
    french = {"billing_country": "FR", "vat_id": "FR83404833048"}
    payments.keep_details(organisation=paying, by=None, **french)
    stripe.advance(31)
    follow(paying)
    payments.keep_details(organisation=paying, by=None, billing_country="FR", vat_id="")
    stripe.advance(31)
    follow(paying)
    rows = [(row.vat_rule, row.vat_cents) for row in Invoice.objects.order_by("pk")]
    assert rows == [("domestic", 551), ("reverse_charge", 0), ("destination", 580)]


def test_double_click_opens_one_checkout_and_another_choice_closes_the_first(stripe, firm):
    first = choose(firm, "starter", provider="stripe", intent="one press")
    assert choose(firm, "starter", provider="stripe", intent="one press") == first
    assert len(stripe.every("checkout.session")) == len(stripe.every("customer")) == 1
    choose(firm, "growth", provider="stripe", intent="another press")
    assert [one["status"] for one in stripe.every("checkout.session")] == ["expired", "open"]
    assert len(stripe.every("tax_rate")) == 1


def test_every_call_that_makes_something_carries_a_key_of_ours(stripe, paying):
    choose(paying, "scale")
    choose(paying, "starter")
    choose(paying, "free")
    kinds = {path.split("/")[2] for method, path, _key in stripe.state()["calls"] if method == "POST"}
    assert {"customers", "checkout", "subscriptions", "subscription_schedules"} <= kinds
    keys = [key for method, path, key in stripe.state()["calls"] if method == "POST" and "expire" not in path]
    assert all(len(key) == 64 for key in keys)
    assert len(set(keys)) == len(keys)


def test_upgrade_is_charged_at_once_with_proration(stripe, paying):
    stripe.advance(10)
    assert choose(paying, "growth") == ""
    paying.refresh_from_db()
    assert paying.tier == "growth"
    first, second = Invoice.objects.order_by("pk")
    assert 0 < second.net_cents < 7000
    assert [line["cents"] < 0 for line in second.lines] == [True, False]
    assert first.sequence + 1 == second.sequence
    tell_all(stripe)
    assert Invoice.objects.count() == 2


def test_upgrade_whose_payment_fails_leads_to_stripes_page_and_grants_nothing(stripe, paying):
    stripe.card(row_of(paying).provider_customer, "declined")
    address = choose(paying, "scale")
    assert "/receipt/in_" in address
    paying.refresh_from_db()
    assert paying.tier == "starter"
    stripe.card(row_of(paying).provider_customer, "ok")
    tell_all(stripe)
    paying.refresh_from_db()
    assert paying.tier == "scale"


def test_a_managers_change_that_the_buyer_must_confirm_is_asked_of_them_by_letter(stripe, paying, outbox):
    stripe.card(row_of(paying).provider_customer, "declined")  # as a card that wants its owner's second factor
    told = {"tier": "scale", "interval": "month", "reason": "grows <fast>"}
    account_managers.change_tier(organisation=paying, by=UserFactory(), **told)
    outbox()
    (letter,) = [one for one in mail.outbox if one.subject == "Please confirm the payment of your new tier"]
    (address,) = [line for line in letter.body.splitlines() if "/receipt/in_" in line]
    assert address.startswith(stripe.address)
    assert "Scale for you: grows <fast>" in letter.body
    paying.refresh_from_db()
    assert paying.tier == "starter"
    stripe.card(row_of(paying).provider_customer, "ok")
    tell_all(stripe)
    paying.refresh_from_db()
    assert paying.tier == "scale"


def test_a_managers_change_that_goes_through_asks_nobody(stripe, paying, outbox):
    told = {"tier": "scale", "interval": "month", "reason": "grows fast"}
    account_managers.change_tier(organisation=paying, by=UserFactory(), **told)
    outbox()
    assert not [one for one in mail.outbox if one.subject.startswith("Please confirm")]


def test_year_instead_of_months_begins_a_new_period(stripe, paying):
    choose(paying, "starter", "year")
    row = row_of(paying)
    assert row.interval == "year"
    assert (row.period_end - row.period_start).days in (365, 366)


def test_downgrade_waits_for_the_end_of_the_period_and_can_be_taken_back(stripe, paying):
    choose(paying, "scale")
    choose(paying, "starter", "year")
    row = row_of(paying)
    assert (row.tier, row.next_tier, row.next_interval) == ("scale", "starter", "year")
    choose(paying, "scale")
    assert row_of(paying).next_tier == ""
    choose(paying, "growth")
    stripe.advance(32)
    follow(paying)
    assert (paying.tier, row_of(paying).next_tier) == ("growth", "")


def test_cancelling_ends_the_tier_with_its_period_and_then_both_ways_to_pay_are_open(stripe, paying):
    choose(paying, "free")
    row = row_of(paying)
    assert (paying.tier, row.next_tier) == ("starter", "free")
    assert payments.ways(paying) == ["stripe"]
    stripe.advance(32)
    mail.outbox.clear()
    tell_all(stripe)
    paying.refresh_from_db()
    row = row_of(paying)
    assert (paying.tier, row.status, row.provider, row.next_tier) == ("free", "free", "transfer", "")
    assert payments.ways(paying) == ["transfer", "stripe"]
    choose(paying, "starter", provider="transfer")
    assert row_of(paying).provider == "transfer"


def test_renewal_brings_one_invoice_however_often_it_is_looked_at(stripe, paying):
    stripe.advance(31)
    for _ in range(3):
        follow(paying)
        tell_all(stripe)
    assert [row.net_cents for row in Invoice.objects.order_by("pk")] == [2900, 2900]
    assert not billing.advance_one(paying)


def test_failed_payment_reminds_closes_and_opens_by_the_same_way_as_bank_transfer(stripe, paying, settings):
    stripe.card(row_of(paying).provider_customer, "declined")
    stripe.advance(31)
    tell_all(stripe)
    row = row_of(paying)
    assert (billing.summary(paying).status, row.status) == ("unpaid", "active")
    since = row.failed_on
    with pytest.MonkeyPatch.context() as patch:
        for day, reminded in [(1, 1), (7, 7), (14, 14), (30, 30)]:
            patch.setattr(billing.subscriptions, "today_of", lambda _firm, day=day: since + dt.timedelta(days=day))
            assert billing.advance_one(paying)
            assert row_of(paying).reminded == reminded
    paying.refresh_from_db()
    assert paying.state == Organisation.State.READ_ONLY
    stripe.card(row_of(paying).provider_customer, "ok")
    tell_all(stripe)
    paying.refresh_from_db()
    assert (paying.state, row_of(paying).failed_on) == (Organisation.State.ACTIVE, None)


def test_refunds_become_credit_notes_once_and_add_up_to_the_cent(stripe, paying):
    (charge,) = stripe.every("charge")
    client = providers_client()
    for cents in (1000, 1, 2450):
        client.v1.refunds.create({"payment_intent": charge["payment_intent"], "amount": cents})
        tell_all(stripe)
        follow(paying)
    invoice, *notes = Invoice.objects.order_by("pk")
    assert [note.gross_cents for note in notes] == [-1000, -1, -2450]
    assert (sum(note.net_cents for note in notes), sum(note.vat_cents for note in notes)) == (-2900, -551)
    assert [note.sequence for note in notes] == [2, 3, 4]
    assert (invoice.state, sum(payment.cents for payment in Payment.objects.all())) == ("paid", 0)


def test_disputed_payment_is_told_to_the_operator_once_and_takes_nothing_away(stripe, paying, caplog):
    (charge,) = stripe.every("charge")
    stripe.dispute(charge["id"])
    tell_all(stripe)
    tier, number = paying.tier, Invoice.objects.get().number
    provider_events.reconcile()  # the message names no customer: the hourly look finds it
    provider_events.reconcile()
    with tenant_scope(paying.pk):
        (entry,) = AuditEntry.objects.filter(action="billing.disputed")
    assert (entry.target, entry.detail["cents"]) == (number, charge["amount"])
    assert [one.levelname for one in caplog.records if "disputed" in one.message] == ["CRITICAL"]
    paying.refresh_from_db()
    assert (paying.tier, paying.state, Invoice.objects.count()) == (tier, "active", 1)


def providers_client():
    from tenants.payments import stripe as gateway

    return gateway._client("sk_test_ours", gateway.settings.STRIPE_API_BASE)


def test_hourly_look_repairs_a_lost_message(stripe, firm):
    stripe.pay(choose(firm, "scale", provider="stripe"))
    assert not ProviderEvent.objects.exists()
    provider_events.reconcile()
    firm.refresh_from_db()
    assert firm.tier == "scale"


def test_who_has_paid_on_another_page_is_not_sent_to_pay_a_second_time(stripe, firm):
    stripe.pay(choose(firm, "starter", provider="stripe", intent="one page"))
    assert choose(firm, "starter", provider="stripe", intent="another page").endswith("/billing/paid/")
    assert len(stripe.every("subscription")) == len(stripe.every("checkout.session")) == 1
    assert row_of(firm).status == "active"


def test_tax_that_stripe_asked_for_stands_on_the_invoice_even_if_our_table_says_another(firm, caplog):
    at = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    billing.keep_details(organisation=firm, by=None, billing_country="FR", vat_id="FR83404833048")
    bill = Bill("in_1", at, 2900, 551, (Line("Lagom 50% off", 2900),))
    made = invoices.book(organisation=firm, row=row_of(firm), bill=bill, on=at.date())
    assert (made.vat_rule, made.vat_bp, made.gross_cents) == ("destination", 1900, 3451)
    assert "by our table it is 0" in caplog.text
    assert billing_words.lines(made) == [{"words": "Lagom 50% off", "cents": 2900}]


def test_bill_below_zero_becomes_a_credit_note(stripe, paying, monkeypatch):
    at = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    seen = providers.of("stripe").picture(row_of(paying).provider_customer)
    less = replace(seen, bills=(*seen.bills, Bill("in_less", at, -1000, -190, (Line("Unused time", -1000),))))
    monkeypatch.setattr(type(providers.of("stripe")), "picture", lambda *_asked: less)
    follow(paying)
    follow(paying)
    note = Invoice.objects.latest("pk")
    assert (note.gross_cents, note.credits.provider_ref, Invoice.objects.count()) == (-1190, seen.bills[0].ref, 2)


def test_what_is_paid_by_stripe_is_changed_at_stripe_alone(paying):
    for refused in (
        lambda: billing.change_tier(organisation=paying, tier="scale", interval="month", by=None),
        lambda: billing.refund(organisation=paying, by=None, reason="x"),
    ):
        with pytest.raises(Conflict, match="Stripe"):
            refused()


def test_stripe_that_does_not_answer_changes_nothing_and_no_key_is_logged(stripe, paying, settings, caplog):
    caplog.set_level(logging.DEBUG)
    choose(paying, "growth")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_a, **_k: 0)
        with pytest.raises(Conflict, match="does not answer"):
            choose(paying, "scale")
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = stripe.address, "nonsense_key"
    with pytest.raises(Conflict, match="not set up"):
        choose(paying, "scale")
    assert row_of(paying).tier == "growth"
    assert "sk_test_ours" not in caplog.text
    assert "nonsense_key" not in caplog.text


def test_price_that_asks_for_another_sum_is_refused(stripe, firm, monkeypatch):
    monkeypatch.setattr("tenants.payments.stripe.price", lambda _tier, _interval: 4_900)
    with pytest.raises(Conflict, match="not set up"):
        choose(firm, "starter", provider="stripe")


def test_closing_the_firm_ends_what_stripe_collects(stripe, paying):
    from tenants.models import User

    with tenant_scope(paying.pk):
        leaving.close(organisation=paying, by=User.objects.get(email="alice@acme.example"), name=paying.name)
    assert [one["cancel_at_period_end"] for one in stripe.every("subscription")] == [True]


def test_means_of_payment_that_the_settings_name_are_asked_for(stripe, firm, settings):
    settings.STRIPE_PAYMENT_METHODS = ["card", "sepa_debit", "alipay"]
    choose(firm, "starter", provider="stripe")
    assert stripe.every("checkout.session")[0]["payment_method_types"] == ["card", "sepa_debit", "alipay"]


def test_command_makes_the_prices_once_and_says_so(stripe, settings, capsys):
    stripe.forget()
    call_command("stripe_prices")
    call_command("stripe_prices")
    assert capsys.readouterr().out.splitlines()[-2:] == ["made lagom_scale_year", "nothing is missing"]
    assert sorted(one["unit_amount"] for one in stripe.every("price")) == [2900, 9900, 29000, 29900, 99000, 299000]
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY"):
        call_command("stripe_prices")
