"""What is to be made is released to the works, reported, counted once, and taken back while nothing was reported."""

import datetime as dt

import pytest
import time_machine

from forecasting.models import Decision, Inbound, Order, Proposal
from forecasting.services import receipts
from tenants.isolation import tenant_scope
from tests.forecasting.makers import furnish
from tests.forecasting.running import run

TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def made(acme):
    with tenant_scope(acme.pk):
        furnish(minutes=3500)
        return run(acme)


def bed(of):
    return Proposal.objects.get(run=of, product__sku="BED")


def test_a_proposal_is_released_reported_and_counted_once(client_for, made, bob, acme):
    with tenant_scope(acme.pk):
        units, pk = bed(made).units, bed(made).pk
        wanted = bed(made).arrives_on
    client = client_for(bob)
    assert f"release:{pk}" in client.get("/production/").content.decode()
    text = client.post("/production/release/", {"do": f"release:{pk}"}, follow=True).content.decode()
    assert "Released: MO-2026-0001" in text and f"release:{pk}" not in text
    with tenant_scope(acme.pk):
        order = Order.objects.get()
        assert (order.made, order.state) == (True, "sent")
        coming = Inbound.objects.get(order_ref="MO-2026-0001")
        assert (coming.units, coming.expected_on) == (units, wanted)
        again = run(acme)
        assert (bed(again).units or 0) < units, "what is in the works is not made twice"
        line = Decision.objects.get().line
        receipts.receive(order_id=order.pk, arrived={line.pk: receipts.Arrived(2, 0)}, received_on=TODAY.date(), by=bob)
        assert Order.objects.get().state == "partly"
    assert "MO-2026-0001" in client.get("/orders/").content.decode()


def test_a_release_is_taken_back_until_something_is_reported(client_for, made, bob, acme, victor):
    client = client_for(bob)
    with tenant_scope(acme.pk):
        pk = bed(made).pk
    assert client_for(victor).post("/production/release/", {"do": f"release:{pk}"}).status_code == 403
    client.post("/production/release/", {"do": f"release:{pk}"})
    with tenant_scope(acme.pk):
        decision = Decision.objects.get().pk
    assert "Taken back" in client.post("/production/release/", {"do": f"undo:{decision}"}, follow=True).content.decode()
    with tenant_scope(acme.pk):
        assert Order.objects.get().state == "cancelled"
        assert not Inbound.objects.filter(order_ref__startswith="MO-").exists()
    client.post("/production/release/", {"do": f"release:{pk}"})
    with tenant_scope(acme.pk):
        first = Decision.objects.get(undone_at=None)
        arrived = {first.line_id: receipts.Arrived(2, 0)}
        receipts.receive(order_id=first.line.order_id, arrived=arrived, received_on=TODAY.date(), by=bob)
    assert client.post("/production/release/", {"do": f"undo:{first.pk}"}).status_code == 409
