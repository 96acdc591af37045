"""Tells other programs what happened: endpoints, messages in the transaction of what they tell, and the postman.

Messages follow the Standard Webhooks specification (webhook-id, webhook-timestamp, webhook-signature).
"""

import base64
import http.client
import json
import logging
import random
import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.mail import send_mail
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import current_organisation, tenant_scope
from tenants.models import Membership, User, WebhookDelivery, WebhookEndpoint, WebhookTurn
from tenants.roles import Role
from tenants.sealing import Purpose, seal, unseal
from tenants.services import audit, egress
from tenants.waking import wake

log = logging.getLogger("lagom.webhooks")
EVENTS = (
    "upload.done",
    "run.done",
    "run.failed",
    "plan.published",
    "proposal.accepted",
    "order.sent",
    "stock.below_reorder",
    "limit.warning",
)
MOST_ENDPOINTS = 20
KEPT = timedelta(days=30)
LEASE = timedelta(seconds=60)
# Pauses between the 8 tries, 24 hours in all; each is taken up to a fifth shorter.
PAUSES = [timedelta(seconds=s) for s in (5, 60, 300, 1800, 7200, 21_600, 55_200)]
TRIES = len(PAUSES) + 1
ROUND = 60.0  # seconds that one postman goes round
SHOWN = 500  # signs of an answer that the log keeps
State = WebhookDelivery.State


# ── Endpoints ──


def add(*, url: str, events: list[str], by: User) -> tuple[WebhookEndpoint, str]:
    """Write an endpoint down; return it with the secret that its messages are signed with."""
    egress.checked(url)
    if not events or not set(events) <= set(EVENTS):
        raise Invalid(_("Choose events from: %(events)s.") % {"events": ", ".join(EVENTS)})
    if WebhookEndpoint.objects.count() >= MOST_ENDPOINTS:
        raise Conflict(_("A firm has at most %(n)d webhooks. Remove one first.") % {"n": MOST_ENDPOINTS})
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    endpoint = WebhookEndpoint.objects.create(
        url=url, events=sorted(set(events)), secret=seal(secret, Purpose.WEBHOOKS), made_by=by.email
    )
    audit.record("webhook.added", by=by, target=url, events=endpoint.events)
    return endpoint, secret


def secret_of(endpoint: WebhookEndpoint) -> str:
    """Return the secret that an endpoint's messages are signed with."""
    return unseal(endpoint.secret, Purpose.WEBHOOKS)


def endpoints() -> list[WebhookEndpoint]:
    """List the endpoints, the oldest first."""
    return list(WebhookEndpoint.objects.order_by("created_at"))


def get(endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint, or raise NotFound."""
    found = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound(_("There is no such webhook."))
    return found


def remove(*, endpoint_id: UUID, by: User) -> None:
    """Forget an endpoint, its messages, and what is still to be sent to it."""
    endpoint = get(endpoint_id)
    messages = WebhookDelivery.objects.filter(endpoint=endpoint)
    WebhookTurn.objects.filter(delivery__in=list(messages.values_list("pk", flat=True))).delete()
    messages.delete()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).delete()
    audit.record("webhook.removed", by=by, target=endpoint.url)


# ── Messages ──


def emit(event: str, data: dict[str, object]) -> int:
    """Write a message for every endpoint that wants the event; it is sent once the transaction is committed."""
    if event not in EVENTS:
        raise ValueError(f"there is no event called {event!r}")
    wanted = list(WebhookEndpoint.objects.filter(events__contains=[event]))
    if not wanted:
        return 0
    WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(state=State.WAITING).delete()
    told = {"type": event, "timestamp": datetime.now(UTC).isoformat(), "data": data}
    body = json.dumps(told, cls=DjangoJSONEncoder, separators=(",", ":"))
    message = f"msg_{uuid.uuid4().hex}"
    for endpoint in wanted:
        _write(endpoint, event, message, body)
    return len(wanted)


def _write(endpoint: WebhookEndpoint, event: str, message: str, body: str) -> WebhookDelivery:
    now = timezone.now()
    delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=event, message_id=message, body=body, due_at=now)
    WebhookTurn.objects.create(delivery=delivery.pk, organisation_id=current_organisation(), due_at=now)
    wake("tenants.tasks.deliver")
    return delivery


def deliveries(endpoint: WebhookEndpoint) -> "list[WebhookDelivery]":
    """List the newest messages to an endpoint."""
    return list(WebhookDelivery.objects.filter(endpoint=endpoint).order_by("-created_at")[:200])


def redeliver(*, endpoint_id: UUID, delivery_id: UUID, by: User) -> WebhookDelivery:
    """Send a message once more, under its own id, so that a receiver who has it can tell."""
    endpoint = get(endpoint_id)
    old = WebhookDelivery.objects.filter(pk=delivery_id, endpoint=endpoint).first()
    if old is None:
        raise NotFound(_("There is no such message."))
    audit.record("webhook.redelivered", by=by, target=endpoint.url, message=old.message_id)
    return _write(endpoint, old.event, old.message_id, old.body)


# ── The postman ──


def deliver(most: int = 500) -> int:
    """Send what is due, for a minute at most; return how many tries were made."""
    until = time.monotonic() + ROUND
    for done in range(most):
        turn = _take() if time.monotonic() < until else None
        if turn is None:
            return done
        _deliver_one(turn)
    return most


@transaction.atomic
def _take() -> WebhookTurn | None:
    due = WebhookTurn.objects.filter(due_at__lte=Now()).order_by("due_at")
    turn = due.select_for_update(skip_locked=True).first()
    if turn is not None:  # ours for a minute; should we die, somebody else sends it again
        WebhookTurn.objects.filter(pk=turn.pk).update(due_at=Now() + LEASE)
    return turn


def _deliver_one(turn: WebhookTurn) -> None:
    with tenant_scope(turn.organisation_id):
        found = WebhookDelivery.objects.select_related("endpoint").filter(pk=turn.pk, state=State.WAITING).first()
    if found is None:
        WebhookTurn.objects.filter(pk=turn.pk).delete()
        return
    outcome = _send(found)
    with tenant_scope(turn.organisation_id):
        _write_down(found, turn, outcome)


def _send(delivery: WebhookDelivery) -> dict[str, object]:
    now = datetime.now(UTC)
    signature = Webhook(secret_of(delivery.endpoint)).sign(delivery.message_id, now, delivery.body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lagom-Webhooks/1",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    told: dict[str, object] = {"at": now.isoformat(), "status": None}
    try:
        answer = egress.post(delivery.endpoint.url, delivery.body.encode(), headers)
    except egress.Refused as error:
        return {**told, "error": str(error)}
    except (OSError, http.client.HTTPException) as error:
        return {**told, "error": f"{type(error).__name__}: {error}"[:SHOWN]}
    words = answer.body[:SHOWN].decode(errors="replace").replace("\x00", "")
    if 300 <= answer.status < 400:
        words = _("It redirects, and redirects are not followed.")
    return {**told, "status": answer.status, "seconds": round(answer.seconds, 3), "answer": words}


def _write_down(delivery: WebhookDelivery, turn: WebhookTurn, outcome: dict[str, object]) -> None:
    status = outcome["status"]
    well = isinstance(status, int) and 200 <= status < 300
    tries = delivery.tries + 1
    last = well or tries >= TRIES
    due = None if last else timezone.now() + PAUSES[tries - 1] * random.uniform(0.8, 1.0)  # noqa: S311
    kept = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.WAITING, tries=delivery.tries).update(
        state=State.DONE if well else State.FAILED if last else State.WAITING,
        tries=tries,
        due_at=due,
        log=[*delivery.log, outcome],
        ended_at=timezone.now() if last else None,
    )
    if not kept:  # removed, or another postman was quicker
        return
    if due is None:
        WebhookTurn.objects.filter(pk=turn.pk).delete()
    else:
        WebhookTurn.objects.filter(pk=turn.pk).update(due_at=due)
    if well:
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).exclude(state=WebhookEndpoint.State.ACTIVE).update(
            state=WebhookEndpoint.State.ACTIVE, failing_since=None
        )
    elif last:
        _give_up(delivery.endpoint, outcome)


def _give_up(endpoint: WebhookEndpoint, outcome: dict[str, object]) -> None:
    failing = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=WebhookEndpoint.State.ACTIVE).update(
        state=WebhookEndpoint.State.FAILING, failing_since=timezone.now()
    )
    if not failing:
        return  # its owner knows
    audit.record("webhook.failing", by=None, target=endpoint.url)
    owners = Membership.objects.filter(organisation_id=current_organisation(), role=Role.OWNER).select_related("user")
    addresses = [one.user.email for one in owners]
    why = outcome.get("error") or _("it answered %(status)s") % {"status": outcome["status"]}
    text = _(
        "A message to %(url)s did not get through in 24 hours and %(n)d tries: %(why)s.\n\n"
        "New messages are still tried. See each try under Settings, Webhooks, and send a message again from there."
    ) % {"url": endpoint.url, "n": TRIES, "why": why}
    subject = _("A webhook of yours does not answer")
    send_mail(subject, text, None, addresses)
