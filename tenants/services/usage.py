"""Counts what an organisation uses, by day (UTC): calls of the API, series forecast, products planned, files kept."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection

from tenants.isolation import current_organisation
from tenants.models import Usage

KINDS = CALLS, SERIES, PLANNED, STORAGE = "calls", "series", "planned", "storage"


def today() -> date:
    """Return the day that is counted now."""
    return datetime.now(UTC).date()


def count(what: str, n: int = 1) -> int:
    """Add to the count of today and return it; one statement, so that no two calls lose a count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenants_usage AS u (organisation_id, day, what, n) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (organisation_id, day, what) DO UPDATE SET n = u.n + EXCLUDED.n RETURNING n",
            [current_organisation(), today(), what, n],
        )
        return int(cursor.fetchone()[0])


def note(what: str, n: int) -> None:
    """Write how much of one thing there is today; the last word of a day stays."""
    Usage.objects.update_or_create(day=today(), what=what, defaults={"n": n})


def used(what: str, day: date | None = None) -> int:
    """Return the count of one thing on a day."""
    found = Usage.objects.filter(day=day or today(), what=what).values_list("n", flat=True).first()
    return found or 0


def by_day(first: date, last: date) -> dict[date, dict[str, int]]:
    """Return the counts of each day between two, the newest first."""
    found: dict[date, dict[str, int]] = {}
    for row in Usage.objects.filter(day__gte=first, day__lte=last).order_by("-day", "what"):
        found.setdefault(row.day, {})[row.what] = row.n
    return found


def lately() -> dict[str, int]:
    """Return the use of the last thirty days: calls and series in all, products and files as of the last count."""
    days = by_day(today() - timedelta(days=29), today())
    sums = {what: sum(counts.get(what, 0) for counts in days.values()) for what in (CALLS, SERIES)}
    newest = {what: next((c[what] for c in days.values() if what in c), 0) for what in (PLANNED, STORAGE)}
    return sums | newest
