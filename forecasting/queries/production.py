"""The newest run's production: the load of each work centre, the orders, the components that are short."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, QuerySet

from forecasting.models import (
    CapacityChange,
    Component,
    Decision,
    Product,
    ProductionLoad,
    ProductionOrder,
    ProductionSlot,
    Proposal,
    Routing,
    Run,
    WorkCentre,
)
from forecasting.services import kits

WEEKS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Slot:
    """What of an order is made in a week."""

    sku: str
    name: str
    units: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One work centre in one week: minutes, bars in percent of the wider of the two, and what is made."""

    week: date
    capacity: float
    wanted: float
    planned: float
    slots: Sequence[Slot] = ()

    @property
    def over(self) -> float:
        """Minutes that due dates alone would want beyond what can be worked."""
        return max(self.wanted - self.capacity, 0.0)

    @property
    def share(self) -> float | None:
        """Planned minutes as a share of capacity; None while closed."""
        return self.planned / self.capacity if self.capacity else None

    def _percent(self, minutes: float) -> float:
        most = max(self.capacity, self.wanted, self.planned)
        return 100 * minutes / most if most else 0.0

    @property
    def planned_width(self) -> float:
        """Width of the bar of what is planned."""
        return self._percent(self.planned)

    @property
    def capacity_at(self) -> float:
        """Place of the mark of capacity."""
        return self._percent(self.capacity)

    @property
    def wanted_width(self) -> float:
        """Width of the bar of what due dates alone would want."""
        return self._percent(self.wanted)


@dataclass(frozen=True, slots=True)
class Centre:
    """A work centre with its weeks."""

    centre: WorkCentre
    cells: Sequence[Cell]

    @property
    def crowded(self) -> int:
        """Count the shown weeks in which due dates alone would want more than can be worked."""
        return sum(cell.over > 0.5 for cell in self.cells)


def orders(run: Run) -> QuerySet[ProductionOrder]:
    """Return the run's production orders in the order in which they begin."""
    return ProductionOrder.objects.filter(run=run).select_related("product").order_by("number")


def released(run: Run) -> dict[int, Decision]:
    """Return what was decided about what is made, by product: released, or taken out."""
    found = Decision.objects.filter(proposal__run=run, proposal__made=True, undone_at=None)
    return {one.product_id: one for one in found.select_related("line__order")}


def to_release(run: Run) -> dict[int, int]:
    """Return the proposals of what is to be made now, by product."""
    found = Proposal.objects.filter(run=run, made=True, units__gt=0).order_by("-units")
    return {product: pk for pk, product in reversed(found.values_list("pk", "product"))}


def schedule(run: Run) -> list[Centre]:
    """Lay the next weeks of every work centre out."""
    loads = ProductionLoad.objects.filter(run=run).select_related("work_centre").order_by("work_centre__code", "week")
    made: dict[tuple[int, date], list[Slot]] = {}
    slots = ProductionSlot.objects.filter(run=run).select_related("order__product").order_by("order__number")
    for slot in slots:
        product = slot.order.product
        known = Slot(product.sku, product.name, slot.units, slot.minutes)
        made.setdefault((slot.work_centre_id, slot.week), []).append(known)
    found = []
    for _pk, group in groupby(loads, key=lambda load: load.work_centre_id):
        mine = list(group)[:WEEKS_SHOWN]
        cells = [
            Cell(one.week, one.capacity, one.wanted, one.planned, made.get((one.work_centre_id, one.week), ()))
            for one in mine
        ]
        found.append(Centre(mine[0].work_centre, cells))
    return found


@dataclass(slots=True)
class Totals:
    """The run's production in figures: what to begin now, what comes late, and the sales that are missed by it."""

    now: int = 0
    now_units: float = 0.0
    late: int = 0
    late_units: float = 0.0
    unmade: int = 0
    lost_units: float = 0.0
    lost_sales: Decimal = Decimal(0)


def totals(found: Iterable[ProductionOrder]) -> Totals:
    """Add up the orders."""
    sums = Totals()
    for order in found:
        if order.proposed:
            sums.now, sums.now_units = sums.now + 1, sums.now_units + order.units
        if order.late_days:
            sums.late, sums.late_units = sums.late + 1, sums.late_units + order.late_units + order.unmade_units
        sums.unmade += order.unmade_units > 0
        sums.lost_units += order.lost_units
        sums.lost_sales += order.lost_sales or Decimal(0)
    return sums


@dataclass(slots=True)
class Short:
    """A component of which something is missing when an order should begin; for: sku of the order -> units needed."""

    sku: str
    product: Product | None = None
    on_hand: float | None = None
    units: float = 0.0
    needed_on: str = ""
    there: str | None = ""
    pegs: dict[str, float] = field(default_factory=dict)
    proposed: float | None = None
    made: bool = False

    @property
    def needed(self) -> date:
        """Day on which the first order that needs it should begin."""
        return date.fromisoformat(self.needed_on)

    @property
    def arrives(self) -> date | None:
        """Day on which all of it is there for that order; None when that is not in sight."""
        return date.fromisoformat(self.there) if self.there else None


def short(run: Run, found: Iterable[ProductionOrder]) -> list[Short]:
    """List the components that are not there when the first order that needs them should begin."""
    shorts: dict[str, Short] = {}
    for order in found:
        for need in order.needs:
            if need.get("short"):
                one = shorts.setdefault(need["sku"], Short(need["sku"], needed_on=need["on"], there=need.get("there")))
                one.units += need["short"]
                one.pegs[order.product.sku] = one.pegs.get(order.product.sku, 0.0) + need["short"]
    for proposal in Proposal.objects.filter(run=run, product__sku__in=shorts).select_related("product"):
        one = shorts[proposal.product.sku]
        one.product, one.made = proposal.product, proposal.made
        one.on_hand = (one.on_hand or 0.0) + (proposal.on_hand or 0.0)
        one.proposed = (one.proposed or 0.0) + (proposal.units or 0.0)
    return sorted(shorts.values(), key=lambda one: (one.needed_on, one.sku))


def unknown(found: Iterable[ProductionOrder]) -> list[str]:
    """Name the components that are taken as there because their stock or lead time is not known."""
    return sorted({need["sku"] for order in found for need in order.needs if need.get("unknown")})


@dataclass(frozen=True, slots=True)
class Parent:
    """A product with components, and how it comes about."""

    product: Product
    parts: int
    kit: bool
    steps: Sequence[Routing]


def parents() -> list[Parent]:
    """List the products that have components."""
    counted = dict(Component.objects.values_list("parent").annotate(parts=Count("pk")).order_by())
    steps: dict[int, list[Routing]] = {}
    for step in Routing.objects.select_related("work_centre").order_by("work_centre__code"):
        steps.setdefault(step.product_id, []).append(step)
    kit_keys = kits.read().kits if counted else frozenset()
    products = Product.objects.filter(pk__in={*counted, *steps}).order_by("sku")
    return [Parent(one, counted.get(one.pk, 0), one.pk in kit_keys, steps.get(one.pk, [])) for one in products]


def any_components() -> bool:
    """Tell whether the firm has told what anything is made of."""
    return Component.objects.exists()


def centres() -> list[tuple[WorkCentre, list[CapacityChange]]]:
    """List the work centres with the days on which they work otherwise."""
    changes: dict[int, list[CapacityChange]] = {}
    for change in CapacityChange.objects.order_by("starts_on"):
        changes.setdefault(change.work_centre_id, []).append(change)
    return [(centre, changes.get(centre.pk, [])) for centre in WorkCentre.objects.order_by("code")]


def rows(run: Run) -> list[dict[str, Any]]:
    """Return the orders with their weeks at each work centre, for files."""
    slots: dict[int, list[str]] = {}
    for slot in ProductionSlot.objects.filter(run=run).select_related("work_centre").order_by("week", "work_centre"):
        slots.setdefault(slot.order_id, []).append(f"{slot.week.isoformat()} {slot.work_centre.code} {slot.units:g}")
    return [{"order": order, "weeks": "; ".join(slots.get(order.pk, []))} for order in orders(run)]
