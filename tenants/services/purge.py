"""Removes a firm that has left: every row of every table that names it, every file, and then proves that none is left.

Run as the owner of the tables (`manage.py purge`), for the audit log lets nobody else remove a line.
"""

import logging
import shutil
from datetime import UTC
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tenants import payments
from tenants.errors import Conflict
from tenants.isolation import owner_scope
from tenants.models import Departure, Invoice, Membership, Organisation, PurgeCertificate, Subscription, User
from tenants.payments.provider import ProviderError
from tenants.roles import Role
from tenants.services import leaving

log = logging.getLogger("lagom.purge")

KEPT = {
    "tenants_invoice",
    "tenants_payment",
    "tenants_purgecertificate",
}  # as the law asks, by number alone
CUSTOMERS = "customers at Stripe"  # stands beside the tables in the certificate
LAST = "tenants_departure"  # what lets the audit log be emptied goes after it
MOST_PASSES = 10
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND a.attname = 'organisation_id' AND NOT a.attisdropped ORDER BY c.relname
"""
LINKS = """
SELECT child.relname, parent.relname FROM pg_constraint f JOIN pg_class child ON child.oid = f.conrelid
JOIN pg_class parent ON parent.oid = f.confrelid WHERE f.contype = 'f' AND child.oid <> parent.oid
"""


def every_due() -> list[PurgeCertificate]:
    """Remove all firms whose thirty days are over; one whose customer Stripe did not delete waits for the next time."""
    made = []
    for departure in leaving.due():
        try:
            made.append(firm(departure))
        except ProviderError as error:
            log.error("organisation %s is not removed yet: Stripe: %s", departure.organisation_id, error.why)
    return made


def firm(departure: Departure) -> PurgeCertificate:
    """Remove one firm, send its owners the certificate, which names no person, and return it.

    Raises ProviderError, before anything is removed, where Stripe has a customer and does not delete it now.
    """
    organisation_id, asked_on = departure.organisation_id, departure.asked_at.date()
    if not Departure.objects.filter(pk=organisation_id, due_at__lte=Now()).exists():
        raise Conflict("The thirty days of this firm are not over.")
    organisation = Organisation.objects.get(pk=organisation_id)
    members = Membership.objects.filter(organisation_id=organisation_id)
    owners = list(members.filter(role=Role.OWNER).order_by("pk").values_list("user__email", flat=True))
    people = list(members.values_list("user_id", flat=True))
    elsewhere = _customers(organisation_id)
    removed = _rows(organisation_id) | elsewhere
    files = _files(organisation_id)
    _people(people)
    if left := remaining(organisation_id):
        raise RuntimeError(f"rows of organisation {organisation_id} are left: {left}")
    log.info("organisation %s was removed: %s rows, %s files", organisation_id, sum(removed.values()), files)
    with transaction.atomic():  # no certificate without its letter
        certificate = PurgeCertificate.objects.create(
            organisation_id=organisation_id,
            asked_on=asked_on,
            rows=removed,
            files=files,
            invoices_kept=Invoice.objects.filter(organisation_id=organisation_id).count(),
        )
        certificate.refresh_from_db()
        _tell(certificate, organisation, owners)
    return certificate


def _tell(certificate: PurgeCertificate, organisation: Organisation, owners: list[str]) -> None:
    """Send the certificate to those who owned the firm, in its language."""
    tables = {name: count for name, count in certificate.rows.items() if name != CUSTOMERS}
    context = {
        "certificate": certificate,
        "firm": organisation.name,
        "rows": sum(tables.values()),
        "tables": len([count for count in tables.values() if count]),
        "customer": certificate.rows.get(CUSTOMERS),
        "files": certificate.files,
    }
    with translation.override(organisation.language), timezone.override(UTC):
        subject = " ".join((_("%(firm)s is removed from Lagom") % {"firm": organisation.name}).split())
        body = render_to_string("emails/removed.txt", context)
    for owner in owners:
        EmailMessage(subject, body, to=[owner]).send()


def _customers(organisation_id: int) -> dict[str, int]:
    """Delete the firm's customer at Stripe, and say that one was, or was not; who never was one is not named."""
    row = Subscription.objects.filter(pk=organisation_id).exclude(provider_customer="").first()
    if row is None:
        return {}
    stripe = payments.of("stripe")
    if not stripe.is_offered():
        log.critical("delete the customer %s at Stripe: this site has no key for it any more", row.provider_customer)
        return {CUSTOMERS: 0}
    stripe.forget(row.provider_customer)
    return {CUSTOMERS: 1}


def _rows(organisation_id: int) -> dict[str, int]:
    """Delete until a pass finds nothing more; whoever still writes then has no firm left to point at."""
    removed: dict[str, int] = {}
    with owner_scope(organisation_id) as cursor:  # nobody comes in any more, and running jobs have lost their lease
        for table in ("forecasting_job", "tenants_membership", "tenants_apikey", "tenants_consent"):
            removed[table] = _delete(cursor, table, organisation_id)
        cursor.execute("DELETE FROM tenants_letter WHERE firm = %s", [organisation_id])
        removed["tenants_letter"] = cursor.rowcount
    for _pass in range(MOST_PASSES):
        with owner_scope(organisation_id) as cursor:
            found = {table: _delete(cursor, table, organisation_id) for table in order(cursor) if table != LAST}
            if not any(found.values()):
                removed[LAST] = _delete(cursor, LAST, organisation_id)
                cursor.execute("DELETE FROM tenants_organisation WHERE id = %s", [organisation_id])
                removed["tenants_organisation"] = cursor.rowcount
                break
        for table, n in found.items():
            removed[table] = removed.get(table, 0) + n
    else:
        raise RuntimeError(f"somebody goes on writing for organisation {organisation_id}")
    return {table: n for table, n in sorted(removed.items()) if n}


def _delete(cursor: CursorWrapper, table: str, organisation_id: int) -> int:
    cursor.execute(f'DELETE FROM "{table}" WHERE organisation_id = %s', [organisation_id])  # noqa: S608 - the catalogue's
    return int(cursor.rowcount)


def order(cursor: CursorWrapper) -> list[str]:
    """List every table that names organisations, children before parents, as PostgreSQL's catalogue knows them."""
    cursor.execute(TABLES)
    waiting = [name for (name,) in cursor.fetchall() if name not in KEPT]
    cursor.execute(LINKS)
    links = cursor.fetchall()
    ordered: list[str] = []
    while waiting:
        free = [t for t in waiting if not any(parent == t and child in waiting for child, parent in links)]
        ordered += free or waiting  # keys are checked at the end: a circle is no obstacle
        waiting = [t for t in waiting if t not in ordered]
    return ordered


def remaining(organisation_id: int) -> dict[str, int]:
    """Count what is left of a firm, table by table; empty when nothing is."""
    left = {}
    with owner_scope(organisation_id) as cursor:
        for table in order(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE organisation_id = %s', [organisation_id])  # noqa: S608
            if n := cursor.fetchone()[0]:
                left[table] = n
    if Organisation.objects.filter(pk=organisation_id).exists():
        left["tenants_organisation"] = 1
    return left


def _files(organisation_id: int) -> int:
    folder = Path(settings.MEDIA_ROOT) / str(organisation_id)
    count = sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0
    shutil.rmtree(folder, ignore_errors=True)
    return count


def _people(user_ids: list[int]) -> None:
    """Delete the accounts of those who belonged to no other firm, and look after none."""
    alone = User.objects.filter(pk__in=user_ids, is_staff=False, memberships=None, manages=None)
    for person in alone:
        person.delete()


def certificates() -> list[PurgeCertificate]:
    """List the firms that were removed, the newest first."""
    return list(PurgeCertificate.objects.order_by("-purged_at")[:50])
