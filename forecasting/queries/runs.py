"""The newest published run, and what every page says of it and of its products."""

from datetime import date, timedelta
from uuid import UUID

from django.db.models import Case, DecimalField, F, Q, When
from django.db.models.functions import Coalesce

from forecasting.models import Run
from tenants.errors import NotFound

DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}

TO_ORDER = Q(units__gt=0, made=False)
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


def home_money(currency: str) -> Coalesce:
    """Read what a proposal costs in the organisation's own currency; absent where cost or rate are not known."""
    own = Q(product__currency="") | Q(product__currency=currency)
    return Coalesce(F("home_value"), Case(When(own, then=F("value"))), output_field=DecimalField())


def sales_until(run: Run) -> date:
    """Return the last day of sales that a run knew."""
    told = run.summary.get("sales_until")
    return date.fromisoformat(told) if told else run.as_of


def planned_on(run: Run) -> date:
    """Return the first day on which the run's plan can be followed."""
    return run.as_of + timedelta(days=1)
