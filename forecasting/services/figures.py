"""Writes how a firm is doing, as sums and dates, to the one row that its account manager may read."""

import logging
from datetime import timedelta
from decimal import Decimal

from django.db import DatabaseError
from django.db.models import Max, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from forecasting.models import Decision, Job, Product, ProductMoney, Sale, Upload
from forecasting.queries import readiness, risks, runs
from tenants.isolation import tenant_scope
from tenants.models import Organisation, OrganisationFigures
from tenants.services import usage

log = logging.getLogger("lagom.figures")
LATELY = timedelta(days=14)
DECIDED = timedelta(days=90)


def write(organisation: Organisation) -> None:
    """Count anew how a firm is doing, in its own scope."""
    with tenant_scope(organisation.pk, seconds=120):
        usage.note(usage.STORAGE, Upload.objects.aggregate(n=Sum("size"))["n"] or 0)
        counted = _counted(organisation)
        OrganisationFigures.objects.update_or_create(organisation=organisation, defaults=counted)


def write_safely(organisation_id: int) -> None:
    """Do the same after a job, whose own end it must not spoil."""
    try:
        organisation = Organisation.objects.filter(pk=organisation_id).first()
        if organisation is not None:
            write(organisation)
    except (DatabaseError, ArithmeticError, LookupError):
        log.exception("the figures of organisation %s were not counted", organisation_id)


def write_all() -> None:
    """Count every firm anew, one after the other."""
    for organisation_id in Organisation.objects.order_by("pk").values_list("pk", flat=True):
        write_safely(organisation_id)


def _counted(organisation: Organisation) -> dict[str, object]:
    run = runs.newest()
    since = timezone.now() - LATELY
    uploads = Upload.objects.aggregate(
        last=Max("created_at", filter=Q(state=Upload.State.DONE)),
    )
    jobs = Job.objects.filter(organisation=organisation, state=Job.State.FAILED, finished_at__gte=since)
    kinds = list(jobs.values_list("kind", flat=True))
    money = ProductMoney.objects.filter(run=run).aggregate(stock=Sum("stock_value"), excess=Sum("freed"))
    return {
        "counted_at": Now(),
        "products": Product.objects.count(),
        "last_upload_at": uploads["last"],
        "last_run_at": run.published_at if run else None,
        "sales_until": Sale.objects.aggregate(day=Max("sold_on"))["day"],
        "readiness": _readiness(),
        "adherence": _adherence(),
        "at_risk": _at_risk(organisation.currency) if run else None,
        "excess": _cents(money["excess"]),
        "stock_value": _cents(money["stock"]),
        "failed_imports": sum(kind in ("look", "load") for kind in kinds),
        "failed_jobs": sum(kind not in ("look", "load") for kind in kinds),
        "used": usage.lately(),
    }


def _readiness() -> int | None:
    facts = readiness.facts()
    return readiness.score(readiness.findings(facts)) if facts.products else None


def _adherence() -> int | None:
    decided = Decision.objects.filter(undone_at=None, decided_at__gte=timezone.now() - DECIDED)
    actions = list(decided.values_list("action", flat=True))
    return round(100 * actions.count("accepted") / len(actions)) if actions else None


def _at_risk(currency: str) -> Decimal | None:
    run = runs.newest()
    if run is None:
        return None
    missed = [sales for risk in risks.found(run).values() if (sales := risk.sales(currency)) is not None]
    return _cents(Decimal(str(round(sum(missed), 2)))) if missed else Decimal(0)


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 2)
