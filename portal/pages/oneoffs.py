"""Orders far larger than usual: shown once, decided by a person, remembered."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from forecasting import queries
from forecasting.services import oneoffs as steps
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import Invalid

ROWS_A_PAGE = 50
SHOWN = ("open", "apart", "normal", "all")


@require_http_methods(["GET", "HEAD", "POST"])
@may("forecasts.view")
def oneoffs(request: MemberRequest) -> HttpResponse:
    """List one-off orders; POST decides about some."""
    if request.method == "POST":
        return _decide(request)
    return _listed(request)


def _listed(request: MemberRequest, *, wrong: object = None, status: int = 200) -> HttpResponse:
    counts = queries.forecasts.one_off_counts()
    asked = request.GET.get("show", "")
    show = asked if asked in SHOWN else "open" if counts["open"] else "all"
    page = Paginator(queries.forecasts.one_offs(show), ROWS_A_PAGE).get_page(request.GET.get("page"))
    labels = {"open": _("To decide"), "apart": _("Kept apart"), "normal": _("Normal"), "all": _("All")}
    counts["all"] = sum(counts.values())
    context = {
        "page": page,
        "show": show,
        "chips": [(name, labels[name], counts[name]) for name in SHOWN],
        "total": counts["all"],
        "run": queries.runs.newest(),
        "wrong": wrong,
    }
    return render_page(request, "oneoffs/list.html", context, status=status)


@may("forecasts.edit")
def _decide(request: MemberRequest) -> HttpResponse:
    """Decide about one order (its own button) or about all that are ticked."""
    one, _sep, decision = request.POST.get("one", "").partition("-")
    chosen = [one] if one else request.POST.getlist("order")
    try:
        done = steps.decide(
            ids=[int(pk) for pk in chosen if pk.isdecimal() and len(pk) < 19],
            decision=decision if one else request.POST.get("decision", "?"),
            by=request.user,
        )
    except Invalid as error:
        return _listed(request, wrong=error.message, status=422)
    told = ngettext("%(n)d order decided.", "%(n)d orders decided.", done) % {"n": done}
    messages.success(request, f"{told} " + _("The next run plans with it."))
    show = request.GET.get("show", "")
    return redirect(f"{request.path}?show={show}" if show in SHOWN else request.path)
