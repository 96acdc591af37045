"""Follows a provider that moves subscriptions itself: whatever was heard, all is looked at anew and set to what is so.

One customer at a time: a lock is taken before the provider is asked, so that an older answer never lands on a newer.
"""

import datetime as dt
import logging
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from tenants import payments
from tenants.billing import life
from tenants.billing.life import Account, Status, Step
from tenants.billing.periods import local_day
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invoice, Organisation, Payment, Subscription
from tenants.payments.provider import Bill, Picture, Refund, Standing
from tenants.services import audit, billing, invoices, reminders, subscriptions

log = logging.getLogger("lagom.billing")
PROVIDER = "stripe"
PATIENCE = 120  # seconds that one waits while another asks about the same customer


def follow_customer(customer: str) -> bool:
    """Set the firm that pays as this customer to what the provider says; False where the customer is nobody of ours."""
    row = Subscription.objects.filter(provider_customer=customer).first() if customer else None
    if row is None:
        return False
    organisation = Organisation.objects.get(pk=row.organisation_id)
    with tenant_scope(organisation.pk, seconds=PATIENCE):
        follow(organisation)
    return True


@transaction.atomic
def follow(organisation: Organisation) -> None:
    """Lock, ask, set; the scope of the firm is open. Safe to repeat: what is so already is not written again."""
    customer = subscriptions.of(organisation).provider_customer
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{PROVIDER} {customer}"])
    seen = payments.of(PROVIDER).picture(customer)
    organisation.refresh_from_db()
    _stand(organisation, seen)
    for bill in seen.bills:
        _book(organisation, bill)
    for refund in seen.refunds:
        _give_back(organisation, refund)
    for ref in seen.disputed:
        _tell_dispute(organisation, ref)
    Subscription.objects.filter(pk=organisation.pk).update(synced_at=timezone.now())


# ── The subscription ──


def _stand(organisation: Organisation, seen: Picture) -> None:
    row = subscriptions.of(organisation)
    account = before = subscriptions.account_of(row)
    letters: tuple[str, ...] = ()
    names = {"provider": row.provider, "provider_subscription": seen.newest}
    # One that began and ended before we heard of it has ended the trial as any other does; a later trial stays.
    unheard = before.status == Status.TRIAL and seen.newest != row.provider_subscription
    if seen.standing is not None:
        account = _standing(account, seen.standing, organisation.time_zone)
        names = {"provider": PROVIDER, "provider_subscription": seen.standing.ref}
    elif row.provider == PROVIDER or unheard:
        account, letters = life.ended(account), ("ended",)
        names["provider"] = "transfer"
    account = _late(organisation, account, seen.late_since)
    if account == before and all(getattr(row, name) == value for name, value in names.items()):
        return
    billing.move(organisation, row, Step(account, letters=letters), others=names)
    if account.failed_on is None and before.failed_on is not None:
        subscriptions.open_again(organisation.pk)
    told: dict[str, Any] = {
        "from": before.tier.value,
        "to": account.tier.value,
        "next": row.next_tier,
        "until": row.period_end,
    }
    audit.record("billing.followed", by=None, target=organisation, **told)


def _standing(account: Account, found: Standing, zone: str) -> Account:
    start, end = local_day(found.start, zone), local_day(found.end, zone)
    return replace(
        account,
        status=Status.ACTIVE,
        tier=found.tier,
        interval=found.interval,
        trial_end=None,
        anchor=start,
        period_start=start,
        period_end=max(end, start + dt.timedelta(days=1)),
        off_bp=0,
        next_tier=found.next_tier,
        next_interval=found.next_interval,
    )


def _late(organisation: Organisation, account: Account, since: dt.datetime | None) -> Account:
    """Remember what the provider could not collect, and our own invoices that are late; forget what is paid."""
    days = [local_day(since, organisation.time_zone)] if since else []
    days += billing.late_days(organisation)
    return life.failed(account, min(days)) if days else life.settled(account)


# ── Its bills and refunds, each once by its name there ──


def _booked(ref: str) -> bool:
    return Invoice.objects.filter(provider=PROVIDER, provider_ref=ref).exists()


def _book(organisation: Organisation, bill: Bill) -> None:
    if bill.gross == 0 or _booked(bill.ref):
        return
    row, day = subscriptions.of(organisation), local_day(bill.at, organisation.time_zone)
    if bill.gross < 0:
        _take_back(organisation, bill, day)
        return
    made = invoices.book(organisation=organisation, row=row, bill=bill, on=day)
    _pay(made, bill.gross - bill.from_credit, day, bill.ref)
    _pay(made, bill.from_credit, day, f"{bill.ref} credit")
    reminders.post(organisation, row, "invoice", made)
    audit.record("billing.payment_booked", by=None, target=made.number, cents=bill.gross, reference=bill.ref)


def _take_back(organisation: Organisation, bill: Bill, day: dt.date) -> None:
    """Answer a bill below zero by a credit note to the newest invoice with so much left."""
    for invoice in invoices.of(organisation).filter(credits=None, provider=PROVIDER, net_cents__gte=-bill.net):
        if -bill.net <= invoice.net_cents + _taken(invoice, "net_cents"):
            invoices.credit(invoice=invoice, net=-bill.net, tax=-bill.tax, on=day, reason="", provider_ref=bill.ref)
            return
    log.critical("bill %s of firm %s gives back more than any invoice holds", bill.ref, organisation.pk)


def _give_back(organisation: Organisation, refund: Refund) -> None:
    of = invoices.of(organisation).filter(provider=PROVIDER, provider_ref=refund.bill, credits=None).first()
    if of is None or _booked(refund.ref):
        return
    before, day = -_taken(of, "gross_cents"), local_day(refund.at, organisation.time_zone)
    gross = min(refund.cents, of.gross_cents - before)
    net = invoices.net_of(of, before + gross) - invoices.net_of(of, before)
    if gross <= 0:
        return
    told: dict[str, Any] = {"net": net, "tax": gross - net, "on": day, "reason": "", "provider_ref": refund.ref}
    note = invoices.credit(invoice=of, **told)
    _pay(of, -gross, day, refund.ref)
    audit.record("billing.refunded", by=None, target=note.number, cents=gross, reference=refund.ref)


def _tell_dispute(organisation: Organisation, bill: str) -> None:
    """Tell the operator once that a payment is disputed at the bank; what follows from it is for people to decide."""
    of = invoices.of(organisation).filter(provider=PROVIDER, provider_ref=bill, credits=None).first()
    if of is None or AuditEntry.objects.filter(action="billing.disputed", target=of.number).exists():
        return
    log.critical("the payment of invoice %s of firm %s is disputed: answer it at Stripe", of.number, organisation.pk)
    audit.record("billing.disputed", by=None, target=of.number, cents=of.gross_cents, reference=bill)


def _taken(invoice: Invoice, name: str) -> int:
    return invoice.credit_notes.aggregate(sum=Sum(name))["sum"] or 0


def _pay(invoice: Invoice, cents: int, day: dt.date, ref: str) -> None:
    told = {"cents": cents, "on": day, "reference": ref, "by": PROVIDER}
    if cents:
        Payment.objects.create(organisation_id=invoice.organisation_id, invoice=invoice, **told)
    invoices.settle(invoice)


def followed() -> list[str]:
    """List the customers to look at anew every hour."""
    firms = Subscription.objects.exclude(provider_customer="")
    return list(firms.order_by("synced_at").values_list("provider_customer", flat=True))
