"""The plan-to-actual ledger: proposed → decided → ordered → received → sold, a row for each proposal that was one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from forecasting.models import Decision, Order, Product, ProductForecast, Proposal, Receipt
from forecasting.queries.plans import NO_SUPPLIER
from forecasting.queries.runs import DAYS, TO_ORDER, newest
from forecasting.services.ledger import Course, Gap, split

LEFT = "left"  # nobody decided about it
MOST_ROWS = 5000
SENT = (Order.State.SENT, Order.State.PARTLY, Order.State.RECEIVED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked the ledger for: plans from a day on, of one supplier, with one outcome."""

    since: date
    supplier: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one proposal. Until its day has passed, gap is None; money is None without a cost."""

    proposal: Proposal
    decision: Decision | None
    course: Course
    until: date | None
    measured: bool
    unit_cost: Decimal | None
    currency: str

    @property
    def product(self) -> Product:
        """Return what it was about."""
        return self.proposal.product

    @property
    def action(self) -> str:
        """Name what was made of it: accepted, changed, ignored or left."""
        return self.decision.action if self.decision else LEFT

    @property
    def gap(self) -> Gap | None:
        """Return the gap in units, split by cause."""
        return split(self.course) if self.measured else None

    @property
    def money(self) -> Gap | None:
        """Return the gap in money, at the cost of a unit."""
        return None if self.gap is None or self.unit_cost is None else self.gap.at(self.unit_cost)


def entries(asked: Asked, currency: str) -> list[Entry]:
    """Return what became of the proposals asked for, newest first; eight questions however many there are."""
    found = chosen(asked).order_by("-run__published_at", "product__sku")[:MOST_ROWS]
    return courses(list(found), currency)


def courses(found: Sequence[Proposal], currency: str) -> list[Entry]:
    """Return what became of proposals, in their order."""
    run = newest()
    decided = {d.proposal_id: d for d in _decisions(found)}
    known = run.as_of if run else date.min
    went = _went(decided.values(), {p.pk: p.arrives_on for p in found})
    sold, expected = _sold(found), _expected(found)
    return [
        _entry(proposal, decided.get(proposal.pk), known, went, (expected[at], sold[at]), currency)
        for at, proposal in enumerate(found)
    ]


def chosen(asked: Asked) -> QuerySet[Proposal]:
    """Select decided proposals, and those that nobody decided until a later plan did without them."""
    run = newest()
    mine = Decision.objects.filter(proposal=OuterRef("pk"), undone_at=None)
    later = Proposal.objects.filter(
        Q(location=OuterRef("location")) | Q(location=None),
        TO_ORDER,
        product=OuterRef("product"),
        run__published_at__gt=OuterRef("run__published_at"),
    )
    found = Proposal.objects.filter(run__as_of__gte=asked.since).annotate(decided=Exists(mine), again=Exists(later))
    left = TO_ORDER & Q(decided=False, again=False) & ~Q(run=run)
    found = found.filter(Q(decided=True) | left)
    if asked.action == LEFT:
        found = found.filter(decided=False)
    elif asked.action:
        found = found.filter(Exists(mine.filter(action=asked.action)))
    if asked.supplier == NO_SUPPLIER:
        found = found.filter(supplier=None)
    elif asked.supplier:
        found = found.filter(supplier__code=asked.supplier)
    return found.select_related("product", "supplier", "location", "run")


def _decisions(found: Sequence[Proposal]) -> QuerySet[Decision]:
    return Decision.objects.filter(proposal__in=found, undone_at=None).select_related("line__order")


def _went(decisions: Iterable[Decision], until: dict[int, date | None]) -> dict[int, tuple[float, float]]:
    """Return what was ordered of each decision, and what of that had arrived by its day.

    A line may hold several decisions: each has its share of the line, and of what came.
    """
    made = [d for d in decisions if d.line_id and d.line.order.state in SENT]
    lines = {d.line_id for d in made}
    whole: dict[int, float] = defaultdict(float)
    for line, units in Decision.objects.filter(line__in=lines, undone_at=None).values_list("line", "units"):
        whole[line] += units
    came: dict[int, list[tuple[date, float]]] = defaultdict(list)
    receipts = Receipt.objects.filter(line__in=lines, undone_at=None)
    for line, day, units in receipts.values_list("line", "received_on", "units"):
        came[line].append((day, units))
    found = {}
    for one in made:
        share, last = one.units / whole[one.line_id], until.get(one.proposal_id)
        in_time = sum(units for day, units in came[one.line_id] if last is None or day <= last)
        found[one.proposal_id] = (one.line.units * share, in_time * share)
    return found


SOLD = """
SELECT COALESCE((SELECT sum(s.units) FROM forecasting_sale s WHERE s.product_id = t.product AND s.sold_on > t.since
    AND s.sold_on <= t.until AND (t.place IS NULL OR s.location_id = t.place)), 0)
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) WITH ORDINALITY AS t (product, place, since, until, n)
ORDER BY t.n
"""


def _sold(found: Sequence[Proposal]) -> list[float]:
    columns = [
        [p.product_id for p in found],
        [p.location_id for p in found],
        [p.run.as_of for p in found],
        [p.arrives_on or p.run.as_of for p in found],
    ]
    with connection.cursor() as cursor:
        cursor.execute(SOLD, columns)
        return [float(units) for (units,) in cursor.fetchall()]


def _expected(found: Sequence[Proposal]) -> list[float]:
    """Sum each proposal's mean forecast from its plan until its day of arrival."""
    runs, products = {p.run_id for p in found}, {p.product_id for p in found}
    rows = ProductForecast.objects.filter(run__in=runs, product__in=products).defer("quantiles", "scores")
    means = {(row.run_id, row.product_id, getattr(row, "location_id", None)): row.mean for row in rows}
    sums = []
    for p in found:
        mean = means.get((p.run_id, p.product_id, p.location_id)) or means.get((p.run_id, p.product_id, None)) or []
        days = (p.arrives_on - p.run.as_of).days if p.arrives_on else 0
        sums.append(demand(mean, days / DAYS[p.run.freq]))
    return sums


def demand(mean: Sequence[float], periods: float) -> float:
    """Sum a mean forecast over so many periods; after its end its own average goes on.

    >>> demand([10, 20], 1.5), demand([10, 20], 3)
    (20.0, 45.0)
    """
    if not mean or periods <= 0:
        return 0.0
    whole = min(int(periods), len(mean))
    further = periods - whole
    return float(sum(mean[:whole]) + further * (mean[whole] if whole < len(mean) else sum(mean) / len(mean)))


def _entry(
    proposal: Proposal,
    decision: Decision | None,
    known: date,
    went: dict[int, tuple[float, float]],
    demand_of: tuple[float, float],
    currency: str,
) -> Entry:
    ordered, arrived = went.get(proposal.pk, (0.0, 0.0))
    expected, sold = demand_of
    cost = decision.unit_cost if decision else proposal.unit_cost
    return Entry(
        proposal,
        decision,
        Course(proposal.units or 0.0, decision.units if decision else None, ordered, arrived, expected, sold),
        proposal.arrives_on,
        proposal.arrives_on is not None and proposal.arrives_on <= known,
        proposal.product.unit_cost if cost is None else cost,
        proposal.product.currency or currency,
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """Gaps summed in the firm's own currency; no_money: measured entries that it leaves out."""

    money: Gap
    measured: int
    open: int
    no_money: int


def summed(found: Iterable[Entry], currency: str) -> Sum:
    """Add the gaps of entries up."""
    money, measured, waiting, none = Gap(), 0, 0, 0
    for entry in found:
        if not entry.measured:
            waiting += 1
            continue
        measured += 1
        if entry.money is None or entry.currency != currency:
            none += 1
        else:
            money += entry.money
    return Sum(money, measured, waiting, none)


def default_since(today: date) -> date:
    """Return where the ledger begins unless somebody asks for more: a quarter ago."""
    return today - timedelta(days=91)
