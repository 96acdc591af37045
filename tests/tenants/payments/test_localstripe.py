"""Our gateway against localstripe, which others wrote, as a process of its own: what it has of Stripe.

It is of an older Stripe: it has no prices, Checkout, portal, schedules or finalised invoices, and heeds no idempotency
keys, so pictures and choices are tried against the small Stripe alone. docs/billing.md lists which call met which.
"""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tenants import payments
from tenants.billing.vat import Rule, Tax
from tenants.payments import stripe_reading
from tenants.payments.provider import Buyer, ProviderError, Wish
from tenants.payments.stripe import _client, read_notice
from tenants.tiers import Interval, Tier
from tests.tenants.payments.doing import SECRET

# It would write all that it holds into one file for everybody on the machine: here it keeps it in memory.
START = """
import sys
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
sys.argv[1:] = ["--from-scratch", "--port", sys.argv[1]]
server.start()
"""
NUMBERS = {"good": "4242424242424242", "declined": "4000000000000341", "asks": "4000002760003184"}


class Ear(BaseHTTPRequestHandler):
    """Keeps what is sent to it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words):
        """Keep quiet."""


@pytest.fixture(scope="module")
def ear():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    server.heard = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(ear):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close()
    except OSError:
        pytest.skip("localstripe listens on IPv6, which this machine has not")
    line = [sys.executable, "-W", "ignore", "-c", START, str(port)]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            reached(process, port)
            told = {"url": f"http://127.0.0.1:{ear.server_port}/", "secret": SECRET}
            asked = {"data": json.dumps(told).encode(), "headers": {"Content-Type": "application/json"}}
            urllib.request.urlopen(
                urllib.request.Request(f"http://127.0.0.1:{port}/_config/webhooks/ours", **asked), timeout=10
            ).close()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def reached(process, port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "localstripe ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("localstripe does not answer")


@pytest.fixture
def gateway(address, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE = "sk_test_x", SECRET, address
    return payments.of("stripe")


@pytest.fixture
def client(gateway, address):
    return _client("sk_test_x", address)


def buyer(n=1):
    return Buyer(n, "Acme", "alice@acme.example", "DE", "zh-hans")


def card(client, kind):
    """A means of payment; the number says how it will behave."""
    told = {"number": NUMBERS[kind], "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    return client.v1.payment_methods.create({"type": "card", "card": told}).id


def plan(client, amount=2900):
    product = client.v1.products.create({"name": "Lagom Starter", "type": "service"})
    return client.v1.plans.create({"product": product.id, "amount": amount, "currency": "eur", "interval": "month"}).id


def subscribed(client, gateway, kind):
    """A customer with this card, and a subscription by plan as it was made before there were prices."""
    customer, means = gateway.customer(buyer()), card(client, kind)
    client.v1.payment_methods.attach(means, {"customer": customer})
    client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": means}})
    told = {"customer": customer, "items": [{"plan": plan(client)}], "expand": ["latest_invoice"]}
    return customer, client.v1.subscriptions.create(told).to_dict()


def wish(subscription="", tier=Tier.FREE):
    return Wish(buyer(), tier, Interval.MONTH, Tax(0, Rule.OUTSIDE), "one press", subscription=subscription)


def test_customer_is_made_as_the_gateway_makes_it(client, gateway):
    made = client.v1.customers.retrieve(gateway.customer(buyer(7))).to_dict()
    assert (made["name"], made["email"], made["preferred_locales"]) == ("Acme", "alice@acme.example", ["zh"])
    assert made["metadata"] == {"organisation": "7"}


def test_subscription_ends_with_its_period_and_goes_on_again(client, gateway):
    _customer, made = subscribed(client, gateway, "good")
    assert made["status"] == "active"
    gateway.change_later(wish(made["id"]))
    assert client.v1.subscriptions.retrieve(made["id"]).cancel_at_period_end is True
    gateway.change_nothing(wish(made["id"]))
    assert client.v1.subscriptions.retrieve(made["id"]).cancel_at_period_end is False


def test_refund_is_found_on_the_charge_as_the_gateway_reads_it(client, gateway):
    customer, made = subscribed(client, gateway, "good")
    intent = made["latest_invoice"]["payment_intent"]
    client.v1.refunds.create({"payment_intent": intent, "amount": 1000})
    found = client.v1.charges.list({"customer": customer, "limit": 100, "expand": ["data.refunds"]})
    charges = [one.to_dict() for one in found.auto_paging_iter()]
    assert [(one["customer"], one["amount"]) for one in charges] == [(customer, 2900)]
    assert [one["amount"] for one in charges[0]["refunds"]["data"]] == [1000]


def test_declined_card_leaves_nothing_paid(client, gateway):
    _customer, made = subscribed(client, gateway, "declined")
    assert made["status"] == "incomplete"
    assert made["status"] not in stripe_reading.LIVE
    assert made["latest_invoice"]["status"] == "open"


def test_card_that_asks_its_owner_waits_for_the_answer(client, gateway):
    _customer, made = subscribed(client, gateway, "asks")
    assert made["status"] == "incomplete"
    intent = client.v1.payment_intents.retrieve(made["latest_invoice"]["payment_intent"])
    assert intent.status == "requires_action"


def test_what_it_has_not_is_told_as_not_set_up(gateway):
    with pytest.raises(ProviderError, match="setup"):
        gateway.subscribe(wish(tier=Tier.STARTER))
    with pytest.raises(ProviderError, match="setup"):
        gateway.desk("cus_x", "http://localhost/billing/")


def test_messages_signed_by_others_are_believed_and_read(client, gateway, ear):
    customer, _made = subscribed(client, gateway, "good")
    until, wanted = time.monotonic() + 30, {"customer.created", "invoice.created", "customer.subscription.created"}
    seen = set()
    while time.monotonic() < until and not wanted <= seen:
        notices = [read_notice(body, proof) for body, proof in list(ear.heard)]
        seen = {notice.kind for notice in notices if notice.customer == customer}
        time.sleep(0.1)
    assert wanted <= seen
    body, proof = ear.heard[0]
    with pytest.raises(ProviderError, match="refused"):
        read_notice(body + b" ", proof)
