"""The calendar: promotions, new prices, closed days, planned and past; and the feasts that the engine knows."""

import re
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from forecasting import queries
from forecasting.models import Event
from forecasting.services import events as steps
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import Invalid

ROWS_A_PAGE = 50
AHEAD = timedelta(days=365)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def kinds() -> dict[str, str]:
    """Name the kinds of events."""
    return {
        Event.Kind.PROMOTION.value: _("Promotion"),
        Event.Kind.PRICE.value: _("New price"),
        Event.Kind.CLOSURE.value: _("Closed"),
        Event.Kind.SUPPLIER.value: _("Supplier closed"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@may("forecasts.view")
def events(request: MemberRequest) -> HttpResponse:
    """Show the calendar; POST adds an event."""
    if request.method == "POST":
        return _add(request)
    return _listed(request, EventForm(initial=_asked_for(request)))


def _asked_for(request: MemberRequest) -> dict[str, str]:
    asked = {name: request.GET.get(name, "") for name in ("kind", "skus")}
    return {name: value for name, value in asked.items() if value}


@may("forecasts.edit")
def _add(request: MemberRequest) -> HttpResponse:
    form = EventForm(request.POST)
    if form.is_valid():
        try:
            steps.add(by=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("Written down. The next run knows of it."))
            return redirect("events")
    return _listed(request, form, status=422)


def _listed(request: MemberRequest, form: "EventForm", *, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    show = request.GET.get("show", "ahead")
    found = queries.forecasts.events(show, today)
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "kinds": kinds(),
        "show": show,
        "form": form,
        "today": today,
        "holidays": _joined(steps.holidays(request.organisation.country, today, today + AHEAD, get_language() or "en")),
        "any": bool(page.paginator.count) or queries.forecasts.any_event(),
    }
    return render_page(request, "events/list.html", context, status=status)


def _joined(days: list[tuple[str, date]]) -> list[tuple[str, date, date]]:
    """Join days in a row of one feast: its name, its first and its last day."""
    found: list[tuple[str, date, date]] = []
    for name, day in days:
        near = next((at for at, (same, _, last) in enumerate(found) if same == name and (day - last).days == 1), None)
        if near is None:
            found.append((name, day, day))
        else:
            found[near] = (name, found[near][1], day)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@may("forecasts.view")
def event(request: MemberRequest, event_id: int) -> HttpResponse:
    """Show one event; POST changes it."""
    found = steps.get(event_id)
    if request.method == "POST":
        return _change(request, found)
    return _detail(request, found, EventForm.showing(found))


@may("forecasts.edit")
def _change(request: MemberRequest, found: Event) -> HttpResponse:
    form = EventForm(request.POST)
    if form.is_valid():
        try:
            steps.change(event_id=found.pk, by=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("Saved. The next run knows of it."))
            return redirect("events")
    return _detail(request, found, form, status=422)


def _detail(request: MemberRequest, found: Event, form: "EventForm", *, status: int = 200) -> HttpResponse:
    context = {"event": found, "kind": kinds()[found.kind], "form": form}
    return render_page(request, "events/detail.html", context, status=status)


@require_POST
@may("forecasts.edit")
def undo(request: MemberRequest, event_id: int) -> HttpResponse:
    """Take an event back, or bring it back."""
    found = steps.undo(event_id=event_id, by=request.user)
    messages.success(
        request, _("Taken back. The next run goes without it.") if found.undone_at else _("It holds again.")
    )
    return redirect("events")


class EventForm(forms.Form):
    """What happens, when, and to which products."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What happens"),
        choices=[
            (Event.Kind.PROMOTION, gettext_lazy("Promotion")),
            (Event.Kind.PRICE, gettext_lazy("New price")),
            (Event.Kind.CLOSURE, gettext_lazy("Closed: nothing is sold")),
            (Event.Kind.SUPPLIER, gettext_lazy("A supplier is closed: nothing is sent")),
        ],
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    first_day = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    last_day = forms.DateField(label=gettext_lazy("Last day"), widget=DAY)
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories"),
        required=False,
        help_text=gettext_lazy("Without categories and products it is about all products."),
    )
    skus = forms.CharField(
        label=gettext_lazy("Products"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Their numbers, separated by commas or lines."),
    )
    supplier = forms.ChoiceField(label=gettext_lazy("Supplier"), required=False)
    percent = forms.FloatField(label=gettext_lazy("Price changes by %"), min_value=-99, max_value=1000, required=False)
    price = forms.DecimalField(
        label=gettext_lazy("or new price"), min_value=0, max_digits=16, decimal_places=4, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.initial.get("categories") or []
        names = sorted({*queries.products.categories(), *kept})
        cast(forms.ChoiceField, self.fields["categories"]).choices = [(name, name) for name in names]
        self.fields["categories"].widget.attrs["size"] = str(min(6, max(2, len(names))))
        self.suppliers = {supplier.code: supplier for supplier in steps.suppliers()}
        choices = [("", "–"), *((code, str(one)) for code, one in self.suppliers.items())]
        cast(forms.ChoiceField, self.fields["supplier"]).choices = choices

    @classmethod
    def showing(cls, event: Event) -> "EventForm":
        """Fill the form from what is written down."""
        plain = {name: getattr(event, name) for name in cls.base_fields}
        supplier = event.supplier.code if event.supplier else ""
        return cls(initial={**plain, "skus": "\n".join(event.skus), "supplier": supplier})

    def clean_skus(self) -> list[str]:
        """Take the numbers apart."""
        parts = [part.strip() for part in re.split(r"[,;\n\t]", self.cleaned_data["skus"])]
        return list(dict.fromkeys(part for part in parts if part))

    def clean_supplier(self) -> Any:
        """Find the supplier."""
        return self.suppliers.get(self.cleaned_data["supplier"])
