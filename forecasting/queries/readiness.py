"""What is in and what is missing, counted over all of a firm's data."""

from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Func, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Lower

from forecasting.ingest.readiness import Facts, Finding, findings, score
from forecasting.models import Product, Sale, StockCount
from forecasting.queries import products

SHOWN = 3  # groups of look-alike codes that are named
PLAIN = r"[\s\-_./]"

__all__ = ["Facts", "Finding", "facts", "findings", "score"]


def facts() -> Facts:
    """Count what is in, in four queries."""
    sold = Sale.objects.aggregate(first=Min("sold_on"), last=Max("sold_on"))
    stock = StockCount.objects.aggregate(counted=Count("pk"), out=Count("pk", filter=Q(on_hand__lte=0)))
    lacking = products.counts(None, {})
    groups = _alike()
    return Facts(
        days=_days(sold["first"], sold["last"]),
        products=lacking["all"],
        no_cost=lacking["no_cost"],
        no_lead_time=lacking["no_lead_time"],
        no_stock=lacking["no_stock"],
        uncatalogued=lacking["new"],
        alike=tuple(tuple(sorted(group["codes"])[:3]) for group in groups[:SHOWN]),
        alike_groups=len(groups),
        **stock,
    )


def _days(first: date | None, last: date | None) -> int:
    return (last - first).days + 1 if first and last else 0


def _alike() -> QuerySet[Product, dict[str, list[str]]]:
    """Group codes that are the same without zeros in front, case, blanks and marks."""
    plain = Func(Lower("sku"), Value(PLAIN), Value(""), Value("g"), function="REGEXP_REPLACE")
    bare = Func(plain, Value("0"), function="LTRIM")
    grouped = Product.objects.annotate(bare=bare).exclude(bare="").values("bare").order_by("bare")
    return grouped.annotate(n=Count("pk"), codes=ArrayAgg(F("sku"))).filter(n__gt=1)[:1000]
