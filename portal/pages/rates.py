"""What foreign money is worth: the exchange rates that the firm enters, pastes or uploads."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forecasting.models import Rate
from forecasting.services import exports
from forecasting.services import rates as steps
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import Invalid, NotFound

LINES_A_PAGE = 50
LARGEST = 2_000_000  # bytes of an uploaded list


class RateForm(forms.Form):
    """One rate."""

    currency = forms.RegexField(
        label=gettext_lazy("Currency"), regex=r"^[A-Za-z]{3}$", help_text=gettext_lazy("Three letters, such as USD.")
    )
    day = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    rate = forms.DecimalField(
        label=gettext_lazy("One unit is worth"), min_value=Decimal("0.0000000001"), max_digits=20, decimal_places=10
    )

    def __init__(self, *args: Any, home: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home
        self.fields["rate"].help_text = _("In %(currency)s: 0.92 means that one unit buys 0.92 %(currency)s.") % {
            "currency": home
        }

    def clean_currency(self) -> str:
        """Write the currency in capitals; the firm's own has no rate."""
        code = str(self.cleaned_data["currency"]).upper()
        if code == self.home:
            raise forms.ValidationError(_("This is your own currency."))
        return code

    def clean_day(self) -> date:
        """Take no day that is still to come."""
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("A rate of a day to come is not known yet."))
        return day


class RatesForm(forms.Form):
    """Many rates: pasted, or as a file."""

    text = forms.CharField(
        label=gettext_lazy("Paste lines"),
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": "USD;2026-11-02;0.9214"}),
        required=False,
        help_text=gettext_lazy(
            "Currency, date, rate; a comma, semicolon or tab between them, with or without a header."
        ),
    )
    file = forms.FileField(label=gettext_lazy("or a CSV file"), required=False)

    def clean(self) -> dict[str, Any]:
        """Take the file where there is one, else what was pasted."""
        data = super().clean() or {}
        file = data.get("file")
        if file and file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large for a list of rates."))
        if file:
            data["text"] = file.read().decode("utf-8-sig", errors="replace")
        if not data.get("text", "").strip():
            raise forms.ValidationError(_("Paste some lines, or choose a file."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@may("money.view")
def rates(request: MemberRequest) -> HttpResponse:
    """List the exchange rates and what lacks one; POST adds one or many."""
    return _add(request) if request.method == "POST" else _list(request)


@may("products.edit")
def _add(request: MemberRequest) -> HttpResponse:
    if request.POST.get("form") == "many":
        return _add_many(request)
    form = RateForm(request.POST, home=request.organisation.currency)
    if not form.is_valid():
        return _list(request, one=form, status=422)
    data = form.cleaned_data
    return _keep(request, [(data["currency"], data["day"], data["rate"])])


def _add_many(request: MemberRequest) -> HttpResponse:
    form = RatesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, many=form, status=422)
    try:
        lines = steps.read(form.cleaned_data["text"], organisation=request.organisation, today=timezone.localdate())
        return _keep(request, lines)
    except Invalid as error:
        kept = RatesForm(initial={"text": form.cleaned_data["text"]})
        return _list(request, many=kept, wrong=error, status=422)


def _keep(request: MemberRequest, lines: list[tuple[str, date, Decimal]]) -> HttpResponse:
    n = steps.enter(by=request.user, organisation=request.organisation, lines=lines)
    told = ngettext(
        "%(n)d rate kept. The next run counts with it.", "%(n)d rates kept. The next run counts with them.", n
    )
    messages.success(request, told % {"n": n})
    return redirect("rates")


def _list(request: MemberRequest, *, status: int = 200, **shown: object) -> HttpResponse:
    page = Paginator(Rate.objects.order_by("currency", "-day"), LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lacking": steps.lacking(request.organisation),
        "one": RateForm(home=request.organisation.currency, initial={"currency": request.GET.get("currency", "")}),
        "many": RatesForm(),
        **shown,
    }
    return render_page(request, "rates/list.html", context, status=status)


@require_safe
@may("money.view")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give all rates as a file that can be uploaded again; without rates, one to fill in."""
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    found = Rate.objects.order_by("currency", "day").values_list("currency", "day", "rate")
    rows = [(currency, day, rate.normalize()) for currency, day, rate in found.iterator()]
    columns = list(steps.COLUMNS)
    body = exports.csv_file(columns, rows) if form == "csv" else exports.xlsx_file(_("Exchange rates"), columns, rows)
    headers = {"Content-Disposition": f'attachment; filename="rates.{form}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


@require_POST
@may("products.edit")
def remove(request: MemberRequest, rate_id: int) -> HttpResponse:
    """Forget a rate."""
    steps.remove(rate_id=rate_id, by=request.user)
    messages.success(request, _("Removed. The next run counts without it."))
    return redirect("rates")
