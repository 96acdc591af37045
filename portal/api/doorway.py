"""The door of the API: which key calls, whether it may, and each call done once, inside its organisation's scope."""

import hashlib
import io
import logging
import re
import time
from contextlib import nullcontext
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import errors
from portal.api import limits
from portal.api.calls import AtTheDoor
from portal.api.problems import at_the_door
from portal.middleware import Next
from tenants.errors import PortalError
from tenants.isolation import tenant_scope
from tenants.models import ApiKey, User
from tenants.services import api_keys, idempotency, states, usage, webhooks
from tenants.services.idempotency import Kept

log = logging.getLogger("lagom.api")
ROOT = "/api/v1/"
OPEN = (f"{ROOT}schema", f"{ROOT}docs")  # what the API is, not what is in it
OWN_SCOPE = (f"{ROOT}uploads", f"{ROOT}forecast")  # POST there takes or gives what no transaction should wait for
READS = f"{ROOT}forecast"  # a POST that stores nothing
LONGEST_BODY = 20 * 1024 * 1024
SLOW = 1.0  # seconds after which a body took so long that its key may be revoked by now
LIKE_A_KEY = re.compile(r"lg_[rw]_[0-9A-Za-z]{8}_")
WARN_AT = 0.8  # share of the day's calls at which a firm is warned


class ApiMiddleware:
    """Let programs in by key, and answer every call in the scope of the key's organisation."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a call of the API; what is not the API passes by."""
        if not request.path.startswith(ROOT) or request.path.startswith(OPEN):
            return self.get_response(request)
        try:
            return self._answer(request)
        except PortalError as error:
            return errors.problem(error)
        except (OperationalError, InterfaceError):
            log.exception("the database does not answer")
            return errors.database_gone(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if LIKE_A_KEY.search(request.get_full_path()):
            log.warning("a key came in an address, in request %s", getattr(request, "id", ""))
            words = _("A key stood in the address, where logs keep it. Revoke it, and send keys in Authorization only.")
            return at_the_door(400, "key_in_url", words)
        key = _key_of(request)
        if key is None:
            return _unknown()
        if refused := _refusal(request, key):
            return refused
        verdict = limits.take(key)
        response = self._allowed(request, key) if verdict.allowed else _too_many(verdict)
        for name, value in verdict.headers().items():
            response[name] = value
        return response

    def _allowed(self, request: HttpRequest, key: ApiKey) -> HttpResponse:
        began = time.monotonic()
        try:
            too_large = _read_body(request)
        except UnreadablePostError:
            return at_the_door(400, "invalid", _("The body broke off."))
        if too_large:
            return too_large
        if time.monotonic() - began > SLOW and not api_keys.is_alive(key):
            return _unknown()
        api_keys.seen(key)
        came = cast(AtTheDoor, request)
        came.api_key, came.organisation, came.membership = key, key.organisation, None
        came.user = came.actor = User(email=f"API key {key.name} ({key})"[:254], name=key.name)
        with timezone.override(key.organisation.time_zone):
            response = self._once(request, key)
        _count(key)
        return response

    def _once(self, request: HttpRequest, key: ApiKey) -> HttpResponse:
        """Do the call, or give the answer that it had when it was made before."""
        name = request.headers.get("Idempotency-Key")
        if name is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return self._inside(request, key, None)
        with tenant_scope(key.organisation_id):
            kept = idempotency.claim(key=name, fingerprint=_fingerprint(request))
        if kept is not None:
            return _replayed(kept)
        done = False
        try:
            response = self._inside(request, key, name)
            done = response.status_code < 500
        finally:
            if not done:
                with tenant_scope(key.organisation_id):
                    idempotency.forget(key=name)
        return response

    def _inside(self, request: HttpRequest, key: ApiKey, name: str | None) -> HttpResponse:
        own = request.method == "POST" and request.path in OWN_SCOPE
        with nullcontext() if own else tenant_scope(key.organisation_id):
            response = self.get_response(request)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            if response.status_code >= 500 and not own:
                transaction.set_rollback(True)
            elif name is not None and response.status_code < 500:
                with tenant_scope(key.organisation_id):
                    idempotency.keep(key=name, kept=_to_keep(response))
            return response


def _key_of(request: HttpRequest) -> ApiKey | None:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    return api_keys.find(text.strip()) if scheme.lower() == "bearer" else None


def _unknown() -> HttpResponse:
    words = _("Send a key that is still good as “Authorization: Bearer lg_…”.")
    return at_the_door(401, "not_authenticated", words, WWW_Authenticate='Bearer realm="Lagom"')


def _refusal(request: HttpRequest, key: ApiKey) -> HttpResponse | None:
    writes = request.method not in ("GET", "HEAD", "OPTIONS") and request.path != READS
    if writes and key.scope != ApiKey.Scope.WRITE:
        return at_the_door(403, "not_allowed", _("This key may only read. Make one that may write."))
    states.check_program(key.organisation, changes=writes)
    return None


def _too_many(verdict: limits.Verdict) -> HttpResponse:
    kind = "burst_limit" if verdict.burst else "api_calls_a_day"
    words = _("More than %(n)d calls a second.") if verdict.burst else _("More than %(n)d calls today.")
    return at_the_door(429, kind, words % {"n": verdict.limit}, Retry_After=str(verdict.retry_after))


def _read_body(request: HttpRequest) -> HttpResponse | None:
    """Read the body before a transaction is open; a file's goes to disk and is read by its view."""
    if request.content_type == "multipart/form-data":
        return None
    words = _("A body may have at most %(n)d MB. Send the rest in further calls.") % {"n": LONGEST_BODY // 2**20}
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
        return at_the_door(413, "too_large", words, Connection="close")
    body = request.read(LONGEST_BODY + 1)
    request._body, request._stream = body, io.BytesIO(body)
    return at_the_door(413, "too_large", words) if len(body) > LONGEST_BODY else None


def _fingerprint(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n{request.content_type}\n".encode())
    if request.content_type == "multipart/form-data":
        for name, value in sorted(request.POST.items()):
            digest.update(f"{name}={value}\n".encode(errors="replace"))
        for name, file in sorted(request.FILES.items()):
            if isinstance(file, UploadedFile):
                digest.update(f"{name}: {file.name}\n".encode(errors="replace"))
                for block in file.chunks():
                    digest.update(block)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def _to_keep(response: HttpResponse) -> Kept:
    headers = {name: response[name] for name in ("Location", "Link") if response.has_header(name)}
    return Kept(response.status_code, response.get("Content-Type", ""), headers, response.content)


def _replayed(kept: Kept) -> HttpResponse:
    response = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type, headers=dict(kept.headers))
    response["Idempotent-Replayed"] = "true"
    return response


def _count(key: ApiKey) -> Any:
    """Count the call in a transaction of its own, so that calls beside each other do not wait for one another."""
    most = limits.a_day(key)
    with tenant_scope(key.organisation_id):
        used = usage.count(usage.CALLS)
        if used == round(most * WARN_AT):
            webhooks.emit("limit.warning", {"limit": "api_calls_a_day", "used": used, "most": most})
