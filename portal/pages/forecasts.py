"""How good the forecasts are: held against naive ones, by category, product by product; and who was right."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.models import ProductForecast, Run
from forecasting.queries.forecasts import AIM, CLASSES, SORTS, Wanted
from forecasting.services import exports
from portal import charts, formats
from portal.access import MemberRequest, may
from portal.pages.home import first_steps
from portal.pages.product_picture import model_name
from portal.render import render_page
from portal.translations import spoken
from tenants.errors import NotFound

ROWS_A_PAGE = 50


@require_safe
@may("forecasts.view")
def forecasts(request: MemberRequest) -> HttpResponse:
    """Show how good the forecasts of the newest run are."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "forecasts/first.html", first_steps(request))
    wanted = _wanted(request)
    page = Paginator(queries.forecasts.listed(run, wanted), ROWS_A_PAGE).get_page(request.GET.get("page"))
    counts = queries.forecasts.counts(run)
    whole = queries.forecasts.whole(run)
    context = {
        "run": run,
        "sales_until": queries.runs.sales_until(run),
        "whole": whole,
        "aim": AIM,
        "chart": _spread(queries.forecasts.classes(run), whole),
        "categories": queries.forecasts.by_category(run),
        "page": page,
        "rows": [(row, model_name(row.model), abs(row.value_added or 0)) for row in page],
        "wanted": wanted,
        "all": counts["all"],
        "chips": [(name, label, counts[name]) for name, label in _chips().items() if counts.get(name)],
        "names": queries.products.categories(),
        "keep": [(name, value) for name in ("show", "sort", "category") if (value := request.GET.get(name))],
        "people": queries.forecasts.people(),
        "waiting": queries.forecasts.open_one_offs(),
    }
    return render_page(request, "forecasts/list.html", context)


def _wanted(request: MemberRequest) -> Wanted:
    asked = request.GET
    sort = asked.get("sort", "added")
    return Wanted(
        search=asked.get("q", "").strip(),
        show=asked.get("show", ""),
        category=asked.get("category", ""),
        sort=sort if sort.removeprefix("-") in SORTS else "added",
    )


def _chips() -> dict[str, str]:
    return {
        "loses": _("Naive is better"),
        "high": _("Forecast too high"),
        "low": _("Forecast too low"),
        "band": _("Band too narrow"),
        "launch": _("Known only by its like"),
        "refused": _("Held back or assumed"),
        "changed": _("Changed by people"),
        "untested": _("Not tested yet"),
    }


def _spread(counts: list[int], whole: queries.forecasts.Group) -> charts.Chart | None:
    """Draw how many products gain how much, also those that lose."""
    if not whole.compared:
        return None
    language = get_language() or "en"
    ends = [formats.percent(abs(end), language, decimals=0) for end in CLASSES]
    names = [
        _("worse by over %(p)s") % {"p": ends[0]},
        _("worse by %(a)s–%(b)s") % {"a": ends[1], "b": ends[0]},
        _("about the same"),
        _("better by %(a)s–%(b)s") % {"a": ends[2], "b": ends[3]},
        _("better by %(a)s–%(b)s") % {"a": ends[3], "b": ends[4]},
        _("better by over %(p)s") % {"p": ends[4]},
    ]
    share = formats.percent(whole.better_share, language, decimals=0)
    shown = charts.Chart(
        id="spread",
        title=_("%(share)s of the products are forecast better than by repeating the past") % {"share": share},
        note=_("Tested on your own past against the better of two naive forecasts: the last period, and last season."),
        figure={},
        columns=[_("Against naive"), _("Products")],
        rows=[[name, formats.units(n, language)] for name, n in zip(names, counts, strict=True)],
    )
    grey, accent = "var(--grey/0.55)", "var(--accent)"
    return charts.bars_chart(shown, names, counts, [grey, grey, "var(--grey/0.3)", accent, accent, accent])


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the list as a file, with the filters of the page."""
    run = queries.runs.newest()
    if run is None or form not in exports.KINDS:
        raise NotFound("There is no such file.")
    return answer(run, form, list(queries.forecasts.listed(run, _wanted(request))), name="forecasts")


def answer(run: Run, form: str, lines: list[ProductForecast], *, name: str) -> HttpResponse:
    """Answer with a file of forecasts and how good they were."""
    columns = [
        _("SKU"),
        _("Product"),
        _("Category"),
        _("Model"),
        _("Why"),
        _("Units a period"),
        _("Value added against naive"),
        _("Error (RMSSE)"),
        _("Error of the better naive (RMSSE)"),
        _("Bias"),
        _("Coverage of the 90 % band"),
        _("Periods tested"),
        _("Held back or assumed"),
    ]
    rows: list[list[exports.Cell]] = [_cells(line) for line in lines]
    body = exports.csv_file(columns, rows) if form == "csv" else exports.xlsx_file(_("Forecasts"), columns, rows)
    file = f"{name}-{_day(run).isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _day(run: Run) -> date:
    return queries.runs.planned_on(run)


def _cells(line: Any) -> list[exports.Cell]:
    product = line.product
    figures = [line.weight, line.value_added, line.rmsse, line.naive_rmsse, line.bias, line.coverage, line.tested]
    rounded = [None if value is None else round(value, 4) for value in figures]
    said = [spoken(line.reason), *rounded, "; ".join(spoken(said) for said in line.refusals)]
    return [product.sku, product.name, product.category, model_name(line.model), *said]
