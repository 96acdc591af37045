"""The money in stock: how much, what can be freed, what is needed, what each channel leaves."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.models import Run
from portal.access import MemberRequest, may
from portal.pages.home import first_steps
from portal.render import render_page


@require_safe
@may("money.view")
def money(request: MemberRequest) -> HttpResponse:
    """Show the money in stock, its way to the plan, and the margin of each channel."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "money/first.html", first_steps(request))
    return render_page(request, "money/money.html", _context(request, run))


def _context(request: MemberRequest, run: Run) -> dict[str, object]:
    currency = request.organisation.currency
    sums = queries.money.whole(run, currency)
    return {
        "run": run,
        "sales_until": queries.runs.sales_until(run),
        "sums": sums,
        "steps": queries.money.steps(sums),
        "holding_rate": queries.money.holding_rate(),
        "other_currency": queries.money.other_currency(run, currency),
        "lacking": queries.products.lacking(),
        "categories": queries.money.by_category(run, currency),
        "suppliers": queries.money.by_supplier(run, currency),
        "channels": queries.money.by_channel(run),
    }
