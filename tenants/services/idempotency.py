"""Remembers answers of calls that carry an Idempotency-Key, so that a call made twice is done once.

The claim is committed before the work begins, and the answer in the transaction of the work itself: whoever asks again
gets the first answer, or hears that the first call still runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.errors import Conflict, Invalid
from tenants.isolation import current_organisation
from tenants.models import IdempotentCall

KEPT = timedelta(hours=24)
LOST_AFTER = timedelta(minutes=10)  # a call that was never answered: its process died
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes


def claim(*, key: str, fingerprint: str) -> Kept | None:
    """Take a key for this call, or return the answer that it had; commit right after.

    Raises Invalid when it was another call's, Conflict while that one is running.
    """
    if not 0 < len(key) <= LONGEST or not key.isprintable():
        raise Invalid(_("An Idempotency-Key has 1 to 255 printable characters."))
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_idempotentcall WHERE started_at < %s", [now - KEPT])
        cursor.execute(
            "INSERT INTO tenants_idempotentcall AS c "
            "(organisation_id, key, fingerprint, started_at, content_type, headers, answer) "
            "VALUES (%s, %s, %s, %s, '', '{}', '') ON CONFLICT (organisation_id, key) DO UPDATE "
            "SET started_at = EXCLUDED.started_at "
            "WHERE c.status IS NULL AND c.started_at < %s AND c.fingerprint = EXCLUDED.fingerprint",
            [current_organisation(), key, fingerprint, now, now - LOST_AFTER],
        )
        if cursor.rowcount:
            return None
    return _answered(IdempotentCall.objects.get(key=key), fingerprint)


def _answered(call: IdempotentCall, fingerprint: str) -> Kept:
    if call.fingerprint != fingerprint:
        raise Invalid(_("This Idempotency-Key was used for another call. Use a new key for each call."))
    if call.status is None:
        raise Conflict(_("The first call with this Idempotency-Key is still running. Ask again in a moment."))
    return Kept(call.status, call.content_type, call.headers, bytes(call.answer))


def keep(*, key: str, kept: Kept) -> None:
    """Remember the answer of the call that holds the key."""
    IdempotentCall.objects.filter(key=key, status=None).update(
        status=kept.status, content_type=kept.content_type, headers=dict(kept.headers), answer=kept.body
    )


def forget(*, key: str) -> None:
    """Give the key back: the call failed on our side and may be made again."""
    IdempotentCall.objects.filter(key=key, status=None).delete()
