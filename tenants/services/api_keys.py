"""Makes, finds and revokes the keys by which programs come in.

A key reads lg_<r|w>_<prefix>_<secret><checksum>: 43 signs of base62 hold 256 random bits, the last 6 are the CRC-32 of
all before, so that a scanner or a slip of the hand is told apart without asking the database.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import ApiKey, Organisation, User
from tenants.services import audit

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET, CHECKSUM, PREFIX = 43, 6, 8
SHAPE = re.compile(rf"lg_([rw])_([0-9A-Za-z]{{{PREFIX}}})_([0-9A-Za-z]{{{SECRET + CHECKSUM}}})")
MOST_KEYS = 50
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh key: its row, and the text that is shown once."""

    row: ApiKey
    text: str


def make(*, organisation: Organisation, name: str, scope: str, by: User, expires_at: datetime | None = None) -> Made:
    """Make a key; the text returned is the only copy."""
    if not name.strip():
        raise Invalid(_("Give the key a name, so that you know later what uses it."))
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(_("This key would have expired already."))
    if ApiKey.objects.filter(organisation=organisation, revoked_at=None).count() >= MOST_KEYS:
        raise Conflict(_("A firm has at most %(n)d keys. Revoke one that is not used.") % {"n": MOST_KEYS})
    prefix = "".join(secrets.choice(SIGNS) for _sign in range(PREFIX))
    body = f"lg_{ApiKey.Scope(scope).value}_{prefix}_{_in_base62(secrets.randbits(256), SECRET)}"
    text = body + checksum(body)
    row = ApiKey.objects.create(
        organisation=organisation,
        name=name.strip()[:100],
        scope=scope,
        prefix=prefix,
        secret_hash=_keyed_hash(text),
        made_by=by.email,
        expires_at=expires_at,
    )
    audit.record("key.made", by=by, target=f"{row.name} ({row})", scope=scope, expires_at=expires_at)
    return Made(row, text)


def checksum(body: str) -> str:
    """Return the last signs of a key: the CRC-32 of the others in base62."""
    return _in_base62(zlib.crc32(body.encode()), CHECKSUM)


def _in_base62(number: int, length: int) -> str:
    signs = []
    for _place in range(length):
        number, rest = divmod(number, 62)
        signs.append(SIGNS[rest])
    return "".join(reversed(signs))


def _keyed_hash(text: str) -> str:
    pepper = hashlib.sha256(b"lagom api keys" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(pepper, text.encode(), hashlib.sha256).hexdigest()


def find(text: str) -> ApiKey | None:
    """Return the key that a text is, with its organisation; None for one that is wrong, revoked or expired."""
    shape = SHAPE.fullmatch(text)
    if shape is None or not hmac.compare_digest(checksum(text[:-CHECKSUM]), text[-CHECKSUM:]):
        return None
    row = ApiKey.objects.select_related("organisation").filter(_alive(), prefix=shape[2], scope=shape[1]).first()
    # What is hashed when no row was found costs the same, so that time tells nothing about prefixes.
    known = row.secret_hash if row else "0" * 64
    return row if hmac.compare_digest(_keyed_hash(text), known) else None


def _alive() -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=Now()))


def is_alive(key: ApiKey) -> bool:
    """Ask again whether a key still opens: it may have been revoked while a long body came in."""
    return ApiKey.objects.filter(_alive(), pk=key.pk).exists()


def seen(key: ApiKey) -> None:
    """Write down that the key was used, once a minute at most."""
    if key.last_used_at is None or timezone.now() - key.last_used_at > SEEN_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=Now())


def of(*, organisation: Organisation) -> list[ApiKey]:
    """List the keys, those that open first, the newest first."""
    rows = list(ApiKey.objects.filter(organisation=organisation).order_by("-created_at"))
    return sorted(rows, key=lambda row: row.revoked_at is not None)


def revoke(*, organisation: Organisation, key_id: int, by: User) -> ApiKey:
    """End a key; the next call with it is refused, also one whose body is still coming in."""
    row = ApiKey.objects.filter(organisation=organisation, pk=key_id).first()
    if row is None:
        raise NotFound(_("There is no such key."))
    if not ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=Now(), revoked_by=by.email):
        raise Conflict(_("This key was revoked before."))
    audit.record("key.revoked", by=by, target=f"{row.name} ({row})")
    return row


def end_of(*, organisation: Organisation, person: User, by: User) -> list[str]:
    """End the keys that somebody made, and so knows, as they leave the firm or own it no more; return their names."""
    rows = list(ApiKey.objects.filter(organisation=organisation, made_by=person.email, revoked_at=None).order_by("pk"))
    ApiKey.objects.filter(pk__in=[row.pk for row in rows]).update(revoked_at=Now(), revoked_by=by.email)
    for row in rows:
        audit.record("key.revoked", by=by, target=f"{row.name} ({row})")
    return [row.name for row in rows]
