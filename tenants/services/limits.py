"""How much of its tier's limits a firm uses, since when that is too much, and what follows."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from tenants.models import LimitState, Organisation
from tenants.services import reminders, subscriptions
from tenants.tiers import GRACE_DAYS, LIMITS, WARN_AT, Tier

FIELDS = {"products": "products", "locations": "locations", "api_calls": "api_calls_a_day"}
COUNT = """
INSERT INTO tenants_limitstate AS l (organisation_id, name, used, over_since) VALUES (%(firm)s, %(name)s, %(used)s,
    CASE WHEN %(used)s > %(allowed)s THEN %(today)s::date END)
ON CONFLICT (organisation_id, name) DO UPDATE SET used = EXCLUDED.used, counted_at = now(),
    over_since = CASE WHEN EXCLUDED.used > %(allowed)s THEN coalesce(l.over_since, %(today)s::date) END,
    warned_at = CASE WHEN EXCLUDED.used >= %(warn)s THEN l.warned_at END
"""


@dataclass(frozen=True)
class Use:
    """One limit. grace_until: the first day on which being over it has consequences; None while not over."""

    name: str  # products, locations, api_calls
    used: int
    allowed: int
    over_since: dt.date | None
    grace_until: dt.date | None

    @property
    def share(self) -> float:
        """Return how full it is; 1.0 is full."""
        return self.used / self.allowed if self.allowed else 0.0

    @property
    def excess(self) -> int:
        """Return how many are beyond it."""
        return max(self.used - self.allowed, 0)

    @property
    def is_past(self) -> bool:
        """Tell whether its days of grace are over."""
        return self.grace_until is not None and timezone.localdate() >= self.grace_until

    @property
    def near(self) -> bool:
        """Tell whether it is time to warn."""
        return self.used >= warn_from(self.allowed)


def warn_from(most: int) -> float:
    """Return from which use on to warn; the one place that every firm has is no reason.

    >>> warn_from(10), warn_from(1)
    (8.0, 2)
    """
    return WARN_AT * most if most > 1 else most + 1


def allowed(organisation: Organisation, name: str) -> int:
    """Return how much of one thing the firm's tier allows."""
    return int(getattr(LIMITS[Tier(organisation.tier)], FIELDS[name]))


def use(organisation: Organisation) -> list[Use]:
    """Say what is used and allowed, limit by limit, as last counted."""
    rows = {row.name: row for row in LimitState.objects.filter(organisation=organisation)}
    return [_use(organisation, name, rows.get(name)) for name in FIELDS]


def _use(organisation: Organisation, name: str, row: LimitState | None) -> Use:
    since, most = row.over_since if row else None, allowed(organisation, name)
    used = row.used if row else 0
    if used <= most:
        since = None
    until = since + dt.timedelta(days=GRACE_DAYS) if since else None
    return Use(name, used, most, since, until)


def count(organisation: Organisation, **used: int) -> None:
    """Write down how much is used; the first time that 80 % are reached, a letter says so.

    Two statements, each of which decides for itself: however many count at once, one of them writes the letter.
    """
    today = subscriptions.today_of(organisation)
    for name, n in used.items():
        most = allowed(organisation, name)
        values: dict[str, Any] = {
            "firm": organisation.pk,
            "name": name,
            "used": n,
            "allowed": most,
            "warn": warn_from(most),
        }
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {**values, "today": today})
        silent = LimitState.objects.filter(organisation=organisation, name=name, warned_at=None)
        if silent.filter(used__gte=warn_from(most)).update(warned_at=timezone.now()):
            told: dict[str, Any] = {"limit_name": name.replace("_", " "), "used": n, "allowed": most}
            reminders.post(organisation, subscriptions.of(organisation), "limit", **told)


def recount(organisation: Organisation) -> None:
    """Hold what is used to another tier's limits: the days of grace begin, or end."""
    rows = LimitState.objects.filter(organisation=organisation).values_list("name", "used")
    count(organisation, **{name: used for name, used in rows if name in FIELDS})


def excess(organisation: Organisation, name: str) -> int:
    """Return how many of the things used have lost their place: none while the days of grace last."""
    found = _use(organisation, name, LimitState.objects.filter(organisation=organisation, name=name).first())
    if found.grace_until is None or subscriptions.today_of(organisation) < found.grace_until:
        return 0
    return found.used - found.allowed
