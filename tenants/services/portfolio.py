"""Ranks the firms of a portfolio by what needs care, and says why in words; it knows sums and dates, never rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.models import Organisation, OrganisationFigures, User
from tenants.services import account_managers, billing

STALE_UPLOAD, STALE_RUN, NEW = timedelta(days=14), timedelta(days=14), timedelta(days=2)
TRIAL_DAYS = 5
READY, FOLLOWED = 60, 50
State = Organisation.State


@dataclass(frozen=True)
class Care:
    """One reason to look after a firm. weight: how urgent, up to 100; level: red, amber or grey."""

    kind: str
    weight: int
    level: str
    words: str


@dataclass(frozen=True)
class Firm:
    """One firm of the portfolio, with what it buys and how it is doing."""

    organisation: Organisation
    figures: OrganisationFigures
    bill: billing.Summary
    cares: list[Care] = field(default_factory=list)

    @property
    def manager(self) -> str:
        """Name who looks after it; empty where the operator does."""
        assigned = getattr(self.organisation, "assignment", None)
        return assigned.manager.user.email if assigned else ""

    @property
    def weight(self) -> int:
        """Return how much care it needs: the most urgent reason counts most, the others break ties."""
        weights = [care.weight for care in self.cares]
        return max(weights, default=0) * 1000 + sum(weights)

    @property
    def unpaid_cents(self) -> int:
        """Return what is open on its invoices."""
        return sum(invoice.gross_cents for invoice in self.bill.unpaid)

    @property
    def unpaid(self) -> Decimal:
        """Return the same in euro."""
        return Decimal(self.unpaid_cents) / 100

    @property
    def revenue(self) -> Decimal:
        """Return what it pays a month, net, in euro."""
        return Decimal(self.bill.monthly_cents) / 100

    @property
    def failed(self) -> int:
        """Return how many imports and other jobs failed lately."""
        return self.figures.failed_imports + self.figures.failed_jobs


def of(user: User, now: datetime | None = None) -> list[Firm]:
    """Return the firms of a person's portfolio, what needs care first; a bounded number of queries."""
    return ranked(list(account_managers.portfolio(user)), now or timezone.now())


def one(organisation: Organisation) -> Firm:
    """Return one firm with all that a manager may know of it."""
    return ranked([organisation], timezone.now())[0]


def ranked(organisations: Iterable[Organisation], now: datetime) -> list[Firm]:
    """Put firms in the order of the care they need."""
    firms = list(organisations)
    bills = billing.summaries(firms)
    found = []
    for organisation in firms:
        figures = getattr(organisation, "figures", None) or _uncounted(organisation)
        bill = bills[organisation.pk]
        found.append(Firm(organisation, figures, bill, cares(organisation, figures, bill, now)))
    return sorted(found, key=lambda firm: (-firm.weight, firm.organisation.name))


def _uncounted(organisation: Organisation) -> OrganisationFigures:
    return OrganisationFigures(organisation=organisation, counted_at=None)  # type: ignore[misc]  # it is never saved


def cares(organisation: Organisation, figures: OrganisationFigures, bill: billing.Summary, now: datetime) -> list[Care]:
    """Say what of a firm needs care, the most urgent first."""
    found = [*_standing(organisation), *_money(bill, now), *_work(figures), *_habits(organisation, figures, now)]
    return sorted(found, key=lambda care: -care.weight)


def _standing(organisation: Organisation) -> list[Care]:
    said = {
        State.SUSPENDED.value: Care("state", 95, "red", _("Suspended")),
        State.READ_ONLY.value: Care("state", 92, "red", _("Read-only")),
        State.CLOSING.value: Care("state", 85, "red", _("Is leaving")),
    }
    return [said[organisation.state]] if organisation.state in said else []


def _money(bill: billing.Summary, now: datetime) -> list[Care]:
    found, today = [], now.date()
    late = [invoice for invoice in bill.unpaid if invoice.due_on < today]
    if late:
        days = max((today - invoice.due_on).days for invoice in late)
        words = ngettext("An invoice is %(n)d day late", "An invoice is %(n)d days late", days) % {"n": days}
        found.append(Care("unpaid", 90, "red", words))
    left = (bill.trial_end - today).days if bill.status == "trial" and bill.trial_end else None
    if left is not None and left <= TRIAL_DAYS:
        words = ngettext("Trial ends in %(n)d day", "Trial ends in %(n)d days", max(left, 0)) % {"n": max(left, 0)}
        found.append(Care("trial", 65, "amber", words))
    return found


def _work(figures: OrganisationFigures) -> list[Care]:
    found = []
    if n := figures.failed_jobs:
        words = ngettext("%(n)d job failed in 14 days", "%(n)d jobs failed in 14 days", n) % {"n": n}
        found.append(Care("failed", 80, "red", words))
    if n := figures.failed_imports:
        words = ngettext("%(n)d import failed in 14 days", "%(n)d imports failed in 14 days", n) % {"n": n}
        found.append(Care("failed", 78, "red", words))
    return found


def _habits(organisation: Organisation, figures: OrganisationFigures, now: datetime) -> list[Care]:
    found = []
    if figures.last_upload_at is None:
        if now - organisation.created_at > NEW:
            found.append(Care("no_data", 60, "amber", _("Has not uploaded anything yet")))
    elif now - figures.last_upload_at > STALE_UPLOAD:
        words = _("No upload for %(n)d days") % {"n": (now - figures.last_upload_at).days}
        found.append(Care("stale", 50, "amber", words))
    if figures.last_run_at is not None and now - figures.last_run_at > STALE_RUN:
        words = _("No plan for %(n)d days") % {"n": (now - figures.last_run_at).days}
        found.append(Care("stale", 55, "amber", words))
    if figures.readiness is not None and figures.readiness < READY:
        words = _("Data are %(n)d %% ready") % {"n": figures.readiness}
        found.append(Care("readiness", 40, "amber", words))
    if figures.adherence is not None and figures.adherence < FOLLOWED:
        words = _("Follows %(n)d %% of the plan") % {"n": figures.adherence}
        found.append(Care("adherence", 30, "amber", words))
    if figures.at_risk:
        found.append(Care("at_risk", 20, "amber", _("Sales at risk of stock-outs")))
    return found
