"""The places where goods lie, and what it takes to move them from one to another."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forecasting import queries
from forecasting.models import Location
from forecasting.queries.suppliers import Further
from forecasting.services import locations as steps
from portal import formats
from portal.access import MemberRequest, may
from portal.pages.suppliers import plain
from portal.render import render_page

TOLD = 3  # days from which on it is told that a place is further away


@require_http_methods(["GET", "HEAD", "POST"])
@may("products.view")
def locations(request: MemberRequest) -> HttpResponse:
    """Show the places; POST changes one."""
    if request.method == "POST":
        return _change(request)
    return _listed(request)


@may("products.edit")
def _change(request: MemberRequest) -> HttpResponse:
    form = LocationForm(request.POST)
    if form.is_valid():
        steps.change(by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. The next run plans with it."))
        return redirect("locations")
    return _listed(request, form)


def _listed(request: MemberRequest, wrong: "LocationForm | None" = None) -> HttpResponse:
    places = list(steps.every())
    further = queries.suppliers.further(timezone.localdate()) if len(places) > 1 else {}
    forms = [(LocationForm.showing(place), _told(place, further.get(place.pk))) for place in places]
    context = {"forms": forms, "wrong": wrong}
    return render_page(request, "locations/list.html", context, status=422 if wrong else 200)


def _told(place: Location, further: Further | None) -> str:
    """Say that deliveries to a place take longer, where nobody has said so yet."""
    if further is None or place.lead_time_extra_days is not None or round(further.days) < TOLD:
        return ""
    told = {"n": further.n, "days": formats.units(round(further.days), get_language() or "en"), "main": further.main}
    return (
        _(
            "%(n)d deliveries of two years took %(days)s days longer to here than those of the same suppliers to "
            "%(main)s. Enter that below, or orders for here may come too late."
        )
        % told
    )


class LocationForm(forms.Form):
    """What is known of a place; an empty field means that it is not known."""

    code = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    lead_time_extra_days = forms.FloatField(
        label=gettext_lazy("Further from suppliers by, days"),
        min_value=0,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("Added to every supplier's lead time for this place: 30 for a warehouse overseas."),
    )
    transfer_days = forms.FloatField(
        label=gettext_lazy("Moving goods to here takes, days"),
        min_value=0,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("From your other places. Empty: goods are never moved to here."),
    )
    transfer_cost = forms.DecimalField(
        label=gettext_lazy("Moving one piece to here costs"), min_value=0, max_digits=16, required=False
    )

    @classmethod
    def showing(cls, place: Location) -> "LocationForm":
        """Fill the form from what is known."""
        initial = {name: plain(getattr(place, name)) for name in cls.base_fields}
        return cls(initial=initial, auto_id=f"place-{place.pk}-%s")
