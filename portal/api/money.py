"""Money in stock and from sales, of the newest run, by product, category, supplier or channel."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting import queries
from forecasting.finance import ratios
from forecasting.models import ProductMoney, Run
from portal.api.calls import Call
from portal.api.lists import Lists, Money, Number, filters, newest_plan
from portal.api.pages import Keyset

KEPT = 1000  # groups of one answer


class AmountsOut(serializers.Serializer[Any]):
    """Money in the firm's own currency, a year's where it flows; null where something is not known."""

    stock_value = Money()
    target_value = Money()
    freed = Money()
    needed = Money()
    holding_cost = Money()
    turns = Number()
    days = Number()
    gmroi = Number()
    revenue = Money()
    margin = Money()


class GroupOut(AmountsOut):
    """The money of one product, category, supplier or channel; "" groups what has none."""

    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class WeekOut(serializers.Serializer[Any]):
    """The mean value of stock in one week."""

    ends_on = serializers.DateField()
    stock_value = serializers.FloatField()


class MoneyOut(serializers.Serializer[Any]):
    """The money of the newest run: the whole, its weeks, and a page of groups."""

    next = serializers.URLField(allow_null=True)
    as_of = serializers.DateField()
    currency = serializers.CharField()
    total = AmountsOut()
    weeks = WeekOut(many=True)
    results = GroupOut(many=True)


class MoneyView(Lists):
    """The money of the newest run; from and to choose the weeks that are told."""

    serializer_class = GroupOut
    filters = filters(
        "MoneyFilters",
        "What money may be asked for.",
        from_=serializers.DateField(required=False),
        to=serializers.DateField(required=False),
        group_by=serializers.ChoiceField(
            choices=["product", "category", "supplier", "channel"], required=False, default="category"
        ),
        limit=serializers.IntegerField(required=False, min_value=1, max_value=KEPT),
        cursor=serializers.CharField(required=False),
    )
    keyset = ("product_id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[ProductMoney]:
        """Return the money of products."""
        return ProductMoney.objects.filter(run=self.run).select_related("product")

    @extend_schema(operation_id="money_list", responses=MoneyOut)
    def show(self, request: Call) -> Response:
        """Return the whole, the weeks and the groups."""
        asked, run = self.asked(), newest_plan()
        self.run, groups = run, asked["group_by"]
        rows, following = _groups(run, groups), None
        if groups == "product":
            rows = [_of_product(row) for row in self.paginate_queryset(self.found(asked))]
            following = cast(Keyset, self.paginator).next
        pace = queries.money.pace(run)
        told = {
            "next": following,
            "as_of": run.as_of,
            "currency": request.organisation.currency,
            "total": _sums(queries.money.whole(run)) | {"turns": pace.turns, "days": pace.days, "gmroi": pace.gmroi},
            "weeks": _weeks(run, asked.get("from", date.min), asked.get("to", date.max)),
            "results": rows,
        }
        return Response(MoneyOut(told).data)


STOCK = ("stock_value", "target_value", "freed", "needed", "holding_cost", "revenue", "margin")
NOTHING = dict.fromkeys((*STOCK, "turns", "days", "gmroi"))


def _sums(sums: queries.money.Sums) -> dict[str, Any]:
    return NOTHING | {name: getattr(sums, name) for name in STOCK} | _ratios(sums)


def _ratios(sums: queries.money.Sums) -> dict[str, float | None]:
    base = sums.average_value or sums.stock_value
    turns = float(sums.goods / base) if base and sums.goods is not None else None
    gmroi = float(sums.margin / base) if base and sums.margin is not None else None
    return {"turns": turns, "days": ratios.YEAR / turns if turns else None, "gmroi": gmroi}


def _groups(run: Run, by: str) -> list[dict[str, Any]]:
    if by == "channel":
        return [
            NOTHING | {"key": one.code, "name": one.name, "revenue": one.revenue, "margin": (one.money or {})["margin"]}
            for one in queries.channels.by_channel(run)
        ]
    if by == "product":
        return []
    found = queries.money.grouped(run, by, most=KEPT)
    return [{"key": group.key, "name": group.name, **_sums(group.sums)} for group in found]


def _of_product(row: ProductMoney) -> dict[str, Any]:
    figures: dict[str, Decimal | float | None] = {name: getattr(row, name) for name in STOCK}
    figures |= {"turns": row.turns, "days": row.days_of_stock, "gmroi": row.gmroi}
    return {"key": row.product.sku, "name": row.product.name, **figures}


def _weeks(run: Run, first: date, last: date) -> list[dict[str, Any]]:
    found = queries.money.weeks(run)
    if found is None:
        return []
    pairs = zip(found.days, found.total, strict=True)
    return [{"ends_on": day, "stock_value": value} for day, value in pairs if first <= day <= last]
