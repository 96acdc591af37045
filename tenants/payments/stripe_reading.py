"""Reads Stripe's objects, as plain dictionaries of its documented shape (API of 2026), into what we know."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tenants.payments.provider import Bill, Line, Notice, Picture, ProviderError, Refund, Standing
from tenants.tiers import Interval, Tier

log = logging.getLogger("lagom.billing")
Plain = Mapping[str, Any]
LIVE = ("active", "past_due", "unpaid", "trialing", "paused")
BEGUN = (*LIVE, "canceled")
LATE = ("past_due", "unpaid", "canceled")  # what is open of these was asked for in vain; `incomplete` never began


def lookup_key(tier: Tier, interval: Interval) -> str:
    """Name the price of a tier.

    >>> lookup_key(Tier.GROWTH, Interval.YEAR)
    'lagom_growth_year'
    """
    return f"lagom_{tier.value}_{interval.value}"


def moment(seconds: int) -> datetime:
    """Read Stripe's seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def choice(price: Plain) -> tuple[Tier, Interval]:
    """Tell which tier a price is of: by its metadata, which stay when a newer price takes over the lookup key."""
    prefix, _, rest = str(price.get("lookup_key") or "").partition("_")
    named = (price.get("metadata") or {}).get("tier") or (rest.rpartition("_")[0] if prefix == "lagom" else "")
    try:
        return Tier(named), Interval(price["recurring"]["interval"])
    except (ValueError, KeyError, TypeError):
        raise ProviderError("setup", f"the price {price.get('id')} is of no tier") from None


def notice(event: Plain) -> Notice:
    """Read whom an event is about; of its object nothing is believed but the customer, who is looked at anew."""
    about = event["data"]["object"]
    customer = about.get("id") if about.get("object") == "customer" else about.get("customer")
    if isinstance(customer, Mapping):
        customer = customer.get("id")
    named = customer if isinstance(customer, str) else ""
    return Notice(str(event["id"])[:100], str(event["type"])[:60], named[:100], str(about.get("id") or "")[:100])


def picture(subscriptions: Iterable[Plain], invoices: Iterable[Plain], charges: Iterable[Plain]) -> Picture:
    """Put together what Stripe says of one customer."""
    states = {one["id"]: one for one in subscriptions}
    live = sorted((one for one in states.values() if one["status"] in LIVE), key=lambda one: -one["created"])
    if len(live) > 1:
        log.critical("customer %s pays for %s subscriptions: end all but one", live[0]["customer"], len(live))
    begun = sorted((one for one in states.values() if one["status"] in BEGUN), key=lambda one: one["created"])
    bills, ways, late, charges = [], {}, [], list(charges)
    for invoice in invoices:
        if invoice["status"] == "paid":
            bills.append(_bill(invoice))
            ways |= dict.fromkeys(_payments(invoice), invoice["id"])
        elif invoice["status"] == "open" and invoice["attempted"]:
            of = states.get(_subscription(invoice))
            late += [moment(invoice["created"])] if of and of["status"] in LATE else []
    refunds = [
        Refund(one["id"], ways[charge["payment_intent"]], one["amount"], moment(one["created"]))
        for charge in charges
        if charge["payment_intent"] in ways
        for one in (charge.get("refunds") or {}).get("data", [])
        if one["status"] == "succeeded"
    ]
    disputed = {ways[one["payment_intent"]] for one in charges if one.get("disputed") and one["payment_intent"] in ways}
    oldest = tuple(sorted(bills, key=lambda bill: (bill.at, bill.ref)))
    back = tuple(sorted(refunds, key=lambda refund: (refund.at, refund.ref)))
    return Picture(
        standing=_standing(live[0]) if live else None,
        newest=begun[-1]["id"] if begun else "",
        bills=oldest,
        refunds=back,
        late_since=min(late, default=None),
        disputed=tuple(sorted(disputed)),
    )


def _standing(found: Plain) -> Standing:
    (item,) = found["items"]["data"]
    tier, interval = choice(item["price"])
    start, end = moment(item["current_period_start"]), moment(item["current_period_end"])
    schedule = found.get("schedule")
    if found["cancel_at_period_end"] or found.get("cancel_at"):
        return Standing(found["id"], tier, interval, start, end, Tier.FREE, interval)
    told = schedule.get("metadata") or {} if isinstance(schedule, Mapping) else {}
    if "tier" in told and (told["tier"], told["interval"]) != (tier, interval):
        return Standing(found["id"], tier, interval, start, end, Tier(told["tier"]), Interval(told["interval"]))
    return Standing(found["id"], tier, interval, start, end)


def _bill(invoice: Plain) -> Bill:
    net = invoice["total_excluding_tax"]
    net = invoice["total"] if net is None else net
    lines = tuple(
        Line(
            one.get("description") or "",
            one["amount"],
            moment(one["period"]["start"]),
            moment(one["period"]["end"]),
        )
        for one in invoice["lines"]["data"]
    )
    rest = net - sum(line.cents for line in lines)
    if rest:  # discounts, and what did not fit on the first page of lines
        lines += (Line("", rest),)
    paid_at = invoice["status_transitions"]["paid_at"] or invoice["created"]
    # A balance below zero is credit; it is null until the invoice is final.
    used = (invoice.get("ending_balance") or 0) - (invoice.get("starting_balance") or 0)
    return Bill(invoice["id"], moment(paid_at), net, invoice["total"] - net, lines, max(used, 0))


def _payments(invoice: Plain) -> list[str]:
    found = (invoice.get("payments") or {}).get("data", [])
    return [one["payment"]["payment_intent"] for one in found if one["payment"].get("payment_intent")]


def _subscription(invoice: Plain) -> str:
    parent = invoice.get("parent") or {}
    return str((parent.get("subscription_details") or {}).get("subscription") or "")
