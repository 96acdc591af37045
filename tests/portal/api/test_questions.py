"""Every list of the API asks the database as often for a thousand rows as for ten, and so does every bulk upsert."""

import datetime as dt
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from forecasting import queries
from portal.api import urls
from tenants.isolation import tenant_scope
from tenants.models import WebhookDelivery, WebhookEndpoint
from tests.factories import ReplayFactory
from tests.forecasting.published import publish

DAY = dt.date(2026, 11, 2)
TOLD = UUID(int=1)
MADE = {
    "products": lambda n: {"sku": f"N{n}", "name": "Tea", "supplier": f"S{n % 7}"},
    "suppliers": lambda n: {"code": f"N{n}"},
    "locations": lambda n: {"code": f"N{n}"},
    "channels": lambda n: {"code": f"N{n}"},
    "components": lambda n: {"parent_sku": f"KIT{n}", "component_sku": f"PART{n % 7}", "quantity": 2},
    "sales": lambda n: {
        **{"order_id": f"N{n}", "line_id": "1", "sku": f"S{n}", "sold_at": DAY.isoformat(), "units": 2},
        **{"channel": f"c{n % 5}", "location": f"l{n % 5}"},
    },
    "stock": lambda n: {"sku": f"S{n}", "location": f"l{n % 5}", "counted_at": DAY.isoformat(), "on_hand": n},
    "inbound": lambda n: {"order_ref": f"N{n}", "sku": f"S{n}", "units": 3, "expected_on": DAY.isoformat()},
    "rates": lambda n: {"currency": "USD", "date": str(DAY - dt.timedelta(n)), "rate": 0.9},
    "events": lambda n: {"name": f"Sale {n}", "starts_on": str(DAY), "ends_on": str(DAY), "kind": "promotion"},
}


def routes(action):
    return sorted(route.name.removeprefix("api_") for route in urls.urlpatterns if does(route.callback, action))


def does(view, action):
    return action in (getattr(view, "actions", None) or {}).values()


def asked_for(call, *what):
    with CaptureQueriesContext(connection) as asked:
        answer = call(*what)
    assert answer.status == 200, answer.content
    return len(asked), answer


def alike(one, changes):
    """Copy a row, once for each of the changes."""
    values = {
        field.attname: getattr(one, field.attname) for field in one._meta.concrete_fields if not field.primary_key
    }
    type(one).objects.bulk_create(type(one)(**(values | change)) for change in changes)


@pytest.mark.parametrize("kind", routes("upsert"))
def test_a_call_asks_as_often_for_a_thousand_rows_as_for_ten(call, acme, key_for, kind):
    key, counts, told = key_for(acme), [], []
    for first, last in ((0, 1), (1, 11), (11, 1011), (1011, 1021)):
        count, answer = asked_for(call, key, "PUT", kind, [MADE[kind](n) for n in range(first, last)])
        assert answer.said["accepted"] == last - first
        counts.append(count)
        count, answer = asked_for(call, key, "GET", f"{kind}?limit=1000")
        assert len(answer.said["results"]) >= min(1000, last)
        told.append(count)
    assert counts[1] == counts[2] == counts[3]
    assert told[1] == told[2] == told[3]
    assert max(counts + told) < 45


def more_rows(acme, first, last):
    """Add as many rows to every list that takes none in bulk."""
    run = queries.runs.newest()
    plan = rows.Proposal.objects.exclude(passport=[]).first()
    products = [rows.Product(sku=f"P{n}", supplier_id=plan.supplier_id) for n in range(first, last)]
    rows.Product.objects.bulk_create(products)
    for kind in (rows.Proposal, rows.ProductForecast, rows.ProductMoney):
        alike(kind.objects.get(run=run, product=plan.product), [{"product_id": one.pk} for one in products])
    orders = [
        rows.Order(id=uuid4(), number=f"O{n}", supplier_id=plan.supplier_id, currency="EUR", state="sent")
        for n in range(first, last)
    ]
    rows.Order.objects.bulk_create(orders)
    pairs = zip(orders, products, strict=True)
    rows.OrderLine.objects.bulk_create(rows.OrderLine(order=order, product=one, units=3) for order, one in pairs)
    sent = {"number": "big", "currency": "EUR", "state": "sent"}
    big, _new = rows.Order.objects.get_or_create(pk=TOLD, defaults=sent)
    line, _new = rows.OrderLine.objects.get_or_create(order=big, product=plan.product, defaults={"units": 3})
    rows.Receipt.objects.bulk_create(rows.Receipt(line=line, units=1, received_on=DAY) for _ in products)
    days = {"first_day": DAY, "last_day": DAY, "units": 1}
    rows.Override.objects.bulk_create(rows.Override(product=one, **days) for one in products)
    large = {"line_id": "1", "sold_on": DAY, "units": 900}
    rows.OneOff.objects.bulk_create(rows.OneOff(order_id=one.sku, product=one, **large) for one in products)
    centres = [rows.WorkCentre(code=one.sku, weekly_minutes=1) for one in products]
    rows.WorkCentre.objects.bulk_create(centres)
    rows.CapacityChange.objects.bulk_create(
        rows.CapacityChange(work_centre=one, starts_on=DAY, ends_on=DAY) for one in centres
    )
    pairs = zip(products, centres, strict=True)
    rows.Routing.objects.bulk_create(rows.Routing(product=p, work_centre=c, minutes_per_unit=1) for p, c in pairs)
    made = {"run": run, "product": plan.product, "units": 1, "proposed": False, "due_on": DAY}
    rows.ProductionOrder.objects.bulk_create(rows.ProductionOrder(number=n, **made) for n in range(first, last))
    places = [rows.Location(code=one.sku) for one in products]
    rows.Location.objects.bulk_create(places)
    moved = {"run": run, "product": plan.product, "send_on": DAY, "arrives_on": DAY, "units": 1, "reason": ""}
    ways = [rows.Transfer(origin=one, destination=places[0], **moved) for one in places]
    rows.Transfer.objects.bulk_create(ways)
    decided = [
        rows.Decision(proposal=one, product=one.product, action="ignored", proposed=1, units=0)
        for one in rows.Proposal.objects.filter(product__in=products).select_related("product")
    ]
    rows.Decision.objects.bulk_create(decided)
    alike(ReplayFactory(), [{}] * len(products))
    jobs = [rows.Job(id=uuid4(), kind="run", organisation=acme, state="done") for _ in products]
    rows.Job.objects.bulk_create(jobs)
    alike(run, [{"summary": {"job": str(job.pk)}} for job in jobs])
    rows.Run.objects.exclude(pk=run.pk).update(published_at=run.published_at - dt.timedelta(1))
    file = {"name": "a.csv", "size": 1, "sha256": "0" * 64, "path": "x"}
    rows.Upload.objects.bulk_create(rows.Upload(**file) for _ in products)
    endpoint = {"url": "https://shop.example", "secret": "x", "made_by": "a"}
    WebhookEndpoint.objects.bulk_create(WebhookEndpoint(**endpoint) for _ in products)
    told, _new = WebhookEndpoint.objects.get_or_create(pk=TOLD, defaults=endpoint)
    message = {"endpoint": told, "message_id": "m", "event": "run.done"}
    WebhookDelivery.objects.bulk_create(WebhookDelivery(**message) for _ in products)


def test_a_list_asks_as_often_for_a_thousand_rows_as_for_ten(call, acme, key_for):
    key = key_for(acme)
    lists = [*set(routes("list")) - set(routes("upsert")), "money"]
    with tenant_scope(acme.pk):
        publish()
    call(key, "GET", "organisation")  # the first call of a key is written down
    found = {}
    for first, last in ((0, 10), (10, 1010)):
        with tenant_scope(acme.pk):
            more_rows(acme, first, last)
        addresses = {"webhook_deliveries": f"webhooks/{TOLD}/deliveries", "money": "money?group_by=product"}
        addresses["ledger"] = "ledger?since=2000-01-01"
        addresses["work_centres"] = "work-centres"
        addresses["order_receipts"] = f"orders/{TOLD}/receipts"
        for name in lists:
            address = addresses.get(name, name)
            count, answer = asked_for(call, key, "GET", f"{address}{'&' if '?' in address else '?'}limit=1000")
            assert len(answer.said["results"]) >= min(1000, last), name
            found.setdefault(name, []).append(count)
    assert len(found) >= 7
    assert {name: counts for name, counts in found.items() if len(set(counts)) > 1} == {}
    assert max(max(counts) for counts in found.values()) < 32
