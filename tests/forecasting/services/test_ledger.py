"""The ledger: every gap falls into parts that add up to it, and each cause stands where it belongs."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting import models as rows
from forecasting.queries import ledger
from forecasting.services import decisions, orders, receipts
from forecasting.services.decisions import Choice
from forecasting.services.ledger import Course, Gap, exact, split
from forecasting.services.receipts import Arrived
from tenants.isolation import tenant_scope
from tests.factories import RunFactory, SaleFactory
from tests.forecasting.published import MONDAY, publish

UNITS = st.integers(0, 10**10).map(lambda thousandths: thousandths / 1000)
COSTS = st.decimals(0, 10_000, places=4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(UNITS, st.none() | UNITS, UNITS, UNITS, UNITS, UNITS, COSTS)
def test_parts_add_up_to_the_gap_exactly(proposed, decided, ordered, arrived, expected, sold, cost):
    course = Course(proposed, decided, ordered, arrived, expected, sold)
    gap = split(course)
    whole = exact(arrived) - exact(proposed) + exact(expected) - exact(sold)
    assert gap.total == whole
    money = gap.at(cost)
    assert money.total == money.override + money.not_followed + money.lead_time + money.forecast == whole * cost


@pytest.mark.parametrize(
    ("course", "parts"),
    [
        (Course(30, 30, 30, 30, 20, 20), Gap()),
        (Course(30, 24, 24, 24, 20, 20), Gap(override=Decimal(-6))),
        (Course(30, 0, 0, 0, 20, 20), Gap(not_followed=Decimal(-30))),
        (Course(30, None, 0, 0, 20, 20), Gap(not_followed=Decimal(-30))),
        (Course(30, 24, 0, 0, 20, 20), Gap(override=Decimal(-6), not_followed=Decimal(-24))),
        (Course(30, 30, 30, 12, 20, 20), Gap(lead_time=Decimal(-18))),
        (Course(30, 30, 30, 33, 20, 25), Gap(lead_time=Decimal(3), forecast=Decimal(-5))),
    ],
)
def test_each_cause_stands_where_it_belongs(course, parts):
    assert split(course) == parts


@pytest.fixture
def plan(in_acme):
    """A plan as of Sunday; 14 a week are expected, order-000 should be there a week later."""
    return publish()


@pytest.fixture
def later(plan):
    """A newer run that knows all of the week after."""

    def made(**fields):
        return rows.Run.objects.get(pk=RunFactory(as_of=dt.date(2026, 11, 29), **fields).pk)

    return made


def entries(**asked):
    return {e.product.sku: e for e in ledger.entries(ledger.Asked(dt.date(2026, 1, 1), **asked), "EUR")}


def decide(acme, bob, plan, **choices):
    pks = dict(rows.Proposal.objects.filter(units__gt=0).values_list("product__sku", "pk"))
    made = [Choice(pks[sku.replace("_", "-")], *said) for sku, said in choices.items()]
    return decisions.decide(run_id=plan.pk, choices=made, organisation=acme, by=bob)


def test_a_followed_proposal_is_told_from_order_to_sale(acme, bob, plan, later):
    (order,) = decide(acme, bob, plan, order_000=(24.0, "Two cartons")).orders
    orders.send(order_id=order.pk, by=bob)
    line = rows.OrderLine.objects.get()
    receipts.receive(order_id=order.pk, arrived={line.pk: Arrived(20, 0)}, received_on=MONDAY, by=bob)
    day = MONDAY + dt.timedelta(9)  # too late for the day on which it should have been there
    rows.Receipt.objects.create(line=line, units=4, received_on=day, by="bob")
    SaleFactory(product=line.product, units=10, sold_on=MONDAY + dt.timedelta(2))
    assert not entries()["order-000"].measured
    later()
    entry = entries()["order-000"]
    # 7 days of 14 a week and one day of the next week are expected: 14 + 2 until Monday, inclusive
    assert entry.course == Course(30, 24, 24, 20, 16, 10)
    assert entry.gap == Gap(Decimal(-6), Decimal(0), Decimal(-4), Decimal(6))
    assert entry.money == Gap(Decimal(-60), Decimal(0), Decimal(-40), Decimal(60))


def test_a_draft_that_was_never_sent_was_not_followed(acme, bob, plan, later):
    decide(acme, bob, plan, order_000=())
    later()
    assert entries()["order-000"].gap.not_followed == -30


def test_what_nobody_decided_counts_once_a_later_plan_does_without_it(acme, plan, later):
    assert entries() == {}
    newer = later()
    product = rows.Product.objects.get(sku="risk-001")
    rows.Proposal.objects.create(run=newer, product=product, units=70, inbound=0)
    found = entries()
    assert set(found) == {"order-000"}, "risk-001 is proposed again: it is the same proposal"
    assert (found["order-000"].action, found["order-000"].gap.not_followed) == ("left", -30)


def test_filters_narrow_the_ledger(acme, bob, plan, later):
    decide(acme, bob, plan, order_000=(), risk_001=(0.0, "Goes out"))
    later()
    assert set(entries(action="ignored")) == {"risk-001"}
    assert set(entries(supplier="MILL")) == {"order-000", "risk-001"}
    assert entries(supplier="NOBODY") == {}
    assert ledger.entries(ledger.Asked(dt.date(2027, 1, 1)), "EUR") == []


def test_money_of_entries_without_a_cost_is_left_out_and_counted(acme, bob, plan, later):
    decide(acme, bob, plan, order_000=(0.0, "no"), risk_001=(0.0, "no"))
    later()
    total = ledger.summed(entries().values(), "EUR")
    assert (total.measured, total.no_money) == (2, 1)
    assert total.money.not_followed == -300


def test_the_page_and_its_file_tell_the_same(client_for, acme, bob, victor, rival, charlie):
    with tenant_scope(acme.pk):
        run = publish()
        decide(acme, bob, run, order_000=(0.0, "=1+1"))
        RunFactory(as_of=dt.date(2026, 11, 29))
    page = client_for(victor).get("/orders/ledger/").content.decode()
    assert "Order 000" in page and "Ignored" in page and "-€300.00" in page
    answer = client_for(victor).get("/orders/ledger.csv?action=ignored")
    (line,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line["SKU"], line["Not followed"], line["Not followed (money)"]) == ("order-000", "-30", "-300")
    assert line["Reason"] == "'=1+1"
    assert client_for(victor).get("/orders/ledger.exe").status_code == 404
    assert "Order 000" not in client_for(charlie).get("/orders/ledger/").content.decode()


def test_the_ledger_asks_a_bounded_number_of_questions(acme, bob, plan):
    with CaptureQueriesContext(connection) as asked:
        entries()
    assert len(asked) <= 8
