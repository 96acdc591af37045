"""What a firm buys, owes and has paid; one transaction each, moved by the rules of tenants.billing.life."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tenants import payments
from tenants.billing import life, vat
from tenants.billing.life import Account, Refused, Status, Step
from tenants.errors import Conflict, Invalid
from tenants.isolation import tenant_scope
from tenants.models import CreditEntry, Invoice, Organisation, Payment, Subscription, User
from tenants.services import audit, invoices, limits, reminders, subscriptions
from tenants.tiers import Interval, Tier

log = logging.getLogger("lagom.billing")
MOST_STEPS = 100  # what a firm can have missed while we slept


@dataclass(frozen=True)
class Summary:
    """What a firm buys and owes. status: trial, free, active, unpaid (something is late) or read_only."""

    tier: str
    interval: str
    status: str
    provider: str
    trial_end: dt.date | None
    period_end: dt.date | None
    next_tier: str
    monthly_cents: int
    credit_cents: int
    unpaid: list[Invoice] = field(default_factory=list)


@dataclass(frozen=True)
class Preview:
    """What a choice would do: at once or from a day on, and the lines and sums of the invoice it makes now."""

    at_once: bool
    from_day: dt.date | None
    lines: tuple[life.Charge, ...]
    net_cents: int
    vat_cents: int


@transaction.atomic
def change_tier(*, organisation: Organisation, tier: str, interval: str, by: User | None, reason: str = "") -> Summary:
    """Go up at once, with proration; go down, or to Free, at the end of what is paid for."""
    wanted, how_often = _named(tier, interval)
    row = subscriptions.of(organisation)
    with tenant_scope(organisation.pk):
        _do(organisation, row, lambda account, today: life.choose(account, wanted, how_often, today))
        told = {"tier": wanted.value, "interval": how_often.value, "next": row.next_tier}
        audit.record("billing.tier_chosen", by=by, target=organisation, reason=reason, **told)
    return summary(organisation)


def preview(*, organisation: Organisation, tier: str, interval: str) -> Preview:
    """Say what a choice would do, and change nothing. Raises Conflict where it cannot be made."""
    step, wanted, _how_often = tried(organisation=organisation, tier=tier, interval=interval)
    row = subscriptions.of(organisation)
    buyer = invoices.buyer_of(organisation, row)
    tax = vat.tax(seller=invoices.seller()["country"], buyer=buyer["country"], vat_id=buyer["vat_id"])
    net = sum(line.cents for line in step.charges)
    at_once = step.account.tier == wanted and step.account.next_tier is None
    return Preview(at_once, None if at_once else step.account.period_end, step.charges, net, tax.on(net))


def tried(*, organisation: Organisation, tier: str, interval: str) -> tuple[Step, Tier, Interval]:
    """Say what our rules make of a choice, and how tier and interval are called; Conflict where it cannot be made."""
    wanted, how_often = _named(tier, interval)
    account, today = subscriptions.account_of(subscriptions.of(organisation)), subscriptions.today_of(organisation)
    return _tried(lambda: life.choose(account, wanted, how_often, today)), wanted, how_often


@transaction.atomic
def extend_trial(*, organisation: Organisation, days: int, by: User | None, reason: str) -> Summary:
    """Let a firm try longer: from the end of its trial, or from today where that is past and nothing is paid."""
    if not 1 <= days <= 366:
        raise Invalid(_("A trial is made longer by 1 to 366 days."))
    row = subscriptions.of(organisation)
    with tenant_scope(organisation.pk):
        _do(organisation, row, lambda account, today: Step(life.longer(account, days, today)))
        audit.record("billing.trial_extended", by=by, target=organisation, reason=reason, days=days)
    return summary(organisation)


@transaction.atomic
def grant_discount(*, organisation: Organisation, percent: int, months: int, by: User | None, reason: str) -> Summary:
    """Take some percent off the months that follow the period that runs."""
    if not (0 <= percent <= 100 and 0 <= months <= 120):
        raise Invalid(_("A discount has 0 to 100 percent and up to 120 months."))
    row = subscriptions.of(organisation)
    with tenant_scope(organisation.pk):
        _do(organisation, row, lambda account, _today: Step(life.discounted(account, percent, months)))
        told = {"percent": percent, "months": months}
        audit.record("billing.discount_granted", by=by, target=organisation, reason=reason, **told)
    return summary(organisation)


@transaction.atomic
def grant_credit(*, organisation: Organisation, cents: int, by: User | None, reason: str) -> Summary:
    """Give net money that the next invoices use up."""
    if cents <= 0:
        raise Invalid(_("A credit is more than nothing."))
    row = subscriptions.of(organisation)
    with tenant_scope(organisation.pk):
        _do(organisation, row, lambda one, _today: Step(replace(one, credit=one.credit + cents)), reason, by)
        audit.record("billing.credit_granted", by=by, target=organisation, reason=reason, cents=cents)
    return summary(organisation)


@transaction.atomic
def book_payment(*, invoice: Invoice, cents: int, on: dt.date, by: User | None, reference: str) -> Payment:
    """Book what came in for an invoice; the same reference twice is booked once."""
    held = Invoice.objects.select_for_update().get(pk=invoice.pk)
    booked = Payment.objects.filter(invoice=held, reference=reference).first() if reference else None
    if booked is not None:
        return booked
    owed = invoices.outstanding(held)
    if not 0 < cents <= owed:
        raise Invalid(_("Of %(number)s %(owed)s EUR are owed.") % {"number": held.number, "owed": f"{owed / 100:.2f}"})
    terms = {"cents": cents, "on": on, "reference": reference, "by": by.email if by else ""}
    made = Payment.objects.create(organisation_id=held.organisation_id, invoice=held, **terms)
    invoices.settle(held)
    organisation = Organisation.objects.filter(pk=held.organisation_id).first()
    if organisation is not None:
        with tenant_scope(organisation.pk):
            forgive(organisation)
            audit.record("billing.payment_booked", by=by, target=held.number, cents=cents, reference=reference)
    return made


def forgive(organisation: Organisation) -> None:
    """Forget that something was late once nothing is; open again what was closed for it."""
    row = subscriptions.of(organisation)
    if _is_ours(row) and row.failed_on is not None and not late_days(organisation):
        subscriptions.keep(row, life.settled(subscriptions.account_of(row)))
        subscriptions.open_again(organisation.pk)


@transaction.atomic
def refund(*, organisation: Organisation, by: User | None, reason: str) -> int:
    """End what is paid for today and take back its unused part by credit notes; return that part in net cents.

    What of it had been paid with credit becomes credit again.
    """
    row, today = subscriptions.of(organisation), subscriptions.today_of(organisation)
    _refuse_others(row)
    with tenant_scope(organisation.pk):
        step = _tried(lambda: life.stop(subscriptions.account_of(row), today))
        left = step.back
        for invoice in invoices.of(organisation).filter(credits=None, net_cents__gt=0):
            taken = -(invoice.credit_notes.aggregate(sum=Sum("net_cents"))["sum"] or 0)
            part = min(left, invoice.net_cents - taken)
            if part > 0:
                invoices.credit(invoice=invoice, net=part, on=today, reason=reason)
                left -= part
        move(organisation, row, replace(step, account=replace(step.account, credit=step.account.credit + left)))
        audit.record("billing.refunded", by=by, target=organisation, reason=reason, cents=step.back)
    forgive(organisation)
    return step.back


def summary(organisation: Organisation) -> Summary:
    """Say what a firm buys and owes."""
    return summaries([organisation])[organisation.pk]


def summaries(organisations: Iterable[Organisation]) -> dict[int, Summary]:
    """Say it of many firms in a few queries, by their ids."""
    firms = list(organisations)
    ids = [firm.pk for firm in firms]
    rows = {row.organisation_id: row for row in Subscription.objects.filter(organisation__in=ids)}
    rows |= subscriptions.begin_each(firm for firm in firms if firm.pk not in rows)
    sums = CreditEntry.objects.filter(organisation_id__in=ids).values("organisation_id").annotate(left=Sum("cents"))
    credit = {row["organisation_id"]: row["left"] for row in sums}
    owed: dict[int, list[Invoice]] = {}
    for invoice in invoices.owed(ids):
        owed.setdefault(invoice.organisation_id, []).append(invoice)
    return {firm.pk: _summed(firm, rows[firm.pk], credit.get(firm.pk, 0), owed) for firm in firms}


def _summed(firm: Organisation, row: Subscription, credit: int, owed: dict[int, list[Invoice]]) -> Summary:
    late = "read_only" if row.reminded >= life.READ_ONLY_AFTER else "unpaid"
    return Summary(
        tier=row.tier,
        interval=row.interval,
        status=row.status if row.failed_on is None else late,
        provider=row.provider,
        trial_end=row.trial_end,
        period_end=row.period_end,
        next_tier=row.next_tier,
        monthly_cents=life.monthly(subscriptions.account_of(row, credit)) if row.status == Status.ACTIVE else 0,
        credit_cents=credit,
        unpaid=owed.get(firm.pk, []),
    )


def advance() -> int:
    """Move every subscription on to the day that it is where its firm is; return how many moved. Safe to repeat."""
    moved = 0
    for organisation in Organisation.objects.filter(subscription__isnull=False).order_by("pk"):
        try:
            moved += advance_one(organisation)
        except Conflict:
            log.info("the subscription of %s moved meanwhile: next time", organisation.pk)
        except Exception:  # one firm's trouble must not keep all others waiting
            log.exception("the subscription of %s could not be moved on", organisation.pk)
    return moved


@transaction.atomic
def advance_one(organisation: Organisation) -> bool:
    """Do all that is due for one firm, one step after the other; True if anything was."""
    row, today = subscriptions.of(organisation), subscriptions.today_of(organisation)
    roll = life.roll if _is_ours(row) else life.remind  # periods of others are theirs to move, letters stay ours
    with tenant_scope(organisation.pk):
        for steps in range(MOST_STEPS):
            account, days = subscriptions.account_of(row), late_days(organisation)
            step = roll(life.failed(account, days[0]) if days else account, today)
            if step is None:
                return steps > 0
            move(organisation, row, step)
    raise RuntimeError(f"the subscription of {organisation.pk} never comes to rest")


def late_days(organisation: Organisation) -> list[dt.date]:
    """List the days on which invoices were due that are owed still, the oldest first."""
    late = invoices.owed([organisation.pk]).filter(due_on__lt=subscriptions.today_of(organisation))
    return list(late.order_by("due_on").values_list("due_on", flat=True))


def _is_ours(row: Subscription) -> bool:
    return not payments.of(row.provider).moves_itself


def _refuse_others(row: Subscription) -> None:
    if not _is_ours(row):
        raise Conflict(_(WHY["elsewhere"]))


def _do(
    organisation: Organisation,
    row: Subscription,
    event: Callable[[Account, dt.date], Step],
    reason: str = "",
    by: User | None = None,
) -> None:
    _refuse_others(row)
    account, today = subscriptions.account_of(row), subscriptions.today_of(organisation)
    move(organisation, row, _tried(lambda: event(account, today)), reason=reason, by=by)


def move(
    organisation: Organisation,
    row: Subscription,
    step: Step,
    *,
    reason: str = "",
    by: User | None = None,
    others: Mapping[str, object] | None = None,
) -> Invoice | None:
    """Write what a step makes: the row, the invoice, the movement of credit, the letters."""
    before, today = subscriptions.credit_of(organisation.pk), subscriptions.today_of(organisation)
    subscriptions.keep(row, step.account, **(others or {}))
    if organisation.tier != row.tier:
        organisation.tier = row.tier
        limits.recount(organisation)
    made = None
    if step.charges:
        on = max(today, row.period_start or today) if step.account.status == Status.ACTIVE else today
        made = invoices.issue(organisation=organisation, row=row, lines=step.charges, on=min(on, today))
    if step.account.credit != before:
        CreditEntry.objects.create(
            organisation_id=organisation.pk,
            cents=step.account.credit - before,
            invoice=made,
            reason=reason,
            by=by.email if by else "",
        )
    if "read_only" in step.letters:
        subscriptions.close_to_reading(organisation.pk)
    letters = (*step.letters, *(["invoice"] if made is not None and made.gross_cents else []))
    for letter in letters:
        reminders.post(organisation, row, letter, made)
    return made


def _named(tier: str, interval: str) -> tuple[Tier, Interval]:
    try:
        return Tier(tier), Interval(interval or "month")
    except ValueError:
        raise Invalid(_("There is no such tier. Choose one from the list.")) from None


def _tried(event: Callable[[], Step]) -> Step:
    try:
        return event()
    except Refused as refused:
        raise Conflict(_(WHY[refused.why])) from None


WHY = {
    "unpaid": gettext_noop("An invoice is late. Pay it first; then you can choose a greater tier."),
    "same": gettext_noop("You have this tier already."),
    "elsewhere": gettext_noop("This firm pays by Stripe. Do it there; what changes there is followed here."),
    "nothing": gettext_noop("This goes with a trial or a paid tier, and the firm has the other."),
}


@transaction.atomic
def keep_details(*, organisation: Organisation, by: User | None, **details: str) -> None:
    """Keep who pays, as it will stand on the next invoice."""
    row = subscriptions.of(organisation)
    with tenant_scope(organisation.pk):
        subscriptions.keep(row, subscriptions.account_of(row), **details)
        audit.record("billing.details_changed", by=by, target=organisation, **details)
