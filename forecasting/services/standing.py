"""What the plan before said: the proposals that still stand, and why the new ones differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import QuerySet, Sum

from forecasting.models import Decision, Inbound, Location, Product, Proposal, Run, Sale
from forecasting.planning.changes import Between, Change, Past, explained
from forecasting.planning.types import Floats
from forecasting.words import pack

Key = tuple[int, int | None]  # product, place
FRESH = timedelta(days=14)  # a proposal that nobody followed for longer binds nobody
LEAST = 1e-6
BY_COSTS = "The service level follows from what a missed sale and a unit in stock cost."


@dataclass(frozen=True, slots=True)
class Line:
    """What the plan before said of one product in one place, and whether somebody has decided about it since."""

    past: Past
    decided: bool


@dataclass(frozen=True, slots=True)
class Before:
    """The plan before, by product and place."""

    as_of: date
    lines: Mapping[Key, Line]


def read() -> Before | None:
    """Read the newest plan before this one; None for the first."""
    run = Run.objects.order_by("-published_at").first()
    if run is None:
        return None
    decided = set(Decision.objects.filter(proposal__run=run, undone_at=None).values_list("proposal", flat=True))
    rows = Proposal.objects.filter(run=run).exclude(units=None)
    return Before(
        run.as_of, {(one.product_id, one.location_id): Line(past(one), one.pk in decided) for one in rows.iterator()}
    )


def past(proposal: Proposal) -> Past:
    """Read a proposal as what two plans are compared by: its steps by their cause."""
    steps: dict[str, float] = {}
    for step in proposal.passport:
        if step.get("kind") == "add" and step.get("cause"):
            steps[step["cause"]] = steps.get(step["cause"], 0.0) + step["units"]
    known = (np.nan if value is None else value for value in (proposal.units, proposal.interval_days, proposal.level))
    units, days, level = known
    # A level that costs decide moves with the forecast: nobody raised or lowered it.
    found = any(step.get("kind") == "note" and step["label"]["template"] == BY_COSTS for step in proposal.passport)
    return Past(units, steps, days, np.nan if found else level)


def held(
    before: Before | None, products: Sequence[Product], places: Sequence[Location | None] | None, as_of: date
) -> Floats | None:
    """Return the units (n,) that were proposed lately and that nobody has decided about; NaN = none.

    None where no plan is that new.
    """
    if before is None or not timedelta(0) <= as_of - before.as_of <= FRESH:
        return None
    found = np.full(len(products), np.nan)
    for row, (product, place) in enumerate(zip(products, places or [None] * len(products), strict=True)):
        line = before.lines.get((product.pk, None if place is None else place.pk))
        if line is not None and not line.decided and line.past.units > 0:
            found[row] = line.past.units
    return found


def explain(before: Before | None, proposals: Sequence[Proposal], as_of: date) -> None:
    """Write into each proposal what changed since the plan before, and why; proposals are changed in place."""
    if before is None:
        return
    days = float((as_of - before.as_of).days)
    placed = any(proposal.location_id for proposal in proposals)
    window = (before.as_of, as_of)
    sold = _sums(Sale.objects.filter(sold_on__gt=window[0], sold_on__lte=window[1]), placed)
    came = _sums(Inbound.objects.filter(received_on__gt=window[0], received_on__lte=window[1]), placed)
    for proposal in proposals:
        key = (proposal.product_id, proposal.location_id)
        line = before.lines.get(key)
        if line is None or proposal.units is None:
            continue
        happened = Between(sold.get(key, 0.0), came.get(key, 0.0), days)
        change = explained(line.past, past(proposal), happened)
        if change is not None and abs(change.after - change.before) > LEAST:
            proposal.changes = [_kept(change)]


def _sums(rows: QuerySet[Sale] | QuerySet[Inbound], placed: bool) -> dict[Key, float]:
    """Sum units by product, and by place where proposals have one."""
    named = ("product", "location") if placed else ("product",)
    found = rows.values(*named).annotate(total=Sum("units")).order_by()
    return {(row["product"], row.get("location")): row["total"] for row in found}


def _kept(change: Change) -> dict[str, object]:
    """Turn a change into its sentence with its steps, as JSON."""
    steps = [{"label": pack(s.label), "units": round(s.units, 3), "kind": "add"} for s in change.steps]
    return {
        **pack(change.sentence),
        "before": round(change.before, 3),
        "after": round(change.after, 3),
        "steps": steps,
    }
