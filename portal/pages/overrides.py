"""People's changes to forecasts: all of them, who was right, and how to take one back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from forecasting import queries
from forecasting.services import overrides as steps
from portal.access import MemberRequest, may
from portal.render import render_page

ROWS_A_PAGE = 50


@require_safe
@may("forecasts.view")
def overrides(request: MemberRequest) -> HttpResponse:
    """List people's changes with what the engine had expected and what came."""
    page = Paginator(queries.forecasts.changes(), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "all": queries.forecasts.people(),
        "people": queries.forecasts.by_person(),
        "products": queries.forecasts.by_product(),
        "today": timezone.localdate(),
    }
    return render_page(request, "overrides/list.html", context)


@require_POST
@may("forecasts.edit")
def undo(request: MemberRequest, override_id: UUID) -> HttpResponse:
    """Take a change back."""
    made = steps.undo(override_id=override_id, by=request.user)
    messages.success(request, _("Taken back. The next run goes by the engine's own number again."))
    return redirect("product", sku=made.product.sku)


class OverrideForm(forms.Form):
    """What a person expects in some days instead, and why."""

    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    units = forms.FloatField(
        label=gettext_lazy("Pieces in all of these days"), min_value=0, max_value=1e9, required=False
    )
    percent = forms.FloatField(
        label=gettext_lazy("or % more or less"),
        min_value=-100,
        max_value=1000,
        required=False,
        help_text=gettext_lazy("20: a fifth more. -100: nothing."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("A customer told you, a fair, a rival closes. Later it is held against what came."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for pieces or percent, not both."""
        data = super().clean() or {}
        if not self.errors and (data.get("units") is None) == (data.get("percent") is None):
            self.add_error("units", _("Say either how many pieces or how many percent more or less."))
        return data
