"""Suppliers with what hangs on them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean

from django.db.models import Count, F, Q, QuerySet

from forecasting.models import Event, Inbound, Location, Product, Supplier

BACK = timedelta(days=730)  # deliveries before that teach no lead time either
MOST = 5_000
FEWEST = 8  # deliveries to a place from which on they are told


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """One line of the list: a supplier and how many products come from it."""

    supplier: Supplier
    products: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came to a place: deliveries, their mean days from order to receipt; one in ten is below low, one above high.

    A delivery: what was ordered on one day and came on one day.
    """

    place: str
    n: int
    mean: float
    low: int
    high: int


def listed(search: str = "") -> QuerySet[Supplier]:
    """List the suppliers by code, those whose code or name holds the words."""
    return Supplier.objects.filter(Q(code__icontains=search) | Q(name__icontains=search)).order_by("code")


def rows(suppliers: list[Supplier]) -> list[SupplierRow]:
    """Count the products of each supplier in one question."""
    counts = dict(
        Product.objects.filter(supplier__in=suppliers)
        .values_list("supplier")
        .annotate(n=Count("pk"))
        .values_list("supplier", "n")
    )
    return [SupplierRow(supplier, counts.get(supplier.pk, 0)) for supplier in suppliers]


def get(code: str) -> Supplier | None:
    """Find a supplier by its code."""
    return Supplier.objects.filter(code=code).first()


def delivered(supplier: Supplier, today: date) -> list[Delivered]:
    """Read how long a supplier took to each place in the last two years, the place with most deliveries first."""
    came = Inbound.objects.filter(
        product__supplier=supplier, ordered_on__gte=today - BACK, received_on__gte=F("ordered_on")
    )
    days: dict[str, list[int]] = {}
    found = came.order_by("-ordered_on").values_list("ordered_on", "received_on", "location__name", "location__code")
    for ordered, received, name, code in found.distinct()[:MOST]:
        if ordered and received:
            days.setdefault(name or code or "", []).append((received - ordered).days)
    made = [_delivered(place, sorted(took)) for place, took in days.items()]
    return sorted(made, key=lambda one: (-one.n, one.place))


def _delivered(place: str, days: list[int]) -> Delivered:
    tenth = len(days) // 10
    return Delivered(place, len(days), sum(days) / len(days), days[tenth], days[-1 - tenth])


def closed(supplier: Supplier, today: date) -> Sequence[Event]:
    """List when a supplier is closed, now and ahead."""
    ahead = Event.objects.filter(kind=Event.Kind.SUPPLIER, supplier=supplier, last_day__gte=today, undone_at=None)
    return ahead.order_by("first_day")


@dataclass(frozen=True, slots=True)
class Further:
    """How many days longer the deliveries to a place took than those of the same suppliers to the main place."""

    n: int
    days: float
    main: str


def further(today: date) -> dict[int, Further]:
    """Compare each place with the one that most deliveries of two years went to; fewer than eight tell nothing."""
    took: dict[tuple[int, int], list[int]] = {}
    for supplier, place, ordered, received in _came(today):
        took.setdefault((supplier, place), []).append((received - ordered).days)
    total = Counter({place: 0 for _supplier, place in took})
    for (_supplier, place), days in took.items():
        total[place] += len(days)
    if len(total) < 2:
        return {}
    main = min(total, key=lambda place: (-total[place], place))
    name = str(Location.objects.get(pk=main))
    found = {}
    for place in total:
        pairs = [
            (days, took[supplier, main])
            for (supplier, at), days in took.items()
            if at == place != main and (supplier, main) in took
        ]
        n = sum(len(there) for there, _home in pairs)
        if n >= FEWEST:
            more = sum(len(there) * (mean(there) - mean(home)) for there, home in pairs) / n
            found[place] = Further(n, more, name)
    return found


def _came(today: date) -> Iterator[tuple[int, int, date, date]]:
    came = Inbound.objects.filter(
        ordered_on__gte=today - BACK, received_on__gte=F("ordered_on"), product__supplier__isnull=False
    )
    found = came.order_by("-ordered_on").values_list("product__supplier_id", "location_id", "ordered_on", "received_on")
    for supplier, place, ordered, received in found.distinct()[:MOST]:
        if ordered and received:
            yield supplier, place, ordered, received
