"""What the operator of the portal must know of the business: revenue, who leaves, who is over a limit, who owes."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from tenants.models import (
    AccountManager,
    Departure,
    Invoice,
    LimitState,
    Organisation,
    OrganisationFigures,
    PurgeCertificate,
)
from tenants.services import billing, usage
from tenants.tiers import Tier

CHURN_DAYS = 30


@dataclass(frozen=True)
class TierRevenue:
    """One tier: its firms, how many of them only try it, what they pay a month, net, in cents, and what they use.

    used: API calls and series of the last thirty days, products planned and bytes kept as of the last count.
    """

    tier: str
    firms: int
    trials: int
    cents: int
    used: dict[str, int]

    @property
    def euro(self) -> float:
        """Return the same in euro."""
        return self.cents / 100


@dataclass(frozen=True)
class Churn:
    """Who left in the last thirty days: closing now, removed, and as a share of all who were there."""

    closing: int
    removed: int
    firms: int

    @property
    def share(self) -> float | None:
        """Return which share of the firms left."""
        whole = self.firms + self.removed
        return (self.closing + self.removed) / whole if whole else None


def revenue() -> list[TierRevenue]:
    """Sum up what each tier brings a month."""
    bills = billing.summaries(Organisation.objects.all())
    uses = dict(OrganisationFigures.objects.values_list("organisation_id", "used"))
    found = []
    for tier in Tier:
        mine = {firm: bill for firm, bill in bills.items() if bill.tier == tier}
        trials = sum(bill.status == "trial" for bill in mine.values())
        cents = sum(bill.monthly_cents for bill in mine.values())
        used = {what: sum(uses.get(firm, {}).get(what, 0) for firm in mine) for what in usage.KINDS}
        found.append(TierRevenue(tier.value, len(mine), trials, cents, used))
    return found


def churn() -> Churn:
    """Count who left in the last thirty days."""
    since = timezone.now() - timedelta(days=CHURN_DAYS)
    return Churn(
        closing=Departure.objects.filter(asked_at__gte=since).count(),
        removed=PurgeCertificate.objects.filter(purged_at__gte=since).count(),
        firms=Organisation.objects.count(),
    )


def over_limits() -> list[LimitState]:
    """List the firms that are over a limit, the longest first."""
    rows = LimitState.objects.exclude(over_since=None).select_related("organisation")
    return list(rows.order_by("over_since")[:200])


def unpaid() -> list[Invoice]:
    """List the invoices that are open, the oldest due first."""
    rows = Invoice.objects.filter(state=Invoice.State.OPEN, gross_cents__gt=0, credits=None)
    return list(rows.order_by("due_on", "pk")[:200])


def portfolios() -> list[tuple[AccountManager, int]]:
    """List the account managers with how many firms each has."""
    rows = AccountManager.objects.select_related("user").annotate(firms=Count("assignments"))
    return [(row, row.firms) for row in rows.order_by("-active", "user__email")]


def removed() -> list[PurgeCertificate]:
    """List the firms that were removed, the newest first."""
    return list(PurgeCertificate.objects.order_by("-purged_at")[:50])
