"""People's changes to what is expected: made, taken back, put on forecasts, and held against what came."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.engine.changes import Change, changed, expected, moved
from forecasting.engine.periods import period_index
from forecasting.engine.types import DemandPanel, Forecast
from forecasting.models import Override, Product, ProductForecast, Run
from forecasting.queries.picture import demand
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import User
from tenants.services import audit

LONGEST = 731  # days
MOST = 20_000  # changes that one run takes
MOST_SCORED = 500  # that one run holds against what came; the rest follows in the next


def add(*, product: Product, by: User, run: Run | None, **fields: Any) -> Override:
    """Change what is expected of a product in some days, by units or by percent, with a reason.

    Raises Invalid for days or figures without sense, Conflict where another change holds on one of the days.
    """
    made = Override(product=product, by=by.email, **_checked(run, **fields))
    Product.objects.select_for_update().get(pk=product.pk)  # two changes of the same days at once: the second waits
    same = Override.objects.filter(product=product, undone_at=None)
    if same.filter(first_day__lte=made.last_day, last_day__gte=made.first_day).exists():
        raise Conflict(_("Somebody has changed some of these days already. Take that change back first."))
    if run is not None:
        forecast = ProductForecast.objects.filter(run=run, product=product).first()
        if forecast is not None:
            mean = np.array(forecast.own_mean or forecast.mean, np.float32)
            _tell(made, mean, run.starts_on, run.freq)
    made.save()
    audit.record("override.added", by=by, target=product.sku, **_told(made))
    return made


def _checked(run: Run | None, **fields: Any) -> dict[str, Any]:
    first, last = fields["first_day"], fields["last_day"]
    units, percent = fields.get("units"), fields.get("percent")
    if last < first:
        raise Invalid(_("The last day lies before the first one."))
    if (last - first).days >= LONGEST:
        raise Invalid(_("A change holds for two years at most."))
    if last < (run.starts_on if run else timezone.localdate()):
        raise Invalid(_("These days have passed: only what is ahead can be changed."))
    if (units is None) == (percent is None):
        raise Invalid(_("Say either how many pieces or how many percent more or less."))
    if not str(fields.get("reason") or "").strip():
        raise Invalid(_("Say why: it is held against what comes."))
    return {
        "first_day": first,
        "last_day": last,
        "units": units,
        "percent": percent,
        "reason": fields["reason"].strip(),
    }


def _told(made: Override) -> dict[str, Any]:
    names = ("first_day", "last_day", "units", "percent", "reason", "engine_units", "own_units")
    return {name: getattr(made, name) for name in names}


def _tell(made: Override, mean: np.ndarray, start: date, freq: str) -> bool:
    """Write down what engine and person expect, as soon as a forecast covers the days."""
    told = expected(mean, start, freq, _change(made, 0))
    if told is None:
        return False
    made.engine_units, made.own_units = told
    return True


def undo(*, override_id: object, by: User) -> Override:
    """Take a change back; it stays written down, and the next run goes without it."""
    made = Override.objects.select_related("product").filter(pk=override_id).first()
    if made is None:
        raise NotFound(_("There is no such change."))
    if made.undone_at is None:
        made.undone_at, made.undone_by = timezone.now(), by.email
        made.save(update_fields=["undone_at", "undone_by"])
        audit.record("override.taken_back", by=by, target=made.product.sku, **_told(made))
    return made


def current(since: date) -> list[Override]:
    """Return the changes that hold on a day or after it."""
    return list(Override.objects.filter(undone_at=None, last_day__gte=since).order_by("first_day", "pk")[:MOST])


def _change(made: Override, row: int) -> Change:
    return Change(row, made.first_day, made.last_day, made.units, made.percent)


def changes(made: Sequence[Override], rows: dict[int, list[int]]) -> list[Change]:
    """Turn people's changes into the engine's; rows: where each product is."""
    return [_change(one, row) for one in made for row in rows.get(one.product_id, [])]


def put(forecast: Forecast, products: Sequence[Product], made: Sequence[Override]) -> Forecast:
    """Put people's changes on a forecast whose rows are these products, each once."""
    rows = {product.pk: [row] for row, product in enumerate(products)}
    return changed(forecast, moved(forecast.mean, forecast.start, forecast.freq, changes(made, rows)))


def tell(forecast: Forecast, products: Sequence[Product], made: Sequence[Override]) -> None:
    """Write down what the engine expected where its forecast covers a change for the first time."""
    row_of = {product.pk: row for row, product in enumerate(products)}
    new = [
        one
        for one in made
        if one.engine_units is None and one.product_id in row_of
        if _tell(one, forecast.mean[row_of[one.product_id]], forecast.start, forecast.freq)
    ]
    Override.objects.bulk_update(new, ["engine_units", "own_units"], batch_size=500)


def score(panel: DemandPanel, products: Sequence[Product], as_of: date) -> int:
    """Hold changes whose days have passed against what came; where stock ran out meanwhile nobody was right."""
    due = Override.objects.filter(undone_at=None, scored_at=None, last_day__lte=as_of).exclude(engine_units=None)
    row_of = {product.pk: row for row, product in enumerate(products)}
    scored = list(due.select_related("product").order_by("last_day", "pk")[:MOST_SCORED])
    for one in scored:
        sold = demand(one.product).filter(sold_on__gte=one.first_day, sold_on__lte=one.last_day)
        one.actual_units = float(sold.aggregate(units=Sum("units"))["units"] or 0)
        one.sold_out = one.product_id in row_of and _ran_out(panel, row_of[one.product_id], one)
        one.scored_at = timezone.now()
    Override.objects.bulk_update(scored, ["actual_units", "sold_out", "scored_at"], batch_size=500)
    return len(scored)


def _ran_out(panel: DemandPanel, row: int, one: Override) -> bool:
    if panel.stocked is None:
        return False
    days = np.array([one.first_day, one.last_day], "datetime64[D]")
    low, high = period_index(days, panel.start, panel.freq).tolist()
    return bool((panel.stocked[row, max(low, 0) : high + 1] < 1).any())
