"""Lead time on the claims page: in its parts, of the first orders from here and of those since, only as recorded."""

import csv
import datetime as dt
import io

import pytest

from forecasting.models import Decision, Inbound, Order, OrderLine, Proposal, Receipt, Run
from forecasting.queries import claims
from tenants.isolation import tenant_scope
from tests.factories import LocationFactory, ProductFactory, RunFactory, SupplierFactory

FIRST = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def order(day, wait, supplier):
    """Send an order that was decided on so many days before and received so many days after."""
    product, run = ProductFactory(), Run.objects.get(pk=RunFactory().pk)
    sent = FIRST + dt.timedelta(days=day)
    made = Order(number=f"PO-{day}", currency="EUR", state="received", sent_at=sent, ordered_on=sent.date())
    made.save(force_insert=True)
    made = Order.objects.get(number=f"PO-{day}")
    line = OrderLine.objects.create(order=made, product=product, units=5, received=5)
    proposal = Proposal.objects.create(run=run, product=product, units=5, inbound=0)
    said = {"proposal": proposal, "product": product, "line": line, "units": 5, "proposed": 5, "action": "accepted"}
    decided = Decision.objects.create(**said, by="bob")
    Decision.objects.filter(pk=decided.pk).update(decided_at=sent - dt.timedelta(days=wait))
    came = sent.date() + dt.timedelta(days=supplier)
    Receipt.objects.create(line=line, units=5, received_on=came, by="bob")


@pytest.fixture
def firm(acme):
    with tenant_scope(acme.pk):
        yield acme


def test_first_orders_and_later_ones_are_told_apart_in_their_parts(firm, client_for, victor):
    for n in range(6):
        order(n * 10, wait=4, supplier=16 + n % 2)
        order(100 + n * 10, wait=1, supplier=12 + n % 2)
    product = ProductFactory(supplier=SupplierFactory())
    before = {"product": product, "location": LocationFactory(), "units": 3, "expected_on": dt.date(2026, 1, 20)}
    Inbound.objects.create(order_ref="X", ordered_on=dt.date(2026, 1, 1), received_on=dt.date(2026, 1, 21), **before)
    lead = claims.lead_time()
    assert lead.before.mean == 20
    assert [one.mean for one in lead.wait] == pytest.approx([4, 1])
    assert [one.mean for one in lead.supplier] == pytest.approx([16.5, 12.5])
    assert [one.mean for one in lead.together] == pytest.approx([20.5, 13.5])
    (claim,) = [one for one in claims.claims(None, lead) if one.name == "lead_time"]
    assert claim.value == pytest.approx(13.5 / 20.5 - 1)
    assert claim.verdict == claims.SHOWN and claim.low < claim.value < claim.high < -0.25
    text = client_for(victor).get("/claims/").content.decode()
    assert "First three months from here" in text and "never recorded" in text
    table = csv.DictReader(io.StringIO(client_for(victor).get("/claims/export.csv").content.decode("utf-8-sig")))
    taken = {row["Claim"]: row for row in table}
    assert float(taken["Lead time"]["Here"]) == pytest.approx(13.5 / 20.5 - 1) and not taken["Lead time"]["Needs"]
    assert (taken["Margin"]["Here"], taken["Margin"]["Needs"]) == ("", "a replay of your past")
    assert client_for(victor).get("/claims/export.exe").status_code == 404


def test_few_orders_prove_nothing(firm, client_for, victor):
    order(0, wait=4, supplier=16)
    order(100, wait=1, supplier=2)
    (claim,) = [one for one in claims.claims(None, claims.lead_time()) if one.name == "lead_time"]
    assert (claim.verdict, claim.needs) == (claims.MISSING, ("orders_from_here",))


def test_without_any_order_the_page_says_what_is_missing(acme, client_for, victor):
    assert "Nothing is measured yet" in client_for(victor).get("/claims/").content.decode()
