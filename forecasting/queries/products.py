"""The list of products: searched, filtered, sorted, and the rows of one page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Func, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Greatest, Lower

from forecasting.models import (
    Policy,
    Product,
    ProductForecast,
    ProductMoney,
    Proposal,
    Run,
    Sale,
    StockCount,
    Supplier,
)
from forecasting.queries.risks import Risk
from forecasting.queries.rows import Row, pace, whole
from forecasting.queries.runs import EXCESS, TO_ORDER

WEEKS = 26
PLAIN = Func(Lower("sku"), Value(r"[\s\-_./]"), Value(""), Value("g"), function="REGEXP_REPLACE")
BARE = Func(PLAIN, Value("0"), function="LTRIM")  # what is left of a code that a hand or Excel has changed
SORTS = ("sku", "name", "lasts", "order", "stock")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked the list for."""

    search: str = ""
    show: str = ""
    category: str = ""
    supplier: str = ""
    sort: str = "sku"


Risks = Mapping[int, Risk]


def filters(run: Run | None, risks: Risks) -> dict[str, Q]:
    """Name the saved filters and what each selects; risks: what risks.found tells of the run."""
    assumed = Policy.objects.filter(lead_time_days__isnull=False)
    lead = Q(lead_time_days=None) & (Q(supplier=None) | Q(supplier__lead_time_days=None)) & ~Exists(assumed)
    counted = StockCount.objects.filter(product=OuterRef("pk"))
    named = {
        "new": Q(incomplete=True),
        "uncatalogued": Q(incomplete=True),
        "no_cost": Q(unit_cost=None),
        "no_price": Q(unit_price=None),
        "no_lead_time": lead & Q(status=Product.Status.ACTIVE),
        "no_stock": ~Exists(counted) & Q(status=Product.Status.ACTIVE),
        "no_supplier": Q(supplier=None) & Q(status=Product.Status.ACTIVE),
    }
    if run is None:
        return named
    proposals = Proposal.objects.filter(run=run, product=OuterRef("pk"))
    money = ProductMoney.objects.filter(run=run, product=OuterRef("pk"))
    return {
        "risk": Q(pk__in=list(risks)),
        "order": Exists(proposals.filter(TO_ORDER)),
        "excess": Exists(money.filter(EXCESS)),
        **named,
        "new": Q(incomplete=True) | ~Exists(proposals),
    }


def counts(run: Run | None, risks: Risks) -> dict[str, int]:
    """Count the products of each saved filter, and all of them under ""."""
    return Product.objects.aggregate(
        all=Count("pk"), **{name: Count("pk", filter=chosen) for name, chosen in filters(run, risks).items()}
    )


def alike() -> list[list[str]]:
    """Group codes that are the same without zeros in front, case, blanks and marks; who replaces whom is known."""
    known = Product.objects.exclude(replaces="").values("replaces")
    grouped = Product.objects.annotate(bare=BARE).exclude(bare="").exclude(sku__in=known).values("bare")
    told = grouped.order_by("bare").annotate(n=Count("pk"), codes=ArrayAgg(F("sku"))).filter(n__gt=1)
    return [sorted(group["codes"]) for group in told[:1000]]


def lacking() -> list[tuple[str, int]]:
    """Count the products without each input that plans and money need, the most lacking first."""
    found = [(name, n) for name, n in counts(None, {}).items() if name.startswith("no_") and n]
    return sorted(found, key=lambda pair: -pair[1])


def listed(run: Run | None, wanted: Wanted, risks: Risks) -> QuerySet[Product]:
    """Return the products that were asked for, in the order asked for."""
    found = Product.objects.select_related("supplier")
    for word in wanted.search.split():
        found = found.filter(Q(sku__icontains=word) | Q(name__icontains=word))
    if wanted.show == "alike":  # asked for seldom, and not cheap: no chip counts them
        return found.filter(sku__in=[code for group in alike() for code in group]).order_by(BARE, "sku")
    if wanted.show == "out":
        found = found.filter(Exists(StockCount.objects.filter(product=OuterRef("pk"), on_hand__lte=0)))
    if chosen := filters(run, risks).get(wanted.show):
        found = found.filter(chosen)
    if wanted.category:
        found = found.filter(category="" if wanted.category == "-" else wanted.category)
    if wanted.supplier:
        found = found.filter(supplier=None) if wanted.supplier == "-" else found.filter(supplier__code=wanted.supplier)
    return _sorted(found, run, wanted.sort)


def _sorted(found: QuerySet[Product], run: Run | None, sort: str) -> QuerySet[Product]:
    name = sort.removeprefix("-")
    told = {
        "lasts": (Proposal, Min("lasts_until")),  # a product is as pressing as its most pressing place
        "order": (Proposal, Sum("value")),
        "stock": (ProductMoney, Sum("stock_value")),
    }
    if name in told and run is not None:
        table, figure = told[name]
        rows = table.objects.filter(run=run, product=OuterRef("pk")).order_by().values("product").annotate(key=figure)
        found, field = found.annotate(key=Subquery(rows.values("key"))), F("key")
    else:
        field = F("name" if name == "name" else "sku")
    ordered = field.desc(nulls_last=True) if sort.startswith("-") else field.asc(nulls_last=True)
    return found.order_by(*(["status"] if name == "lasts" else []), ordered, "sku")  # what is bought again comes first


def rows(products: Sequence[Product], run: Run | None, currency: str, risks: Risks) -> list[Row]:
    """Return what the run says of some products, in four queries however many they are."""
    ids = [product.pk for product in products]
    until = last_sale() if run is None else run.as_of
    weeks = sold_by_week(ids, until) if until else {}
    if run is None:
        return [Row(p, weeks=weeks.get(p.pk, ()), currency=p.currency or currency) for p in products]
    parts: dict[int, list[Proposal]] = defaultdict(list)
    for proposal in Proposal.objects.filter(run=run, product__in=ids).order_by("pk"):
        parts[proposal.product_id].append(proposal)
    money = _of(ProductMoney.objects.filter(run=run, product__in=ids))
    forecasts = _of(ProductForecast.objects.filter(run=run, product__in=ids).only("product_id", "mean"))
    return [
        Row(
            product,
            run.as_of,
            whole(parts[product.pk]),
            money.get(product.pk),
            pace(forecasts.get(product.pk), run),
            weeks.get(product.pk, ()),
            product.currency or currency,
            risks.get(product.pk),
            tuple(parts[product.pk]) if len(parts[product.pk]) > 1 else (),
        )
        for product in products
    ]


def _of(found: Iterable[ProductMoney | ProductForecast]) -> dict[int, object]:
    return {row.product_id: row for row in found}


class WeeksBefore(Func):
    """Count whole weeks between a day and an earlier one."""

    template = "((%(expressions)s) / 7)"
    arg_joiner = " - "
    output_field = IntegerField()


def sold_by_week(ids: Sequence[int], until: date) -> dict[int, tuple[float, ...]]:
    """Return units sold in each of the last 26 weeks up to a day, oldest first, in one query."""
    since = until - timedelta(weeks=WEEKS)
    sums = (
        Sale.objects.filter(product__in=ids, sold_on__gt=since, sold_on__lte=until)
        .annotate(ago=WeeksBefore(Value(until), F("sold_on")))
        .values_list("product_id", "ago")
        .annotate(units=Greatest(Sum("units"), 0.0))
        .order_by()
    )
    found: dict[int, list[float]] = defaultdict(lambda: [0.0] * WEEKS)
    for product_id, ago, units in sums:
        found[product_id][WEEKS - 1 - ago] = units
    return {product_id: tuple(values) for product_id, values in found.items()}


def last_sale() -> date | None:
    """Return the day of the newest sale."""
    return Sale.objects.aggregate(until=Max("sold_on"))["until"]


def categories() -> list[str]:
    """List the categories in use, in order."""
    return list(Product.objects.exclude(category="").values_list("category", flat=True).distinct().order_by("category"))


def suppliers() -> list[Supplier]:
    """List the suppliers, in order."""
    return list(Supplier.objects.order_by("name", "code"))
