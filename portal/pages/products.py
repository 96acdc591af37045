"""The products: a list to search, and one product whole."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from forecasting import queries
from forecasting.models import Product, Run
from forecasting.queries.plan_lines import Line
from forecasting.queries.products import SORTS, Wanted
from forecasting.queries.rows import Row
from forecasting.services import catalogue
from forecasting.services import events as calendar
from forecasting.services import overrides as changes
from forecasting.services import suppliers as terms_of_supply
from portal.access import MemberRequest, may
from portal.pages import product_picture
from portal.pages.events import kinds
from portal.pages.overrides import OverrideForm
from portal.render import render_page
from tenants.errors import Conflict, Invalid

ROWS_A_PAGE = 50
PRICES = 6  # rows to fill in


@require_safe
@may("products.view")
def products(request: MemberRequest) -> HttpResponse:
    """List the products: searched, filtered, sorted."""
    run = queries.runs.newest()
    wanted, risks = _wanted(request, run), queries.risks.found(run)
    page = Paginator(queries.products.listed(run, wanted, risks), ROWS_A_PAGE).get_page(request.GET.get("page"))
    counts = queries.products.counts(run, risks)
    context = {
        "run": run,
        "wanted": wanted,
        "page": page,
        "rows": queries.products.rows(list(page), run, request.organisation.currency, risks),
        "all": counts["all"],
        "chips": [(name, label, n) for name, label in _chips().items() if (n := _of(name, wanted, counts, page))],
        "categories": queries.products.categories(),
        "suppliers": queries.products.suppliers(),
        "keep": [
            (name, value) for name in ("show", "sort", "category", "supplier") if (value := request.GET.get(name))
        ],
    }
    return render_page(request, "products/list.html", context)


def _wanted(request: MemberRequest, run: Run | None) -> Wanted:
    asked = request.GET
    usual = "lasts" if run else "sku"
    sort = asked.get("sort", usual)
    return Wanted(
        search=asked.get("q", "").strip(),
        show=asked.get("show", ""),
        category=asked.get("category", ""),
        supplier=asked.get("supplier", ""),
        sort=sort if sort.removeprefix("-") in SORTS else usual,
    )


def _chips() -> dict[str, str]:
    return {
        "risk": _("At risk"),
        "order": _("To order"),
        "excess": _("Excess"),
        "new": _("New or incomplete"),
        "uncatalogued": _("In no catalogue"),
        "no_cost": _("No cost"),
        "no_price": _("No price"),
        "no_lead_time": _("No lead time"),
        "no_stock": _("Never counted"),
        "no_supplier": _("No supplier"),
        "alike": _("Codes that look alike"),
        "out": _("Counted as out of stock"),
    }


def _of(name: str, wanted: Wanted, counts: dict[str, int], page: Any) -> int:
    """Count what a chip selects; what only another page asks for has a chip while it is looked at."""
    if name in {"uncatalogued", "alike", "out"}:
        return page.paginator.count if name == wanted.show else 0
    return counts.get(name, 0)


@require_http_methods(["GET", "HEAD", "POST"])
@may("products.view")
def product(request: MemberRequest, sku: str) -> HttpResponse:
    """Show one product whole; POST changes its terms, or what is expected of it."""
    found = queries.product.get(sku)
    if request.method == "POST":
        return {"override": _expect, "prices": _prices}.get(request.POST.get("form", ""), _change)(request, found)
    return _detail(request, found, TermsForm.showing(found, request.organisation.currency))


@may("forecasts.edit")
def _expect(request: MemberRequest, found: Product) -> HttpResponse:
    form = OverrideForm(request.POST, auto_id="override-%s")
    if form.is_valid():
        try:
            changes.add(product=found, by=request.user, run=queries.runs.newest(), **form.cleaned_data)
        except (Invalid, Conflict) as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("Your change is kept. The next run plans with it."))
            return redirect("product", sku=found.sku)
    terms = TermsForm.showing(found, request.organisation.currency)
    return _detail(request, found, terms, expect=form, status=422)


@may("products.edit")
def _prices(request: MemberRequest, found: Product) -> HttpResponse:
    told = {**request.POST.dict(), "prices-INITIAL_FORMS": "0"}  # an emptied row is no row, whatever it showed before
    prices = PriceForms(told, prefix="prices")
    if prices.is_valid():
        rows = [form.cleaned_data for form in prices if form.cleaned_data]
        try:
            terms_of_supply.price_breaks(
                product=found, by=request.user, breaks=[(row["from_units"], row["unit_cost"]) for row in rows]
            )
        except Invalid as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("Saved. The next run plans with it."))
            return redirect("product", sku=found.sku)
    terms = TermsForm.showing(found, request.organisation.currency)
    return _detail(request, found, terms, prices=prices, status=422)


@may("products.edit")
def _change(request: MemberRequest, found: Product) -> HttpResponse:
    form = TermsForm(request.POST, currency=found.currency or request.organisation.currency)
    if form.is_valid():
        try:
            catalogue.change_terms(product=found, by=request.user, terms=form.cleaned_data)
        except Invalid as error:
            form.take(error)
        else:
            messages.success(request, _("Saved. The next run plans with it."))
            return redirect("product", sku=found.sku)
    return _detail(request, found, form, status=422)


def _detail(
    request: MemberRequest,
    found: Product,
    form: "TermsForm",
    *,
    expect: OverrideForm | None = None,
    prices: Any = None,
    status: int = 200,
) -> HttpResponse:
    run = queries.runs.newest()
    row, forecast = queries.product.row(found, run, request.organisation.currency)
    context: dict[str, Any] = {
        "run": run,
        "product": found,
        "row": row,
        "currency": row.currency,
        "form": form,
        "prices": prices or PriceForms(prefix="prices", initial=queries.product.prices(found)),
        "counts": queries.product.stock(found),
        "coming": queries.product.coming(found),
    }
    if run is not None:
        context |= _of_run(found, run, row, forecast)
        context["expect"] = expect or OverrideForm(auto_id="override-%s", initial={"first_day": run.starts_on})
    return render_page(request, "products/detail.html", context, status=status)


def _of_run(found: Product, run: Run, row: Any, forecast: Any) -> dict[str, Any]:
    said = queries.picture.told(found, run)
    picture = queries.picture.picture(found, run, forecast, row.parts, said)
    events = _events(found, picture)
    return {
        "forecast": forecast,
        "chart": product_picture.demand(picture, run, row, product_picture.flags(events, said.apart)),
        "places": [(line, queries.passports.of(line.proposal, run)) for line in _places(row)],
        "changes": said.changes,
        "apart": said.apart,
        "pending": queries.picture.pending(forecast, said.changes),
        "events": events,
        "kinds": kinds(),
        "passport": queries.passports.of(row.proposal, run) if row.proposal else None,
        "sure": product_picture.sure(forecast) if forecast else None,
        "model_name": product_picture.model_name(forecast.model) if forecast else "",
        "sales_until": queries.runs.sales_until(run),
    }


def _places(row: Row) -> list[Line]:
    """Return the plan of each place with its own reason and risk, where stock is kept in several."""
    return [Line(part, row.currency, row.risk.at(part.location_id) if row.risk else None) for part in row.places]


def _events(found: Product, picture: queries.picture.Picture) -> list[Any]:
    """Return what happens to a product in the days that its picture shows."""
    days = [*picture.days, *picture.ahead]
    if not days:
        return []
    return [event for event in calendar.kept(days[0], days[-1]) if calendar.concerns(event, found)]


class PriceForm(forms.Form):
    """One price break: from so many units on, every unit of the order costs so much."""

    from_units = forms.FloatField(label=gettext_lazy("From, pieces"), min_value=0.000001, max_value=1e9)
    unit_cost = forms.DecimalField(label=gettext_lazy("Unit cost"), min_value=0, max_digits=16, decimal_places=4)


PriceForms = forms.formset_factory(PriceForm, extra=PRICES, max_num=PRICES)


class TermsForm(forms.Form):
    """What is known of a product; an empty field means that it is not known."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    category = forms.CharField(label=gettext_lazy("Category"), max_length=200, required=False)
    supplier = forms.ChoiceField(label=gettext_lazy("Supplier"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=[("active", gettext_lazy("is bought again")), ("discontinued", gettext_lazy("is being sold out"))],
    )
    unit_cost = forms.DecimalField(label=gettext_lazy("Unit cost"), min_value=0, max_digits=16, required=False)
    unit_price = forms.DecimalField(label=gettext_lazy("Price"), min_value=0, max_digits=16, required=False)
    lead_time_days = forms.FloatField(
        label=gettext_lazy("Lead time, days"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("From the order to the shelf. Empty: the supplier's."),
    )
    lead_time_sd_days = forms.FloatField(
        label=gettext_lazy("Lead time varies by, days"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("2 means: usually within 2 days of it."),
    )
    review_days = forms.FloatField(label=gettext_lazy("Days between orders"), required=False)
    moq = forms.FloatField(label=gettext_lazy("Least order, pieces"), min_value=0, required=False)
    pack_size = forms.FloatField(label=gettext_lazy("Pack, pieces"), required=False)
    shelf_life_days = forms.FloatField(label=gettext_lazy("Shelf life, days"), required=False)
    order_cost = forms.DecimalField(
        label=gettext_lazy("Cost of one order"),
        min_value=0,
        max_digits=16,
        required=False,
        help_text=gettext_lazy("What it adds to an order, whatever the number: a set-up, a test, a pallet."),
    )
    storage_units = forms.FloatField(
        label=gettext_lazy("Room for, pieces"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("Orders never fill more than this."),
    )
    replaces = forms.CharField(
        label=gettext_lazy("Takes the place of (SKU)"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("What that one sold before counts as this one's."),
    )
    service_level = forms.FloatField(
        label=gettext_lazy("Service level, %"),
        required=False,
        help_text=gettext_lazy("How often stock should last until the next delivery."),
    )

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suppliers = [(supplier.code, str(supplier)) for supplier in queries.products.suppliers()]
        cast(forms.ChoiceField, self.fields["supplier"]).choices = [("", "–"), *suppliers]
        for name in ("unit_cost", "unit_price", "order_cost"):
            self.fields[name].label = f"{self.fields[name].label}, {currency}"

    @classmethod
    def showing(cls, product: Product, currency: str) -> "TermsForm":
        """Fill the form from what is known."""
        known = {name: _plain(getattr(product, name)) for name in cls.base_fields if name != "supplier"}
        level = None if product.service_level is None else round(100 * product.service_level, 6)
        initial = {**known, "supplier": product.supplier.code if product.supplier else "", "service_level": level}
        return cls(initial=initial, currency=product.currency or currency)

    def clean_service_level(self) -> float | None:
        """Turn percent into a share."""
        level = self.cleaned_data["service_level"]
        return None if level is None else level / 100

    def take(self, error: Invalid) -> None:
        """Show what the service found wrong at the fields it is about."""
        for problem in error.errors:
            field = str(problem["field"])
            words = _("Expected: %(expected)s") % {"expected": problem["expected"]}
            self.add_error(field if field in self.fields else None, words)


def _plain(value: Any) -> Any:
    """Write 12.0 as 12 and 3.5000 as 3.5: what a person would have typed."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return f"{value.normalize():f}" if hasattr(value, "normalize") else value
