"""The first page: what needs a person today, or the first steps of a new firm."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.queries.plans import Wanted
from portal.access import MemberRequest, may
from portal.pages.jobs import progress
from portal.render import render_page


@require_safe
@may("home.view")
def home(request: MemberRequest) -> HttpResponse:
    """Show what to do today, most money first, and how fresh the data are."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "home/first.html", first_steps(request))
    currency = request.organisation.currency
    sums, risks = queries.plans.totals(run, Wanted("open"), currency), queries.risks.found(run)
    context = {
        "run": run,
        "today": queries.home.today(run, currency, sums, risks),
        "actions": queries.home.actions(run, currency, sums, risks),
        "freshness": queries.home.freshness(run),
        "planned_for": queries.runs.planned_on(run),
        "failed": queries.home.failed(request.organisation, run),
        "working": working(request),
    }
    return render_page(request, "home/home.html", context)


def first_steps(request: MemberRequest) -> dict[str, Any]:
    """Give a page without a run what it says instead: how far the firm is, and what runs."""
    return {
        "steps": queries.home.steps(),
        "failed": queries.home.failed(request.organisation, None),
        "working": working(request),
    }


def working(request: MemberRequest) -> list[dict[str, Any]]:
    """Give the progress parts of the jobs under way."""
    return [progress(request, job) for job in queries.home.working(request.organisation)]
