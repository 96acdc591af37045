"""The page on which people read and try the API; all it needs comes from this site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description of the API, to be read and tried with a key."""
    return render(request, "api/docs.html")
