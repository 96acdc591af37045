"""Turns expected errors into what a person or program reads, once."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants.errors import NotFound, PortalError


def answer(request: HttpRequest, error: PortalError) -> HttpResponse:
    """Render the error as a problem for programs, or as a page or a notice in the page for people."""
    if request.path.startswith("/api/"):
        return problem(error)
    if isinstance(error, NotFound):
        return render(request, "errors/404.html", status=404)
    if error.kind == "suspended":
        told = {"message": error.message, "support_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}
        return render(request, "errors/suspended.html", told, status=error.status)
    return render(request, "errors/told.html", {"message": error.message, "error": error}, status=error.status)


def problem(error: PortalError) -> JsonResponse:
    """Render RFC 9457 problem details."""
    body = {"type": error.kind, "title": str(error.message), "status": error.status, "detail": str(error.message)}
    if error.errors:
        body["errors"] = error.errors
    return JsonResponse(body, status=error.status, content_type="application/problem+json")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer the same for what is not there and what is not theirs."""
    if request.path.startswith("/api/"):
        return problem(NotFound(_no_address(request.path)))
    return render(request, "errors/404.html", status=404)


def _no_address(path: str) -> str:
    if path.endswith("/") and path != "/api/v1/":
        return _("There is nothing at this address. Addresses of the API do not end in “/”.")
    return _("There is nothing at this address. All that there are stand in /api/v1/docs.")


def crashed(request: HttpRequest) -> HttpResponse:
    """Answer when the program failed; no detail leaves the house, and nothing is asked of the database."""
    if request.path.startswith("/api/"):
        words = "Something went wrong on our side. Nothing was changed. Try again, or tell us the X-Request-ID."
        body = {"type": "crashed", "title": words, "status": 500, "detail": words}
        return JsonResponse(body, status=500, content_type="application/problem+json")
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def database_gone(request: HttpRequest) -> HttpResponse:
    """Answer while PostgreSQL is away, without asking it who is asking."""
    if request.path.startswith("/api/"):
        body = {"type": "unavailable", "title": "The database does not answer. Try again.", "status": 503}
        answer: HttpResponse = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        answer = HttpResponse(render_to_string("errors/503.html"), status=503)
    answer["Retry-After"] = "10"
    return answer
