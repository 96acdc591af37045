"""One way to answer with a page: whole for a browser, its part for htmx."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wants_part(request: HttpRequest) -> bool:
    """Tell whether htmx asked for a part: not when it follows a boosted link or restores history."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with the page, or with `part` alone when one is named and htmx asked for it.

    The part is a template that the page includes itself ("plans/_rows.html"), so that both show the same;
    without a part htmx gets the whole page and picks what it wants with hx-select.
    """
    chosen = part if part and wants_part(request) else template
    response = render(request, chosen, dict(context or {}), status=status)
    if part:
        response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "HX-Request"]))
    return response
