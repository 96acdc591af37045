"""The money in stock and what sales earn: sums that say what they leave out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum

from forecasting.models import ChannelMoney, Policy, ProductMoney, Run
from forecasting.queries.plans import Bar, bars
from forecasting.queries.runs import own_money

FIGURES = ("stock_value", "target_value", "freed", "needed", "holding_cost", "revenue", "margin")


@dataclass(frozen=True, slots=True)
class Sums:
    """Money summed over products; None where no product has the figure. known: how many products each counts."""

    stock_value: Decimal | None = None
    target_value: Decimal | None = None
    freed: Decimal | None = None
    needed: Decimal | None = None
    holding_cost: Decimal | None = None
    revenue: Decimal | None = None
    margin: Decimal | None = None
    products: int = 0
    known: dict[str, int] = field(default_factory=dict)

    @property
    def after(self) -> Decimal | None:
        """What stock is worth once excess has gone out and shortage come in."""
        if self.stock_value is None:
            return None
        return self.stock_value - (self.freed or 0) + (self.needed or 0)


def _sums() -> dict[str, Any]:
    return {f"{name}_sum": Sum(name) for name in FIGURES} | {f"{name}_known": Count(name) for name in FIGURES}


def _read(row: Mapping[str, Any]) -> Sums:
    known = {name: row[f"{name}_known"] for name in FIGURES}
    return Sums(**{name: row[f"{name}_sum"] for name in FIGURES}, products=row["products"], known=known)


def whole(run: Run, currency: str) -> Sums:
    """Sum the money of all products that are counted in the organisation's currency."""
    own = ProductMoney.objects.filter(own_money(currency), run=run)
    return _read(own.aggregate(products=Count("pk"), **_sums()))


def holding_rate() -> float:
    """Return what holding a unit costs a year, as a share of its cost."""
    return (Policy.objects.first() or Policy()).holding_rate


def steps(sums: Sums) -> list[Bar]:
    """Lay the way from stock today to the plan out as a waterfall; empty where stock has no value yet."""
    if sums.stock_value is None or sums.after is None:
        return []
    kept = [("today", sums.stock_value, "sum"), ("excess", -(sums.freed or 0), "add")]
    kept += [("shortage", sums.needed or 0, "add"), ("plan", sums.after, "sum")]
    return bars([{"label": label, "units": float(value), "kind": kind} for label, value, kind in kept])


def other_currency(run: Run, currency: str) -> int:
    """Count the products left out of the sums because they are counted in another currency."""
    return ProductMoney.objects.filter(~own_money(currency), run=run).count()


@dataclass(frozen=True, slots=True)
class Group:
    """The money of one category or supplier."""

    key: str
    name: str
    sums: Sums
    share: float | None = None  # of the largest group's stock value, percent


def by_category(run: Run, currency: str, *, most: int = 40) -> list[Group]:
    """Sum money by category, the most money first."""
    return _grouped(run, currency, {"key": F("product__category"), "name": F("product__category")}, most)


def by_supplier(run: Run, currency: str, *, most: int = 40) -> list[Group]:
    """Sum money by supplier, the most money first."""
    return _grouped(run, currency, {"key": F("product__supplier__code"), "name": F("product__supplier__name")}, most)


def _grouped(run: Run, currency: str, by: dict[str, F], most: int) -> list[Group]:
    own = ProductMoney.objects.filter(own_money(currency), run=run)
    found = (
        own.values(**by)
        .annotate(products=Count("pk"), **_sums())
        .order_by(F("stock_value_sum").desc(nulls_last=True), "key")
    )
    read = [(row["key"] or "", row["name"] or row["key"] or "", _read(row)) for row in found[:most]]
    largest = max((sums.stock_value or 0 for _, _, sums in read), default=0)
    return [Group(key, name, sums, _share(sums.stock_value, largest)) for key, name, sums in read]


def _share(value: Decimal | None, of: Decimal | int) -> float | None:
    return None if value is None or not of else max(0.0, float(100 * value / of))


PARTS = ("goods", "fees", "shipping", "advertising", "margin")


@dataclass(frozen=True, slots=True)
class Split:
    """Where each 100 of one channel's sales goes; a part that is not known is absent."""

    name: str
    revenue: Decimal | None
    parts: dict[str, float]
    missing: list[dict[str, Any]]
    left_out: Decimal | None = None

    @property
    def pieces(self) -> list["Piece"]:
        """Lay the parts out side by side as one bar of 100, where all are known and none is a loss."""
        if len(self.parts) < len(PARTS) or min(self.parts.values()) < 0:
            return []
        left = 0.0
        pieces = []
        for number, name in enumerate(PARTS, start=1):
            pieces.append(Piece(number, left, self.parts[name]))
            left += self.parts[name]
        return pieces


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a bar of 100: the number of its part, where it begins, how wide it is."""

    number: int
    left: float
    width: float


def by_channel(run: Run) -> list[Split]:
    """Return the channels side by side, the largest first."""
    found = ChannelMoney.objects.filter(run=run).select_related("channel")
    return [_split(row) for row in found.order_by(F("revenue").desc(nulls_last=True), "pk")]


def _split(row: ChannelMoney) -> Split:
    parts = {}
    if row.revenue:
        values = {name: getattr(row, name) for name in PARTS}
        parts = {name: float(100 * value / row.revenue) for name, value in values.items() if value is not None}
    return Split(str(row.channel) if row.channel else "", row.revenue, parts, list(row.missing or []), row.left_out)
