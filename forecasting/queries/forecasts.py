"""How good the forecasts are: of the whole firm, by category, of each product, and how good people's changes were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, FloatField, Func, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, NullIf

from forecasting.models import Event, OneOff, Override, ProductForecast, Run

SORTS = ("added", "error", "bias", "coverage", "weight")
MOST_GROUPS = 40
# by how much a product's forecast beats the better naive one: upper ends of the classes
CLASSES = (-0.2, -0.05, 0.05, 0.2, 0.4)
AIM = 0.9  # the share of actual demand that the wide band is to hold
PRIOR = ("prior", "launch")  # models that know a product only by its like


class Abs(Func):
    """The size of a number without its sign."""

    function = "ABS"
    output_field = FloatField()


def _ratio(top: Any, bottom: Any, **known: Q) -> Any:
    return Sum(top, **known) / NullIf(Sum(bottom, **known), Value(0.0))


def _figures() -> dict[str, Any]:
    both = Q(rmsse__isnull=False, naive_rmsse__isnull=False)
    return {
        "products": Count("pk"),
        "compared": Count("value_added"),
        "better": Count("pk", filter=Q(value_added__gt=0)),
        "error": _ratio(F("rmsse") * F("weight"), F("weight"), filter=both),
        "naive": _ratio(F("naive_rmsse") * F("weight"), F("weight"), filter=both),
        "bias": _ratio(F("bias_units"), F("weight"), filter=Q(bias_units__isnull=False)),
        "coverage": _ratio(F("coverage") * F("tested"), F("tested"), filter=Q(coverage__isnull=False, tested__gt=0)),
        "units": Sum("weight"),
        "refused": Count("pk", filter=Q(refused=True)),
    }


@dataclass(frozen=True, slots=True)
class Group:
    """The forecasts of some products: errors weighted by units, bias and coverage as shares; None = not tested."""

    name: str
    products: int
    compared: int
    better: int
    error: float | None
    naive: float | None
    bias: float | None
    coverage: float | None
    units: float | None
    refused: int
    share: float | None = None  # of the largest error, percent

    @property
    def better_share(self) -> float | None:
        """Share of the products whose forecast beats naive."""
        return self.better / self.compared if self.compared else None


def whole(run: Run) -> Group:
    """Sum the forecasts of a run up, in one query."""
    return Group(name="", **ProductForecast.objects.filter(run=run).aggregate(**_figures()))


def wholes(runs: Sequence[Run]) -> dict[UUID, Group]:
    """Sum the forecasts of each of many runs up, in one query."""
    rows = ProductForecast.objects.filter(run__in=runs).values("run_id").annotate(**_figures()).order_by()
    found = {row.pop("run_id"): Group(name="", **row) for row in rows}
    return {run.pk: Group("", 0, 0, 0, None, None, None, None, None, 0) for run in runs} | found


def by_category(run: Run) -> list[Group]:
    """Sum the forecasts up by category, what sells most first."""
    rows = (
        ProductForecast.objects.filter(run=run)
        .values(name=F("product__category"))
        .annotate(**_figures())
        .order_by(F("units").desc(nulls_last=True), "name")[:MOST_GROUPS]
    )
    found = list(rows)
    largest = max((max(row["error"] or 0, row["naive"] or 0) for row in found), default=0)
    return [
        Group(**row, share=100 * row["error"] / largest if row["error"] is not None and largest else None)
        for row in found
    ]


def classes(run: Run) -> list[int]:
    """Count products by how much their forecast beats naive: one count more than CLASSES has ends."""
    ends = [None, *CLASSES, None]
    counts = {}
    for at, (low, high) in enumerate(pairwise(ends)):
        chosen = Q(value_added__isnull=False)
        chosen &= Q() if low is None else Q(value_added__gt=low)
        chosen &= Q() if high is None else Q(value_added__lte=high)
        counts[f"class_{at}"] = Count("pk", filter=chosen)
    found = ProductForecast.objects.filter(run=run).aggregate(**counts)
    return [found[f"class_{at}"] for at in range(len(CLASSES) + 1)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked the list for."""

    search: str = ""
    show: str = ""
    category: str = ""
    sort: str = "added"


SHOWN: Mapping[str, Q] = {
    "loses": Q(value_added__lte=0),
    "high": Q(bias_units__gt=0.1 * F("weight")),
    "low": Q(bias_units__lt=-0.1 * F("weight")),
    "band": Q(coverage__lt=AIM - 0.1, tested__gte=8),
    "launch": Q(model__in=PRIOR),
    "refused": Q(refused=True),
    "changed": ~Q(changes=[]),
    "untested": Q(value_added=None),
}


def counts(run: Run) -> dict[str, int]:
    """Count the products of each filter, and all of them under "all"."""
    chosen = {name: Count("pk", filter=q) for name, q in SHOWN.items()}
    return ProductForecast.objects.filter(run=run).aggregate(all=Count("pk"), **chosen)


def listed(run: Run, wanted: Wanted) -> QuerySet[ProductForecast]:
    """Return the forecasts asked for, the worst first; the quantiles stay where they are."""
    found = ProductForecast.objects.filter(run=run).select_related("product")
    found = found.defer("quantiles", "mean", "own_mean", "scores", "recovered", "backtest")
    for word in wanted.search.split():
        found = found.filter(Q(product__sku__icontains=word) | Q(product__name__icontains=word))
    if wanted.show in SHOWN:
        found = found.filter(SHOWN[wanted.show])
    if wanted.category:
        found = found.filter(product__category="" if wanted.category == "-" else wanted.category)
    return _sorted(found.annotate(bias=F("bias_units") / NullIf(F("weight"), Value(0.0))), wanted.sort)


def _sorted(found: QuerySet[ProductForecast], sort: str) -> QuerySet[ProductForecast]:
    """Sort; "added" puts first what loses most against naive in money, the other way round with a dash before it."""
    each = Coalesce(Cast("product__unit_price", FloatField()), Cast("product__unit_cost", FloatField()), Value(1.0))
    name = sort.removeprefix("-")
    key = {
        "added": F("value_added") * F("weight") * each,
        "error": F("rmsse"),
        "bias": Abs(F("bias")),
        "coverage": F("coverage"),
        "weight": F("weight"),
    }[name if name in SORTS else "added"]
    ordered = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True)
    return found.order_by(ordered, "product__sku")


@dataclass(frozen=True, slots=True)
class Scored:
    """How good people's changes were: errors in units, theirs and the engine's on the same days."""

    name: str
    changes: int
    own: float
    engine: float
    better: int
    key: str = ""

    @property
    def added(self) -> float | None:
        """Share of the engine's error that people took away; below 0 they added to it."""
        return 1 - self.own / self.engine if self.engine else None


def _scored() -> QuerySet[Override]:
    own, engine = Abs(F("actual_units") - F("own_units")), Abs(F("actual_units") - F("engine_units"))
    told = Override.objects.filter(undone_at=None, scored_at__isnull=False, sold_out=False)
    return told.annotate(own_error=own, engine_error=engine)


def _sums() -> dict[str, Any]:
    return {
        "changes": Count("pk"),
        "own": Coalesce(Sum("own_error"), 0.0),
        "engine": Coalesce(Sum("engine_error"), 0.0),
        "better": Coalesce(Sum(Case(When(own_error__lt=F("engine_error"), then=1), default=0)), 0),
    }


def people() -> Scored:
    """Sum up all changes that were held against what came."""
    return Scored(name="", **_scored().aggregate(**_sums()))


def by_person(most: int = 20) -> list[Scored]:
    """Sum up by who made the change, the most changes first."""
    rows = _scored().values(name=F("by")).annotate(**_sums()).order_by("-changes", "name")
    return [Scored(**row) for row in rows[:most]]


def by_product(most: int = 20) -> list[Scored]:
    """Sum up by product, the most changes first."""
    rows = _scored().values(name=F("product__name"), key=F("product__sku")).annotate(**_sums())
    return [Scored(**row) for row in rows.order_by("-changes", "key")[:most]]


def open_one_offs() -> int:
    """Count the orders that wait for a person's word."""
    return OneOff.objects.filter(decision=OneOff.Decision.OPEN).count()


def one_offs(show: str) -> QuerySet[OneOff]:
    """List one-off orders: open, apart, normal or all, the newest first."""
    found = OneOff.objects.select_related("product").order_by("-sold_on", "-units", "pk")
    chosen = {"open": "", "apart": "apart", "normal": "normal"}
    return found.filter(decision=chosen[show]) if show in chosen else found


def one_off_counts() -> dict[str, int]:
    """Count one-off orders by what was decided."""
    return OneOff.objects.aggregate(
        open=Count("pk", filter=Q(decision="")),
        apart=Count("pk", filter=Q(decision="apart")),
        normal=Count("pk", filter=Q(decision="normal")),
    )


def changes() -> QuerySet[Override]:
    """List people's changes, the newest first."""
    return Override.objects.select_related("product").order_by("-created_at", "-pk")


def listed_runs() -> QuerySet[Run]:
    """List the runs, the newest first."""
    return Run.objects.order_by("-published_at", "-pk")


def refused(run: Run, search: str = "") -> QuerySet[ProductForecast]:
    """List the products of which something was refused or held back."""
    return listed(run, Wanted(search=search, show="refused", sort="-weight"))


def newest_change() -> Any:
    """Return when a person last changed a forecast or took a change back."""
    found = Override.objects.aggregate(made=Max("created_at"), undone=Max("undone_at"))
    return max((at for at in found.values() if at), default=None)


def events(show: str, today: date) -> QuerySet[Event]:
    """List the events: ahead (with those that last), past, taken back, or all."""
    found = Event.objects.select_related("supplier")
    if show == "gone":
        return found.exclude(undone_at=None).order_by("-undone_at", "pk")
    if show == "past":
        return found.filter(undone_at=None, last_day__lt=today).order_by("-first_day", "pk")
    return found.filter(undone_at=None, last_day__gte=today).order_by("first_day", "pk")


def any_event() -> bool:
    """Tell whether there is any event, also one taken back."""
    return Event.objects.exists()


def by_model(runs: Sequence[Run]) -> dict[UUID, dict[str, int]]:
    """Count the products of each run by the model that forecasts them, what most have first."""
    found: dict[UUID, dict[str, int]] = {run.pk: {} for run in runs}
    rows = ProductForecast.objects.filter(run__in=runs).values("run_id", "model").annotate(n=Count("pk"))
    for row in rows.order_by("-n", "model"):
        found[row["run_id"]][row["model"]] = row["n"]
    return found
