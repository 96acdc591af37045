"""The portfolio of an account manager: which firm needs care, and what can be done for it without looking inside."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forecasting.services import exports
from forecasting.services.exports import Cell
from portal import owner_letters
from portal.access import PersonRequest, account_manager
from portal.pages import portfolio_forms as parts
from portal.render import render_page
from tenants.errors import NotFound
from tenants.models import Consent
from tenants.services import account_managers, accounts, consents, limits, usage
from tenants.services import portfolio as service
from tenants.services.portfolio import Firm
from tenants.tiers import Tier


@require_safe
@account_manager
def portfolio(request: PersonRequest) -> HttpResponse:
    """List the firms, what needs care first."""
    firms = service.of(request.user)
    shown = _chosen(request, firms)
    context = {
        "firms": shown,
        "all": len(firms),
        "caring": sum(bool(firm.cares) for firm in firms),
        "unpaid": sum(firm.unpaid_cents for firm in firms) / 100,
        "revenue": sum(firm.bill.monthly_cents for firm in firms) / 100,
        "asked": {name: request.GET.get(name, "") for name in ("q", "tier", "care")},
        "tiers": list(Tier),
        "cares": parts.care_words(),
        "operator": accounts.is_operator(request.user),
        "euro": {"currency": "EUR"},
    }
    return render_page(request, "portfolio/list.html", context, part="portfolio/_rows.html")


def _chosen(request: PersonRequest, firms: list[Firm]) -> list[Firm]:
    text, tier, care = (request.GET.get(name, "").strip() for name in ("q", "tier", "care"))
    return [
        firm
        for firm in firms
        if text.lower() in firm.organisation.name.lower()
        and (not tier or firm.bill.tier == tier)
        and (not care or any(one.kind == care for one in firm.cares))
    ]


@require_safe
@account_manager
def export(request: PersonRequest, form: str) -> HttpResponse:
    """Give the portfolio as a file, with the filters of the page."""
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    rows = [_row(firm) for firm in _chosen(request, service.of(request.user))]
    body = exports.csv_file(_columns(), rows) if form == "csv" else exports.xlsx_file(_("Portfolio"), _columns(), rows)
    name = f'attachment; filename="portfolio-{timezone.localdate().isoformat()}.{form}"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _columns() -> list[str]:
    return [
        _("Firm"),
        _("Needs care because"),
        _("State"),
        _("Tier"),
        _("Revenue a month (EUR)"),
        _("Trial ends"),
        _("Last upload"),
        _("Last plan"),
        _("Data ready (%)"),
        _("Plan followed (%)"),
        _("Sales at risk"),
        _("Money in excess stock"),
        _("Currency"),
        _("Failed imports"),
        _("Failed jobs"),
        _("Unpaid (EUR)"),
        _("Manager"),
        _("Products planned"),
        _("Series in 30 days"),
        _("API calls in 30 days"),
        _("Bytes of files"),
    ]


def _row(firm: Firm) -> list[Cell]:
    figures = firm.figures
    return [
        firm.organisation.name,
        "; ".join(care.words for care in firm.cares),
        firm.organisation.state,
        firm.bill.tier,
        Decimal(firm.bill.monthly_cents) / 100,
        firm.bill.trial_end,
        _day(figures.last_upload_at),
        _day(figures.last_run_at),
        figures.readiness,
        figures.adherence,
        figures.at_risk,
        figures.excess,
        firm.organisation.currency,
        figures.failed_imports,
        figures.failed_jobs,
        Decimal(firm.unpaid_cents) / 100,
        firm.manager,
        *(figures.used.get(what, 0) for what in (usage.PLANNED, usage.SERIES, usage.CALLS, usage.STORAGE)),
    ]


def _day(moment: Any) -> date | None:
    return moment.date() if moment else None


@require_safe
@account_manager
def firm(request: PersonRequest, organisation_id: int) -> HttpResponse:
    """Show one firm: its sums, what was noted, what can be done."""
    return _firm_page(request, organisation_id)


def _firm_page(
    request: PersonRequest, organisation_id: int, wrong: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    organisation = account_managers.firm(by=request.user, organisation_id=organisation_id)
    mine = consents.between(organisation=organisation, manager=request.user)
    context = {
        "firm": service.one(organisation),
        "uses": limits.use(organisation),
        "notes": account_managers.notes(organisation),
        "consent": mine,
        "holds": bool(mine and consents.holds(mine)),
        "operator": accounts.is_operator(request.user),
        "forms": [(name, title, (wrong or {}).get(name, form)) for name, title, form in parts.shown(organisation)],
        "wrong": wrong,
        "euro": {"currency": "EUR"},
    }
    return render_page(request, "portfolio/detail.html", context, status=status)


@require_POST
@account_manager
def act(request: PersonRequest, organisation_id: int, action: str) -> HttpResponse:
    """Do one thing for a firm, with its reason."""
    organisation = account_managers.firm(by=request.user, organisation_id=organisation_id)
    if action not in parts.ACTIONS:
        raise NotFound(_("There is no such page."))
    kind, do, done = parts.ACTIONS[action]
    form = kind(request.POST)
    if not form.is_valid():
        return _firm_page(request, organisation_id, {action: form}, status=422)
    do(organisation, request.user, form.cleaned_data)
    messages.success(request, _(done))
    return redirect("portfolio_firm", organisation_id) if action != "assign" else redirect("portfolio")


@require_http_methods(["GET", "HEAD", "POST"])
@account_manager
def new(request: PersonRequest) -> HttpResponse:
    """Found a firm for a customer and invite its owner."""
    form = parts.OnboardForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made, invitation, token = account_managers.onboard(by=request.user, **form.cleaned_data)
        owner_letters.invited(invitation, token, by=request.user.email)
        messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
        return redirect("portfolio_firm", made.pk)
    return render_page(request, "portfolio/form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@account_manager
def ask(request: PersonRequest, organisation_id: int) -> HttpResponse:
    """Ask the owner to be let in; for the operator, in an emergency, go in."""
    organisation = account_managers.firm(by=request.user, organisation_id=organisation_id)
    reason = request.POST.get("reason", "")
    if request.POST.get("do") == "emergency":
        made = consents.emergency(organisation=organisation, by=request.user, reason=reason)
        owner_letters.emergency(made)
        messages.warning(request, _("You may go in for an hour. The owners were told, with your reason."))
    else:
        owner_letters.asked(consents.ask(organisation=organisation, by=request.user, reason=reason))
        messages.success(request, _("Asked. The owners have a letter, and a line above their pages."))
    return redirect("portfolio_firm", organisation_id)


@require_POST
@account_manager
def enter(request: PersonRequest, organisation_id: int) -> HttpResponse:
    """Go into a firm whose owner allows it."""
    organisation = account_managers.firm(by=request.user, organisation_id=organisation_id)
    consent = consents.between(organisation=organisation, manager=request.user)
    if consent is None or consents.visit(user=request.user, consent_id=str(consent.pk)) is None:
        raise NotFound(_("There is no such page."))
    request.session["visit"] = str(consent.pk)
    return redirect("home")


@require_POST
@account_manager
def leave(request: PersonRequest) -> HttpResponse:
    """Leave the firm one is inside of; what was allowed stays allowed until its time."""
    chosen = request.session.pop("visit", None)
    found = Consent.objects.filter(pk=chosen, manager=request.user).first() if chosen else None
    return redirect("portfolio_firm", found.organisation_id) if found else redirect("portfolio")
