"""What is in and what is missing, counted over all of a firm's data."""

from datetime import date

from django.db.models import Count, Max, Min, Q

from forecasting.ingest.readiness import Facts, Finding, findings, score
from forecasting.models import Sale, StockCount
from forecasting.queries import products

SHOWN = 3  # groups of look-alike codes that are named

__all__ = ["Facts", "Finding", "facts", "findings", "score"]


def facts() -> Facts:
    """Count what is in, in four queries."""
    sold = Sale.objects.aggregate(first=Min("sold_on"), last=Max("sold_on"))
    stock = StockCount.objects.aggregate(counted=Count("pk"), out=Count("pk", filter=Q(on_hand__lte=0)))
    lacking = products.counts(None, {})
    groups = products.alike()
    return Facts(
        days=_days(sold["first"], sold["last"]),
        products=lacking["all"],
        no_cost=lacking["no_cost"],
        no_lead_time=lacking["no_lead_time"],
        no_stock=lacking["no_stock"],
        uncatalogued=lacking["uncatalogued"],
        alike=tuple(tuple(group[:3]) for group in groups[:SHOWN]),
        alike_groups=len(groups),
        **stock,
    )


def _days(first: date | None, last: date | None) -> int:
    return (last - first).days + 1 if first and last else 0
