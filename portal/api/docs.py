"""The description of the API, and the page on which people read and try it; all they need comes from this site."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

FILE = settings.BASE_DIR / "docs" / "api" / "openapi.yaml"


@cache
def _description() -> bytes:
    return FILE.read_bytes()


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Give the description that is kept in the repository, which a test holds to the code; making it takes seconds."""
    return HttpResponse(_description(), content_type="application/vnd.oai.openapi; charset=utf-8")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description of the API, to be read and tried with a key."""
    return render(request, "api/docs.html")
