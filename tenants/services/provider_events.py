"""Messages of Stripe: kept once by their id, answered at once, and worked off by looking at the customer anew.

What a message says is a hint: nothing of it is kept but what it is about, and nothing of it is believed.
"""

import logging
from datetime import timedelta

from celery import current_app
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone
from redis import RedisError

from tenants.errors import PortalError
from tenants.models import ProviderEvent
from tenants.payments.provider import ProviderError
from tenants.payments.stripe import Stripe, read_notice
from tenants.services import following

log = logging.getLogger("lagom.billing")
TRIES = 20
KEPT = timedelta(days=365)
KEEP = """
INSERT INTO tenants_providerevent (id, kind, customer, payload, attempts, error) VALUES (%s, %s, %s, %s, 0, '')
ON CONFLICT (id) DO NOTHING
"""


@transaction.atomic
def take(*, body: bytes, signature: str) -> bool:
    """Keep a message that is proven to be Stripe's; True the first time. Raises ProviderError for all others."""
    notice = read_notice(body, signature)
    with connection.cursor() as cursor:
        about = f'{{"about": "{"".join(sign for sign in notice.about if sign.isalnum() or sign == "_")}"}}'
        cursor.execute(KEEP, [notice.id, notice.kind, notice.customer, about])
        new: bool = cursor.rowcount == 1
    if new:
        transaction.on_commit(_call)
    return new


def _call() -> None:
    try:
        current_app.send_task("tenants.tasks.follow_providers", queue="quick", expires=60)
    except Exception as error:  # the timetable comes round in a minute anyway
        if not isinstance(error, RedisError | OSError) and type(error).__module__.partition(".")[0] != "kombu":
            raise
        log.warning("the broker does not answer: messages of Stripe wait for the timetable")


def work_off() -> int:
    """Look anew at every customer that a message waits about; return how many messages are done. Safe to repeat."""
    waiting = ProviderEvent.objects.filter(done_at=None, attempts__lt=TRIES).order_by("received_at")
    done = 0
    for customer in dict.fromkeys(waiting.values_list("customer", flat=True)):
        # Named before Stripe is asked: what arrives while it answers waits for the next look.
        done += _followed(customer, list(waiting.filter(customer=customer).values_list("pk", flat=True)))
    return done


def _followed(customer: str, seen: list[str]) -> int:
    if not _looked(customer, seen):
        return 0
    return ProviderEvent.objects.filter(pk__in=seen, done_at=None).update(done_at=timezone.now(), error="")


def _looked(customer: str, seen: list[str]) -> bool:
    try:
        following.follow_customer(customer)
    except (ProviderError, PortalError, DatabaseError) as error:
        log.warning("customer %s could not be followed: %s", customer, type(error).__name__)
        told = f"{type(error).__name__}: {error}"[:500] if not isinstance(error, DatabaseError) else "DatabaseError"
        ProviderEvent.objects.filter(pk__in=seen).update(attempts=F("attempts") + 1, error=told)
        return False
    return True


def reconcile() -> int:
    """Look anew at every customer, whatever was heard, and forget old messages; return how many had lain waiting."""
    ProviderEvent.objects.filter(done_at__lt=timezone.now() - KEPT).delete()
    if not Stripe().is_offered():
        return 0
    waiting = ProviderEvent.objects.filter(done_at=None)
    return sum(
        _followed(customer, list(waiting.filter(customer=customer).values_list("pk", flat=True)))
        for customer in following.followed()
    )
