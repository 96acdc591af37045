"""Writes down who did what, each entry sealed to the one before, and proves that none was changed."""

import hashlib
import json
import logging
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from tenants.acting import acting, now_acting
from tenants.isolation import current_organisation, tenant_scope
from tenants.models import AuditEntry, Organisation, User

__all__ = ["acting", "actions", "entries", "faults", "now_acting", "people", "record", "record_everywhere", "verify"]

log = logging.getLogger("lagom.audit")

SEALED = ("actor", "on_behalf_of", "address", "request_id", "reason", "action", "target", "detail", "previous")


def record(action: str, *, by: User | None, target: object = "", reason: str = "", **detail: object) -> None:
    """Write one line of the audit log, in the transaction of the change it tells of.

    Record last: until the transaction ends, no other of the same organisation can write a line.
    """
    organisation, now = current_organisation(), now_acting()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit', %s))", [organisation])
    newest = AuditEntry.objects.order_by("-pk").values_list("seal", flat=True).first()
    entry = AuditEntry(
        at=timezone.now(),
        actor=by.email if by else "lagom",
        on_behalf_of=now.on_behalf_of,
        address=now.address or None,
        request_id=now.request_id,
        reason=reason[:500],
        action=action,
        target=str(target)[:200],
        detail={key: _plain(value) for key, value in detail.items()},
        previous=newest or "",
    )
    entry.seal = seal_of(entry)
    entry.save(force_insert=True)


def record_everywhere(action: str, *, by: User, **detail: Any) -> None:
    """Write one line into the log of every firm the person belongs to: it tells of the person's account."""
    for organisation_id in by.memberships.order_by("organisation_id").values_list("organisation_id", flat=True):
        with tenant_scope(organisation_id):
            record(action, by=by, target=by.email, **detail)


def entries(
    *,
    person: str = "",
    action: str = "",
    target: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
) -> "QuerySet[AuditEntry]":
    """Find what was done in the firm, the newest first; a person also finds what was done on their behalf."""
    found = AuditEntry.objects.order_by("-pk")
    if person:
        found = found.filter(Q(actor=person) | Q(on_behalf_of=person))
    if action:
        found = found.filter(action=action)
    if target:
        found = found.filter(target__icontains=target)
    if since:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=before) if before else found


def people() -> list[str]:
    """List everybody who did something in the firm."""
    return sorted(AuditEntry.objects.order_by().values_list("actor", flat=True).distinct())


def actions() -> list[str]:
    """List everything that was done in the firm at least once."""
    return sorted(AuditEntry.objects.order_by().values_list("action", flat=True).distinct())


def seal_of(entry: AuditEntry) -> str:
    """Return the SHA-256 of all that an entry says and of the seal before it."""
    said = {name: getattr(entry, name) for name in SEALED}
    said |= {"organisation": entry.organisation_id, "at": entry.at.timestamp()}
    text = json.dumps(_even(said), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def faults() -> list[str]:
    """Name every entry of the firm in scope that was changed, and every place where one is missing."""
    found, before = [], ""
    for entry in AuditEntry.objects.order_by("pk").iterator(chunk_size=2000):
        if not entry.seal and not before:
            continue  # from before entries were sealed
        if entry.previous != before:
            found.append(f"an entry before {entry.pk} is missing")
        if entry.seal != seal_of(entry):
            found.append(f"entry {entry.pk} was changed")
        before = entry.seal
    log.info("audit log of organisation %s ends in %s: %s faults", current_organisation(), before or "-", len(found))
    return found


def verify() -> dict[int, list[str]]:
    """Check the log of every firm, one after the other; faults are named in the program's log as critical."""
    wrong = {}
    for organisation_id in Organisation.objects.order_by("pk").values_list("pk", flat=True):
        with tenant_scope(organisation_id, seconds=600):
            if found := faults():
                wrong[organisation_id] = found
                log.critical("the audit log of organisation %s was tampered with: %s", organisation_id, found[:20])
    return wrong


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float | str | list | dict | type(None)) else str(value)


def _even(value: object) -> object:
    # PostgreSQL keeps 1e22 and 10000000000000000000000 as one number: both must have one seal.
    if isinstance(value, dict):
        return {str(key): _even(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_even(inner) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str((Decimal(repr(value)) + 0).normalize())
    return value
