"""Errors for programs: RFC 9457 problem details, made in one place for the whole API."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from tenants.errors import NotFound, PortalError

MEDIA = "application/problem+json"
KINDS = {
    400: "invalid",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an expected error into a problem; anything else crashes into the log."""
    if isinstance(error, Http404):
        error = NotFound("Not found.")
    if isinstance(error, PortalError):
        set_rollback()
        return _problem(error.status, error.kind, str(error), errors=error.errors)
    told = exception_handler(error, context)
    if told is None:
        return None
    # A session has no challenge to send, so the framework says 403 where 401 is meant.
    status = 401 if isinstance(error, exceptions.NotAuthenticated) else told.status_code
    headers = {name: told[name] for name in ("Allow", "Retry-After", "WWW-Authenticate") if told.has_header(name)}
    if isinstance(error, exceptions.ValidationError):
        told = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        rows = [{"field": field, "expected": " ".join(map(str, said))} for field, said in told.items()]
        return _problem(422, "invalid", "Some parameters are not right.", errors=rows, headers=headers)
    return _problem(status, KINDS.get(status, "error"), str(getattr(error, "detail", error)), headers=headers)


def _problem(
    status: int,
    kind: str,
    words: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {"type": kind, "title": words, "status": status, "detail": words}
    if errors:
        body["errors"] = errors
    return Response(body, status=status, headers=headers, content_type=MEDIA)
