"""Errors for programs: RFC 9457 problem details, made in one place for the whole API."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
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
        return _response(body(error.status, error.kind, str(error), error.errors))
    told = exception_handler(error, dict(context))
    if told is None:
        return None
    headers = {name: told[name] for name in ("Allow", "Retry-After", "WWW-Authenticate") if told.has_header(name)}
    if isinstance(error, exceptions.ValidationError):
        return _response(body(422, "invalid", "Some values are not right.", list(_faults(error.detail))), headers)
    words = _instead(error, context) or str(getattr(error, "detail", error))
    return _response(body(told.status_code, KINDS.get(told.status_code, "error"), words), headers)


def _instead(error: Exception, context: Mapping[str, Any]) -> str:
    """Say what a call could send or ask for instead; nothing where the error says it itself."""
    view = context["view"]
    if isinstance(error, exceptions.UnsupportedMediaType):
        kinds = ", ".join(parser.media_type for parser in view.parser_classes)
        return _("This Content-Type is not read here. Send one of: %(kinds)s.") % {"kinds": kinds}
    if isinstance(error, exceptions.NotAcceptable):
        kinds = ", ".join(renderer.media_type for renderer in view.renderer_classes)
        return _("What Accept asks for is not written here. Ask for one of: %(kinds)s.") % {"kinds": kinds}
    if isinstance(error, exceptions.MethodNotAllowed):
        return _("This address takes only: %(methods)s.") % {"methods": ", ".join(view.allowed_methods)}
    return ""


def _faults(said: object, field: str = "") -> Any:
    """Lay nested words of serializers out as one list: the field, and what was expected."""
    if isinstance(said, Mapping):
        for name, inner in said.items():
            yield from _faults(inner, f"{field}.{name}".strip(".") if name != "non_field_errors" else field)
    elif isinstance(said, list | tuple) and any(isinstance(one, Mapping | list) for one in said):
        for place, inner in enumerate(said):
            yield from _faults(inner, f"{field}[{place}]")
    else:
        words = " ".join(map(str, said)) if isinstance(said, list | tuple) else str(said)
        yield {"field": field, "expected": words}


def body(status: int, kind: str, words: str, errors: Sequence[Mapping[str, object]] = ()) -> dict[str, object]:
    """Return the members of a problem."""
    told: dict[str, object] = {"type": kind, "title": words, "status": status, "detail": words}
    return {**told, "errors": list(errors)} if errors else told


def _response(told: dict[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return Response(told, status=int(str(told["status"])), headers=headers, content_type=MEDIA)


def at_the_door(status: int, kind: str, words: str, **headers: str) -> JsonResponse:
    """Answer a call that never reaches its view; headers are named with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(body(status, kind, words), status=status, headers=named, content_type=MEDIA)
