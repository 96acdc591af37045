"""What programs read of how plans went: what is to be moved, what became of proposals, the replays that were made."""

import datetime as dt

import pytest

from forecasting.models import Proposal, Transfer
from tenants.isolation import tenant_scope
from tests.factories import LocationFactory, ProductFactory, ReplayFactory
from tests.forecasting.published import publish

DAY = dt.date(2026, 11, 24)


@pytest.fixture
def run(acme):
    with tenant_scope(acme.pk):
        return publish()


@pytest.fixture
def key(acme, key_for):
    return key_for(acme)


def results(answer):
    assert answer.status == 200, answer.content
    return answer.said["results"]


def test_what_is_to_be_moved_is_told_with_its_way_and_why(call, acme, rival, key, key_for, run):
    with tenant_scope(acme.pk):
        near, far = LocationFactory(code="FOSHAN"), LocationFactory(code="LA")
        Transfer.objects.create(
            run=run, product=ProductFactory(sku="MOVED"), origin=near, destination=far, units=40, send_on=DAY,
            arrives_on=DAY + dt.timedelta(days=32), reason={"template": "%(n)d too many there", "values": {"n": 40}},
        )  # fmt: skip
    told = {"sku": "MOVED", "from_location": "FOSHAN", "to_location": "LA", "units": 40, "send_on": "2026-11-24"}
    expected = {**told, "arrives_on": "2026-12-26", "why": "40 too many there"}
    assert results(call(key, "GET", "transfers")) == results(call(key, "GET", "transfers?sku=MOVED")) == [expected]
    assert results(call(key, "GET", "transfers?sku=order-000")) == []
    assert call(key_for(rival), "GET", "transfers").status == 404  # no plan yet


def test_the_ledger_tells_what_became_of_each_proposal(call, acme, key, run):
    call(key, "POST", "plan/order-000/accept")
    (line,) = results(call(key, "GET", "ledger?since=2000-01-01"))
    assert (line["sku"], line["outcome"], line["ordered"], line["gap"]) == ("order-000", "accepted", 0, None)
    assert line["proposed"] == line["decided"] > 0
    assert results(call(key, "GET", "ledger?since=2000-01-01&outcome=ignored")) == []
    with tenant_scope(acme.pk):  # its day has come
        Proposal.objects.filter(product__sku="order-000").update(arrives_on=run.as_of)
    (line,) = results(call(key, "GET", "ledger?since=2000-01-01&outcome=accepted"))
    gap, money = line["gap"], line["money"]
    assert gap["total"] == pytest.approx(sum(gap[name] for name in gap if name != "total"))
    assert (gap["not_followed"], gap["override"]) == (-line["proposed"], 0)  # decided, but its order was never sent
    assert float(money["total"]) == pytest.approx(float(line["unit_cost"]) * gap["total"])
    assert results(call(key, "GET", "ledger?supplier=nobody")) == []


def test_all_replays_are_listed_the_newest_first(call, acme, key):
    with tenant_scope(acme.pk):
        made = [str(ReplayFactory().pk) for _ in range(2)]
    found = results(call(key, "GET", "replays"))
    assert sorted(one["id"] for one in found) == sorted(made)
    newest = call(key, "GET", "replay").said
    assert newest in found
