"""The works: what to make, when and where, what does not fit and what that costs; and what making takes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forecasting import queries
from forecasting.models import Run
from forecasting.services import decisions, exports, works
from forecasting.services.decisions import Choice
from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import NotFound, PortalError

ORDERS_A_PAGE = 15  # on a phone each is a card: what begins soon comes first


@require_http_methods(["GET", "HEAD", "POST"])
@may("plans.view")
def production(request: MemberRequest) -> HttpResponse:
    """Show the schedule and the orders; POST changes what is known of the works."""
    if request.method == "POST":
        return _change(request)
    return _shown(request)


@may("plans.edit")
def _change(request: MemberRequest) -> HttpResponse:
    name = request.POST.get("form", "")
    if name not in FORMS:
        raise NotFound(_("There is no such form."))
    made, step = FORMS[name]
    form = made(request.POST, prefix=None)
    if form.is_valid():
        try:
            step(by=request.user, **form.cleaned_data)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. The next run plans with it."))
            return redirect("production")
    return _shown(request, wrong={name: form}, status=422)


def _shown(request: MemberRequest, *, wrong: dict[str, forms.Form] | None = None, status: int = 200) -> HttpResponse:
    run = queries.runs.newest()
    found = list(queries.production.orders(run)) if run else []
    context: dict[str, Any] = {
        "run": run,
        "known": queries.production.any_components(),
        "centres": queries.production.schedule(run) if run else [],
        "totals": queries.production.totals(found),
        "page": _with_releases(Paginator(found, ORDERS_A_PAGE).get_page(request.GET.get("page")), run),
        "short": queries.production.short(run, found) if run else [],
        "unknown": queries.production.unknown(found),
        "parents": queries.production.parents(),
        "works": queries.production.centres(),
        "forms": {name: made(auto_id=f"{name}-%s") for name, (made, _step) in FORMS.items()} | (wrong or {}),
        "wrong": bool(wrong),
    }
    return render_page(request, "production/production.html", context, status=status)


def _with_releases(page: Page[Any], run: Run | None) -> Page[Any]:
    """Say of each order that is to begin now whether it was released, and of which proposal it is."""
    decided = queries.production.released(run) if run else {}
    waiting = queries.production.to_release(run) if run else {}
    for order in page:
        if order.proposed:
            order.decision = decided.get(order.product_id)
            order.proposal_id = waiting.get(order.product_id)
    return page


@require_POST
@may("plans.edit")
def release(request: MemberRequest) -> HttpResponse:
    """Release what is to be made now to the works, or take a release back that nothing was reported of."""
    what, _colon, which = request.POST.get("do", "").partition(":")
    if not which.isdecimal() or len(which) > 18 or what not in ("release", "undo"):
        raise NotFound(_("There is no such order."))
    if what == "undo":
        decisions.undo(decision_id=int(which), by=request.user)
        messages.success(request, _("Taken back: the works make it no more."))
        return redirect("production")
    run = queries.runs.newest()
    if run is None:
        raise NotFound(_("There is no such order."))
    found = decisions.decide(
        run_id=run.pk, choices=[Choice(int(which))], organisation=request.organisation, by=request.user
    )
    if found.on_order_already:
        messages.warning(request, _("More of it was released after this plan was computed. Run the plan again."))
    else:
        numbers = ", ".join(order.number for order in found.orders)
        messages.success(request, _("Released: %(numbers)s. Report there what is done.") % {"numbers": numbers})
    return redirect("production")


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the production orders as a file."""
    run = queries.runs.newest()
    if run is None or form not in exports.KINDS:
        raise NotFound(_("There is no such file."))
    columns, rows = _columns(), [_row(**row) for row in queries.production.rows(run)]
    body = exports.csv_file(columns, rows) if form == "csv" else exports.xlsx_file(_("Production"), columns, rows)
    name = f"production-{queries.runs.planned_on(run).isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _columns() -> list[str]:
    return [
        _("Number"),
        _("SKU"),
        _("Product"),
        _("Units"),
        _("Begin now"),
        _("Starts"),
        _("Due"),
        _("Finished"),
        _("Units late"),
        _("Days late"),
        _("Units in no week"),
        _("Sales missed, units"),
        _("Sales missed, money"),
        _("Components"),
        _("Made for"),
        _("Weeks"),
    ]


def _row(order: Any, weeks: str) -> list[exports.Cell]:
    return [
        order.number,
        order.product.sku,
        order.product.name,
        order.units,
        _("yes") if order.proposed else _("no"),
        order.start_on,
        order.due_on,
        order.finish_on,
        order.late_units,
        order.late_days,
        order.unmade_units,
        order.lost_units,
        order.lost_sales,
        "; ".join(f"{need['units']:g} {need['sku']}" for need in order.needs),
        "; ".join(f"{one['units']:g} {one['sku']} {one['on']}" for one in order.serves),
        weeks,
    ]


def _minutes(label: Any, **options: Any) -> forms.FloatField:
    return forms.FloatField(label=label, min_value=0, max_value=1_000_000, **options)


class CentreForm(forms.Form):
    """A work centre."""

    code = forms.CharField(label=gettext_lazy("Code of the work centre"), max_length=100)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    weekly_minutes = _minutes(
        gettext_lazy("Minutes in a usual week"), help_text=gettext_lazy("Two people of 40 hours are 4,800 minutes.")
    )


class CodeForm(forms.Form):
    """Names a work centre."""

    code = forms.CharField(max_length=100, widget=forms.HiddenInput)


class ClosedForm(forms.Form):
    """Days on which a work centre works otherwise."""

    code = forms.CharField(label=gettext_lazy("Code of the work centre"), max_length=100)
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    weekly_minutes = _minutes(
        gettext_lazy("Minutes a week on these days"), initial=0, help_text=gettext_lazy("0: closed.")
    )


class OpenForm(CodeForm):
    """Names a change of capacity."""

    starts_on = forms.DateField(widget=forms.HiddenInput)


class RoutingForm(forms.Form):
    """What making a product takes at a work centre."""

    sku = forms.CharField(label=gettext_lazy("Product (SKU)"), max_length=100)
    code = forms.CharField(label=gettext_lazy("Code of the work centre"), max_length=100)
    minutes_per_unit = _minutes(gettext_lazy("Minutes for one piece"))
    setup_minutes = _minutes(gettext_lazy("Minutes to set up"), initial=0)


class StepForm(CodeForm):
    """Names a step of making a product."""

    sku = forms.CharField(max_length=100, widget=forms.HiddenInput)


class MadeForm(forms.Form):
    """Says whether a product with components is made to stock."""

    sku = forms.CharField(max_length=100, widget=forms.HiddenInput)
    made = forms.TypedChoiceField(
        choices=[("yes", gettext_lazy("Made to stock")), ("no", gettext_lazy("Kit, put together when sold"))],
        coerce=lambda word: word == "yes",
    )


FORMS: dict[str, tuple[type[forms.Form], Any]] = {
    "centre": (CentreForm, works.keep_centre),
    "centre_gone": (CodeForm, works.drop_centre),
    "closed": (ClosedForm, works.change_capacity),
    "open": (OpenForm, works.restore_capacity),
    "routing": (RoutingForm, works.keep_routing),
    "routing_gone": (StepForm, works.drop_routing),
    "made": (MadeForm, works.say_made),
}
