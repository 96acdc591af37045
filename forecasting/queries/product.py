"""One product whole: its past, its forecast, its proposal, its stock, its money."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from forecasting.models import Inbound, PriceBreak, Product, ProductForecast, ProductMoney, Proposal, Run, StockCount
from forecasting.queries import risks
from forecasting.queries.rows import Row, pace, whole
from tenants.errors import NotFound

NAIVE = "seasonal_naive"


def get(sku: str) -> Product:
    """Return a product, or raise NotFound."""
    product = Product.objects.select_related("supplier").filter(sku=sku).first()
    if product is None:
        raise NotFound("There is no such product.")
    return product


def row(product: Product, run: Run | None, currency: str = "") -> tuple[Row, ProductForecast | None]:
    """Return what the run says of a product, and its forecast."""
    if run is None:
        return Row(product, currency=product.currency or currency), None
    parts = tuple(
        Proposal.objects.filter(run=run, product=product)
        .select_related("supplier", "location")
        .order_by("location__name", "location__code")
    )
    money = ProductMoney.objects.filter(run=run, product=product).first()
    forecast = ProductForecast.objects.filter(run=run, product=product).first()
    told = {"currency": product.currency or currency, "risk": risks.found(run, product).get(product.pk)}
    places = parts if len(parts) > 1 else ()
    return Row(product, run.as_of, whole(parts), money, pace(forecast, run), places=places, **told), forecast


def tested(forecast: ProductForecast) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the models tried on a product with their scores by metric: the chosen one first, then the best."""
    scores: Mapping[str, Mapping[str, Any]] = forecast.scores or {}
    found = [(model, own) for model, own in scores.items() if model != NAIVE]
    return sorted(found, key=lambda one: (one[0] != forecast.model, one[1].get("pinball") or float("inf")))


def stock(product: Product) -> list[StockCount]:
    """Return the newest count at every location."""
    newest = StockCount.objects.filter(product=product).order_by("location", "-counted_at").distinct("location")
    return list(newest.select_related("location"))


def prices(product: Product) -> list[dict[str, Any]]:
    """Return the price breaks, the smallest order first."""
    return list(PriceBreak.objects.filter(product=product).order_by("from_units").values("from_units", "unit_cost"))


def coming(product: Product) -> list[Inbound]:
    """Return what is on its way, the earliest first."""
    open_ = Inbound.objects.filter(product=product, received_on=None)
    return list(open_.select_related("location").order_by(F("expected_on"), "order_ref")[:50])
