"""Published claims beside this firm's own figures: shown here, not shown, or not measurable yet."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.queries.claims import MISSING, NOT_SHOWN, SHOWN, Claim
from forecasting.services import exports, replays
from forecasting.services.exports import Cell
from portal import formats
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import NotFound


@require_safe
@may("claims.view")
def claims(request: MemberRequest) -> HttpResponse:
    """Show each claim with what is found here."""
    replay, lead = replays.newest(), queries.claims.lead_time()
    context = {
        "replay": replay,
        "rows": [_row(claim) for claim in queries.claims.claims(replay, lead)],
        "lead_time": lead,
        "floor": queries.claims.floor(),
        "half_review": queries.replays.policy().review_days / 2,
    }
    return render_page(request, "claims/claims.html", context)


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the claims as a file: shares as numbers, and what is missing in words."""
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    found = queries.claims.claims(replays.newest(), queries.claims.lead_time())
    columns, rows = _columns(), [_cells(claim) for claim in found]
    body = exports.csv_file(columns, rows) if form == "csv" else exports.xlsx_file(_("Claims"), columns, rows)
    name = f'attachment; filename="claims-{timezone.localdate().isoformat()}.{form}"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _columns() -> list[str]:
    return [
        _("Claim"),
        _("Published"),
        _("Here"),
        _("From (5 %)"),
        _("To (95 %)"),
        _("Verdict"),
        _("Needs"),
        _("How this was computed"),
    ]


def _cells(claim: Claim) -> list[Cell]:
    name, formula = _named(claim.name)
    needs = "; ".join(_need(key)[0] for key in claim.needs) or (_on(claim.on) if claim.on else "")
    published, verdict = _range(claim.published), _said(claim.verdict)[1]
    return [name, published, claim.value, claim.low, claim.high, verdict, needs, formula]


def _row(claim: Claim) -> dict[str, Any]:
    name, formula = _named(claim.name)
    level, verdict = _said(claim.verdict)
    return {
        "name": name,
        "formula": formula,
        "published": _range(claim.published),
        "found": _share(claim.value),
        "interval": _("%(low)s to %(high)s") % {"low": _share(claim.low), "high": _share(claim.high)}
        if claim.low is not None
        else "",
        "level": level,
        "verdict": verdict,
        "reached": claim.reached,
        "on": _on(claim.on) if claim.on else "",
        "needs": [_need(key) for key in claim.needs],
    }


def _on(known: tuple[int, float]) -> str:
    """Say on how many products a claim is measured; what is not all of the pieces never reads as 100 %."""
    words = ngettext(
        "on %(n)s product with costs, %(share)s of the pieces wanted",
        "on %(n)s products with costs, %(share)s of the pieces wanted",
        known[0],
    )
    language, share = get_language() or "en", int(100 * known[1]) / 100
    return words % {"n": formats.units(known[0], language), "share": formats.percent(share, language, decimals=0)}


def _range(ends: tuple[float, float]) -> str:
    low, high = sorted(ends, key=abs)
    return _share(low) if low == high else f"{_share(low)} … {_share(high)}"


def _share(value: float | None) -> str:
    if value is None:
        return "–"
    points = round(100 * value, 1)
    told = formats.units(abs(points), get_language() or "en", decimals=1)
    return f"{'−' if points < 0 else '+' if points else ''}{told} %"


def _need(key: str) -> tuple[str, str]:
    """Say what is missing, and where it is added."""
    needs = {
        "replay": (_("a replay of your past"), reverse("replays")),
        "longer_replay": (_("a replay over more days, or with more of them before it"), reverse("replays")),
        "unit_cost": (
            _("unit costs of products that make at least 80 % of the pieces wanted"),
            reverse("products") + "?show=no_cost",
        ),
        "unit_price": (
            _("prices and unit costs of products that make at least 80 % of the pieces wanted"),
            reverse("products") + "?show=no_cost",
        ),
        "orders_from_here": (
            _("orders sent from here for more than three months, with their receipts"),
            reverse("orders"),
        ),
        "new_customers": (_("sales with a customer on each line, before and after"), reverse("uploads")),
        "advertising": (_("what each channel spends on advertising"), reverse("organisation") + "#channels"),
    }
    return needs[key]


def _said(verdict: str) -> tuple[str, str]:
    words = {
        SHOWN: ("green", _("Shown here")),
        NOT_SHOWN: ("amber", _("Not shown here")),
        MISSING: ("grey", _("Not measurable yet")),
    }
    return words[verdict]


def _named(name: str) -> tuple[str, str]:
    """Name a claim and the formula behind it."""
    names = {
        "holding": (
            _("Holding cost"),
            _(
                "Rate × average stock at cost, at the same delivered share: "
                "−(1 − stock of the plan ÷ stock of the other)."
            ),
        ),
        "turns": (
            _("Stock turns"),
            _(
                "Cost of goods sold ÷ average stock at cost, at the same delivered share: "
                "stock of the other ÷ stock of the plan − 1."
            ),
        ),
        "lead_time": (
            _("Lead time"),
            _(
                "Wait from decision to order + supplier’s time from order to receipt, measured on recorded dates: "
                "orders of the first three months from here, and those since."
            ),
        ),
        "margin": (
            _("Margin"),
            _(
                "Margin of what is sold with the plan ÷ margin of what was sold − 1; demand lost for want of stock is "
                "drawn. Markdowns and rush freight are not in it."
            ),
        ),
        "acquisition": (
            _("Customer acquisition cost"),
            _("Advertising ÷ new customers, before and since the plan says what not to advertise."),
        ),
    }
    return names[name]
