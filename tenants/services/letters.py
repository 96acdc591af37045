"""The one way of every letter: written down in the transaction of what it tells, sealed, and sent by a worker.

Whoever writes a letter uses Django's e-mail functions; `tenants.outbox.EmailBackend` brings it here. A letter is sent
at least once, always under the Message-ID that it was written with, so that a mailbox can tell a second copy.
"""

import json
import logging
import random
import smtplib
import time
from base64 import b64decode, b64encode
from datetime import timedelta
from email.utils import make_msgid
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tenants.errors import Conflict
from tenants.isolation import NoOrganisationError, current_organisation
from tenants.models import Letter
from tenants.sealing import InvalidToken, Purpose, seal, unseal
from tenants.waking import wake

log = logging.getLogger("lagom.letters")
TOPIC = "X-Lagom-Topic"  # a header for the outbox, which takes it off
TASK = "tenants.tasks.post_letters"
LEASE = timedelta(minutes=5)
# Pauses between the 8 tries, a day in all; each is taken up to a fifth shorter.
PAUSES = [timedelta(seconds=s) for s in (15, 60, 300, 1800, 7200, 21_600, 55_200)]
TRIES = len(PAUSES) + 1
KEPT = timedelta(days=30)  # how long one that was given up can be sent again
ROUND = 60.0  # seconds that one postman goes round
PATIENCE = 30  # seconds that a mail server may take
FATAL = 500  # what a mail server refuses with this code and more it refuses tomorrow too
OUR_FAULT = (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused)  # the operator's settings, not the letter


# ── Writing ──


def take(message: EmailMessage) -> int:
    """Write a letter down, once for each reader, so that nobody reads the address of another; return how many."""
    topic = message.extra_headers.pop(TOPIC, "")
    message.extra_headers.setdefault("Message-ID", make_msgid(domain="lagom"))
    sealed = seal(_packed(message), Purpose.LETTERS)
    try:
        firm = current_organisation()
    except NoOrganisationError:
        firm = None
    now = timezone.now()
    readers = message.recipients()
    Letter.objects.bulk_create(Letter(to=to, firm=firm, topic=topic, sealed=sealed, due_at=now) for to in readers)
    wake(TASK)
    return len(readers)


def _packed(message: EmailMessage) -> str:
    """Turn a letter into text; attachments are (name, bytes or text, type)."""
    attached = []
    for name, content, kind in message.attachments:
        raw = content.encode() if isinstance(content, str) else content
        attached.append((name, b64encode(raw).decode(), kind))
    return json.dumps(
        {
            "subject": message.subject,
            "body": message.body,
            "from_email": message.from_email,
            "reply_to": message.reply_to,
            "headers": message.extra_headers,
            "html": [content for content, kind in getattr(message, "alternatives", []) if kind == "text/html"],
            "attached": attached,
        },
        default=str,  # lazily translated words are written in the language of this moment
    )


def _unpacked(letter: Letter) -> EmailMessage:
    kept = json.loads(unseal(letter.sealed, Purpose.LETTERS))
    html, attached = kept.pop("html"), kept.pop("attached")
    message = EmailMultiAlternatives(**kept, to=[letter.to])
    for content in html:
        message.attach_alternative(content, "text/html")
    for name, content, kind in attached:
        message.attach(name, b64decode(content), kind)
    return message


# ── The postman ──


def go_round(most: int = 500) -> int:
    """Send what is due, for a minute at most; return how many tries were made."""
    until = time.monotonic() + ROUND
    for done in range(most):
        letter = _next() if time.monotonic() < until else None
        if letter is None:
            return done
        _send(letter)
    return most


@transaction.atomic
def _next() -> Letter | None:
    due = Letter.objects.filter(due_at__lte=Now()).order_by("due_at")
    letter = due.select_for_update(skip_locked=True).first()
    if letter is not None:  # ours for five minutes; should we die, somebody else sends it again
        Letter.objects.filter(pk=letter.pk).update(due_at=Now() + LEASE, tries=F("tries") + 1)
        letter.tries += 1
    return letter


def _send(letter: Letter) -> None:
    try:
        with get_connection(settings.LETTER_BACKEND, **_patience()) as connection:
            connection.send_messages([_unpacked(letter)])
    except InvalidToken:
        _give_up(letter, "SECRET_KEY was changed since it was written")
    except (smtplib.SMTPException, OSError) as error:
        _failed(letter, error)
    else:
        Letter.objects.filter(pk=letter.pk).delete()
        _tell(letter, well=True)


def _patience() -> dict[str, Any]:
    return {"timeout": PATIENCE} if settings.LETTER_BACKEND.endswith("smtp.EmailBackend") else {}


def _failed(letter: Letter, error: Exception) -> None:
    why = _why(error)
    if letter.tries >= TRIES or _for_ever(error):
        _give_up(letter, why)
        return
    pause = PAUSES[letter.tries - 1] * random.uniform(0.8, 1.0)  # noqa: S311
    Letter.objects.filter(pk=letter.pk).update(due_at=timezone.now() + pause, error=why)
    log.warning("letter %s was not sent at try %d: %s", letter.pk, letter.tries, why)


def _for_ever(error: Exception) -> bool:
    """Tell whether a mail server will never take this letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= FATAL for code, _words in error.recipients.values())
    if not isinstance(error, smtplib.SMTPResponseException) or isinstance(error, OUR_FAULT):
        return False
    return error.smtp_code >= FATAL


def _why(error: Exception) -> str:
    """Write in one line what the mail server said."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {words.decode(errors='replace')}" for code, words in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        said = f"{error.smtp_code} {words}"
    else:
        said = f"{type(error).__name__}: {error}"
    return " ".join(said.replace("\x00", "").split())[:300]


def _give_up(letter: Letter, why: str) -> None:
    Letter.objects.filter(pk=letter.pk).update(due_at=None, error=why)
    log.error("letter %s was given up after %d tries: %s", letter.pk, letter.tries, why)
    _tell(letter, well=False)


def _tell(letter: Letter, *, well: bool) -> None:
    """Tell whoever wrote the letter what became of it."""
    kind, _colon, number = letter.topic.partition(":")
    if kind in settings.LETTER_TOLD and letter.firm is not None:
        import_string(settings.LETTER_TOLD[kind])(organisation_id=letter.firm, number=number, well=well)


# ── What did not arrive ──


def lost(firm: int | None = None) -> QuerySet[Letter]:
    """Return the letters that were given up, the newest first: a firm's, or everybody's."""
    given_up = Letter.objects.filter(due_at=None).defer("sealed").order_by("-created_at")
    return given_up if firm is None else given_up.filter(firm=firm)


def send_again(letter_id: UUID) -> Letter:
    """Let a letter that was given up go round once more."""
    if not Letter.objects.filter(pk=letter_id, due_at=None).update(due_at=Now(), tries=0):
        raise Conflict(_("The letter has been sent, or is on its way."))
    wake(TASK)
    return Letter.objects.get(pk=letter_id)


def forget(firm: int | None = None, topic: str = "") -> None:
    """Drop letters that were given up: a firm's about one thing, which is written anew, or all that are too old."""
    if topic:
        lost(firm).filter(topic=topic).delete()
    Letter.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT).delete()
