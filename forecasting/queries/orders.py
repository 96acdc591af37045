"""Orders as pages show them: the board by state, one order with its lines, and what came of each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, FloatField, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast

from forecasting.models import Order, OrderLine, Receipt

AS_MONEY = DecimalField(max_digits=20, decimal_places=6)
OPEN = Q(closed=False, units__gt=F("received"))
MOST_ON_BOARD = 30
BOARD = (Order.State.DRAFT, Order.State.SENT, Order.State.PARTLY, Order.State.RECEIVED)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order on the board. value: None where no line has a cost; no_cost: lines that the value leaves out.

    share: of the units ordered, those that have come. expected: the first day on which something is still to come.
    """

    order: Order
    lines: int
    value: Decimal | None
    no_cost: int
    share: float
    expected: date | None

    def late(self, today: date) -> bool:
        """Tell whether something should have come by now."""
        return self.order.state in Order.COMING and self.expected is not None and self.expected < today


@dataclass(frozen=True, slots=True)
class Column:
    """The orders of one state, newest first; more: how many are not shown."""

    state: str
    rows: Sequence[OrderRow]
    more: int


def board(supplier: str = "") -> list[Column]:
    """Return the orders by state; empty drafts are not shown."""
    return [_column(state, supplier) for state in BOARD]


def _column(state: str, supplier: str) -> Column:
    found = Order.objects.filter(state=state).select_related("supplier", "location").order_by("-created_at")
    if supplier:
        found = found.filter(supplier__code=supplier)
    if state == Order.State.DRAFT:
        found = found.filter(pk__in=OrderLine.objects.values("order"))
    shown = rows(found[:MOST_ON_BOARD])
    more = found.count() - len(shown) if len(shown) == MOST_ON_BOARD else 0
    return Column(state, shown, more)


def rows(found: QuerySet[Order]) -> list[OrderRow]:
    """Sum the lines of orders, in one question."""
    listed = list(found)
    sums = {row["order"]: row for row in _sums(OrderLine.objects.filter(order__in=listed))}
    return [_row(order, sums.get(order.pk)) for order in listed]


def _sums(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    return (
        lines.values("order")
        .annotate(
            lines=Count("pk"),
            value=Sum(F("unit_cost") * Cast("units", AS_MONEY)),
            no_cost=Count("pk", filter=Q(unit_cost=None)),
            ordered=Sum("units"),
            came=Sum("received", output_field=FloatField()),
            expected=Min("expected_on", filter=OPEN),
        )
        .order_by()
    )


def _row(order: Order, sums: Mapping[str, Any] | None) -> OrderRow:
    if sums is None:
        return OrderRow(order, 0, None, 0, 0.0, None)
    share = min(1.0, sums["came"] / sums["ordered"])
    return OrderRow(order, sums["lines"], sums["value"], sums["no_cost"], share, sums["expected"])


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an order with what came of it."""

    line: OrderLine
    receipts: Sequence[Receipt] = field(default_factory=list)

    @property
    def value(self) -> Decimal | None:
        """Return what the line costs, where its cost is known."""
        line = self.line
        return None if line.unit_cost is None else line.unit_cost * Decimal(str(line.units))


@dataclass(frozen=True, slots=True)
class Detail:
    """One order with its lines by product, and their sum."""

    order: Order
    lines: Sequence[LineRow]

    @property
    def total(self) -> Decimal:
        """Return the sum of the lines whose cost is known."""
        return sum((line.value for line in self.lines if line.value is not None), Decimal(0))

    @property
    def no_cost(self) -> int:
        """Count the lines that the sum leaves out."""
        return sum(line.value is None for line in self.lines)

    @property
    def arrivals(self) -> list[Receipt]:
        """Return all that came, newest first."""
        return sorted((r for line in self.lines for r in line.receipts), key=lambda r: (r.received_on, r.pk))[::-1]

    @property
    def short_of_least(self) -> Decimal | None:
        """Return what lacks to the supplier's smallest order, where it has one and all costs are known."""
        least = self.order.supplier.least_value if self.order.supplier else None
        return least - self.total if least and self.total < least and not self.no_cost else None


def detail(order: Order) -> Detail:
    """Read an order's lines and what came of them."""
    lines = OrderLine.objects.filter(order=order).select_related("product").order_by("product__sku")
    came: dict[int, list[Receipt]] = defaultdict(list)
    receipts = Receipt.objects.filter(line__order=order, undone_at=None).select_related("line__product")
    for receipt in receipts.order_by("received_on", "pk"):
        came[receipt.line_id].append(receipt)
    return Detail(order, [LineRow(line, came[line.pk]) for line in lines])


def with_lines(found: Sequence[Order]) -> list[Order]:
    """Give orders their lines by product, in one question for all."""
    rows: dict[object, list[LineRow]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in=found).select_related("product").order_by("product__sku")
    for line in lines:
        rows[line.order_id].append(LineRow(line))
    for order in found:
        order.lines = rows[order.pk]
    return list(found)
