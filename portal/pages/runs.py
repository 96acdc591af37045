"""The runs: what each was computed from, how long it took, which models won, what was refused and why."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.models import Run
from forecasting.services import exports
from portal import charts, formats
from portal.access import MemberRequest, may
from portal.pages.forecasts import answer
from portal.pages.home import first_steps, working
from portal.pages.product_picture import model_name
from portal.render import render_page
from tenants.errors import NotFound

ROWS_A_PAGE = 50


@require_safe
@may("forecasts.view")
def runs(request: MemberRequest) -> HttpResponse:
    """List the runs, the newest first, and what is running."""
    page = Paginator(queries.forecasts.listed_runs(), ROWS_A_PAGE).get_page(request.GET.get("page"))
    if not page.paginator.count:
        return render_page(request, "forecasts/first.html", first_steps(request))
    return render_page(request, "runs/list.html", {"page": page, "working": working(request)})


@require_safe
@may("forecasts.view")
def run(request: MemberRequest, run_id: UUID) -> HttpResponse:
    """Show one run."""
    found = queries.runs.get(run_id)
    search = request.GET.get("q", "").strip()
    refused = Paginator(queries.forecasts.refused(found, search), ROWS_A_PAGE).get_page(request.GET.get("page"))
    newest = queries.runs.newest()
    context = {
        "run": found,
        "newest": newest is not None and newest.pk == found.pk,
        "sales_until": queries.runs.sales_until(found),
        "learned_until": _learned_until(found),
        "stages": stages(found),
        "chart": models_chart(found),
        "whole": queries.forecasts.whole(found),
        "page": refused,
        "search": search,
        "job_url": _job_url(found),
    }
    return render_page(request, "runs/detail.html", context)


def _job_url(found: Run) -> str:
    job = found.summary.get("job")
    return reverse("job", args=[job]) if job else ""


def _learned_until(found: Run) -> date | None:
    """Return the last day of the sales that a model learned from in an earlier run; None where it learned anew."""
    learned = found.summary.get("learned") or {}
    return date.fromisoformat(learned["until"]) if learned.get("again") else None


def stages(found: Run) -> list[dict[str, Any]]:
    """Lay the stages of a run side by side, each with its share of the time."""
    told = found.summary.get("stages") or []
    whole = sum(stage["seconds"] for stage in told) or 1.0
    return [{**stage, "share": 100 * stage["seconds"] / whole} for stage in told]


def models_chart(found: Run) -> charts.Chart | None:
    """Draw how many products each model won."""
    won: dict[str, int] = found.summary.get("models") or {}
    if not won:
        return None
    language = get_language() or "en"
    order = sorted(won, key=lambda name: -won[name])
    first, rest = order[:7], order[7:]
    names = [model_name(name) for name in first]
    counts = [won[name] for name in first]
    if rest:
        names, counts = [*names, _("others")], [*counts, sum(won[name] for name in rest)]
    best = _("“%(model)s” forecasts the most products") % {"model": names[0]}
    shown = charts.Chart(
        id="models",
        title=best,
        note=_("Each product got the model that did best in tests on its own past and on that of its like."),
        figure={},
        columns=[_("Model"), _("Products")],
        rows=[[name, formats.units(n, language)] for name, n in zip(names, counts, strict=True)],
    )
    return charts.bars_chart(shown, names, counts, ["var(--accent)"] + ["var(--grey/0.55)"] * (len(names) - 1))


@require_safe
@may("exports.make")
def export(request: MemberRequest, run_id: UUID, form: str) -> HttpResponse:
    """Give what was refused, and why, as a file."""
    found = queries.runs.get(run_id)
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    lines = list(queries.forecasts.refused(found, request.GET.get("q", "").strip()))
    return answer(found, form, lines, name="refused")
