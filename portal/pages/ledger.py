"""What became of the plan: proposed, decided, ordered, received, sold, and why it came out differently."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.queries.ledger import Asked, Entry
from forecasting.services import exports
from forecasting.services.exports import Cell
from forecasting.services.ledger import Gap
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import NotFound

ENTRIES_A_PAGE = 50
ACTIONS = ("accepted", "changed", "ignored", "left")


@require_safe
@may("plans.view")
def ledger(request: MemberRequest) -> HttpResponse:
    """Show the ledger, the newest plan first."""
    asked, currency = _asked(request), request.organisation.currency
    found = queries.ledger.entries(asked, currency)
    context = {
        "asked": asked,
        "page": Paginator(found, ENTRIES_A_PAGE).get_page(request.GET.get("page")),
        "sum": queries.ledger.summed(found, currency),
        "suppliers": queries.products.suppliers(),
    }
    return render_page(request, "orders/ledger.html", context, part="orders/_ledger.html")


def _asked(request: MemberRequest) -> Asked:
    said = request.GET
    try:
        since = date.fromisoformat(said.get("since", ""))
    except ValueError:
        since = queries.ledger.default_since(timezone.localdate())
    action = said.get("action", "")
    return Asked(since, said.get("supplier", ""), action if action in ACTIONS else "")


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the ledger as a file, with the filters of the page."""
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    rows = [_row(entry) for entry in queries.ledger.entries(_asked(request), request.organisation.currency)]
    body = exports.csv_file(_columns(), rows) if form == "csv" else exports.xlsx_file(_("Ledger"), _columns(), rows)
    name = f'attachment; filename="ledger-{timezone.localdate().isoformat()}.{form}"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _columns() -> list[str]:
    parts = [_("Override"), _("Not followed"), _("Lead time"), _("Forecast"), _("Gap")]
    return [
        _("Plan of"),
        _("Supplier"),
        _("SKU"),
        _("Product"),
        _("Outcome"),
        _("Reason"),
        _("Proposed"),
        _("Decided"),
        _("Ordered"),
        _("Until"),
        _("Arrived"),
        _("Demand expected"),
        _("Sold"),
        *parts,
        _("Unit cost"),
        _("Currency"),
        *(f"{part} ({_('money')})" for part in parts),
    ]


def _row(entry: Entry) -> list[Cell]:
    course, decision = entry.course, entry.decision
    actual: list[Cell] = [course.arrived, course.expected, course.sold] if entry.measured else [None] * 3
    return [
        entry.proposal.run.as_of,
        str(entry.proposal.supplier or ""),
        entry.product.sku,
        entry.product.name,
        entry.action,
        decision.reason if decision else "",
        course.proposed,
        course.decided,
        course.ordered,
        entry.until,
        *actual,
        *_parts(entry.gap),
        entry.unit_cost,
        entry.currency,
        *_parts(entry.money),
    ]


def _parts(gap: Gap | None) -> list[Cell]:
    if gap is None:
        return [None] * 5
    return [gap.override, gap.not_followed, gap.lead_time, gap.forecast, gap.total]
