"""The newest published run, and what every page says of it and of its products."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import (
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from forecasting.models import Product, ProductForecast, ProductMoney, Proposal, Run
from tenants.errors import NotFound

DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}

# An order made now comes too late: what is there and what is coming are sold before it arrives.
AT_RISK = Q(lasts_until__lt=F("arrives_on"))
TO_ORDER = Q(units__gt=0)
EXCESS = Q(freed__gt=0)


def newest() -> Run | None:
    """Return the newest published run of the organisation in scope."""
    return Run.objects.order_by("-published_at").first()


def get(run_id: UUID) -> Run:
    """Return a run, or raise NotFound."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return run


def at_risk(run: Run) -> QuerySet[Proposal]:
    """Return the proposals whose product is sold out before they arrive, with the sales missed until then as `lost`.

    lost = days without stock x mean units a day of the first period x unit price; NULL where the price is not known.
    """
    forecast = ProductForecast.objects.filter(run=run, product=OuterRef("product"))
    pace = Coalesce(Subquery(forecast.values("mean__0")[:1]), Value(0.0)) / Value(DAYS[run.freq])
    gap = DaysBetween(F("arrives_on"), F("lasts_until"))
    price = Cast("product__unit_price", FloatField())
    return Proposal.objects.filter(AT_RISK, run=run).annotate(lost=gap * pace * price)


class DaysBetween(Func):
    """Count the days from an earlier day to a later one."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = FloatField()


def own_money(currency: str) -> Q:
    """Select the rows of products that are counted in the organisation's own currency."""
    return Q(product__currency="") | Q(product__currency=currency)


@dataclass(frozen=True, slots=True)
class Row:
    """One product with what the newest run says of it; the run may not know the product yet."""

    product: Product
    as_of: date | None = None
    proposal: Proposal | None = None
    money: ProductMoney | None = None
    pace: float | None = None  # units a day, mean over the horizon
    weeks: tuple[float, ...] = ()
    currency: str = ""

    @property
    def cover(self) -> float | None:
        """Days that the stock on hand lasts at the forecast's pace."""
        return self._days(self.proposal.on_hand if self.proposal else None)

    @property
    def target(self) -> float | None:
        """Days that stock filled up to its level lasts."""
        return self._days(self.proposal.order_up_to if self.proposal else None)

    def _days(self, units: float | None) -> float | None:
        return None if units is None or not self.pace else max(0.0, units) / self.pace

    @property
    def standing(self) -> str:
        """Name the product's state: out, risk, order, excess, enough, unknown or new."""
        proposal = self.proposal
        if proposal is None:
            return "new"
        if proposal.units is None:
            return "unknown"
        if proposal.on_hand is not None and proposal.on_hand <= 0 and self.pace:
            return "out"
        if proposal.lasts_until and proposal.arrives_on and proposal.lasts_until < proposal.arrives_on:
            return "risk"
        if proposal.units > 0:
            return "order"
        return "excess" if self.money and (self.money.freed or 0) > 0 else "enough"

    @property
    def weekly(self) -> float | None:
        """Mean units a week of the forecast."""
        return None if self.pace is None else 7 * self.pace

    @property
    def level(self) -> str:
        """Name the state colour of the product's stock: red, amber, green or none."""
        return {"out": "red", "risk": "red", "order": "amber", "enough": "green"}.get(self.standing, "")

    @property
    def late_days(self) -> int | None:
        """Days without stock before the proposed order arrives."""
        proposal = self.proposal
        if not proposal or not proposal.lasts_until or not proposal.arrives_on:
            return None
        return max(0, (proposal.arrives_on - proposal.lasts_until).days)


def pace(forecast: ProductForecast | None, run: Run | None) -> float | None:
    """Return mean units a day of a forecast."""
    if forecast is None or run is None or not forecast.mean:
        return None
    return sum(forecast.mean) / len(forecast.mean) / DAYS[run.freq]


def sales_until(run: Run) -> date:
    """Return the last day of sales that a run knew."""
    told = run.summary.get("sales_until")
    return date.fromisoformat(told) if told else run.as_of


def planned_on(run: Run) -> date:
    """Return the first day on which the run's plan can be followed."""
    return run.as_of + timedelta(days=1)
