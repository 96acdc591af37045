"""The lines of the buy list: a proposal, what was decided about it, and what changes as another quantity is typed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from statistics import NormalDist

from forecasting.models import Decision, Order, Policy, Product, Proposal, Run, Supplier
from forecasting.queries.plans import Total
from forecasting.queries.risks import Risk
from forecasting.services import decisions, policies

TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Spread:
    """Demand until the order after this one arrives, as the plan sees it: units, taken as normal.

    late: stock runs out before this order can be here, so what is missed until then is not in mean and sd.
    """

    mean: float
    sd: float
    late: bool = False

    def risk(self, held: float) -> float:
        """Return the chance that demand is more than what is held."""
        return 1 - NormalDist(self.mean, self.sd).cdf(held)


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal as a reader sees it, with the currency its money is counted in.

    pace: mean units a day. since: units that came on order after the plan was computed, which it does not know of.
    """

    proposal: Proposal
    currency: str
    risk: Risk | None = None
    decision: Decision | None = None
    pace: float | None = None
    spread: Spread | None = None
    since: float = 0.0

    @property
    def product(self) -> Product:
        """Return what it proposes to order."""
        return self.proposal.product

    @property
    def held(self) -> float | None:
        """Return what is there and coming, without this order."""
        proposal = self.proposal
        return None if proposal.on_hand is None else proposal.on_hand + (proposal.inbound or 0.0)

    @property
    def units(self) -> float:
        """Return what was decided, else what is proposed."""
        return self.decision.units if self.decision else self.proposal.units or 0.0

    @property
    def unit_cost(self) -> Decimal | None:
        """Return what a unit costs in this order."""
        cost: Decimal | None = self.proposal.unit_cost
        return self.product.unit_cost if cost is None else cost

    @property
    def value(self) -> Decimal | None:
        """Return what the units cost, where that is known."""
        if self.unit_cost is None:
            return None if self.decision else self.proposal.value
        return self.unit_cost * Decimal(str(self.units))

    @property
    def short(self) -> float | None:
        """Return the chance of a stock-out before the order after this one arrives."""
        return None if self.spread is None or self.held is None else self.spread.risk(self.held + self.units)

    @property
    def cover(self) -> float | None:
        """Return the days that stock, what is coming and this order last at the mean forecast."""
        return None if self.held is None or not self.pace else max(0.0, self.held + self.units) / self.pace

    @property
    def undoable(self) -> bool:
        """Tell whether its decision can still be taken back."""
        decided = self.decision
        return decided is not None and (decided.line is None or decided.line.order.state == Order.State.DRAFT)


@dataclass(frozen=True, slots=True)
class Card:
    """One supplier: its total over all pages, and its lines on this page."""

    supplier: Supplier | None
    total: Total
    lines: Sequence[Line]

    @property
    def risky(self) -> int:
        """Count the lines of this page whose product is sold out before its next delivery."""
        return sum(line.risk is not None for line in self.lines)

    @property
    def least(self) -> Decimal | None:
        """Return what the supplier's smallest order is worth, where it has one."""
        return self.supplier.least_value if self.supplier else None

    @property
    def short_of_least(self) -> Decimal | None:
        """Return what the orders of this plan lack to the supplier's smallest order; None where they lack nothing."""
        if not self.least or self.total.value is None or self.total.value >= self.least:
            return None
        return self.least - self.total.value


def cards(lines: Iterable[Line], sums: Mapping[int | None, Total]) -> list[Card]:
    """Put the lines of a page into one card per supplier, in the order they come in."""
    made = []
    for supplier, group in groupby(lines, key=lambda line: line.proposal.supplier_id):
        listed = list(group)
        made.append(Card(listed[0].proposal.supplier, sums.get(supplier, Total()), listed))
    return made


def lines(run: Run, found: Sequence[Proposal], currency: str, risks: Mapping[int, Risk]) -> list[Line]:
    """Dress proposals of a run with decisions, pace, spread and what is on order since; four questions in all."""
    decided = {
        one.proposal_id: one
        for one in Decision.objects.filter(proposal__in=found, undone_at=None).select_related("line__order")
    }
    coming = decisions.on_order(found, run)
    policy = policies.current()
    return [
        Line(
            proposal,
            proposal.product.currency or currency,
            risk.at(proposal.location_id) if (risk := risks.get(proposal.product_id)) else None,
            decided.get(proposal.pk),
            proposal.pace,
            spread(proposal, policy),
            0.0 if proposal.pk in decided else _since(proposal, coming),
        )
        for proposal in found
    ]


def _since(proposal: Proposal, coming: Mapping[tuple[int, int | None], float]) -> float:
    more = coming.get((proposal.product_id, proposal.location_id), 0.0) - (proposal.inbound or 0.0)
    return more if more > TIE else 0.0


def spread(proposal: Proposal, policy: Policy) -> Spread | None:
    """Read demand until the next arrival off the plan: its mean, and the distance to the level it was planned for.

    What is missed before this order arrives needs no stock: it is left out of both. None where the plan tells neither,
    or aims below the mean.
    """
    of_class = getattr(policy, f"level_{proposal.abc.lower()}", None) if proposal.abc else None
    level = proposal.level or proposal.product.service_level or of_class or policy.service_level
    first = next(iter(proposal.passport), None)
    if not first or not first.get("units") or proposal.reorder_point is None or not 0.5 < level < 1:
        return None
    demand, timed = float(first["units"]), _units(proposal, "timing")
    mean = demand - (_missed(proposal, demand) if timed < 0 else 0.0)
    above = float(proposal.reorder_point) + min(timed, 0.0) - mean
    return Spread(mean, above / NormalDist().inv_cdf(level), timed < 0) if above > TIE else None


def _missed(proposal: Proposal, demand: float) -> float:
    """Estimate what is wanted in vain before the order arrives: the wait's part of mean demand, less what is there."""
    if not proposal.interval_days or proposal.arrives_on is None or proposal.order_on is None:
        return 0.0
    waited = min((proposal.arrives_on - proposal.order_on).days / proposal.interval_days, 1.0)
    there = -_units(proposal, "on_hand", "predecessor", "inbound", "transfer")
    return max(0.0, demand * waited - there)


def _units(proposal: Proposal, *causes: str) -> float:
    return sum(float(step["units"] or 0) for step in proposal.passport if step.get("cause") in causes)
