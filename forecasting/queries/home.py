"""What needs a person today: orders, stock-outs, stuck money, forecast health, how fresh the data are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from forecasting.models import (
    Job,
    OneOff,
    Product,
    ProductForecast,
    ProductMoney,
    Proposal,
    Run,
    Sale,
    ShelfMoney,
    StockCount,
    Supplier,
    Upload,
)
from forecasting.queries import plans
from forecasting.queries.risks import Risk
from forecasting.queries.runs import EXCESS
from tenants.models import Organisation

MOST_ACTIONS = 7
MOST_EXCESSES = 2
MOST_CHORES = 2  # places kept for actions that have no money of their own
STALE_SALES, STALE_STOCK, STALE_RUN = 7, 14, 8  # days


@dataclass(frozen=True, slots=True)
class Today:
    """The tiles: counts, money in the organisation's currency, and how good the forecasts are."""

    orders: plans.Total
    at_risk: int
    at_risk_money: float | None
    first_out: date | None
    excess: int
    excess_money: Decimal | None
    compared: int
    better: int
    unplanned: int

    @property
    def better_share(self) -> float | None:
        """Share of the forecasts that beat naive in tests."""
        return self.better / self.compared if self.compared else None


Sums = Mapping[int | None, plans.Total]
Risks = Mapping[int, Risk]


def today(run: Run, currency: str, sums: Sums, risks: Risks) -> Today:
    """Return the tiles, in three queries; sums: plans.totals of the run's orders, risks: what risks.found tells."""
    missed = [sales for risk in risks.values() if (sales := risk.sales(currency)) is not None]
    excess = ProductMoney.objects.filter(EXCESS, run=run).aggregate(n=Count("pk"), money=Sum("freed"))
    health = ProductForecast.objects.filter(run=run).aggregate(
        compared=Count("value_added"), better=Count("pk", filter=Q(value_added__gt=0))
    )
    return Today(
        orders=plans.added(sums.values()),
        at_risk=len(risks),
        at_risk_money=sum(missed) if missed else None,
        first_out=min((risk.day for risk in risks.values()), default=None),
        excess=excess["n"],
        excess_money=excess["money"],
        compared=health["compared"],
        better=health["better"],
        unplanned=plans.unplanned(run),
    )


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. kind: order, risk, excess, no_cost, bad_rows, one_offs or asking; what it is about follows."""

    kind: str
    money: Decimal | float | None = None
    count: int = 0
    name: str = ""
    key: str = ""
    day: date | None = None
    days: int = 0
    place: str = ""


def actions(run: Run, currency: str, sums: Sums, risks: Risks) -> list[Action]:
    """Return at most seven actions, most money first; what runs out and chores without money keep their places."""
    chores = _chores()[:MOST_CHORES]
    kept = _risks(risks, currency)
    paid = sorted([*_orders(sums), *_excesses(run)], key=_by_money)
    paid = paid[: MOST_ACTIONS - len(chores) - len(kept)]
    return sorted(paid + kept, key=_by_money) + chores


def _by_money(action: Action) -> float:
    return -float(action.money or 0)


def _orders(sums: Sums) -> list[Action]:
    names = {s.pk: s for s in Supplier.objects.filter(pk__in=[pk for pk in sums if pk])}
    return [
        Action(
            "order",
            total.value,
            total.products,
            str(names[pk]) if pk in names else "",
            names[pk].code if pk in names else plans.NO_SUPPLIER,
            total.due,
            place=", ".join(total.places),
        )
        for pk, total in sums.items()
        if total.orders
    ]


def _risks(risks: Risks, currency: str) -> list[Action]:
    if not risks:
        return []
    missed = sum(risk.sales(currency) or 0.0 for risk in risks.values())
    worst = max(risks, key=lambda pk: (risks[pk].sales(currency) or 0.0, -pk))
    product = Product.objects.get(pk=worst)
    return [
        Action(
            "risk",
            missed or None,
            len(risks),
            product.name or product.sku,
            product.sku,
            risks[worst].day,
            place=risks[worst].place,
        )
    ]


def _excesses(run: Run) -> list[Action]:
    planned = Proposal.objects.filter(run=run, product=OuterRef("product"), location=OuterRef("location"))
    shelves = ShelfMoney.objects.filter(EXCESS, Exists(planned), run=run, product=OuterRef("product"))
    most = Subquery(shelves.order_by("-freed").annotate(place=plans.PLACE).values("place")[:1])
    found = ProductMoney.objects.filter(EXCESS, run=run).select_related("product").annotate(place=most)
    return [
        Action(
            "excess",
            line.freed,
            1,
            line.product.name or line.product.sku,
            line.product.sku,
            days=round(line.days_of_stock or 0),
            place=line.place or "",
        )
        for line in found.order_by(F("freed").desc(), "pk")[:MOST_EXCESSES]
    ]


def _chores() -> list[Action]:
    products = Product.objects.aggregate(cost=Count("pk", filter=Q(unit_cost=None)))
    asking = Upload.objects.filter(state=Upload.State.ASKING).aggregate(n=Count("pk"))["n"]
    since = timezone.now() - timedelta(days=14)
    bad = (
        Upload.objects.filter(state=Upload.State.DONE, rows_bad__gt=0, created_at__gte=since)
        .order_by("-created_at")
        .first()
    )
    found = []
    if asking:
        found.append(Action("asking", count=asking))
    if bad:
        found.append(Action("bad_rows", count=bad.rows_bad, name=bad.name, key=str(bad.pk)))
    if waiting := OneOff.objects.filter(decision=OneOff.Decision.OPEN).count():
        found.append(Action("one_offs", count=waiting))
    if products["cost"]:
        found.append(Action("no_cost", count=products["cost"]))
    return found


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the data are; a day is None where there is none."""

    sales_until: date | None
    counted_on: date | None
    run: Run | None
    newest_change: Any = None

    @property
    def old(self) -> dict[str, bool]:
        """Say what has become too old to plan by."""
        now = timezone.localdate()

        def older(day: date | None, limit: int) -> bool:
            return day is None or (now - day).days > limit

        run_day = timezone.localtime(self.run.published_at).date() if self.run else None
        return {
            "sales": older(self.sales_until, STALE_SALES),
            "stock": older(self.counted_on, STALE_STOCK),
            "run": older(run_day, STALE_RUN) or self.changed,
        }

    @property
    def changed(self) -> bool:
        """Say whether data came in after the newest run."""
        return bool(self.run and self.newest_change and self.newest_change > self.run.published_at)


def freshness(run: Run | None) -> Freshness:
    """Return how new sales, stock counts and the newest run are."""
    return Freshness(
        Sale.objects.aggregate(day=Max("sold_on"))["day"],
        StockCount.objects.aggregate(day=Max("counted_at"))["day"],
        run,
        Upload.objects.filter(state=Upload.State.DONE).aggregate(at=Max("finished_at"))["at"],
    )


@dataclass(frozen=True, slots=True)
class Steps:
    """How far a new firm is: which kinds of data are in, which files ask something."""

    sales: bool
    products: bool
    stock: bool
    asking: int

    @property
    def here(self) -> int:
        """Number the step to do now: 1 upload, 2 check, 3 see the plan."""
        if self.asking:
            return 2
        return 3 if self.sales else 1


def steps() -> Steps:
    """Return how far a new firm is."""
    return Steps(
        Sale.objects.exists(),
        Product.objects.filter(incomplete=False).exists(),
        StockCount.objects.exists(),
        Upload.objects.filter(state=Upload.State.ASKING).count(),
    )


def working(organisation: Organisation) -> list[Job]:
    """Return the organisation's open jobs, the oldest first."""
    return list(Job.objects.filter(organisation=organisation, finished_at=None).order_by("created_at")[:5])


def failed(organisation: Organisation, run: Run | None) -> Job | None:
    """Return the newest run job if it failed after the newest published run."""
    newest = Job.objects.filter(organisation=organisation, kind="run").exclude(finished_at=None)
    job = newest.order_by("-created_at").first()
    if job is None or job.state != Job.State.FAILED:
        return None
    return job if run is None or job.finished_at > run.published_at else None
