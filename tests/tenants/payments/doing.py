"""What tests of payments do: choose, send messages, look."""

import json
from functools import lru_cache

from django.test import Client

from tenants.services import payments, provider_events, subscriptions
from tests.fakes.stripe_api import signed

SECRET = "whsec_of_a_test"


def choose(firm, tier, interval="month", **more):
    """Choose as a person does; the address to go on to, if any."""
    firm.refresh_from_db()
    return payments.choose(organisation=firm, choice=payments.Choice(tier, interval, **more), by=None)


def row_of(firm):
    return subscriptions.of(firm)


@lru_cache
def program():
    """What sends messages, made once: the site's middleware takes long to load."""
    return Client(raise_request_exception=False)


def post(event, *, secret=SECRET, at=None, body=None):
    """Send a message as Stripe does."""
    body = json.dumps(event).encode() if body is None else body
    proof = signed(body, secret, at)["Stripe-Signature"]
    asked = {"content_type": "application/json", "headers": {"Stripe-Signature": proof}}
    return program().post("/stripe/events/", body, **asked)


def tell_all(stripe):
    """Send every message that Stripe has, and do what they ask for."""
    for event in stripe.state()["events"]:
        assert post(event).status_code == 200
    return provider_events.work_off()
