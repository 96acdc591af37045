"""The buy list: proposals by supplier, the most pressing first, with honest totals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Coalesce, NullIf

from forecasting.models import Decision, Proposal, Run, Transfer
from forecasting.queries import caps
from forecasting.queries.runs import TO_ORDER, home_money

NO_SUPPLIER = "-"
MOST_MOVES = 500
PLACE = Coalesce(NullIf(F("location__name"), Value("")), F("location__code"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked the plan for: show is orders, open (not decided yet), all or missing.

    cap: only the orders that so much money buys, those that earn most per unit of it first.
    """

    show: str = "orders"
    supplier: str = ""
    before: date | None = None
    category: str = ""
    search: str = ""
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """Orders summed: money only where the cost is known in the organisation's currency, the others counted.

    open, open_value: those of them that nobody has decided about yet. places: where they go, for several places.
    """

    lines: int = 0
    orders: int = 0
    units: float = 0.0
    value: Decimal | None = None
    due: date | None = None
    no_cost: int = 0
    other_currency: int = 0
    open: int = 0
    open_value: Decimal | None = None
    products: int = 0
    places: tuple[str, ...] = ()

    def plus(self, other: "Total") -> "Total":
        """Add two totals."""
        dues = [day for day in (self.due, other.due) if day]
        return Total(
            self.lines + other.lines,
            self.orders + other.orders,
            self.units + other.units,
            _sum(self.value, other.value),
            min(dues, default=None),
            self.no_cost + other.no_cost,
            self.other_currency + other.other_currency,
            self.open + other.open,
            _sum(self.open_value, other.open_value),
            self.products + other.products,
            tuple(sorted({*self.places, *other.places})),
        )


def _sum(*values: Decimal | None) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def proposals(run: Run, wanted: Wanted) -> QuerySet[Proposal]:
    """Return the proposals asked for: the supplier due first on top, in it the most money first."""
    due = Window(Min("order_on", filter=TO_ORDER), partition_by="supplier_id")
    return (
        chosen(run, wanted)
        .select_related("product", "supplier", "location")
        .annotate(due=due)
        .order_by(F("due").asc(nulls_last=True), "supplier_id", F("value").desc(nulls_last=True), "product__sku")
    )


def still_open(run: Run, wanted: Wanted) -> QuerySet[Proposal]:
    """Return the orders asked for that nobody has decided about yet."""
    return proposals(run, wanted).filter(TO_ORDER, decided=False)


def chosen(run: Run, wanted: Wanted) -> QuerySet[Proposal]:
    """Return the proposals asked for, in no order, each saying whether it was decided about."""
    decisions = Decision.objects.filter(proposal=OuterRef("pk"), undone_at=None)
    found = Proposal.objects.filter(run=run).annotate(decided=Exists(decisions))
    if wanted.show in ("orders", "open"):
        found = found.filter(TO_ORDER)
    if wanted.show == "open":
        found = found.filter(decided=False)
    if wanted.show == "missing":
        found = found.filter(units=None)
    if wanted.cap is not None:
        found = found.filter(pk__in=caps.bought(run, wanted.cap).lines)
    if wanted.supplier == NO_SUPPLIER:
        found = found.filter(supplier=None)
    elif wanted.supplier:
        found = found.filter(supplier__code=wanted.supplier)
    if wanted.category:
        found = found.filter(product__category=wanted.category)
    if wanted.search:
        found = found.filter(Q(product__name__icontains=wanted.search) | Q(product__sku__icontains=wanted.search))
    return found.filter(order_on__lte=wanted.before) if wanted.before else found


def moves(run: Run) -> list[Transfer]:
    """List what is to be moved between the firm's places before more is bought, by way, the most units first."""
    found = Transfer.objects.filter(run=run).select_related("product", "origin", "destination")
    return list(found.order_by("origin__code", "destination__code", "-units", "product__sku")[:MOST_MOVES])


def totals(run: Run, wanted: Wanted, currency: str) -> dict[int | None, Total]:
    """Sum the proposals asked for by supplier, in one query."""
    open_, home = TO_ORDER & Q(decided=False), Q(home__isnull=False)
    sums = (
        chosen(run, wanted)
        .annotate(home=home_money(currency))
        .values("supplier")
        .annotate(
            lines=Count("pk"),
            orders=Count("pk", filter=TO_ORDER),
            ordered=Sum("units", filter=TO_ORDER),
            money=Sum("home", filter=TO_ORDER),
            due=Min("order_on", filter=TO_ORDER),
            no_cost=Count("pk", filter=TO_ORDER & Q(value=None)),
            other_currency=Count("pk", filter=TO_ORDER & ~home & Q(value__isnull=False)),
            open=Count("pk", filter=open_),
            open_money=Sum("home", filter=open_),
            products=Count("product", filter=TO_ORDER, distinct=True),
            places=ArrayAgg(PLACE, filter=TO_ORDER & Q(location__isnull=False), distinct=True),
        )
        .order_by()
    )
    return {row["supplier"]: _total(row) for row in sums}


def _total(row: Mapping[str, Any]) -> Total:
    counted = {key: row[key] for key in ("lines", "orders", "due", "no_cost", "other_currency", "open", "products")}
    return Total(
        units=row["ordered"] or 0.0,
        value=row["money"],
        open_value=row["open_money"],
        places=tuple(row["places"] or ()),
        **counted,
    )


def added(parts: Iterable[Total]) -> Total:
    """Add totals to one."""
    whole = Total()
    for part in parts:
        whole = whole.plus(part)
    return whole


def unplanned(run: Run) -> int:
    """Count the products that the run could not plan for want of an input."""
    return Proposal.objects.filter(run=run, units=None).aggregate(n=Count("product", distinct=True))["n"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a waterfall in units, with where its bar lies: left and width as percent of the whole."""

    label: object
    units: float
    kind: str
    left: float
    width: float


def bars(passport: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """Lay the steps of a passport out as a waterfall; a step of kind "sum" stands on the ground."""
    level, spans = 0.0, []
    for step in (step for step in passport if step.get("kind") != "note"):
        units = float(step.get("units") or 0.0)
        start = 0.0 if step.get("kind") == "sum" else level
        level = start + units
        spans.append((step, units, min(start, level), max(start, level)))
    low = min((span[2] for span in spans), default=0.0)
    high = max((span[3] for span in spans), default=0.0)
    scale = 100 / ((high - min(low, 0.0)) or 1.0)
    return [
        Bar(step.get("label"), units, step.get("kind", "add"), (a - min(low, 0.0)) * scale, (b - a) * scale)
        for step, units, a, b in spans
    ]


def notes(passport: Sequence[Mapping[str, Any]]) -> list[object]:
    """Return what was taken for granted in a passport, as kept sentences."""
    return [step.get("label") for step in passport if step.get("kind") == "note"]
