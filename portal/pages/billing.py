"""What the firm pays: its tier, its use against the limits, its invoices."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forecasting.services import planned
from portal import billing_words
from portal.access import MemberRequest, may
from portal.forms import countries
from portal.pdf import invoice_pdf
from portal.render import render_page
from tenants.billing import life, vat
from tenants.errors import NotFound
from tenants.services import billing as steps
from tenants.services import invoices, limits, payments, subscriptions, usage
from tenants.tiers import LIMITS, Tier


class DetailsForm(forms.Form):
    """Who pays, as it stands on invoices."""

    billing_name = forms.CharField(label=gettext_lazy("Name on the invoice"), max_length=200, required=False)
    billing_address = forms.CharField(
        label=gettext_lazy("Address"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    billing_country = forms.ChoiceField(label=gettext_lazy("Country"), choices=countries, required=False)
    vat_id = forms.CharField(
        label=gettext_lazy("VAT id"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("With one of another country of the EU, no VAT is charged: you owe it at home."),
    )
    billing_email = forms.EmailField(
        label=gettext_lazy("Send bills to"), required=False, help_text=gettext_lazy("Empty: to the owners.")
    )

    def __init__(self, *args: Any, home: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home

    def clean(self) -> dict[str, Any]:
        """Hold the VAT id to the form of the country."""
        data = super().clean() or {}
        text, country = vat.clean_id(data.get("vat_id", "")), data.get("billing_country") or self.home
        if text and country in vat.FORMATS and not vat.is_id(text, country):
            self.add_error("vat_id", _("A VAT id of this country looks different. Check country and id."))
        data["vat_id"] = text
        return data


@require_safe
@may("billing.view")
def billing(request: MemberRequest) -> HttpResponse:
    """Show the tier, the use against its limits, what comes next, and the invoices."""
    return _page(request)


def _page(request: MemberRequest, *, status: int = 200, **shown: object) -> HttpResponse:
    firm = request.organisation
    row, uses = subscriptions.of(firm), planned.uses(firm)
    account = subscriptions.account_of(row)
    names = ("billing_name", "billing_address", "billing_country", "vat_id", "billing_email")
    context = {
        "bill": steps.summary(firm),
        "owed_cents": sum(invoices.outstanding(one) for one in invoices.owed([firm.pk])),
        "next_cents": _next_cents(account),
        "cards": billing_words.cards(),
        "ways": payments.ways(firm),
        **_late_words(row.provider),
        "desk": row.provider_customer and payments.has_desk(),
        "bars": billing_words.bars(uses),
        "used": usage.by_day(usage.today() - timedelta(days=30), usage.today()),
        "years": LIMITS[Tier(firm.tier)].history_years,
        "invoices": [(one, invoices.outstanding(one)) for one in invoices.of(firm)[:60]],
        "details": DetailsForm(initial={name: getattr(row, name) for name in names}),
        "buyer": invoices.buyer_of(firm, row),
        **shown,
    }
    return render_page(request, "billing/detail.html", context, status=status)


def _late_words(provider: str) -> dict[str, str]:
    if provider == "stripe":
        return {
            "unpaid_words": _(
                "Stripe could not collect it. Look at your means of payment below. After a month the firm can only be "
                "read and exported."
            ),
            "closed_words": _("Your data are safe and can be exported. Look at your means of payment below."),
        }
    return {
        "unpaid_words": _(
            "Pay the open invoice below. A month after it was due, the firm can only be read and exported."
        ),
        "closed_words": _("Your data are safe and can be exported. Pay the open invoice below."),
    }


def _next_cents(account: Any) -> int | None:
    if account.status != "active" or account.next_tier == Tier.FREE:
        return None
    step = life.roll(replace(account, failed_on=None, reminded=0), account.period[1])
    return sum(line.cents for line in step.charges) if step else None


@require_http_methods(["GET", "HEAD", "POST"])
@may("billing.edit")
def change(request: MemberRequest) -> HttpResponse:
    """Show what a choice would do; POST makes it."""
    asked = request.POST if request.method == "POST" else request.GET
    tier, interval = asked.get("tier", ""), asked.get("interval", "month")
    firm = request.organisation
    if not tier:
        return redirect("billing")
    if request.method == "POST":
        return _chosen(request, tier, interval)
    told = steps.preview(organisation=firm, tier=tier, interval=interval)
    wanted = LIMITS[Tier(tier)]
    beyond = [
        (bar, most)
        for bar in billing_words.bars(planned.uses(firm))
        if bar["use"].used > (most := int(getattr(wanted, limits.FIELDS[bar["use"].name])))
    ]
    context = {
        "told": told,
        "gross": told.net_cents + told.vat_cents,
        "lines": billing_words.charges(told.lines),
        "tier": tier,
        "name": billing_words.tier_name(tier),
        "interval": interval,
        "how_often": billing_words.interval_name(interval),
        "beyond": beyond,
        "limits": wanted,
        "ways": payments.ways(firm) if told.at_once and tier != Tier.FREE else [subscriptions.of(firm).provider],
        "pays_by": subscriptions.of(firm).provider,
        "intent": uuid.uuid4().hex,
        "came_back": "left" in request.GET,
    }
    return render_page(request, "billing/change.html", context)


def _chosen(request: MemberRequest, tier: str, interval: str) -> HttpResponse:
    choice = payments.Choice(tier, interval, request.POST.get("provider", ""), request.POST.get("intent", "")[:64])
    address = payments.choose(organisation=request.organisation, choice=choice, by=request.user)
    if address:
        return _go_on(request, address)
    messages.success(request, _("Done."))
    return redirect("billing")


def _go_on(request: MemberRequest, address: str) -> HttpResponse:
    # Not by a redirect: a form of ours may lead to pages of ours alone, and the provider's may have an own domain.
    return render_page(request, "billing/going.html", {"address": address})


@require_POST
@may("billing.edit")
def desk(request: MemberRequest) -> HttpResponse:
    """Lead to the provider's page where means of payment are changed."""
    return _go_on(request, payments.desk(organisation=request.organisation, by=request.user))


@require_safe
@may("billing.view")
def paid(request: MemberRequest) -> HttpResponse:
    """Wait, after paying, until the provider has told us so: coming here proves and grants nothing."""
    row = subscriptions.of(request.organisation)
    done = row.provider != "transfer"
    if done and not request.htmx:
        messages.success(request, _("Thank you. It is paid for."))
        return redirect("billing")
    return render_page(request, "billing/paid.html", {"done": done}, part="billing/_paid.html")


@require_POST
@may("billing.edit")
def details(request: MemberRequest) -> HttpResponse:
    """Keep who pays."""
    form = DetailsForm(request.POST, home=request.organisation.country)
    if not form.is_valid():
        return _page(request, status=422, details=form)
    payments.keep_details(organisation=request.organisation, by=request.user, **form.cleaned_data)
    messages.success(request, _("Saved. The next invoice says so."))
    return redirect("billing")


@require_safe
@may("billing.view")
def invoice(request: MemberRequest, number: str) -> HttpResponse:
    """Give an invoice as PDF."""
    found = invoices.of(request.organisation).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such invoice."))
    answer = HttpResponse(invoice_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer
