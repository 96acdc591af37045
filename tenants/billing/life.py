"""The life of a subscription: what each event does to it, what it costs, and which letter follows."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from tenants.billing.periods import MONTHS, earned, less, next_boundary
from tenants.tiers import TRIAL_DAYS, TRIAL_TIER, Interval, Tier, price, rank

REMIND_AFTER = (1, 7, 14)  # days since something owed was late or refused
READ_ONLY_AFTER = 30


class Status(StrEnum):
    """Trying, not paying, or paying."""

    TRIAL = "trial"
    FREE = "free"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Account:
    """A subscription at a moment; credit is money given or left over, in net cents, that the next invoice uses."""

    status: Status
    tier: Tier
    interval: Interval = Interval.MONTH
    trial_end: date | None = None
    anchor: date | None = None
    period_start: date | None = None
    period_end: date | None = None
    off_bp: int = 0
    next_tier: Tier | None = None
    next_interval: Interval | None = None
    discount_percent: int = 0
    discount_months: int = 0
    failed_on: date | None = None
    reminded: int = 0
    credit: int = 0

    @property
    def period(self) -> tuple[date, date]:
        """Return the period that is paid for; raises ValueError without one."""
        if self.status != Status.ACTIVE or self.period_start is None or self.period_end is None:
            raise ValueError("nothing is paid for")
        return self.period_start, self.period_end

    @property
    def cost(self) -> int:
        """Return the price of the whole period at the tier of now, after the discount."""
        return less(price(self.tier, self.interval), self.off_bp)

    def unused(self, today: date) -> int:
        """Return what of the period's price belongs to today and the days after."""
        return self.cost - earned(self.cost, *self.period, today)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of an invoice. kind: period, rest (of a period), unused (given back), credit (used) or kept."""

    kind: str
    cents: int
    tier: Tier | None = None
    interval: Interval | None = None
    start: date | None = None
    end: date | None = None
    off_bp: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What an event makes of an account: the account after it, an invoice's lines, sums to give back, letters."""

    account: Account
    charges: tuple[Charge, ...] = ()
    back: int = 0
    letters: tuple[str, ...] = ()


class Refused(ValueError):
    """The event makes no sense now; `why` is a word: unpaid, same, nothing."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def trial(today: date) -> Account:
    """Begin the trial that every firm has once."""
    return Account(Status.TRIAL, TRIAL_TIER, trial_end=today + timedelta(days=TRIAL_DAYS))


def choose(account: Account, tier: Tier, interval: Interval, today: date) -> Step:
    """Choose a tier: up, or from months to a year, at once; down at the end of what is paid for.

    Raises Refused where something is owed that is late ("unpaid"), or nothing would change ("same").
    """
    if account.status != Status.ACTIVE:
        if tier == Tier.FREE:
            return _cancel_trial(account)
        if account.failed_on is not None:
            raise Refused("unpaid")
        return _begin(account, tier, interval, today)
    if (tier, interval) == (account.tier, account.interval):
        if account.next_tier is None:
            raise Refused("same")
        return Step(replace(account, next_tier=None, next_interval=None))
    if tier == Tier.FREE or not is_at_once(account, tier, interval):
        return Step(replace(account, next_tier=tier, next_interval=interval if tier != Tier.FREE else account.interval))
    if account.failed_on is not None:
        raise Refused("unpaid")
    if interval == account.interval and today < account.period[1]:
        return _move_up(account, tier, today)
    lines = _given_back(account, today)
    return _begin(replace(account, next_tier=None, next_interval=None), tier, interval, today, lines)


def is_at_once(account: Account, tier: Tier, interval: Interval) -> bool:
    """Tell whether a choice takes effect at once: a greater tier, or the same for a year instead of months."""
    up = rank(tier) > rank(account.tier)
    return up or (tier == account.tier and interval == Interval.YEAR and account.interval == Interval.MONTH)


def _cancel_trial(account: Account) -> Step:
    if account.status == Status.FREE:
        raise Refused("same")
    return Step(replace(account, status=Status.FREE, tier=Tier.FREE, trial_end=None))


def _begin(account: Account, tier: Tier, interval: Interval, today: date, before: tuple[Charge, ...] = ()) -> Step:
    started = replace(
        account,
        status=Status.ACTIVE,
        tier=tier,
        interval=interval,
        trial_end=None,
        anchor=today,
        period_start=today,
        period_end=next_boundary(today, interval, today),
    )
    return _period(started, before)


def _period(account: Account, before: tuple[Charge, ...] = ()) -> Step:
    """Charge a whole period, with what is left of a discount."""
    months = MONTHS[account.interval]
    given = min(account.discount_months, months)
    left = account.discount_months - given
    percent = account.discount_percent if given else 0
    off_bp = percent * 100 * given // months
    begun = replace(account, off_bp=off_bp, discount_months=left, discount_percent=percent if left else 0)
    start, end = begun.period
    return settle(begun, (*before, Charge("period", begun.cost, begun.tier, begun.interval, start, end, off_bp)))


def _given_back(account: Account, today: date) -> tuple[Charge, ...]:
    start, end = account.period
    since = max(today, start)
    cents = account.unused(since)
    return (Charge("unused", -cents, account.tier, account.interval, since, end, account.off_bp),) if cents else ()


def _move_up(account: Account, tier: Tier, today: date) -> Step:
    start, end = account.period
    since = max(today, start)
    above = replace(account, tier=tier, next_tier=None, next_interval=None)
    rest = Charge("rest", above.unused(since), tier, account.interval, since, end, account.off_bp)
    return settle(above, (*_given_back(account, today), rest))


def settle(account: Account, lines: tuple[Charge, ...]) -> Step:
    """Use credit for what is to be paid, or keep as credit what was given back beyond it: no invoice is negative."""
    total = sum(line.cents for line in lines)
    if total < 0:
        return Step(replace(account, credit=account.credit - total), (*lines, Charge("kept", -total)))
    used = min(account.credit, total)
    if not used:
        return Step(account, lines)
    return Step(replace(account, credit=account.credit - used), (*lines, Charge("credit", -used)))


def roll(account: Account, today: date) -> Step | None:
    """Do the one thing that is due, or None: end a trial, end or renew a period, remind, close to reading."""
    if account.status == Status.TRIAL and account.trial_end is not None and today >= account.trial_end:
        return Step(replace(account, status=Status.FREE, tier=Tier.FREE, trial_end=None), letters=("trial_ended",))
    if account.status == Status.ACTIVE and today >= account.period[1]:
        return _ended(account)
    return remind(account, today)


def _ended(account: Account) -> Step:
    _start, end = account.period
    if account.next_tier == Tier.FREE or account.reminded >= READ_ONLY_AFTER:
        return Step(ended(account), letters=("ended",))
    interval = account.next_interval or account.interval
    moved = replace(
        account,
        tier=account.next_tier or account.tier,
        interval=interval,
        next_tier=None,
        next_interval=None,
        anchor=account.anchor if interval == account.interval else end,
        period_start=end,
    )
    return _period(replace(moved, period_end=next_boundary(moved.anchor or end, interval, end)))


def ended(account: Account) -> Account:
    """Leave nothing of a period; what is owed, given and promised stays."""
    return replace(
        account,
        status=Status.FREE,
        tier=Tier.FREE,
        trial_end=None,
        anchor=None,
        period_start=None,
        period_end=None,
        off_bp=0,
        next_tier=None,
        next_interval=None,
    )


def remind(account: Account, today: date) -> Step | None:
    """Write the letter that is due about something late, or close to reading; None where neither is."""
    if account.failed_on is None:
        return None
    late = (today - account.failed_on).days
    due = [stage for stage in (*REMIND_AFTER, READ_ONLY_AFTER) if account.reminded < stage <= late]
    if not due:
        return None
    # After a long sleep of ours only the newest letter goes out: a burst of reminders helps nobody.
    letter = "read_only" if due[-1] == READ_ONLY_AFTER else f"reminder_{due[-1]}"
    return Step(replace(account, reminded=due[-1]), letters=(letter,))


def failed(account: Account, on: date) -> Account:
    """Remember since when something owed is late or refused; the first day counts."""
    return account if account.failed_on is not None else replace(account, failed_on=on, reminded=0)


def settled(account: Account) -> Account:
    """Forget lateness: everything owed is paid."""
    return replace(account, failed_on=None, reminded=0)


def stop(account: Account, today: date) -> Step:
    """End the period now and give back what of it is unused. Raises Refused when nothing is paid for."""
    if account.status != Status.ACTIVE:
        raise Refused("nothing")
    start, end = account.period
    back = account.unused(max(today, start)) if today < end else 0
    return Step(ended(account), back=back)


def longer(account: Account, days: int, today: date) -> Account:
    """Let a firm try longer, or try again where it pays nothing. Raises Refused for one that pays ("nothing")."""
    if account.status == Status.ACTIVE:
        raise Refused("nothing")
    since = max(account.trial_end or today, today)
    tier = account.tier if account.status == Status.TRIAL else TRIAL_TIER
    return replace(account, status=Status.TRIAL, tier=tier, trial_end=since + timedelta(days=days))


def discounted(account: Account, percent: int, months: int) -> Account:
    """Take some percent off the months that follow the period that runs; it replaces what was given before."""
    if not 0 <= percent <= 100 or months < 0:
        raise ValueError("a discount has 0 to 100 percent and some months")
    kept = percent if months else 0
    return replace(account, discount_percent=kept, discount_months=months if kept else 0)


def monthly(account: Account) -> int:
    """Return what the account brings in a month, in net cents; a year counts a twelfth."""
    if account.status != Status.ACTIVE:
        return 0
    return account.cost // MONTHS[account.interval]
