"""What a firm buys, owes and has paid. (Signatures first; the bodies follow within the hour.)"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from tenants.models import Invoice, Organisation, Payment, User


@dataclass(frozen=True)
class Summary:
    """What a firm buys and owes. status: trial, free, active, unpaid (something is late) or read_only."""

    tier: str
    interval: str
    status: str
    provider: str
    trial_end: dt.date | None
    period_end: dt.date | None
    next_tier: str
    monthly_cents: int
    credit_cents: int
    unpaid: list[Invoice]


def change_tier(*, organisation: Organisation, tier: str, interval: str, by: User | None, reason: str = "") -> Summary:
    """Go up at once, with proration; go down, or to Free, at the end of what is paid for."""
    raise NotImplementedError


def extend_trial(*, organisation: Organisation, days: int, by: User | None, reason: str) -> Summary:
    """Let a firm try longer: from the end of its trial, or from today where that is past and nothing is paid."""
    raise NotImplementedError


def grant_discount(*, organisation: Organisation, percent: int, months: int, by: User | None, reason: str) -> Summary:
    """Take some percent off the months that follow the period that runs."""
    raise NotImplementedError


def grant_credit(*, organisation: Organisation, cents: int, by: User | None, reason: str) -> Summary:
    """Give net money that the next invoices use up."""
    raise NotImplementedError


def book_payment(*, invoice: Invoice, cents: int, on: dt.date, by: User | None, reference: str) -> Payment:
    """Book what came in for an invoice; the same reference twice is booked once."""
    raise NotImplementedError


def summary(organisation: Organisation) -> Summary:
    """Say what a firm buys and owes."""
    raise NotImplementedError


def summaries(organisations: Iterable[Organisation]) -> dict[int, Summary]:
    """Say it of many firms in a few queries, by their ids."""
    raise NotImplementedError
