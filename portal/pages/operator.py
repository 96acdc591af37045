"""The operator's page: what the portal earns, how its work is doing, who is over a limit or owes, and the managers."""

from decimal import Decimal
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from forecasting import queries
from portal.access import PersonRequest
from portal.access import operator as only_operator
from portal.pages import health
from portal.render import render_page
from tenants.errors import NotFound
from tenants.models import Invoice
from tenants.services import account_managers, billing, letters
from tenants.services import operators as service

MOST_LETTERS = 50


class PaymentForm(forms.Form):
    """What came in for an invoice."""

    invoice = forms.CharField(label=gettext_lazy("Number of the invoice"), max_length=20)
    amount = forms.DecimalField(label=gettext_lazy("Euro, gross"), decimal_places=2, max_digits=12)
    on = forms.DateField(label=gettext_lazy("On the account since"), widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(label=gettext_lazy("Reference of the transfer"), max_length=200)


class AppointForm(forms.Form):
    """Who is to look after firms."""

    email = forms.EmailField(label=gettext_lazy("E-mail address of somebody who has signed up"))


@require_safe
@only_operator
def operator(request: HttpRequest) -> HttpResponse:
    """Show how the portal is doing."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **wrong: forms.Form) -> HttpResponse:
    tiers = service.revenue()
    context = {
        "tiers": tiers,
        "total": sum(tier.cents for tier in tiers) / 100,
        "firms": sum(tier.firms for tier in tiers),
        "churn": service.churn(),
        "work": queries.queue.work(),
        "workers": queries.queue.workers(),
        "health": health.checks.read(),
        "over": service.over_limits(),
        "unpaid": [(invoice, Decimal(invoice.gross_cents) / 100) for invoice in service.unpaid()],
        "portfolios": service.portfolios(),
        "removed": service.removed(),
        "lost": letters.lost()[:MOST_LETTERS],
        "payment": wrong.get("payment") or PaymentForm(initial={"on": timezone.localdate()}),
        "appoint": wrong.get("appoint") or AppointForm(),
        "euro": {"currency": "EUR"},
    }
    return render_page(request, "operator/detail.html", context, status=status)


@require_POST
@only_operator
def book(request: PersonRequest) -> HttpResponse:
    """Book a bank transfer."""
    form = PaymentForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, payment=form)
    data = form.cleaned_data
    invoice = Invoice.objects.filter(number=data["invoice"].strip()).first()
    if invoice is None:
        raise NotFound(_("There is no such invoice."))
    cents = int((data["amount"] * 100).to_integral_value(rounding="ROUND_HALF_UP")) if data["amount"] else 0
    billing.book_payment(invoice=invoice, cents=cents, on=data["on"], by=request.user, reference=data["reference"])
    said = {"number": invoice.number, "amount": Decimal(cents) / 100}
    messages.success(request, _("Booked: %(amount)s EUR for %(number)s.") % said)
    return redirect("operator")


@require_POST
@only_operator
def appoint(request: HttpRequest) -> HttpResponse:
    """Make a person an account manager."""
    form = AppointForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, appoint=form)
    made = account_managers.appoint(email=form.cleaned_data["email"])
    messages.success(request, _("%(who)s looks after firms now.") % {"who": made.user.email})
    return redirect("operator")


@require_POST
@only_operator
def dismiss(request: HttpRequest, manager_id: int) -> HttpResponse:
    """Take the rights of an account manager away."""
    account_managers.dismiss(manager_id=manager_id)
    messages.success(request, _("Done. The firms of that portfolio are yours until you assign them."))
    return redirect("operator")


@require_POST
@only_operator
def post_again(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Let a letter that was given up go round once more."""
    letter = letters.send_again(letter_id)
    messages.success(request, _("The letter to %(to)s is on its way.") % {"to": letter.to})
    return redirect("operator")
