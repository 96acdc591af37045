"""Messages of Stripe: who is believed, how often they count, and that their order says nothing."""

import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tenants import payments
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invoice, Organisation, Payment, ProviderEvent, Subscription
from tenants.payments import stripe_reading
from tenants.payments.provider import Picture, ProviderError
from tenants.services import billing, following, provider_events
from tests.factories import found
from tests.fakes.stripe_api import signed
from tests.tenants.payments.doing import SECRET, choose, post, program, row_of, tell_all

pytestmark = pytest.mark.usefixtures("database")


def everything(firm):
    """What was written about a firm's money, without names and moments."""
    firm.refresh_from_db()
    names = (
        "status",
        "tier",
        "interval",
        "next_tier",
        "failed_on",
        "period_start",
        "provider",
        "provider_subscription",
    )
    row = Subscription.objects.filter(pk=firm.pk).values_list(*names).get()
    bills = Invoice.objects.filter(organisation_id=firm.pk).order_by("provider_ref")
    paid = Payment.objects.filter(organisation_id=firm.pk).order_by("reference").values_list("cents", "reference")
    sums = list(bills.values_list("provider_ref", "net_cents", "vat_cents", "state", "credits__provider_ref"))
    return firm.tier, row, sums, list(paid)


@pytest.fixture
def story(stripe, firm):
    """Paid, upgraded, partly refunded, failed, ended: at Stripe. Of all that we have heard nothing yet."""
    stripe.pay(choose(firm, "starter", provider="stripe"))
    customer = row_of(firm).provider_customer
    client = payments.stripe._client("sk_test_ours", stripe.address)
    (subscription,) = stripe.every("subscription")
    prices = {one["lookup_key"]: one["id"] for one in stripe.every("price")}
    item = subscription["items"]["data"][0]["id"]
    client.v1.subscriptions.update(subscription["id"], {"items": [{"id": item, "price": prices["lagom_scale_month"]}]})
    client.v1.refunds.create({"payment_intent": stripe.every("charge")[0]["payment_intent"], "amount": 1000})
    client.v1.subscriptions.update(subscription["id"], {"cancel_at_period_end": True})
    stripe.card(customer, "declined")
    stripe.advance(32)
    events = stripe.state()["events"]
    kinds = ("customer.subscription.created", "invoice.paid", "charge.refunded", "customer.subscription.deleted")
    return [next(event for event in events if event["type"] == kind) for kind in kinds]


def test_all_24_orders_of_four_events_end_alike(story, firm):
    ends = []
    for order in itertools.permutations(story):
        with transaction.atomic():
            for event in order:
                assert post(event).status_code == 200
                assert provider_events.work_off() == 1
            ends.append(everything(firm))
            transaction.set_rollback(True)
    assert len(ends) == 24
    assert all(end == ends[0] for end in ends)
    tier, row, sums, paid = ends[0]
    assert (tier, row[0]) == ("free", "free")
    assert [net < 0 for _ref, net, *_rest in sums].count(True) == 1
    assert len(paid) == 3


def test_event_of_days_ago_that_comes_again_changes_nothing(stripe, story, firm):
    tell_all(stripe)
    before = everything(firm)
    for event in story:
        assert post(event).status_code == 200
    assert provider_events.work_off() == 0
    ProviderEvent.objects.all().delete()  # and even one that was forgotten
    assert post(story[0]).status_code == 200
    assert provider_events.work_off() == 1
    assert everything(firm) == before


def test_fifty_parallel_duplicates_have_one_effect(committed_db, stripe, firm):
    stripe.pay(choose(firm, "growth", provider="stripe"))
    event = stripe.state()["events"][-1]
    together = threading.Barrier(10, timeout=30)

    def send(_n):
        try:
            together.wait()
            return [post(event).status_code for _ in range(5)]
        finally:
            connection.close()

    def work(_n):
        try:
            together.wait()
            return provider_events.work_off()
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert [status for answers in pool.map(send, range(10)) for status in answers] == [200] * 50
        assert ProviderEvent.objects.count() == 1
        assert sum(pool.map(work, range(10))) == 1
    assert [invoice.sequence for invoice in Invoice.objects.all()] == [1]
    assert Payment.objects.count() == 1
    with tenant_scope(firm.pk):
        assert AuditEntry.objects.filter(action="billing.followed").count() == 1
    assert Organisation.objects.get(pk=firm.pk).tier == "growth"


def test_one_customer_is_asked_about_by_one_at_a_time_and_another_meanwhile(committed_db, stripe, firm, monkeypatch):
    rival = found("Rival")
    for one, customer in ((firm, "cus_a"), (rival, "cus_b")):
        row_of(one)
        Subscription.objects.filter(pk=one.pk).update(provider_customer=customer)
    inside, most, met = [], {}, threading.Event()

    def picture(_self, customer):
        inside.append(customer)
        most[customer] = max(most.get(customer, 0), inside.count(customer))
        if {"cus_a", "cus_b"} <= set(inside):
            met.set()
        time.sleep(0.05)
        inside.remove(customer)
        return Picture()

    monkeypatch.setattr(type(payments.of("stripe")), "picture", picture)

    def look(customer):
        try:
            return following.follow_customer(customer)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(look, ["cus_a", "cus_a", "cus_a", "cus_b", "cus_b", "cus_b"]))
    assert most == {"cus_a": 1, "cus_b": 1}
    assert met.is_set()


# ── Who is believed ──


def nothing_happened(answer, status=400):
    assert answer.status_code == status
    assert answer.content == b""
    assert not ProviderEvent.objects.exists()


def test_wrong_signatures_old_ones_and_garbage_are_refused_without_effect(stripe, firm):
    stripe.pay(choose(firm, "growth", provider="stripe"))
    event = stripe.state()["events"][-1]
    client = program()
    nothing_happened(post(event, secret="whsec_of_somebody_else"))
    nothing_happened(post(event, at=time.time() - 301))
    nothing_happened(client.post("/stripe/events/", json.dumps(event), content_type="application/json"))
    for header in ("t=,v1=", "t=x,v1=y", "v1=y", ",,,", "t=99999999999999999999,v1=00"):
        asked = {"content_type": "application/json", "headers": {"Stripe-Signature": header}}
        nothing_happened(client.post("/stripe/events/", json.dumps(event), **asked))
    for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id": "evt_1"}', b'{"id": 1, "type": 2, "data": 3}'):
        nothing_happened(post(None, body=body))
    nothing_happened(client.post("/stripe/events/", {"a": "form"}))
    nothing_happened(post(None, body=b" " * (256 * 1024 + 1)), 413)
    assert row_of(firm).status == "trial"


def test_signature_is_over_the_raw_body(stripe, firm):
    event = stripe.state()["events"]
    body = json.dumps(event or {"id": "evt_1"}, indent=3).encode()
    nothing_happened(post(None, body=body))  # signed rightly, and no event
    proof = signed(body, SECRET)
    changed = body.replace(b" ", b"", 1)
    client = program()
    asked = {"content_type": "application/json", "headers": {"Stripe-Signature": proof["Stripe-Signature"]}}
    nothing_happened(client.post("/stripe/events/", changed, **asked))


def test_event_that_names_another_firms_customer_sets_that_firm_to_what_stripe_says_and_nothing_else(stripe, paying):
    rival = found("Rival")
    stripe.pay(choose(rival, "scale", provider="stripe"))
    before = everything(paying)
    event = next(one for one in stripe.state()["events"] if one["type"] == "customer.subscription.updated")
    event |= {"id": "evt_forged"}
    event["data"]["object"] |= {"customer": row_of(rival).provider_customer, "status": "canceled"}
    assert post(event).status_code == 200
    provider_events.work_off()
    assert everything(paying) == before
    rival.refresh_from_db()
    assert rival.tier == "scale"


def test_event_of_nobody_of_ours_and_of_an_unknown_kind_is_kept_and_ignored(stripe):
    for name, about in (
        ("evt_a", {"id": "in_1", "object": "invoice", "customer": "cus_nobody"}),
        ("evt_b", {"id": "prod_1", "object": "product"}),
        ("evt_c", {"id": "cus_x", "object": "customer"}),
    ):
        event = {"id": name, "object": "event", "type": "some.thing", "data": {"object": about}}
        assert post(event).status_code == 200
    assert provider_events.work_off() == 3
    assert set(ProviderEvent.objects.values_list("customer", flat=True)) == {"cus_nobody", "", "cus_x"}
    assert not Invoice.objects.exists()


def test_nothing_personal_of_a_message_is_kept(stripe, firm):
    choose(firm, "growth", provider="stripe")
    tell_all(stripe)
    kept = " ".join(f"{row.payload} {row.kind}" for row in ProviderEvent.objects.all())
    assert "customer.created" in kept
    assert "alice" not in kept
    assert "Acme" not in kept


def test_flood_is_held_off(stripe, firm, monkeypatch):
    monkeypatch.setattr("portal.pages.stripe_events.MOST", 2)
    assert [post({}, secret="wrong").status_code for _ in range(4)] == [400, 400, 429, 429]


def test_trouble_at_stripe_leaves_the_message_waiting_until_it_is_over(stripe, firm, settings):
    stripe.pay(choose(firm, "growth", provider="stripe"))
    post(stripe.state()["events"][-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(payments.of("stripe")), "picture", lambda *_a: (_ for _ in ()).throw(ProviderError("away")))
        assert provider_events.work_off() == 0
    waiting = ProviderEvent.objects.get()
    assert (waiting.done_at, waiting.attempts, waiting.error) == (None, 1, "ProviderError: away")
    ProviderEvent.objects.update(attempts=provider_events.TRIES)  # so often that the hourly look is what is left
    assert provider_events.work_off() == 0
    assert provider_events.reconcile() == 1
    firm.refresh_from_db()
    assert firm.tier == "growth"


# ── Reading ──


@pytest.mark.parametrize(
    "price",
    [
        {"id": "price_1", "lookup_key": None, "metadata": {}, "recurring": {"interval": "month"}},
        {"id": "price_1", "lookup_key": "lagom_gold_month", "metadata": {}, "recurring": {"interval": "month"}},
        {"id": "price_1", "lookup_key": "lagom_growth_week", "metadata": {}, "recurring": {"interval": "week"}},
    ],
)
def test_price_of_no_tier_is_told_and_changes_nothing(price):
    with pytest.raises(ProviderError, match="of no tier"):
        stripe_reading.choice(price)


def test_price_is_known_by_its_metadata_after_its_lookup_key_went_to_a_newer_one():
    old = {"id": "price_1", "lookup_key": None, "metadata": {"tier": "growth"}, "recurring": {"interval": "year"}}
    assert stripe_reading.choice(old) == ("growth", "year")


def test_subscription_that_ended_unheard_ends_the_trial_once_and_a_later_trial_stays(stripe, story, firm):
    tell_all(stripe)
    firm.refresh_from_db()
    assert firm.tier == "free"
    billing.extend_trial(organisation=firm, days=5, by=None, reason="try again")
    provider_events.reconcile()
    assert row_of(firm).status == "trial"


def invoice_of(subscription, status, **more):
    parent = {"subscription_details": {"subscription": subscription}}
    paid = [{"payment": {"type": "payment_intent", "payment_intent": "pi_1"}}]
    sums = {"total": 3451, "total_excluding_tax": 2900, "lines": {"data": []}, "payments": {"data": paid}}
    times = {"created": 1_790_000_000, "status_transitions": {"paid_at": 1_790_000_000}}
    return {"id": "in_1", "status": status, "attempted": True, "parent": parent, **sums, **times, **more}


@pytest.mark.parametrize(
    ("status", "attempted", "late"),
    [("past_due", True, True), ("canceled", True, True), ("incomplete", True, False), ("past_due", False, False)],
)
def test_what_never_began_or_was_not_tried_yet_is_not_late(status, attempted, late):
    item = {"current_period_start": 1_790_000_000, "current_period_end": 1_792_592_000, "price": PRICE}
    of = {"id": "sub_1", "status": status, "created": 1, "customer": "cus_1", "cancel_at_period_end": False}
    of["items"] = {"data": [item]}
    seen = stripe_reading.picture([of], [invoice_of("sub_1", "open", attempted=attempted)], [])
    assert (seen.late_since is not None) == late
    assert (seen.standing is not None) == (status == "past_due")


PRICE = {"id": "price_1", "lookup_key": "lagom_starter_month", "metadata": {}, "recurring": {"interval": "month"}}


def test_refunds_count_once_they_have_succeeded_and_only_for_bills_that_were_paid():
    rows = [{"id": f"re_{n}", "status": word, "amount": 1, "created": 1} for n, word in enumerate(REFUNDS)]
    charges = [{"payment_intent": name, "refunds": {"data": rows}} for name in ("pi_1", "pi_of_something_else", None)]
    seen = stripe_reading.picture([], [invoice_of("sub_1", "paid")], charges)
    assert [(refund.ref, refund.bill) for refund in seen.refunds] == [("re_0", "in_1")]
    assert [(bill.net, bill.tax) for bill in seen.bills] == [(2900, 551)]


REFUNDS = ("succeeded", "pending", "failed", "canceled", "requires_action")
