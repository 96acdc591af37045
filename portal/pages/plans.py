"""The Monday page: what to order, from whom, by when, and why."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.models import Run
from forecasting.queries.plans import Wanted
from forecasting.services import exports
from portal.access import MemberRequest, may
from portal.pages.home import first_steps
from portal.render import render_page
from portal.translations import spoken
from tenants.errors import NotFound

LINES_A_PAGE = 200


@require_safe
@may("plans.view")
def plans(request: MemberRequest) -> HttpResponse:
    """Show the buy list by supplier, the one due first on top."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "plans/first.html", first_steps(request))
    wanted, currency = _wanted(request), request.organisation.currency
    sums = queries.plans.totals(run, wanted, currency)
    page = Paginator(queries.plans.proposals(run, wanted), LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "sales_until": queries.runs.sales_until(run),
        "wanted": wanted,
        "total": queries.plans.added(sums.values()),
        "cards": queries.plans.cards(page, sums, currency, queries.risks.found(run)),
        "page": page,
        "unplanned": queries.plans.unplanned(run),
        "suppliers": queries.products.suppliers(),
        "today": timezone.localdate(),
    }
    return render_page(request, "plans/list.html", context, part="plans/_cards.html")


def _wanted(request: MemberRequest) -> Wanted:
    asked = request.GET
    show = asked.get("show", "")
    return Wanted(
        show=show if show in ("all", "missing") else "orders",
        supplier=asked.get("supplier", ""),
        before=_day(asked.get("before", "")),
        category=asked.get("category", ""),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the buy list as a file, with the filters of the page."""
    run = queries.runs.newest()
    if run is None or form not in exports.KINDS:
        raise NotFound("There is no such file.")
    lines = queries.plans.proposals(run, _wanted(request))
    body = exports.plan(form, lines, currency=request.organisation.currency, speak=spoken)
    return HttpResponse(body, content_type=exports.KINDS[form], headers=_headers(run, form))


def _headers(run: Run, form: str) -> dict[str, str]:
    name = f"plan-{queries.runs.planned_on(run).isoformat()}.{form}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
