"""What a person makes of proposals: accepted, changed or ignored; undone until the order is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.models import Decision, Inbound, Order, Proposal, Run
from forecasting.models.sales import MOST_UNITS
from forecasting.services import announcements, orders, terms
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import Organisation, User
from tenants.services import audit


class StaleError(Conflict):
    """The plan that was decided about is no longer the newest: the new one counts what has happened since."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one proposal: units None takes it as it is, 0 ignores it; both others want a reason."""

    proposal_id: int
    units: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of choices: the decisions, the orders they went into, and what is on order already."""

    decisions: Sequence[Decision]
    orders: Sequence[Order]
    on_order_already: Sequence[Proposal] = ()


def decide(*, run_id: UUID, choices: Iterable[Choice], organisation: Organisation, by: User) -> Decided:
    """Decide about proposals of the newest plan, and put what is to be ordered into one draft per supplier.

    What came on order after the plan was computed is never ordered again: such proposals are left, and returned.
    Raises StaleError for an older plan, Conflict when any was decided before, Invalid without a needed reason.
    """
    run = _newest(run_id)
    wanted = {choice.proposal_id: choice for choice in choices}
    held = Proposal.objects.select_for_update(of=("self",)).select_related("product", "supplier", "location")
    found = list(held.filter(run=run_id, pk__in=wanted).order_by("pk"))
    if not found or len(found) < len(wanted):
        raise NotFound(_("There is no such proposal."))
    _undecided(found)
    ignored = [proposal for proposal in found if wanted[proposal.pk].units == 0]
    known = _counted(found, run)
    ordered = [proposal for proposal in found if proposal not in ignored and proposal.pk not in known]
    made = [_decision(proposal, wanted[proposal.pk], by) for proposal in (*ordered, *ignored)]
    drafts = _order([one for one in made if one.units > 0], organisation, by)
    Decision.objects.bulk_create(made)
    announcements.decided(made)
    _write_down(made, drafts, by)
    return Decided(made, drafts, [proposal for proposal in found if proposal.pk in known and proposal not in ignored])


def _newest(run_id: UUID) -> Run:
    newest = Run.objects.order_by("-published_at").first()
    if newest is None or newest.pk != run_id:
        raise StaleError(
            _("A newer plan has been published since you opened this page. It counts what has happened since.")
        )
    return newest


def _undecided(found: Sequence[Proposal]) -> None:
    before = Decision.objects.filter(proposal__in=found, undone_at=None).select_related("product").first()
    if before:
        raise Conflict(
            _("%(sku)s was decided already, by %(by)s. Undo that first.") % {"sku": before.product.sku, "by": before.by}
        )


def _counted(found: Sequence[Proposal], run: Run) -> set[int]:
    """Find the proposals of which more is on order by now than the plan knew of."""
    coming = on_order(found, run)
    return {p.pk for p in found if coming.get((p.product_id, p.location_id), 0.0) > (p.inbound or 0.0) + orders.LEAST}


def on_order(found: Sequence[Proposal], run: Run) -> dict[tuple[int, int | None], float]:
    """Sum what is on order now, for each proposal's product: in its place, or in all where it names none."""
    rows = Inbound.objects.filter(terms.on_its_way(run.as_of), product__in={p.product_id for p in found})
    sums: dict[tuple[int, int | None], float] = {}
    for row in rows.values("product", "location").annotate(total=Sum("units")):
        for place in (row["location"], None):
            sums[row["product"], place] = sums.get((row["product"], place), 0.0) + row["total"]
    return sums


def _decision(proposal: Proposal, choice: Choice, by: User) -> Decision:
    proposed = proposal.units or 0.0
    units = proposed if choice.units is None else choice.units
    if not 0 <= units <= MOST_UNITS:
        raise Invalid(_("%(sku)s: this is no quantity that can be ordered.") % {"sku": proposal.product.sku})
    reason = choice.reason.strip()[:300]
    action = _action(proposed, units)
    if action != Decision.Action.ACCEPTED and not reason:
        raise Invalid(_("%(sku)s: say why, so that the plan can learn from it.") % {"sku": proposal.product.sku})
    cost = proposal.unit_cost if proposal.unit_cost is not None else proposal.product.unit_cost
    return Decision(
        proposal=proposal,
        product=proposal.product,
        action=action,
        proposed=proposed,
        units=units,
        unit_cost=cost,
        reason=reason,
        by=by.email,
    )


def _action(proposed: float, units: float) -> Decision.Action:
    if abs(units - proposed) <= orders.LEAST and units > 0:
        return Decision.Action.ACCEPTED
    return Decision.Action.CHANGED if units > 0 else Decision.Action.IGNORED


def _order(made: Sequence[Decision], organisation: Organisation, by: User) -> list[Order]:
    """Put decisions into the drafts of their suppliers, places and currencies; each then knows its line.

    What is made here goes into an order to the own works, open at once.
    """

    def goes_to(one: Decision) -> tuple[bool, int, int, str]:
        proposal = one.proposal
        currency = one.product.currency or organisation.currency
        return proposal.made, 0 if proposal.made else proposal.supplier_id or 0, proposal.location_id or 0, currency

    drafts = []
    for (own_works, _supplier, _location, currency), group in groupby(sorted(made, key=goes_to), key=goes_to):
        decisions = list(group)
        first = decisions[0].proposal
        if own_works:
            order = orders.release(location=first.location, currency=currency, by=by)
        else:
            order = orders.draft(supplier=first.supplier, location=first.location, currency=currency, by=by)
        lines = orders.put(order, [_wish(one) for one in decisions])
        for one in decisions:
            one.line = lines[one.product_id]
        drafts.append(order)
    return drafts


def _wish(one: Decision) -> orders.Wish:
    day = one.proposal.arrives_on or orders.arrival(one.product) or timezone.localdate()
    return orders.Wish(one.product, one.units, one.unit_cost, day)


def _write_down(made: Sequence[Decision], drafts: Sequence[Order], by: User) -> None:
    numbers = ", ".join(order.number for order in drafts)
    for action in Decision.Action:
        told = [
            {"sku": one.product.sku, "proposed": one.proposed, "units": one.units, "reason": one.reason}
            for one in made
            if one.action == action
        ]
        if told:
            audit.record(f"proposals.{action.value}", by=by, target=numbers, count=len(told), lines=told[:200])


def undo(*, decision_id: int, by: User) -> Decision:
    """Open a proposal again, and take what it had put into the draft out of it.

    Raises Conflict once the order was sent, for the supplier counts on it, or the works have reported of it.
    """
    decision = Decision.objects.select_related("line__order", "product").filter(pk=decision_id).first()
    if decision is None:
        raise NotFound(_("There is no such decision."))
    own_works = decision.line is not None and decision.line.order.made
    if decision.line:
        orders.locked(decision.line.order_id, Order.State.SENT if own_works else Order.State.DRAFT)
    if not Decision.objects.filter(pk=decision.pk, undone_at=None).update(undone_at=Now(), undone_by=by.email):
        raise Conflict(_("This was undone already."))
    if decision.line and own_works:
        orders.take_back(decision.line.order, decision.line, decision.units)
    elif decision.line:
        orders.take_out(decision.line, decision.units)
    audit.record("decision.undone", by=by, target=decision.product.sku, action_was=decision.action)
    return decision


def value(decision: Decision) -> Decimal | None:
    """Return what the decided units cost, where the cost is known."""
    return None if decision.unit_cost is None else decision.unit_cost * Decimal(str(decision.units))
