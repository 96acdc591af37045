"""The suppliers: their lead times, what an order costs there, the least they accept."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from forecasting import queries
from forecasting.models import Supplier
from forecasting.services import suppliers as steps
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import NotFound

ROWS_A_PAGE = 50


@require_safe
@may("products.view")
def suppliers(request: MemberRequest) -> HttpResponse:
    """List the suppliers with their terms."""
    search = request.GET.get("q", "").strip()
    page = Paginator(queries.suppliers.listed(search), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": queries.suppliers.rows(list(page)), "search": search}
    return render_page(request, "suppliers/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("products.view")
def supplier(request: MemberRequest, code: str) -> HttpResponse:
    """Show one supplier; POST changes its terms."""
    found = queries.suppliers.get(code)
    if found is None:
        raise NotFound(_("There is no such supplier."))
    if request.method == "POST":
        return _change(request, found)
    return _detail(request, found, SupplierForm.showing(found))


@may("products.edit")
def _change(request: MemberRequest, found: Supplier) -> HttpResponse:
    form = SupplierForm(request.POST)
    if form.is_valid():
        steps.change(code=found.code, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. The next run plans with it."))
        return redirect("supplier", code=found.code)
    return _detail(request, found, form, status=422)


def _detail(request: MemberRequest, found: Supplier, form: "SupplierForm", *, status: int = 200) -> HttpResponse:
    currency = found.currency or request.organisation.currency
    for name in ("order_cost", "least_value"):
        form.fields[name].label = f"{form.fields[name].label}, {currency}"
    today = timezone.localdate()
    context = {
        "supplier": found,
        "form": form,
        "row": queries.suppliers.rows([found])[0],
        "delivered": queries.suppliers.delivered(found, today),
        "closed": queries.suppliers.closed(found, today),
    }
    return render_page(request, "suppliers/detail.html", context, status=status)


def _days(label: Any, help_text: Any = "", *, low: int = 0) -> forms.FloatField:
    return forms.FloatField(label=label, help_text=help_text, min_value=low, max_value=3650, required=False)


class SupplierForm(forms.Form):
    """What is known of a supplier; an empty field means that it is not known."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    contact = forms.CharField(label=gettext_lazy("Contact person"), max_length=300, required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail for orders"),
        required=False,
        help_text=gettext_lazy("Orders that you send from here go to this address."),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Stands on the orders to this supplier."),
    )
    lead_time_days = _days(
        gettext_lazy("Lead time, days"),
        gettext_lazy("From the order to the shelf. What deliveries show is used as soon as there are enough of them."),
    )
    lead_time_sd_days = _days(
        gettext_lazy("Lead time varies by, days"), gettext_lazy("2 means: usually within 2 days of it.")
    )
    review_days = _days(gettext_lazy("Days between two orders"), gettext_lazy("7: you order here once a week."), low=1)
    order_cost = forms.DecimalField(
        label=gettext_lazy("Cost of one order"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("Freight, customs and paperwork of one order, whatever it holds."),
    )
    least_value = forms.DecimalField(label=gettext_lazy("Least order"), min_value=0, required=False)
    least_units = forms.FloatField(label=gettext_lazy("Least order, pieces"), min_value=0, required=False)

    @classmethod
    def showing(cls, supplier: Supplier) -> "SupplierForm":
        """Fill the form from what is known."""
        return cls(initial={name: plain(getattr(supplier, name)) for name in cls.base_fields})


def plain(value: Any) -> Any:
    """Write 12.0 as 12 and 3.5000 as 3.5: what a person would have typed."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return f"{value.normalize():f}" if hasattr(value, "normalize") else value
