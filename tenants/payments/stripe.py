"""Stripe: the one place that calls its SDK. Every call that makes something carries a key of ours, so that one intent
makes one object however often it is sent; what Stripe says is read into words of our own by stripe_reading.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from django.conf import settings

from tenants.billing.vat import Tax
from tenants.payments import stripe_reading as reading
from tenants.payments.provider import Buyer, Notice, Picture, ProviderError, Wish
from tenants.tiers import Interval, Tier, price

log = logging.getLogger("lagom.billing")
PATIENCE = 10  # seconds for one call; two more tries follow
TOLERANCE = 300  # seconds that a message's signature may be old
MOST = 100  # a page of a list
PORTAL_LANGUAGES = {"en": "en", "zh-hans": "zh"}


class Stripe:
    """Paid by Stripe's Checkout and customer portal; Stripe moves the subscription, and we follow."""

    name = "stripe"
    moves_itself = True

    def is_offered(self) -> bool:
        """Be hidden without both keys."""
        return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)

    def customer(self, buyer: Buyer) -> str:
        """Make a customer, once for a firm."""
        told = {
            "name": buyer.name,
            "email": buyer.email,
            "preferred_locales": [PORTAL_LANGUAGES.get(buyer.language, "en")],
            "metadata": {"organisation": str(buyer.organisation_id)},
        }
        with _asked() as client:
            return str(client.v1.customers.create(told, _key("customer", buyer.organisation_id, told)).id)

    def subscribe(self, wish: Wish) -> str:
        """Open a Checkout page, and close what others are open: of two pages both could be paid."""
        told = {
            "mode": "subscription",
            "customer": wish.customer,
            "client_reference_id": str(wish.buyer.organisation_id),
            "line_items": [{"price": self._price(wish.tier, wish.interval), "quantity": 1}],
            "subscription_data": {
                "metadata": {"organisation": str(wish.buyer.organisation_id)},
                **({"default_tax_rates": rates} if (rates := self._tax_rates(wish)) else {}),
            },
            "success_url": wish.done,
            "cancel_url": wish.left,
            "locale": PORTAL_LANGUAGES.get(wish.buyer.language, "auto"),
            **_payment_methods(),
        }
        with _asked() as client:
            made = client.v1.checkout.sessions.create(told, _key("checkout", wish.intent, told))
            still = client.v1.checkout.sessions.list({"customer": wish.customer, "status": "open", "limit": MOST})
        for other in still.data:
            if other.id != made.id:
                self._close(other.id)
        return str(made.url)

    def _close(self, session: str) -> None:
        with suppress(ProviderError), _asked() as client:  # it was paid or ran out meanwhile: its message tells
            client.v1.checkout.sessions.expire(session)

    def change(self, wish: Wish) -> str:
        """Move to another price at once, with proration; nothing moves before the payment went through."""
        item = self._freed(wish)["items"]["data"][0]["id"]
        told = {
            "items": [{"id": item, "price": self._price(wish.tier, wish.interval)}],
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
            "expand": ["latest_invoice"],
        }
        with _asked() as client:
            keyed = _key("change", wish.intent, wish.subscription, told)
            made = client.v1.subscriptions.update(wish.subscription, told, keyed).to_dict()
        return str(made["latest_invoice"]["hosted_invoice_url"]) if made.get("pending_update") else ""

    def change_later(self, wish: Wish) -> None:
        """End at the end of the period, or let a schedule move to another price then."""
        found = self._freed(wish)
        with _asked() as client:
            if wish.tier == Tier.FREE:
                told: dict[str, Any] = {"cancel_at_period_end": True}
                client.v1.subscriptions.update(wish.subscription, told, _key("end", wish.intent, wish.subscription))
                return
            from_now = {"from_subscription": wish.subscription}
            made = client.v1.subscription_schedules.create(from_now, _key("schedule", wish.intent, from_now)).to_dict()
            told = self._phases(wish, made["phases"][0], found.get("discounts") or [])
            client.v1.subscription_schedules.update(made["id"], told, _key("phases", wish.intent, made["id"], told))

    def _phases(self, wish: Wish, now: dict[str, Any], discounts: list[str]) -> dict[str, Any]:
        same = ("start_date", "end_date")
        kept = [{"price": item["price"], "quantity": item["quantity"]} for item in now["items"]]
        then = [{"price": self._price(wish.tier, wish.interval), "quantity": 1}]
        rates = self._tax_rates(wish)
        terms: dict[str, Any] = {"default_tax_rates": rates} if rates else {}
        terms |= {"discounts": [{"discount": one} for one in discounts]} if discounts else {}
        return {
            "end_behavior": "release",
            "metadata": {"tier": wish.tier.value, "interval": wish.interval.value},
            "phases": [
                {**{name: now[name] for name in same}, "items": kept, **terms},
                {
                    "items": then,
                    "proration_behavior": "none",
                    "duration": {"interval": wish.interval.value, "interval_count": 1},
                    **terms,
                },
            ],
        }

    def change_nothing(self, wish: Wish) -> None:
        """Take back an end at the end of the period, and let go of a schedule."""
        self._freed(wish)

    def _freed(self, wish: Wish) -> dict[str, Any]:
        with _asked() as client:
            found: dict[str, Any] = client.v1.subscriptions.retrieve(wish.subscription).to_dict()
            if found.get("schedule"):
                keyed = _key("release", wish.intent, found["schedule"])
                client.v1.subscription_schedules.release(found["schedule"], {}, keyed)
            if found["cancel_at_period_end"] or found.get("cancel_at"):
                told: dict[str, Any] = {"cancel_at_period_end": False}
                client.v1.subscriptions.update(wish.subscription, told, _key("stay", wish.intent, wish.subscription))
        return found

    def credit(self, wish: Wish, cents: int) -> None:
        """Put it on the customer's balance, where a negative sum is credit."""
        told = {"amount": -cents, "currency": "eur", "description": "Credit"}
        with _asked() as client:
            keyed = _key("credit", wish.intent, wish.customer, told)
            client.v1.customers.balance_transactions.create(wish.customer, told, keyed)

    def discount(self, wish: Wish, percent: float, months: int) -> None:
        """Give the subscription a coupon made for it; what is paid by the year has one bill to take it off."""
        yearly = wish.interval == Interval.YEAR
        lasts = {"duration": "once"} if yearly else {"duration": "repeating", "duration_in_months": months}
        coupon = {"name": f"{percent:g} %", "percent_off": percent, "max_redemptions": 1, **lasts}
        told: dict[str, Any] = {"discounts": ""}
        with _asked() as client:
            if client.v1.subscriptions.retrieve(wish.subscription).to_dict().get("schedule"):
                raise ProviderError("scheduled")
            if percent:
                made = client.v1.coupons.create(coupon, _key("coupon", wish.intent, wish.subscription, coupon))
                told = {"discounts": [{"coupon": made.id}]}
            keyed = _key("discount", wish.intent, wish.subscription, told)
            client.v1.subscriptions.update(wish.subscription, told, keyed)

    def forget(self, customer: str) -> None:
        """Delete the customer, which ends the subscriptions; one that is gone is forgotten already."""
        import stripe

        with _asked() as client:
            try:
                client.v1.customers.delete(customer, {}, _key("forget", customer))
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise

    def tax(self, wish: Wish) -> None:
        """Give the subscription the rate of the buyer's tax, or take the old one away."""
        told: dict[str, Any] = {"default_tax_rates": self._tax_rates(wish) or ""}
        with _asked() as client:
            keyed = _key("retax", wish.intent, wish.subscription, told)
            client.v1.subscriptions.update(wish.subscription, told, keyed)

    def desk(self, customer: str, back: str) -> str:
        """Open Stripe's customer portal."""
        with _asked() as client:
            made = client.v1.billing_portal.sessions.create({"customer": customer, "return_url": back})
        return str(made.url)

    def picture(self, customer: str) -> Picture:
        """Fetch a customer's subscriptions, invoices and charges anew."""
        of = {"customer": customer, "limit": MOST}
        with _asked() as client:
            subscriptions = client.v1.subscriptions.list({**of, "status": "all", "expand": ["data.schedule"]})
            invoices = client.v1.invoices.list({**of, "expand": ["data.payments"]})
            charges = client.v1.charges.list({**of, "expand": ["data.refunds"]})
            lists = [
                [one.to_dict() for one in found.auto_paging_iter()] for found in (subscriptions, invoices, charges)
            ]
        return reading.picture(*lists)

    def _price(self, tier: Tier, interval: Interval) -> str:
        """Find the price of a tier by its lookup key, and refuse one that asks for another sum than we show."""
        key = reading.lookup_key(tier, interval)
        with _asked() as client:
            found = [one.to_dict() for one in client.v1.prices.list({"lookup_keys": [key], "active": True}).data]
        wanted = (price(tier, interval), "eur", interval.value)
        for one in found:
            if (one["unit_amount"], one["currency"], one["recurring"]["interval"]) == wanted:
                return str(one["id"])
        raise ProviderError("setup", f"no active price with the lookup key {key} asks for {wanted[0]} cents")

    def make_prices(self) -> list[str]:
        """Make the prices that are missing, once; name them."""
        made = []
        for tier, interval in ((tier, interval) for tier in Tier if tier != Tier.FREE for interval in Interval):
            try:
                self._price(tier, interval)
            except ProviderError as missing:
                if missing.why != "setup":
                    raise
                made.append(self._make_price(tier, interval))
        return made

    def _make_price(self, tier: Tier, interval: Interval) -> str:
        key = reading.lookup_key(tier, interval)
        told = {
            "lookup_key": key,
            "transfer_lookup_key": True,
            "currency": "eur",
            "unit_amount": price(tier, interval),
            "tax_behavior": "exclusive",
            "recurring": {"interval": interval.value},
            "metadata": {"tier": tier.value},
            "product_data": {"name": f"Lagom {tier.value.capitalize()}"},
        }
        with _asked() as client:
            client.v1.prices.create(told, _key("price", told))
        return key

    def _tax_rates(self, wish: Wish) -> list[str]:
        """Find or make the rate of the buyer's tax, so that Stripe asks for what our invoice says; none for none."""
        if not wish.tax.bp:
            return []
        country = wish.buyer.country
        told = {
            "display_name": "VAT",
            "inclusive": False,
            "percentage": percent(wish.tax),
            "country": country,
            "metadata": {"lagom": "vat"},
        }
        with _asked() as client:
            for one in client.v1.tax_rates.list({"active": True, "inclusive": False, "limit": MOST}).auto_paging_iter():
                if (one.country, float(one.percentage)) == (country, float(percent(wish.tax))):
                    return [str(one.id)]
            return [str(client.v1.tax_rates.create(told, _key("tax", told)).id)]


def percent(tax: Tax) -> str:
    """Write a rate as Stripe takes it.

    >>> from tenants.billing.vat import Rule
    >>> percent(Tax(2550, Rule.DESTINATION))
    '25.5'
    """
    return f"{tax.bp / 100:g}"


def read_notice(body: bytes, signature: str) -> Notice:
    """Prove by the signature over the raw body that a message is Stripe's and fresh; raises ProviderError."""
    import stripe

    try:
        event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE)
        return reading.notice(event.to_dict())
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError):
        raise ProviderError("refused", "the message is not Stripe's") from None


@contextmanager
def _asked() -> Iterator[Any]:
    """Lend the client; what Stripe answers instead of an object becomes a word of ours, and no key reaches the log."""
    if not settings.STRIPE_SECRET_KEY:
        raise ProviderError("setup", "no key is set")
    import stripe

    try:
        yield _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("Stripe does not answer: %s", type(error).__name__)
        raise ProviderError("away") from None
    except stripe.CardError as error:
        raise ProviderError("refused", str(error.code)) from None
    except stripe.StripeError as error:
        log.error("Stripe refused: %s %s, request %s", type(error).__name__, error.code, error.request_id)
        raise ProviderError("away" if (error.http_status or 0) >= 500 else "setup") from None


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> Any:
    import stripe

    where = {"base_addresses": {"api": base}} if base else {}
    return stripe.StripeClient(key, max_network_retries=2, http_client=stripe.RequestsClient(timeout=PATIENCE), **where)


def _key(*parts: object) -> dict[str, str]:
    """Name an intent by everything that it is made of: the same is one, anything else is another."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return {"idempotency_key": hashlib.sha256(text.encode()).hexdigest()}


def _payment_methods() -> dict[str, Any]:
    """Offer what the settings name, or let Stripe's own settings decide."""
    kinds = settings.STRIPE_PAYMENT_METHODS
    if not kinds:
        return {}
    options = {"payment_method_options": {"wechat_pay": {"client": "web"}}} if "wechat_pay" in kinds else {}
    return {"payment_method_types": kinds, **options}
