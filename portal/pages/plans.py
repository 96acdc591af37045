"""The Monday page: what to order, from whom, by when, and why; accepted, changed or ignored line by line or at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from forecasting import queries
from forecasting.models import Proposal, Run
from forecasting.queries.plans import NO_SUPPLIER, Wanted
from forecasting.services import decisions, exports, recipes
from forecasting.services.decisions import Choice, Decided, StaleError
from portal import cap_words, formats
from portal.access import MemberRequest, may
from portal.pages.home import first_steps
from portal.render import render_page, wants_part
from portal.translations import spoken
from tenants.errors import Invalid, NotFound

LINES_A_PAGE = 50
MOST_MONEY = Decimal(10) ** 12
FILTERS = ("show", "supplier", "before", "category", "search", "cap", "page")


@require_safe
@may("plans.view")
def plans(request: MemberRequest) -> HttpResponse:
    """Show the buy list by supplier, the one due first on top."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "plans/first.html", first_steps(request))
    wanted, currency = _wanted(request.GET), request.organisation.currency
    sums = queries.plans.totals(run, wanted, currency)
    page = Paginator(queries.plans.proposals(run, wanted), LINES_A_PAGE).get_page(request.GET.get("page"))
    lines = queries.plan_lines.lines(run, list(page), currency, queries.risks.found(run))
    context = {
        "run": run,
        "sales_until": queries.runs.sales_until(run),
        "wanted": wanted,
        "filters": {name: request.GET[name] for name in FILTERS if request.GET.get(name)},
        "total": queries.plans.added(sums.values()),
        "cards": queries.plan_lines.cards(lines, sums),
        "page": page,
        "unplanned": queries.plans.unplanned(run),
        "suppliers": queries.products.suppliers(),
        "today": timezone.localdate(),
        "reasons": _reasons(),
        **_capped(request, run, wanted.cap),
        "moves": queries.plans.moves(run),
    }
    return render_page(request, "plans/list.html", context, part="plans/_cards.html")


def _capped(request: MemberRequest, run: Run, cap: Decimal | None) -> dict[str, Any]:
    """Say what an amount of money buys, and draw service against money where the run did."""
    curve = queries.caps.curve(run)
    found: dict[str, Any] = {"capped": queries.caps.bought(run, cap) if cap is not None else None, "curve": curve}
    if curve is None:
        return found
    money = min(float(cap), curve.most) if cap is not None else curve.spent[curve.at]
    return {
        **found,
        "curve_chart": cap_words.chart(curve, cap, request.organisation.currency),
        "curve_points": {"spent": curve.spent, "gain": curve.gain, "service": curve.service},
        "beyond": cap_words.beyond(curve, queries.caps.everything(run), request.organisation.currency),
        "service": curve.read("service", money),
        "next_thousand": curve.next_thousand(money),
        "most": ceil(curve.most),
        "step": max(1, 10 ** (len(str(ceil(curve.most))) - 3)),
    }


def _reasons() -> list[str]:
    """Offer reasons that people often have."""
    return [
        _("A campaign is planned"),
        _("A customer has announced an order"),
        _("No room or no money for it now"),
        _("The supplier cannot deliver it"),
        _("It goes out of the range"),
        _("Rounded to a carton or pallet"),
    ]


def _wanted(asked: Mapping[str, Any]) -> Wanted:
    show = asked.get("show", "")
    return Wanted(
        show=show if show in ("open", "all", "missing") else "orders",
        supplier=asked.get("supplier", ""),
        before=_day(asked.get("before", "")),
        category=asked.get("category", ""),
        search=asked.get("search", "").strip(),
        cap=_money(asked.get("cap", "")),
    )


def _money(text: str) -> Decimal | None:
    """Read an amount as it is typed into a field for numbers; what is none caps nothing."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < MOST_MONEY else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
@may("plans.view")
def why(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Show where one proposal comes from."""
    proposal = _proposal(proposal_id)
    return render(request, "plans/_passport.html", {"passport": queries.passports.of(proposal, proposal.run)})


@require_safe
@may("plans.view")
def different(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Show what one proposal would be if one thing were different."""
    proposal = _proposal(proposal_id)
    context = {"rows": queries.passports.different(proposal), "proposal": proposal}
    return render(request, "plans/_different.html", context)


def _proposal(proposal_id: int) -> Proposal:
    found = Proposal.objects.select_related("product", "location", "run").filter(pk=proposal_id).first()
    if found is None:
        raise NotFound(_("There is no such proposal."))
    return found


# ── Decisions ──


@require_POST
@may("plans.edit")
def decide(request: MemberRequest) -> HttpResponse:
    """Accept, change, ignore or undo one line, or accept many; `do` names what, and of which."""
    what, _colon, which = request.POST.get("do", "").partition(":")
    try:
        if what == "undo":
            proposal_id = decisions.undo(decision_id=_number(which), by=request.user).proposal_id
            return _one(request, proposal_id)
        if what in ("line", "ignore"):
            choice = _choice(request.POST, _number(which), ignores=what == "ignore")
            found = _decide(request, [choice])
            return _one(request, choice.proposal_id, found)
        found = _decide(request, _many(request, what, which))
    except StaleError as stale:
        messages.warning(request, _("%(why)s Nothing was ordered; this is the new plan.") % {"why": stale})
        return _to_plan(request, keep=False)
    _tell(request, found)
    return _to_plan(request)


def _decide(request: MemberRequest, choices: list[Choice]) -> Decided:
    if not choices:
        raise Invalid(_("No line is chosen. Tick the lines that you want to accept."))
    _hold(request, choices)
    return decisions.decide(
        run_id=_run(request.POST), choices=choices, organisation=request.organisation, by=request.user
    )


def _hold(request: MemberRequest, choices: list[Choice]) -> None:
    """Refuse what would cost more than the amount that the page was held to, whatever was typed."""
    cap = _money(request.POST.get("cap", ""))
    run = Run.objects.filter(pk=_run(request.POST)).first()
    if cap is None or run is None or all(choice.units == 0 for choice in choices):
        return
    cost = queries.caps.costs(run, {choice.proposal_id: choice.units for choice in choices})
    if cost > cap:
        values = {"cost": cost, "cap": cap}
        told = {
            name: formats.money(value, request.organisation.currency, get_language() or "en")
            for name, value in values.items()
        }
        raise Invalid(
            _("With what is accepted already this would come to %(cost)s, more than the %(cap)s that you can spend.")
            % told
        )


def _run(said: QueryDict) -> UUID:
    try:
        return UUID(said.get("run", ""))
    except ValueError:
        raise Invalid(_("Open the plan again: this form does not say which plan it belongs to.")) from None


def _many(request: MemberRequest, what: str, which: str) -> list[Choice]:
    """List what a button for many lines means: the ticked ones, all of a supplier, or all that the filters show."""
    said = request.POST
    if what == "ticked":
        return [_choice(said, _number(pk)) for pk in said.getlist("tick")]
    ignores = what == "supplier-ignore"
    run = Run.objects.filter(pk=_run(said)).first()
    if run is None or what not in ("supplier", "supplier-ignore", "all"):
        raise NotFound(_("There is no such plan."))
    wanted = _wanted(said)
    if what != "all":
        wanted = replace(wanted, show="open", supplier=which or NO_SUPPLIER)
    found = queries.plans.still_open(run, wanted).values_list("pk", flat=True)
    if ignores:
        why = said.get(f"reason-of-{which}", "")
        return [Choice(pk, 0.0, said.get(f"reason-{pk}", "") or why) for pk in found]
    return [_choice(said, pk) for pk in found]


def _choice(said: QueryDict, proposal_id: int, *, ignores: bool = False) -> Choice:
    """Read what was typed for a proposal; a line that is on another page is taken as it is proposed."""
    typed, proposed = said.get(f"units-{proposal_id}"), said.get(f"proposed-{proposal_id}")
    units = None if typed is None or typed == proposed else _units(typed)
    return Choice(proposal_id, 0.0 if ignores else units, said.get(f"reason-{proposal_id}", ""))


def _units(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise Invalid(_("“%(text)s” is no quantity.") % {"text": text[:40]}) from None


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(_("There is no such proposal."))
    return int(text)


def _one(request: MemberRequest, proposal_id: int, found: Decided | None = None) -> HttpResponse:
    """Answer about one line: with the line itself where htmx asked, else with the page."""
    if found and found.on_order_already:
        raise Invalid(
            _("%(sku)s came on order after this plan was computed. Run the plan again to see what is still needed.")
            % {"sku": found.on_order_already[0].product.sku}
        )
    if not wants_part(request):
        return _to_plan(request)
    proposal = Proposal.objects.select_related("product", "supplier", "location", "run").get(pk=proposal_id)
    risks = queries.risks.found(proposal.run, proposal.product)
    (line,) = queries.plan_lines.lines(proposal.run, [proposal], request.organisation.currency, risks)
    answer = render(request, "plans/_line.html", {"line": line})
    answer["HX-Trigger"] = "plan-decided"
    return answer


def _tell(request: MemberRequest, found: Decided) -> None:
    ignored = sum(one.units == 0 for one in found.decisions)
    accepted = len(found.decisions) - ignored
    if ignored:
        text = ngettext("%(n)d line ignored.", "%(n)d lines ignored.", ignored)
        messages.success(request, text % {"n": ignored})
    if accepted:
        text = ngettext("%(n)d line accepted: %(orders)s.", "%(n)d lines accepted: %(orders)s.", accepted)
        numbers = ", ".join(order.number for order in found.orders)
        messages.success(request, text % {"n": accepted, "orders": numbers or "–"})
    if found.on_order_already:
        skus = ", ".join(proposal.product.sku for proposal in found.on_order_already[:5])
        text = ngettext(
            "%(n)d line was left: it came on order after this plan was computed (%(skus)s).",
            "%(n)d lines were left: they came on order after this plan was computed (%(skus)s).",
            len(found.on_order_already),
        )
        messages.warning(request, text % {"n": len(found.on_order_already), "skus": skus})


def _to_plan(request: MemberRequest, *, keep: bool = True) -> HttpResponse:
    """Go back to the plan, with its filters."""
    kept = {name: request.POST[name] for name in FILTERS if keep and request.POST.get(name)}
    address = reverse("plans") + (f"?{urlencode(kept)}" if kept else "")
    if not wants_part(request):
        return redirect(address)
    return HttpResponse(headers={"HX-Redirect": address})


# ── The list as a file ──


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the buy list as a file, with the filters of the page."""
    run = queries.runs.newest()
    if run is None or form not in exports.KINDS:
        raise NotFound("There is no such file.")
    lines = queries.plans.proposals(run, _wanted(request.GET))
    moves = queries.plans.moves(run)
    body = exports.plan(form, lines, moves=moves, currency=request.organisation.currency, speak=spoken)
    return HttpResponse(body, content_type=exports.KINDS[form], headers=_headers(run, form))


@require_safe
@may("exports.make")
def inputs(request: MemberRequest) -> HttpResponse:
    """Give the files that the newest plan was computed from."""
    run = queries.runs.newest()
    if run is None:
        raise NotFound(_("There is no such file."))
    name = f"plan-{queries.runs.planned_on(run).isoformat()}-inputs.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(recipes.archive(run), content_type="application/zip", headers=headers)


def _headers(run: Run, form: str) -> dict[str, str]:
    name = f"plan-{queries.runs.planned_on(run).isoformat()}.{form}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
