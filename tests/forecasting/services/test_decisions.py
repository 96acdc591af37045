"""From proposals to drafts: decided once, undone until sent, and never ordered a second time."""

import datetime as dt
import threading
from decimal import Decimal

import numpy as np
import pytest
from django.db import connections
from django.utils import timezone

from forecasting import models as rows
from forecasting.services import decisions, orders, terms
from forecasting.services.decisions import Choice, StaleError
from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tests.factories import LocationFactory, ProductFactory, RunFactory, SupplierFactory
from tests.forecasting.published import publish


@pytest.fixture
def plan(in_acme):
    """A published plan: order-000 wants 30, risk-001 wants 70, both of the Mill."""
    return publish()


def proposal(sku):
    return rows.Proposal.objects.select_related("product").get(product__sku=sku)


@pytest.fixture
def decide(acme, bob):
    def decided(run, *choices):
        return decisions.decide(run_id=run.pk, choices=choices, organisation=acme, by=bob)

    return decided


def coming(product):
    """What a run that starts now would count as on its way, by the day it is expected."""
    found = terms.stock([*rows.Product.objects.order_by("pk")], as_of=dt.date(2026, 11, 22))
    row = [p.pk for p in rows.Product.objects.order_by("pk")].index(product.pk)
    return found.inbound_units[found.inbound_row == row].tolist()


def test_accepted_proposals_become_one_draft_for_their_supplier(plan, decide, bob):
    found = decide(plan, Choice(proposal("order-000").pk), Choice(proposal("risk-001").pk))
    (order,) = found.orders
    assert (order.number, order.state, order.currency) == (f"PO-{timezone.localdate().year}-0001", "draft", "EUR")
    lines = {line.product.sku: line for line in rows.OrderLine.objects.select_related("product")}
    assert {sku: line.units for sku, line in lines.items()} == {"order-000": 30, "risk-001": 70}
    assert lines["order-000"].unit_cost == Decimal(10)
    assert lines["order-000"].expected_on == proposal("order-000").arrives_on
    first = rows.Decision.objects.get(product__sku="order-000")
    assert (first.action, first.proposed, first.units, first.by) == ("accepted", 30, 30, bob.email)
    assert first.line == lines["order-000"]
    assert AuditEntry.objects.get(action="proposals.accepted").detail["count"] == 2


def test_changed_and_ignored_proposals_want_a_reason(plan, decide):
    one = proposal("order-000")
    for units in (12, 0):
        with pytest.raises(Invalid, match="say why"):
            decide(plan, Choice(one.pk, units, "  "))
    decide(plan, Choice(one.pk, 12, "The shelf is full"), Choice(proposal("risk-001").pk, 0, "Goes out of the range"))
    made = {d.product.sku: d for d in rows.Decision.objects.select_related("product")}
    assert (made["order-000"].action, made["order-000"].units) == ("changed", 12)
    assert (made["risk-001"].action, made["risk-001"].units, made["risk-001"].line) == ("ignored", 0, None)
    assert rows.OrderLine.objects.get().units == 12


@pytest.mark.parametrize("units", [-1, float("nan"), 1e12])
def test_units_that_nobody_can_order_are_refused(plan, decide, units):
    with pytest.raises(Invalid):
        decide(plan, Choice(proposal("order-000").pk, units, "odd"))


def test_what_was_decided_is_not_decided_again(plan, decide):
    decide(plan, Choice(proposal("order-000").pk))
    with pytest.raises(Conflict, match="decided already"):
        decide(plan, Choice(proposal("order-000").pk))
    assert rows.OrderLine.objects.get().units == 30


def test_a_newer_plan_makes_the_older_one_stale(plan, decide):
    RunFactory()
    with pytest.raises(StaleError, match="newer plan"):
        decide(plan, Choice(proposal("order-000").pk))


def test_a_proposal_of_another_plan_is_not_found(plan, decide):
    old = proposal("order-000").pk
    newer = RunFactory()
    with pytest.raises(NotFound):
        decide(rows.Run.objects.get(pk=newer.pk), Choice(old))


def test_undone_the_proposal_is_open_again_and_nothing_is_on_order(plan, decide, bob):
    one = proposal("order-000")
    made = decide(plan, Choice(one.pk), Choice(proposal("risk-001").pk)).decisions[0]
    decisions.undo(decision_id=made.pk, by=bob)
    assert [line.product.sku for line in rows.OrderLine.objects.select_related("product")] == ["risk-001"]
    assert coming(one.product) == []
    with pytest.raises(Conflict, match="undone already"):
        decisions.undo(decision_id=made.pk, by=bob)
    decide(plan, Choice(one.pk, 31, "One for the window"))
    assert coming(one.product) == [31]


def test_a_sent_order_cannot_be_undone(plan, decide, bob):
    found = decide(plan, Choice(proposal("order-000").pk))
    orders.send(order_id=found.orders[0].pk, by=bob)
    with pytest.raises(Conflict, match="it is sent now"):
        decisions.undo(decision_id=found.decisions[0].pk, by=bob)


def test_every_supplier_currency_and_place_has_a_draft_of_its_own(plan, decide):
    place = LocationFactory(code="SHOP")
    mill = rows.Supplier.objects.get(code="MILL")
    for number, terms_ in enumerate(({"supplier": SupplierFactory()}, {"currency": "USD"}, {"supplier": None})):
        product = ProductFactory(sku=f"more-{number}", unit_cost=1, **{"supplier": mill, **terms_})
        rows.Proposal.objects.create(run=plan, product=product, supplier=product.supplier, units=5, inbound=0)
    shop = ProductFactory(sku="more-shop", supplier=mill)
    rows.Proposal.objects.create(run=plan, product=shop, supplier=mill, location=place, units=5, inbound=0)
    found = decide(plan, *(Choice(p.pk) for p in rows.Proposal.objects.filter(units__gt=0)))
    assert len(found.orders) == 5
    assert len({order.number for order in found.orders}) == 5
    assert rows.Inbound.objects.get(product=shop).location == place


def test_a_draft_is_counted_once_by_the_next_run_and_takes_what_that_adds(plan, decide, acme, bob):
    one = proposal("order-000")
    decide(plan, Choice(one.pk))
    assert coming(one.product) == [30]
    newer = rows.Run.objects.get(pk=RunFactory().pk)
    again = rows.Proposal.objects.create(
        run=newer, product=one.product, supplier=one.supplier, units=8, inbound=30, arrives_on=one.arrives_on
    )
    decide(newer, Choice(again.pk))
    assert rows.OrderLine.objects.get().units == 38
    assert coming(one.product) == [38]


def test_what_came_on_order_while_the_plan_was_computed_is_not_bought_again(plan, decide):
    one, other = proposal("order-000"), proposal("risk-001")
    decide(plan, Choice(one.pk))
    # The newer run had read its data before that decision: it knows of no inbound and proposes the same once more.
    newer = rows.Run.objects.get(pk=RunFactory().pk)
    blind = {"run": newer, "units": 30, "inbound": 0, "supplier": one.supplier}
    again = rows.Proposal.objects.create(product=one.product, **blind)
    fresh = rows.Proposal.objects.create(product=other.product, **blind)
    found = decide(newer, Choice(again.pk), Choice(fresh.pk))
    assert [p.pk for p in found.on_order_already] == [again.pk]
    assert coming(one.product) == [30]
    assert coming(other.product) == [30]


def test_no_number_is_left_out_or_given_twice(plan, bob):
    mill = rows.Supplier.objects.get(code="MILL")
    year = timezone.localdate().year
    rows.Inbound.objects.create(  # the firm's own papers use this one
        order_ref=f"PO-{year}-0002",
        product=ProductFactory(),
        location=LocationFactory(),
        units=1,
        expected_on=dt.date(2026, 12, 1),
    )
    numbers = []
    for currency in ("EUR", "USD", "CNY"):
        order = orders.draft(supplier=mill, location=None, currency=currency, by=bob)
        numbers.append(order.number)
        assert orders.draft(supplier=mill, location=None, currency=currency, by=bob) == order
    assert numbers == [f"PO-{year}-0001", f"PO-{year}-0003", f"PO-{year}-0004"]


def test_two_people_who_accept_the_same_line_order_it_once(committed_db, acme, bob, alice):
    with tenant_scope(acme.pk):
        run = publish()
        pk = proposal("order-000").pk
    start, told = threading.Barrier(2, timeout=20), []

    def accept(person):
        try:
            start.wait()
            with tenant_scope(acme.pk):
                decisions.decide(run_id=run.pk, choices=[Choice(pk)], organisation=acme, by=person)
            told.append("ordered")
        except Conflict:
            told.append("refused")
        finally:
            connections.close_all()

    people = [threading.Thread(target=accept, args=[person]) for person in (bob, alice)]
    for person in people:
        person.start()
    for person in people:
        person.join(30)
    assert sorted(told) == ["ordered", "refused"]
    with tenant_scope(acme.pk):
        assert rows.OrderLine.objects.get().units == 30
        assert np.isclose(rows.Inbound.objects.get().units, 30)
