"""Writes invoices and credit notes, numbered without gaps, and says what of them is still owed."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils import timezone

from tenants.billing import vat
from tenants.billing.life import Charge
from tenants.billing.periods import rounded
from tenants.billing.references import creditor_reference
from tenants.models import Invoice, Organisation, Subscription
from tenants.payments.provider import Bill, Line

log = logging.getLogger("lagom.billing")
DUE_DAYS = 14
RAISE = """
INSERT INTO tenants_invoicecounter AS c (year, last) VALUES (%s, 1)
ON CONFLICT (year) DO UPDATE SET last = c.last + 1 RETURNING last
"""


def next_number(year: int) -> tuple[str, int]:
    """Take the next number of a year; its counter stays locked until the transaction ends, so none is left out."""
    with connection.cursor() as cursor:
        cursor.execute(RAISE, [year])
        (sequence,) = cursor.fetchone()
    return f"{settings.INVOICE_PREFIX}{year}-{sequence:05d}", sequence


def issue(
    *, organisation: Organisation, row: Subscription, lines: Sequence[Charge], on: date, provider_ref: str = ""
) -> Invoice:
    """Write the invoice of these lines; one of nothing is settled at once."""
    buyer = buyer_of(organisation, row)
    tax = vat.tax(seller=settings.SELLER_COUNTRY, buyer=buyer["country"], vat_id=buyer["vat_id"])
    net = sum(line.cents for line in lines)
    return _write(
        organisation_id=organisation.pk,
        on=on,
        lines=[_plain(line) for line in lines],
        sums=(net, tax.on(net)),
        terms={
            "due_on": on + timedelta(days=DUE_DAYS),
            "vat_bp": tax.bp,
            "vat_rule": tax.rule.value,
            "buyer": buyer,
            "language": organisation.language,
            "provider": row.provider,
            "provider_ref": provider_ref,
        },
    )


def book(*, organisation: Organisation, row: Subscription, bill: Bill, on: date) -> Invoice:
    """Write the invoice of what a provider was paid: its lines and sums, our number, our reason for the VAT."""
    buyer = buyer_of(organisation, row)
    tax = vat.tax(seller=settings.SELLER_COUNTRY, buyer=buyer["country"], vat_id=buyer["vat_id"])
    bp = tax.bp
    if tax.on(bill.net) != bill.tax:  # asked for before the buyer's details changed, or by taxes set up at Stripe
        log.warning("bill %s holds %s cents of tax, by our table it is %s", bill.ref, bill.tax, tax.on(bill.net))
        tax = vat.tax(seller=settings.SELLER_COUNTRY, buyer=buyer["country"]) if bill.tax else tax
        bp = rounded(bill.tax * 10_000, bill.net) if bill.net else 0
    return _write(
        organisation_id=organisation.pk,
        on=on,
        lines=[_told(line) for line in bill.lines],
        sums=(bill.net, bill.tax),
        terms={
            "due_on": on,
            "vat_bp": bp,
            "vat_rule": tax.rule.value,
            "buyer": buyer,
            "language": organisation.language,
            "provider": "stripe",
            "provider_ref": bill.ref,
        },
    )


def _told(line: Line) -> dict[str, Any]:
    days = (
        {"start": line.start.date().isoformat(), "end": line.end.date().isoformat()} if line.start and line.end else {}
    )
    return {"kind": "stripe", "words": line.words, "cents": line.cents, **days}


def net_of(invoice: Invoice, gross: int) -> int:
    """Return the net part of a gross part of an invoice, so that the whole is the whole."""
    return rounded(gross * invoice.net_cents, invoice.gross_cents)


def credit(
    *, invoice: Invoice, net: int, on: date, reason: str, tax: int | None = None, provider_ref: str = ""
) -> Invoice:
    """Take back a part of an invoice, or all; its VAT goes back in step, so that all of it is all of the VAT.

    tax: what a provider took back of it, where it says so. Raises ValueError for more than is left of the invoice.
    """
    before = -_sum(invoice.credit_notes.all(), "net_cents")
    if not 0 < net <= invoice.net_cents - before:
        raise ValueError(f"of {invoice.number} only {invoice.net_cents - before} is left to take back, not {net}")
    if tax is None:
        whole = vat.Tax(invoice.vat_bp, vat.Rule(invoice.vat_rule)).on(before + net)
        tax = whole + _sum(invoice.credit_notes.all(), "vat_cents")
    terms = {"due_on": on, "credits": invoice, "reason": reason, "provider_ref": provider_ref}
    names = ("vat_bp", "vat_rule", "buyer", "language", "provider")
    note = _write(
        organisation_id=invoice.organisation_id,
        on=on,
        lines=[{"kind": "back", "cents": -net, "number": invoice.number}],
        sums=(-net, -tax),
        terms={**{name: getattr(invoice, name) for name in names}, **terms},
    )
    Invoice.objects.filter(pk=note.pk, state=Invoice.State.OPEN).update(state=Invoice.State.PAID)
    settle(invoice)
    return note


def _write(
    *, organisation_id: int, on: date, lines: list[dict[str, Any]], sums: tuple[int, int], terms: dict[str, Any]
) -> Invoice:
    number, sequence = next_number(on.year)
    net, tax = sums
    made = Invoice(
        organisation_id=organisation_id,
        number=number,
        year=on.year,
        sequence=sequence,
        issued_on=on,
        lines=lines,
        net_cents=net,
        vat_cents=tax,
        gross_cents=net + tax,
        seller=seller(),
        reference=creditor_reference(number),
        **terms,
    )
    if not made.gross_cents:
        made.state, made.settled_at = Invoice.State.PAID, timezone.now()
    made.save(force_insert=True)
    return made


def seller() -> dict[str, str]:
    """Say who sells, as the settings tell."""
    names = ("name", "address", "country", "vat_id", "iban", "bic", "email")
    return {name: str(getattr(settings, f"SELLER_{name.upper()}")) for name in names}


def buyer_of(organisation: Organisation, row: Subscription) -> dict[str, str]:
    """Say who buys: what was entered for bills, else what is known of the firm."""
    return {
        "name": row.billing_name or organisation.name,
        "address": row.billing_address or organisation.address,
        "country": row.billing_country or organisation.country,
        "vat_id": row.vat_id,
        "email": row.billing_email,
    }


def outstanding(invoice: Invoice) -> int:
    """Return what is still owed of an invoice: gross, less credit notes, less what was paid."""
    return invoice.gross_cents + _sum(invoice.credit_notes.all(), "gross_cents") - _sum(invoice.payments.all(), "cents")


def settle(invoice: Invoice) -> bool:
    """Mark an invoice as settled once nothing of it is owed."""
    if outstanding(invoice) > 0:
        return False
    taken_back = -_sum(invoice.credit_notes.all(), "gross_cents") >= invoice.gross_cents > 0
    state = Invoice.State.VOID if taken_back else Invoice.State.PAID
    still = Invoice.objects.filter(pk=invoice.pk, state=Invoice.State.OPEN)
    return bool(still.update(state=state, settled_at=timezone.now()))


def of(organisation: Organisation) -> QuerySet[Invoice]:
    """List a firm's invoices and credit notes, the newest first."""
    return Invoice.objects.filter(organisation_id=organisation.pk).select_related("credits").order_by("-pk")


def owed(organisation_ids: Iterable[int]) -> QuerySet[Invoice]:
    """List what is not settled, the oldest first."""
    return Invoice.objects.filter(
        organisation_id__in=list(organisation_ids), state=Invoice.State.OPEN, credits=None
    ).order_by("pk")


def _sum(rows: QuerySet[Any], name: str) -> int:
    return rows.aggregate(total=Sum(name))["total"] or 0


def _plain(line: Charge) -> dict[str, Any]:
    values = asdict(line)
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
