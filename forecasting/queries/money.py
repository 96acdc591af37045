"""The money in stock: sums that say what they leave out, by group, week and product, under the reader's filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from forecasting.finance import ratios
from forecasting.models import Policy, ProductMoney, Run, ShelfMoney
from forecasting.queries.plans import Bar, bars

IN_STOCK = (
    "stock_value", "average_value", "target_value", "freed", "needed", "dead_value",
    "holding_cost", "holding_capital", "holding_storage", "holding_risk",
)  # fmt: skip
SOLD = ("revenue", "goods", "margin", "lost_margin")
SORTS = {
    "freed": "freed", "needed": "needed", "dead": "dead_value", "stock": "stock_value",
    "holding": "holding_cost", "days": "days_of_stock",
}  # fmt: skip
SOLD_SORTS = {"lost": "lost_margin", "margin": "margin"}
NONE = "-"  # the filter for products without category or supplier


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the firm's stock a reader looks at; all of it where nothing is chosen."""

    category: str = ""
    supplier: str = ""
    location: str = ""

    @property
    def anything(self) -> bool:
        """Tell whether something is chosen."""
        return bool(self.category or self.supplier or self.location)


def rows(run: Run, chosen: Chosen | None = None) -> QuerySet[Any]:
    """Select the money of what is chosen: of products, or of the shelves of one place."""
    chosen = chosen or Chosen()
    if chosen.location:
        return ShelfMoney.objects.filter(run=run, location__code=chosen.location, **_goods(chosen))
    return ProductMoney.objects.filter(run=run, **_goods(chosen))


def _goods(chosen: Chosen) -> dict[str, Any]:
    """Return the filter of category and supplier."""
    asked: dict[str, Any] = {}
    if chosen.category:
        asked["product__category"] = "" if chosen.category == NONE else chosen.category
    if chosen.supplier:
        named = {"product__supplier__code": chosen.supplier}
        asked |= {"product__supplier": None} if chosen.supplier == NONE else named
    return asked


@dataclass(frozen=True, slots=True)
class Sums:
    """Money summed; None where no product has the figure. known: how many products each counts."""

    stock_value: Decimal | None = None
    average_value: Decimal | None = None
    target_value: Decimal | None = None
    freed: Decimal | None = None
    needed: Decimal | None = None
    dead_value: Decimal | None = None
    holding_cost: Decimal | None = None
    holding_capital: Decimal | None = None
    holding_storage: Decimal | None = None
    holding_risk: Decimal | None = None
    revenue: Decimal | None = None
    goods: Decimal | None = None
    margin: Decimal | None = None
    lost_margin: Decimal | None = None
    products: int = 0
    known: dict[str, int] = field(default_factory=dict)

    @property
    def after(self) -> Decimal | None:
        """What stock is worth once excess has gone out and shortage come in."""
        if self.stock_value is None:
            return None
        return self.stock_value - (self.freed or 0) + (self.needed or 0)


def _names(model: type[Any]) -> tuple[str, ...]:
    return IN_STOCK + SOLD if model is ProductMoney else IN_STOCK


def _sums(names: tuple[str, ...]) -> dict[str, Any]:
    return {f"{name}_sum": Sum(name) for name in names} | {f"{name}_known": Count(name) for name in names}


def _read(row: Mapping[str, Any], names: tuple[str, ...]) -> Sums:
    known = {name: row[f"{name}_known"] for name in names}
    return Sums(**{name: row[f"{name}_sum"] for name in names}, products=row["products"], known=known)


def whole(run: Run, chosen: Chosen | None = None) -> Sums:
    """Sum the money of all that is chosen."""
    found = rows(run, chosen)
    names = _names(found.model)
    return _read(found.aggregate(products=Count("pk"), **_sums(names)), names)


def holding_rate() -> float:
    """Return what holding a unit costs a year, as a share of its cost."""
    return (Policy.objects.first() or Policy()).holding_rate


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast money goes through stock; None where not known. cycle: days from paying to being paid."""

    turns: float | None = None
    days: float | None = None
    floor: float | None = None
    gmroi: float | None = None
    sell_through: float | None = None
    cycle: float | None = None
    policy: Policy | None = None


def pace(run: Run, chosen: Chosen | None = None) -> Pace:
    """Return turns, days, their floor and return on stock, each product weighted by its stock or its sales.

    The floor weighs by what is expected to be sold of the stock in a day: one that hardly anybody wants lasts for ever.
    """
    policy = Policy.objects.first() or Policy()
    if chosen and chosen.location:
        return Pace(policy=policy)
    base, goods = Cast(Coalesce("average_value", "stock_value"), FloatField()), Cast("goods", FloatField())
    wanted = Cast("stock_value", FloatField()) / NullIf("days_of_stock", Value(0.0))
    weighed = {"turns": base, "gmroi": base, "floor_days": wanted, "sell_through": goods}
    sums = {f"{name}_sum": Sum(F(name) * weight) for name, weight in weighed.items()}
    weights = {f"{name}_of": Sum(weight, filter=Q(**{f"{name}__isnull": False})) for name, weight in weighed.items()}
    found = rows(run, chosen).aggregate(**sums, **weights)
    mean = {name: found[f"{name}_sum"] / found[f"{name}_of"] if found[f"{name}_of"] else None for name in weighed}
    days = ratios.YEAR / mean["turns"] if mean["turns"] else None
    paid, owed = policy.receivable_days, policy.payable_days
    cycle = None if days is None or paid is None or owed is None else float(ratios.cash_cycle(days, paid, owed))
    return Pace(mean["turns"], days, mean["floor_days"], mean["gmroi"], mean["sell_through"], cycle, policy)


def steps(sums: Sums) -> list[Bar]:
    """Lay the way from stock today to the plan out as a waterfall; empty where stock has no value yet."""
    if sums.stock_value is None or sums.after is None:
        return []
    kept = [("today", sums.stock_value, "sum"), ("excess", -(sums.freed or 0), "add")]
    kept += [("shortage", sums.needed or 0, "add"), ("plan", sums.after, "sum")]
    return bars([{"label": label, "units": float(value), "kind": kind} for label, value, kind in kept])


def rateless(run: Run) -> int:
    """Count the products whose cost or sales are in a currency without an exchange rate."""
    return ProductMoney.objects.filter(run=run, missing__contains=[{"field": "currency"}]).count()


@dataclass(frozen=True, slots=True)
class Group:
    """The money of one category, supplier or place."""

    key: str
    name: str
    sums: Sums
    share: float | None = None  # of the largest group's stock value, percent


GROUPS = {
    "category": {"key": F("product__category"), "name": F("product__category")},
    "supplier": {"key": F("product__supplier__code"), "name": F("product__supplier__name")},
    "location": {"key": F("location__code"), "name": F("location__name")},
}


def grouped(run: Run, by: str, chosen: Chosen | None = None, *, most: int | None = 40) -> list[Group]:
    """Sum money by "category", "supplier" or "location", the most money first; no places where there is only one."""
    found = rows(run, chosen)
    if by == "location" and found.model is ProductMoney:
        found = ShelfMoney.objects.filter(run=run, **_goods(chosen or Chosen()))
    names = _names(found.model)
    summed = found.values(**GROUPS[by]).annotate(products=Count("pk"), **_sums(names))
    listed = summed.order_by(F("stock_value_sum").desc(nulls_last=True), "key")[:most]
    read = [(row["key"] or "", row["name"] or row["key"] or "", _read(row, names)) for row in listed]
    largest = max((sums.stock_value or 0 for _, _, sums in read), default=0)
    return [Group(key, name, sums, _share(sums.stock_value, largest)) for key, name, sums in read]


def _share(value: Decimal | None, of: Decimal | int) -> float | None:
    return None if value is None or not of else max(0.0, float(100 * value / of))


def products(run: Run, chosen: Chosen | None = None, *, sort: str = "freed") -> QuerySet[Any]:
    """List the products of what is chosen, the worst first; a margin is worst where it is lowest."""
    found = rows(run, chosen).select_related("product", "product__supplier")
    sorts = SORTS | (SOLD_SORTS if found.model is ProductMoney else {})
    by = F(sorts.get(sort, "freed"))
    first = by.asc(nulls_last=True) if sort == "margin" and sort in sorts else by.desc(nulls_last=True)
    return found.order_by(first, F("stock_value").desc(nulls_last=True), "product__sku")


@dataclass(frozen=True, slots=True)
class Weeks:
    """The value of stock over time: on which days weeks end, and the mean value of each, in all and by category.

    known: how many products each week counts, of so many. unknown: earlier weeks that know too few of them.
    """

    days: list[date]
    total: list[float]
    groups: dict[str, list[float]]
    known: list[int]
    products: int
    unknown: int


OTHERS = "\x00others"  # the name of the small categories together
ENOUGH = 0.9  # share of products that must be known before a sum over them is shown
# Which rows comes from the same query as every other figure of the page. Once a product is known it stays so.
WEEKLY = """
SELECT p.category, w.week, sum(w.value), count(w.value)
FROM {table} m JOIN forecasting_product p ON p.id = m.product_id,
    unnest(m.value_weeks) WITH ORDINALITY AS w(value, week)
WHERE m.id IN ({chosen}) GROUP BY 1, 2
"""
Cells = list[tuple[str, int, float | None, int]]


def weeks(run: Run, chosen: Chosen | None = None, *, most: int = 4) -> Weeks | None:
    """Return stock value week by week, the largest categories apart; None where no week is known."""
    cells = _cells(run, chosen)
    count = max((week for _category, week, _sum, _known in cells), default=0)
    known = [0] * count
    for _category, week, _sum, n in cells:
        known[week - 1] += n
    if not any(known):
        return None
    first = next(at for at, n in enumerate(known) if n >= ENOUGH * max(known))
    apart = _largest(cells, count, most)
    groups: dict[str, list[float]] = {name: [0.0] * count for name in apart}
    for category, week, value, _known in cells:
        name = category if category in apart else OTHERS
        groups.setdefault(name, [0.0] * count)[week - 1] += value or 0.0
    total = [sum(values) for values in zip(*groups.values(), strict=True)]
    return Weeks(
        days=[run.as_of - timedelta(weeks=count - 1 - at) for at in range(first, count)],
        total=total[first:],
        groups={name: line[first:] for name, line in groups.items()},
        known=known[first:],
        products=max(known),
        unknown=first,
    )


def _cells(run: Run, chosen: Chosen | None) -> Cells:
    found = rows(run, chosen)
    inner, values = found.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(WEEKLY.format(table=found.model._meta.db_table, chosen=inner), values)
        return list(cursor.fetchall())


def _largest(cells: Cells, count: int, most: int) -> list[str]:
    """Name the categories worth most in the last week; all of them where that leaves no more than one out."""
    last = {category: value or 0.0 for category, week, value, _known in cells if week == count}
    names = sorted(last, key=lambda name: -last[name])
    return names if len(names) <= most + 1 else names[:most]
