"""The money in stock: how much, what can be freed, what is needed, what each channel leaves."""

from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.models import Run
from forecasting.queries.money import NONE, OTHERS, Chosen, Sums, Weeks
from forecasting.services import exports, money_tables
from forecasting.services.money_tables import Table
from portal import formats, money_chart
from portal.access import MemberRequest, may
from portal.charts import Chart
from portal.pages.home import first_steps
from portal.render import render_page
from portal.translations import spoken
from tenants.errors import NotFound

LINES_A_PAGE = 25


@require_safe
@may("money.view")
def money(request: MemberRequest) -> HttpResponse:
    """Show the money in stock, its way to the plan, over time, by group and product, and what each channel leaves."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "money/first.html", first_steps(request))
    return render_page(request, "money/money.html", _context(request, run))


def _chosen(request: MemberRequest) -> Chosen:
    asked = request.GET
    return Chosen(*(asked.get(name, "") for name in ("category", "supplier", "location")))


def _sort(request: MemberRequest) -> str:
    """Return the sort asked for; all but the margin begin with the most."""
    return request.GET.get("sort", "-freed")


def _context(request: MemberRequest, run: Run) -> dict[str, object]:
    chosen, currency = _chosen(request), request.organisation.currency
    sums = queries.money.whole(run, chosen)
    weeks = queries.money.weeks(run, chosen)
    lines = queries.money.products(run, chosen, sort=_sort(request).lstrip("-"))
    return {
        "run": run,
        "sales_until": queries.runs.sales_until(run),
        "chosen": chosen,
        "sums": sums,
        "steps": queries.money.steps(sums),
        "pace": queries.money.pace(run, chosen),
        "holding_rate": queries.money.holding_rate(),
        "rateless": queries.money.rateless(run),
        "lacking": queries.products.lacking(),
        "chart": weeks and len(weeks.days) > 1 and _chart(weeks, sums, currency),
        "groups": [(by, queries.money.grouped(run, by, chosen)) for by in queries.money.GROUPS],
        "page": Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page")),
        "sort": _sort(request),
        "channels": [] if chosen.anything else queries.channels.by_channel(run),
        "kept": {name: getattr(chosen, name) for name in queries.money.GROUPS if getattr(chosen, name)},
    }


def _chart(weeks: Weeks, sums: Sums, currency: str) -> Chart:
    language, today = get_language() or "en", timezone.localdate()

    def amount(value: float | None) -> str:
        return formats.money_rounded(value, currency, language)

    after = sums.after
    words = money_chart.WorthWords(
        title=_title(weeks, amount),
        note=_unknown(weeks),
        week=_("Week until"),
        axis=_("stock at unit cost, mean of each week"),
        total=_("Stock value"),
        plan=_("by plan"),
        day=lambda value: formats.day(value, language, today=today),
        month=lambda value: formats.month(value, language),
        money=amount,
    )
    groups = {_group_name(name): line for name, line in weeks.groups.items()}
    worth = money_chart.Worth(
        days=weeks.days, total=weeks.total, groups=groups, plan=None if after is None else float(after)
    )
    return money_chart.worth_chart(worth, words)


def _group_name(name: str) -> str:
    return _("Other categories") if name == OTHERS else name or _("No category")


def _title(weeks: Weeks, amount: Callable[[float | None], str]) -> str:
    """Say the message of the picture in words."""
    values = {"now": amount(weeks.total[-1]), "then": amount(weeks.total[0]), "n": len(weeks.days)}
    change = weeks.total[-1] - weeks.total[0]
    if abs(change) < 0.02 * max(weeks.total[0], 1.0):
        return _("Stock is worth what it was %(n)d weeks ago: %(now)s") % values
    if change > 0:
        return _("Stock grew from %(then)s to %(now)s in %(n)d weeks") % values
    return _("Stock fell from %(then)s to %(now)s in %(n)d weeks") % values


def _unknown(weeks: Weeks) -> str:
    told = [_("Rebuilt for every day from counts, sales and receipts, at today’s unit cost.")]
    if weeks.unknown:
        earlier = ngettext(
            "%(n)d earlier week is not known: too few products had been counted.",
            "%(n)d earlier weeks are not known: too few products had been counted.",
            weeks.unknown,
        )
        told.append(earlier % {"n": weeks.unknown})
    if weeks.known[0] < weeks.products:
        few = {"known": weeks.known[0], "all": weeks.products}
        told.append(_("The first week shown knows %(known)d of %(all)d products.") % few)
    return " ".join(told)


@require_safe
@may("money.view")
def channels(request: MemberRequest) -> HttpResponse:
    """Set the channels side by side, and tell what moving volume between two of them would bring."""
    run = queries.runs.newest()
    if run is None:
        return render_page(request, "money/first.html", first_steps(request))
    splits = queries.channels.by_channel(run)
    pair = queries.channels.pair(splits, request.GET.get("from", ""), request.GET.get("to", ""))
    names = {one.code: one.name for one in splits if one.code}
    context = {
        "run": run,
        "sales_until": queries.runs.sales_until(run),
        "channels": splits,
        "names": names,
        "pair": pair and {"origin": pair[0], "destination": pair[1], "from": names[pair[0]], "to": names[pair[1]]},
        "move": pair and queries.channels.moved(run, *pair),
    }
    return render_page(request, "money/channels.html", context)


@require_safe
@may("money.view")
def channel(request: MemberRequest, code: str) -> HttpResponse:
    """Show what each product leaves in one channel ("-": where none is named), the worst first."""
    run = queries.runs.newest()
    found = next((one for one in queries.channels.by_channel(run) if (one.code or NONE) == code), None) if run else None
    if run is None or found is None:
        raise NotFound(_("There is no such channel."))
    page = Paginator(queries.channels.products(run, code), LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {"run": run, "sales_until": queries.runs.sales_until(run), "channel": found, "code": code, "page": page}
    return render_page(request, "money/channel.html", {**context, "channels": [found]})


@require_safe
@may("exports.make")
def export(request: MemberRequest, table: str, form: str) -> HttpResponse:
    """Give a table of the money pages as a file, with the filters of the page."""
    run = queries.runs.newest()
    if run is None or form not in exports.KINDS or table not in TABLES:
        raise NotFound("There is no such file.")
    name = f"money-{table}-{run.as_of.isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    body = TABLES[table](request, run).file(form)
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _products_table(request: MemberRequest, run: Run) -> Table:
    lines = queries.money.products(run, _chosen(request), sort=_sort(request).lstrip("-"))
    return money_tables.products(lines, currency=request.organisation.currency, speak=spoken)


def _groups_table(by: str, title: Callable[[], str]) -> Callable[[MemberRequest, Run], Table]:
    def table(request: MemberRequest, run: Run) -> Table:
        found = queries.money.grouped(run, by, _chosen(request), most=None)
        return money_tables.groups(found, title=title(), currency=request.organisation.currency)

    return table


def _weeks_table(request: MemberRequest, run: Run) -> Table:
    found = queries.money.weeks(run, _chosen(request))
    return money_tables.weeks(found, name=_group_name, currency=request.organisation.currency)


def _channels_table(request: MemberRequest, run: Run) -> Table:
    found = queries.channels.by_channel(run)
    return money_tables.channels(found, currency=request.organisation.currency, speak=spoken)


def _sales_table(request: MemberRequest, run: Run) -> Table:
    found = queries.channels.products(run, request.GET.get("channel", ""))
    return money_tables.sales(found, currency=request.organisation.currency, speak=spoken)


TABLES: dict[str, Callable[[MemberRequest, Run], Table]] = {
    "products": _products_table,
    "categories": _groups_table("category", lambda: _("Category")),
    "suppliers": _groups_table("supplier", lambda: _("Supplier")),
    "locations": _groups_table("location", lambda: _("Place")),
    "weeks": _weeks_table,
    "channels": _channels_table,
    "sales": _sales_table,
}
