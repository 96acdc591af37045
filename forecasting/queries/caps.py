"""The plan under a cap on money: what so much buys, best first, and service against capital as the run drew it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from forecasting.models import Decision, Proposal, Run
from forecasting.queries.runs import TO_ORDER, home_money

THOUSAND = 1000.0


@dataclass(frozen=True, slots=True)
class Bought:
    """What so much money buys: the proposals, what they cost, and what of it is spent by decisions already.

    of: all orders; unpriced: those of them that have no cost in the firm's money. Money that was decided on stays
    spent; the rest goes to those that earn most per unit of it.
    """

    money: Decimal
    lines: Sequence[int] = ()
    spent: Decimal = Decimal(0)
    decided: Decimal = Decimal(0)
    of: int = 0
    unpriced: int = 0


def bought(run: Run, cap: Decimal) -> Bought:
    """Buy orders by rank until the money is spent; one that is too dear is passed over for those behind it."""
    chosen, unpriced, n = [], 0, 0
    decided = Decimal(0)
    open_lines: list[tuple[int, Decimal]] = []
    for pk, home, units, taken in _ranked(run).values_list("pk", "home", "units", "taken"):
        n += 1
        if home is None:
            unpriced += 1
        elif taken is None:
            open_lines.append((pk, home))
        else:
            decided += home * Decimal(str(taken / units))
            chosen.append(pk)
    spent = decided
    for pk, home in open_lines:
        if spent + home <= cap:
            chosen.append(pk)
            spent += home
    return Bought(cap, chosen, spent, decided, n, unpriced)


def _ranked(run: Run) -> QuerySet[Proposal]:
    """List a run's orders by rank, each with its cost at home and the units decided on, None while it is open."""
    decisions = Decision.objects.filter(proposal=OuterRef("pk"), undone_at=None)
    return (
        Proposal.objects.filter(TO_ORDER, run=run)
        .annotate(home=home_money(run.organisation.currency), taken=Subquery(decisions.values("units")[:1]))
        .order_by(F("rank").asc(nulls_last=True), "pk")
    )


def everything(run: Run) -> Decimal:
    """Sum what all orders of a run cost in the firm's money; what has no known cost is not counted."""
    return _ranked(run).aggregate(sum=Sum("home"))["sum"] or Decimal(0)


def costs(run: Run, wishes: Mapping[int, float | None]) -> Decimal:
    """Sum what wishes would cost in the firm's money, and what was decided on before; None: as proposed.

    What has no known cost is not counted.
    """
    total = Decimal(0)
    for pk, home, units, taken in _ranked(run).values_list("pk", "home", "units", "taken"):
        if home is None:
            continue
        wanted = taken if taken is not None else wishes.get(pk, 0.0)
        total += home if wanted is None else home * Decimal(str(wanted / units))
    return total


@dataclass(frozen=True, slots=True)
class Curve:
    """Service against capital as orders are bought, best first: money spent, money gained, share of demand delivered.

    at: the point that the plan stands on.
    """

    spent: Sequence[float] = field(default_factory=list)
    gain: Sequence[float] = field(default_factory=list)
    service: Sequence[float] = field(default_factory=list)
    at: int = 0

    @property
    def most(self) -> float:
        """Return the money that everything costs."""
        return self.spent[-1]

    def read(self, name: str, money: float) -> float:
        """Read gain or service at an amount of money, straight between the points."""
        values: Sequence[float] = getattr(self, name)
        right = bisect_right(self.spent, money)
        if right == 0 or right == len(self.spent):
            return values[max(right - 1, 0)]
        left = right - 1
        share = (money - self.spent[left]) / (self.spent[right] - self.spent[left])
        return values[left] + share * (values[right] - values[left])

    def next_thousand(self, money: float) -> float:
        """Return what another 1,000 would earn beyond an amount of money."""
        return self.read("gain", money + THOUSAND) - self.read("gain", money)


def curve(run: Run) -> Curve | None:
    """Read the curve that a run drew; None where it drew none."""
    told: dict[str, Any] = run.summary.get("curve") or {}
    if len(told.get("spent", ())) < 2:
        return None
    return Curve(told["spent"], told["gain"], told["service"], told.get("at", 0))
