"""Every order of what can happen to a subscription: invoices are what was used, less credit, to the cent.

The reckoning is not that of tenants.billing: it has a list of prices of its own, fractions instead of running sums of
whole numbers, dateutil's calendar, and its own count of discounted months. Of the account it reads alone which tier is
in force in which period; day by day it asks what that day costs.
"""

import contextlib
import datetime as dt
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenants.billing import life
from tenants.billing.life import Account, Refused, Status
from tenants.tiers import Interval, Tier, price, rank

EVENTS = ("start", "upgrade", "downgrade", "fail", "pay", "cancel", "refund")
ORDERS = list(itertools.permutations(EVENTS))
ZONES = ("Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Shanghai", "America/New_York")
DAY = dt.timedelta(days=1)


PRICES = {"starter": 29, "growth": 99, "scale": 299}  # euros a month, net: product.md's table


def to_the_cent(exact):
    """Round halves up; nothing here is below zero."""
    return int(exact + Fraction(1, 2))


@dataclass
class Period:
    """What a whole period costs, by a reckoning of our own."""

    start: date
    end: date
    months: int
    off: Fraction  # of the price

    def whole(self, tier):
        full = PRICES[tier.value] * 100 * (10 if self.months == 12 else 1)
        return full - to_the_cent(full * self.off)  # the firm gets the half cent

    def until(self, tier, day):
        return to_the_cent(Fraction(self.whole(tier) * (day - self.start).days, (self.end - self.start).days))


@dataclass
class Told:
    """A subscription lived day by day, and what was written down about it."""

    account: Account
    today: date
    invoiced: int = 0
    back: int = 0
    given: int = 0  # credit from outside
    discount: tuple = (0, 0)  # percent, months left, by the reckoning
    period: Period | None = None
    chain: tuple = ()  # months of a period, and the first day of the first
    used_up: int = 0  # by the reckoning
    letters: list = field(default_factory=list)

    def take(self, step):
        self.invoiced += sum(line.cents for line in step.charges)
        assert not step.charges or sum(line.cents for line in step.charges) >= 0, "an invoice is never negative"
        assert step.account.credit >= 0
        self.back += step.back
        self.letters += step.letters
        self.account = step.account
        self.reckon(begun=any(line.kind == "period" for line in step.charges))

    def reckon(self, *, begun):
        """Follow the periods: they touch each other, end by the calendar, and use up the discount's months."""
        if self.account.status != Status.ACTIVE:
            self.period = None
            return
        start, end = self.account.period
        if not begun:
            assert (start, end) == (self.period.start, self.period.end), "a period stays as it was paid for"
            return
        months = 12 if self.account.interval == Interval.YEAR else 1
        follows = self.period is not None and start == self.period.end
        assert follows or start == self.today, "a period begins today, or where the last one ended"
        self.chain = self.chain if follows and self.chain[0] == months else (months, start)
        ends = (self.chain[1] + relativedelta(months=months * n) for n in range(1, 99))
        assert end == next(day for day in ends if day > start)
        percent, left = self.discount
        given = min(left, months)
        self.discount = (percent, left - given)
        # A discount is kept in hundredths of a percent, rounded down.
        self.period = Period(start, end, months, Fraction(percent * 100 * given // months, 10_000))

    def until(self, day):
        """Let the days pass, counting what each of them costs by the tier in force at its end."""
        while self.today < day:
            self.roll()
            if self.account.status == Status.ACTIVE:
                tier = self.account.tier
                assert self.period.start <= self.today < self.period.end
                self.used_up += self.period.until(tier, self.today + DAY) - self.period.until(tier, self.today)
            self.today += DAY
        self.roll()

    def roll(self):
        for _ in range(50):
            if (step := life.roll(self.account, self.today)) is None:
                return
            self.take(step)
        raise AssertionError("it never comes to rest")

    def prepaid(self):
        tier = self.account.tier
        return self.period.whole(tier) - self.period.until(tier, self.today) if self.period else 0


def other(tier, up):
    ranked = [t for t in Tier if t != Tier.FREE and (rank(t) > rank(tier) if up else rank(t) < rank(tier))]
    return ranked[0] if ranked else None


def do(told, event, interval):
    account = told.account
    if event == "start":
        told.take(life.choose(account, Tier.STARTER, interval, told.today))
    elif event in ("upgrade", "downgrade"):
        tier = other(account.tier, event == "upgrade")
        if tier is not None and account.status == Status.ACTIVE:
            told.take(life.choose(account, tier, interval, told.today))
    elif event == "fail":
        told.account = life.failed(account, told.today)
    elif event == "pay":
        told.account = life.settled(account)
    elif event == "cancel":
        told.take(life.choose(account, Tier.FREE, interval, told.today))
    else:
        told.take(life.stop(account, told.today))


def assert_adds_up(told):
    """Invoices − credit notes = days used + days paid ahead − credit given + credit left."""
    credit_used = told.given - told.account.credit
    assert told.invoiced - told.back == told.used_up + told.prepaid() - credit_used


MOMENTS = st.datetimes(datetime(2023, 12, 1), datetime(2024, 3, 2), timezones=st.just(UTC))


@settings(max_examples=400, deadline=None)
@given(
    order=st.sampled_from(ORDERS),
    moment=MOMENTS,
    zone=st.sampled_from(ZONES),
    gaps=st.lists(st.integers(0, 70), min_size=7, max_size=7),
    intervals=st.lists(st.sampled_from(Interval), min_size=7, max_size=7),
    discount=st.tuples(st.integers(0, 100), st.integers(0, 14)),
    credit=st.integers(0, 12_000),
)
@example(
    order=EVENTS,
    moment=datetime(2024, 1, 31, 12, tzinfo=UTC),
    zone="Europe/Berlin",
    gaps=[29, 1, 31, 0, 1, 3, 2],
    intervals=[Interval.MONTH] * 7,
    discount=(33, 3),
    credit=1234,
)
def test_invoices_are_periods_used_less_credit_in_every_order(order, moment, zone, gaps, intervals, discount, credit):
    today = moment.astimezone(ZoneInfo(zone)).date()
    told = Told(life.trial(today), today, given=credit, discount=discount)
    told.account = life.discounted(life.replace(told.account, credit=credit), *discount)
    for event, gap, interval in zip(order, gaps, intervals, strict=True):
        with contextlib.suppress(Refused):
            do(told, event, interval)
        assert_adds_up(told)
        moment += dt.timedelta(days=gap, hours=gap % 24)
        told.until(max(told.today, moment.astimezone(ZoneInfo(zone)).date()))
        assert_adds_up(told)


def test_every_one_of_the_5040_orders_adds_up_across_a_leap_february():
    for n, order in enumerate(ORDERS):
        told = Told(life.trial(date(2024, 1, 20)), date(2024, 1, 20))
        for event in order:
            with contextlib.suppress(Refused):
                do(told, event, Interval.YEAR if n % 3 == 0 else Interval.MONTH)
            told.until(told.today + (7 + n % 5) * DAY)
        told.until(told.today + 5 * DAY)
        assert_adds_up(told)


def test_what_is_used_is_exactly_what_was_invoiced_once_the_firm_has_left():
    told = Told(life.trial(date(2025, 1, 31)), date(2025, 1, 31))
    do(told, "start", Interval.MONTH)
    told.until(date(2025, 2, 10))
    do(told, "upgrade", Interval.MONTH)
    do(told, "cancel", Interval.MONTH)
    told.until(date(2025, 3, 5))
    assert told.account.status == Status.FREE
    # 28 days from 31 Jan to 28 Feb: 10 of Starter (2900·10/28 = 1035.7), 18 of Growth (9900·18/28 = 6364.3)
    assert told.invoiced == told.used_up == 1036 + 6364


# ── By hand ──


def paying(tier=Tier.STARTER, interval=Interval.MONTH, today=date(2026, 4, 1)):
    return life.choose(life.trial(today), tier, interval, today).account


def test_trial_is_fourteen_days_of_growth_and_then_free():
    account = life.trial(date(2026, 2, 20))
    assert (account.tier, account.trial_end) == (Tier.GROWTH, date(2026, 3, 6))
    assert life.roll(account, date(2026, 3, 5)) is None
    step = life.roll(account, date(2026, 3, 6))
    assert (step.account.status, step.account.tier, step.letters) == (Status.FREE, Tier.FREE, ("trial_ended",))


def test_a_year_costs_ten_months_and_ends_a_year_later():
    step = life.choose(life.trial(date(2024, 2, 29)), Tier.SCALE, Interval.YEAR, date(2024, 2, 29))
    assert [line.cents for line in step.charges] == [299_000]
    assert step.account.period_end == date(2025, 2, 28)


def test_an_upgrade_in_the_middle_of_april_costs_half_of_the_difference():
    step = life.choose(paying(), Tier.GROWTH, Interval.MONTH, date(2026, 4, 16))
    assert [(line.kind, line.cents) for line in step.charges] == [("unused", -1450), ("rest", 4950)]
    assert step.account.tier == Tier.GROWTH


def test_a_downgrade_waits_for_the_end_of_the_period_and_can_be_taken_back():
    step = life.choose(paying(Tier.GROWTH), Tier.STARTER, Interval.MONTH, date(2026, 4, 16))
    assert (step.account.tier, step.account.next_tier, step.charges) == (Tier.GROWTH, Tier.STARTER, ())
    assert life.choose(step.account, Tier.GROWTH, Interval.MONTH, date(2026, 4, 17)).account.next_tier is None
    rolled = life.roll(step.account, date(2026, 5, 1))
    assert (rolled.account.tier, [line.cents for line in rolled.charges]) == (Tier.STARTER, [2900])


def test_going_from_a_year_to_a_greater_tier_by_the_month_keeps_what_is_left_over_as_credit():
    step = life.choose(paying(Tier.GROWTH, Interval.YEAR), Tier.SCALE, Interval.MONTH, date(2026, 4, 1))
    assert [(line.kind, line.cents) for line in step.charges] == [
        ("unused", -99_000),
        ("period", 29_900),
        ("kept", 69_100),
    ]
    assert step.account.credit == 69_100
    rolled = life.roll(step.account, date(2026, 5, 1))
    assert sum(line.cents for line in rolled.charges) == 0


def test_a_discount_holds_for_its_months_and_no_longer():
    account, paid = life.discounted(paying(), 50, 3), []
    for month in (5, 6, 7, 8):
        step = life.roll(account, date(2026, month, 1))
        account, paid = step.account, [*paid, step.charges[0].cents]
    assert paid == [1450, 1450, 1450, 2900]


def test_three_months_off_a_year_are_a_quarter_of_the_discount():
    account = life.discounted(life.trial(date(2026, 1, 1)), 40, 3)
    step = life.choose(account, Tier.GROWTH, Interval.YEAR, date(2026, 1, 1))
    assert step.charges[0].cents == 89_100  # 10 % of 990.00
    assert step.account.discount_months == 0


def test_reminders_come_on_days_1_7_14_and_reading_alone_from_day_30():
    account, seen = life.failed(paying(), date(2026, 4, 2)), []
    for day in range(1, 29):
        while step := life.roll(account, date(2026, 4, 2) + day * DAY):
            account, seen = step.account, [*seen, *((day, letter) for letter in step.letters)]
    assert seen == [(1, "reminder_1"), (7, "reminder_7"), (14, "reminder_14")]
    assert life.roll(account, date(2026, 5, 1)).charges, "a new month begins while only reminded"
    late = life.failed(paying(Tier.STARTER, Interval.YEAR), date(2026, 4, 2))
    step = life.roll(late, date(2026, 5, 2))
    assert step.letters == ("read_only",), "after a long sleep one letter, not four"
    assert life.roll(step.account, date(2026, 6, 2)) is None


def test_no_new_period_begins_for_a_firm_that_can_only_read():
    account = life.roll(life.failed(paying(), date(2026, 3, 20)), date(2026, 4, 19)).account
    assert account.reminded == 30
    ended = life.roll(account, date(2026, 5, 1))
    assert (ended.account.status, ended.charges, ended.account.reminded) == (Status.FREE, (), 30)


@pytest.mark.parametrize(("tier", "interval"), [(Tier.GROWTH, Interval.MONTH), (Tier.STARTER, Interval.YEAR)])
def test_who_owes_cannot_go_up(tier, interval):
    with pytest.raises(Refused, match="unpaid"):
        life.choose(life.failed(paying(), date(2026, 4, 3)), tier, interval, date(2026, 4, 5))


def test_choosing_what_one_has_is_refused():
    with pytest.raises(Refused, match="same"):
        life.choose(paying(), Tier.STARTER, Interval.MONTH, date(2026, 4, 5))


def test_a_trial_can_be_made_longer_and_a_paid_tier_not():
    assert life.longer(life.trial(date(2026, 4, 1)), 7, date(2026, 4, 3)).trial_end == date(2026, 4, 22)
    with pytest.raises(Refused):
        life.longer(paying(), 7, date(2026, 4, 3))


def test_monthly_revenue_of_a_year_is_its_twelfth_and_of_a_trial_nothing():
    assert life.monthly(paying(Tier.GROWTH, Interval.YEAR)) == price(Tier.GROWTH, Interval.YEAR) // 12
    assert life.monthly(life.trial(date(2026, 4, 1))) == 0
