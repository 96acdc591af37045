"""Keeps what a firm has chosen: a row that only one change at a time can move, by its version."""

import dataclasses
from collections.abc import Iterable
from datetime import date

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.billing import life
from tenants.billing.life import Account, Status
from tenants.billing.periods import local_day
from tenants.errors import Conflict
from tenants.models import CreditEntry, Organisation, Subscription
from tenants.tiers import Interval, Tier

KEPT = [field.name for field in dataclasses.fields(Account) if field.name != "credit"]
UNPAID = "unpaid"  # the state's reason, by which a payment finds what it may open again


def today_of(organisation: Organisation) -> date:
    """Return the day that it is where the firm is."""
    return local_day(timezone.now(), organisation.time_zone)


def begin(organisation: Organisation) -> Subscription:
    """Begin the trial of a firm; a firm has one subscription and keeps the one it has."""
    return begin_each([organisation])[organisation.pk]


def begin_each(organisations: Iterable[Organisation]) -> dict[int, Subscription]:
    """Begin the trials of many firms in two queries; return what each of them has, by the firms' ids."""
    firms = list(organisations)
    if not firms:
        return {}
    made = [Subscription(organisation=firm, **_columns(life.trial(today_of(firm)))) for firm in firms]
    Subscription.objects.bulk_create(made, ignore_conflicts=True)  # another may have been faster: theirs stays
    return {row.organisation_id: row for row in Subscription.objects.filter(organisation__in=firms)}


def of(organisation: Organisation) -> Subscription:
    """Return the firm's subscription."""
    return Subscription.objects.filter(organisation=organisation).first() or begin(organisation)


def account_of(row: Subscription, credit: int | None = None) -> Account:
    """Read a row as the pure rules take it, with the firm's credit: what is given here, else it is asked for."""
    values = {name: getattr(row, name) for name in KEPT}
    return Account(
        **values
        | {
            "status": Status(row.status),
            "tier": Tier(row.tier),
            "interval": Interval(row.interval),
            "next_tier": Tier(row.next_tier) if row.next_tier else None,
            "next_interval": Interval(row.next_interval) if row.next_interval else None,
            "credit": credit_of(row.organisation_id) if credit is None else credit,
        }
    )


def credit_of(organisation_id: int) -> int:
    """Return the credit that a firm has left, in net cents."""
    found = CreditEntry.objects.filter(organisation_id=organisation_id).aggregate(left=Sum("cents"))
    return found["left"] or 0


def keep(row: Subscription, account: Account, **others: object) -> None:
    """Write what an event made of a row, unless another was faster: then nothing is written, and Conflict raised."""
    changed = Subscription.objects.filter(pk=row.pk, version=row.version).update(
        version=F("version") + 1, **_columns(account), **others
    )
    if not changed:
        raise Conflict(_("Somebody changed the subscription at this moment. Look at it again."))
    Organisation.objects.filter(pk=row.organisation_id).exclude(tier=account.tier.value).update(tier=account.tier.value)
    row.refresh_from_db()


def _columns(account: Account) -> dict[str, object]:
    values = {name: getattr(account, name) for name in KEPT}
    words = {"next_tier", "next_interval"}
    return {name: (value or "") if name in words else value for name, value in values.items()}


def close_to_reading(organisation_id: int) -> bool:
    """Let a firm that owes for a month only read and export; True if it could do more until now."""
    active = Organisation.objects.filter(pk=organisation_id, state=Organisation.State.ACTIVE)
    return bool(active.update(state=Organisation.State.READ_ONLY, state_reason=UNPAID))


def open_again(organisation_id: int) -> bool:
    """Let a firm work again that could only read because it owed."""
    closed = Organisation.objects.filter(pk=organisation_id, state=Organisation.State.READ_ONLY, state_reason=UNPAID)
    return bool(closed.update(state=Organisation.State.ACTIVE, state_reason=""))
