"""Subscriptions, invoices and payments in the database, with the clock in our hands."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core import mail
from django.db import ProgrammingError, connection, transaction

from tenants.errors import Conflict, Invalid
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, CreditEntry, Invoice, InvoiceCounter, LimitState, Organisation, Payment
from tenants.services import billing, invoices, limits, subscriptions, usage
from tests.factories import UserFactory, found

pytestmark = pytest.mark.usefixtures("database")
START = dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield lambda day: traveller.move_to(dt.datetime(2026, *day, 10, tzinfo=dt.UTC))


@pytest.fixture
def firm(clock, database):
    return found("Acme", owner=UserFactory(email="alice@acme.example"))


def choose(firm, tier, interval="month"):
    return billing.change_tier(organisation=firm, tier=tier, interval=interval, by=None)


def advance(firm):
    firm.refresh_from_db()
    billing.advance_one(firm)
    firm.refresh_from_db()


def pay(invoice, cents=None, reference="bank-1"):
    cents = invoices.outstanding(invoice) if cents is None else cents
    return billing.book_payment(invoice=invoice, cents=cents, on=dt.date(2026, 4, 20), by=None, reference=reference)


def test_firm_tries_growth_for_a_fortnight_and_then_is_free(firm, clock):
    assert billing.summary(firm).trial_end == dt.date(2026, 4, 15)
    clock((4, 14))
    advance(firm)
    assert firm.tier == "growth"
    clock((4, 15))
    advance(firm)
    advance(firm)
    assert (firm.tier, billing.summary(firm).status) == ("free", "free")


def test_choosing_a_tier_writes_an_invoice_with_vat_and_a_reference(firm):
    seen = choose(firm, "starter")
    (invoice,) = seen.unpaid
    assert (invoice.number, invoice.net_cents, invoice.vat_cents, invoice.gross_cents) == (
        "L2026-00001",
        2900,
        551,
        3451,
    )
    assert (invoice.due_on, seen.monthly_cents, seen.period_end) == (dt.date(2026, 4, 15), 2900, dt.date(2026, 5, 1))
    firm.refresh_from_db()
    assert firm.tier == "starter"
    with tenant_scope(firm.pk):
        assert AuditEntry.objects.filter(action="billing.tier_chosen").count() == 1


def test_upgrade_is_prorated_and_a_downgrade_waits(firm, clock):
    choose(firm, "starter")
    clock((4, 16))
    told = billing.preview(organisation=firm, tier="growth", interval="month")
    assert (told.at_once, told.net_cents) == (True, 4950 - 1450)
    choose(firm, "growth")
    assert Invoice.objects.latest("pk").net_cents == 3500
    assert billing.preview(organisation=firm, tier="starter", interval="month").from_day == dt.date(2026, 5, 1)
    assert choose(firm, "starter").next_tier == "starter"
    for invoice in invoices.owed([firm.pk]):
        pay(invoice)
    clock((5, 1))
    advance(firm)
    assert firm.tier == "starter"
    assert Invoice.objects.latest("pk").net_cents == 2900


def test_renewal_happens_once_however_often_it_is_asked_for(firm, clock):
    choose(firm, "starter", "year")
    pay(Invoice.objects.get())
    with time_machine.travel(dt.datetime(2027, 4, 1, 10, tzinfo=dt.UTC), tick=False):
        for _ in range(3):
            advance(firm)
        assert [row.net_cents for row in Invoice.objects.order_by("pk")] == [29_000, 29_000]


@pytest.mark.django_db
def test_unpaid_invoice_reminds_thrice_then_closes_to_reading_and_payment_opens_again(
    firm, clock, django_capture_on_commit_callbacks
):
    choose(firm, "starter", "year")  # due on 15 April
    seen = []
    for month, day in [(4, 15), (4, 16), (4, 17), (4, 22), (4, 29), (5, 14), (5, 15), (5, 16)]:
        clock((month, day))
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            advance(firm)
            advance(firm)
        seen += [(month, day)] * len(mail.outbox)
    assert seen == [(4, 16), (4, 22), (4, 29), (5, 15)]
    assert firm.state == Organisation.State.READ_ONLY
    assert billing.summary(firm).status == "read_only"
    with pytest.raises(Conflict, match="late"):
        choose(firm, "scale", "year")
    pay(Invoice.objects.get())
    firm.refresh_from_db()
    assert (firm.state, billing.summary(firm).status) == (Organisation.State.ACTIVE, "active")


def test_payment_is_booked_once_by_its_reference_and_never_beyond_what_is_owed(firm):
    choose(firm, "starter")
    invoice = Invoice.objects.get()
    assert pay(invoice, 1000).pk == pay(invoice, 1000).pk
    with pytest.raises(Invalid, match=r"24\.51"):
        pay(invoice, 3451, "bank-2")
    pay(invoice, 2451, "bank-2")
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.PAID


def test_credit_and_discount_lower_the_next_invoices(firm, clock):
    billing.grant_credit(organisation=firm, cents=1000, by=None, reason="sorry")
    billing.grant_discount(organisation=firm, percent=50, months=1, by=None, reason="hello")
    choose(firm, "starter")
    assert Invoice.objects.get().net_cents == 450
    assert billing.summary(firm).credit_cents == 0


def test_refund_takes_back_what_is_unused_and_gives_used_credit_back(firm, clock):
    billing.grant_credit(organisation=firm, cents=2000, by=None, reason="sorry")
    choose(firm, "starter")
    clock((4, 16))
    assert billing.refund(organisation=firm, by=None, reason="left") == 1450
    note = Invoice.objects.latest("pk")
    assert (note.net_cents, note.vat_cents, note.credits.number) == (-900, -171, "L2026-00001")
    assert billing.summary(firm).credit_cents == 550
    firm.refresh_from_db()
    assert firm.tier == "free"
    assert Invoice.objects.earliest("pk").state == Invoice.State.VOID


def test_trial_is_made_longer_by_hand(firm):
    told = billing.extend_trial(organisation=firm, days=10, by=None, reason="holiday")
    assert told.trial_end == dt.date(2026, 4, 25)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE tenants_invoice SET net_cents = 1, gross_cents = 1 + vat_cents", "DELETE FROM tenants_invoice"]
    + ["UPDATE tenants_payment SET cents = 1", "DELETE FROM tenants_payment", "DELETE FROM tenants_creditentry"],
)
def test_what_is_written_about_money_stands(firm, statement):
    billing.grant_credit(organisation=firm, cents=10, by=None, reason="x")
    choose(firm, "starter")
    pay(Invoice.objects.get(), 10)
    with pytest.raises(ProgrammingError, match=r"never changed|stays written"), transaction.atomic():
        connection.cursor().execute(statement)


def test_reverse_charge_needs_an_id_of_the_buyers_country(firm):
    row = subscriptions.of(firm)
    subscriptions.keep(row, subscriptions.account_of(row), billing_country="FR", vat_id="FR83404833048")
    choose(firm, "starter")
    invoice = Invoice.objects.get()
    assert (invoice.vat_rule, invoice.vat_cents, invoice.gross_cents) == ("reverse_charge", 0, 2900)


def test_a_change_made_from_an_old_look_is_refused(firm):
    row, same = subscriptions.of(firm), subscriptions.of(firm)
    subscriptions.keep(row, subscriptions.account_of(row))
    with pytest.raises(Conflict):
        subscriptions.keep(same, subscriptions.account_of(same))


# ── Limits ──


def test_limit_warns_once_gives_31_days_and_then_counts_what_is_too_much(
    firm, clock, django_capture_on_commit_callbacks
):
    Organisation.objects.filter(pk=firm.pk).update(tier="free")
    firm.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        limits.count(firm, products=39)
        assert not mail.outbox
        limits.count(firm, products=40)
        limits.count(firm, products=60)
    assert len([one for one in mail.outbox if "limit" in one.subject]) == 1
    used = {one.name: one for one in limits.use(firm)}["products"]
    assert (used.used, used.allowed, used.grace_until) == (60, 50, dt.date(2026, 5, 2))
    clock((5, 1))
    assert limits.excess(firm, "products") == 0
    clock((5, 2))
    assert limits.excess(firm, "products") == 10
    limits.count(firm, products=50)
    assert limits.excess(firm, "products") == 0


def test_the_one_place_that_every_firm_has_is_no_reason_to_warn(firm, django_capture_on_commit_callbacks):
    Organisation.objects.filter(pk=firm.pk).update(tier="free")
    firm.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        limits.count(firm, locations=1)
        assert not mail.outbox
        assert not next(one for one in limits.use(firm) if one.name == "locations").near
        limits.count(firm, locations=2)
    assert len(mail.outbox) == 1


def test_grace_begins_when_the_tier_shrinks(firm, clock):
    limits.count(firm, products=800)
    assert LimitState.objects.get(name="products").over_since is None
    clock((4, 15))
    advance(firm)
    assert LimitState.objects.get(name="products").over_since == dt.date(2026, 4, 15)


# ── Many at once ──


def test_numbers_have_no_gap_and_no_twin_with_threads_some_of_which_fail(committed_db):
    with time_machine.travel(START):
        firms = [found(f"Firm {n}") for n in range(12)]
        for firm in firms:
            billing.summary(firm)

    def buy(n, firm):
        try:
            with transaction.atomic():
                billing.change_tier(organisation=firm, tier="starter", interval="month", by=None)
                if n % 3 == 0:
                    raise RuntimeError("and all is undone")
        except RuntimeError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=pair) for pair in enumerate(firms)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    numbers = sorted(Invoice.objects.values_list("sequence", flat=True))
    assert numbers == list(range(1, 9))
    assert InvoiceCounter.objects.get().last == 8
    assert not CreditEntry.objects.exists()
    assert not Payment.objects.exists()


def test_of_calls_at_the_edge_of_the_day_exactly_as_many_pass_as_are_left(committed_db):
    firm, together = found("Edge"), threading.Barrier(8, timeout=30)

    def call(_n):
        try:
            together.wait()
            counted = []
            for _ in range(5):
                with tenant_scope(firm.pk):
                    counted.append(usage.count(usage.CALLS))
            return counted
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        counted = [n for numbers in pool.map(call, range(8)) for n in numbers]
    assert sorted(counted) == list(range(1, 41)), "each call has a number of its own: of 40, 25 are within 25"


def test_of_counts_at_once_one_writes_the_letter(committed_db):
    firm, together = found("Edge", owner=UserFactory()), threading.Barrier(8, timeout=30)

    def count(_n):
        try:
            together.wait()
            with tenant_scope(firm.pk):
                limits.count(firm, products=9_000)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    assert len([one for one in mail.outbox if "limit" in one.subject]) == 1
