"""From draft to sent to received: what is still to come is counted once, what came adds to stock."""

import csv
import datetime as dt
import uuid
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone

from forecasting import models as rows
from forecasting.ingest.fields import KINDS, columns_written
from forecasting.services import loading, orders, receipts, terms
from forecasting.services.orders import Wish
from forecasting.services.receipts import Arrived
from tenants.errors import Conflict, Invalid, NotFound
from tests.factories import LocationFactory, ProductFactory, SupplierFactory

SOON = dt.date(2026, 12, 1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def products(in_acme, today):
    """Two products, 100 of each counted ten days ago in the one place."""
    place, mill = LocationFactory(code="WH"), SupplierFactory(code="MILL", email="mill@example.com")
    made = [ProductFactory(sku=sku, supplier=mill, unit_cost=Decimal("2.5")) for sku in ("A", "B")]
    for product in made:
        day = today - dt.timedelta(10)
        rows.StockCount.objects.create(product=product, location=place, counted_at=day, on_hand=100)
    return made


@pytest.fixture
def order(products, bob):
    """A draft of 40 A and 10 B."""
    mill = rows.Supplier.objects.get(code="MILL")
    made = orders.draft(supplier=mill, location=None, currency="EUR", by=bob)
    orders.put(made, [Wish(p, n, p.unit_cost, SOON) for p, n in zip(products, (40, 10), strict=True)])
    return made


@pytest.fixture
def sent(order, bob):
    return orders.send(order_id=order.pk, by=bob)


def line(sku):
    return rows.OrderLine.objects.select_related("product").get(product__sku=sku)


def state(order):
    return rows.Order.objects.get(pk=order.pk).state


def counted(today):
    """What a run that reads today sees: on hand and coming, by SKU."""
    products = list(rows.Product.objects.order_by("sku"))
    found = terms.stock(products, as_of=today)
    coming = np.bincount(found.inbound_row, found.inbound_units, len(products))
    return {p.sku: (found.on_hand[row], coming[row]) for row, p in enumerate(products)}


def arrive(order, sku, units, *, by, closes=False, on=None):
    what = {line(sku).pk: Arrived(units, line(sku).received, closes)}
    return receipts.receive(order_id=order.pk, arrived=what, received_on=on or timezone.localdate(), by=by)


def upload_inbound(tmp_path, **row):
    upload = rows.Upload.objects.create(
        name="x", path="x", size=1, sha256=uuid.uuid4().hex * 2, by="alice", kind="inbound"
    )
    path = tmp_path / f"{upload.pk}.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["row", *columns_written(KINDS["inbound"])[1:]])
        writer.writeheader()
        writer.writerow({"row": 2, **row})
    done = loading.load(path, kind=KINDS["inbound"], mapped=set(row), upload=upload.pk)
    return upload, done


def test_draft_and_sent_lines_are_counted_once(order, today, bob):
    assert counted(today) == {"A": (100, 40), "B": (100, 10)}
    orders.send(order_id=order.pk, by=bob)
    assert counted(today) == {"A": (100, 40), "B": (100, 10)}
    assert rows.Inbound.objects.get(product__sku="A").ordered_on == today


def test_partly_received_the_rest_is_counted_and_what_came_lies_in_stock(sent, today, bob):
    arrive(sent, "A", 15, by=bob)
    assert state(sent) == "partly"
    assert counted(today) == {"A": (115, 25), "B": (100, 10)}
    arrive(sent, "A", 25, by=bob)
    arrive(sent, "B", 10, by=bob)
    assert state(sent) == "received"
    assert counted(today) == {"A": (140, 0), "B": (110, 0)}


def test_more_than_was_ordered_is_taken_and_nothing_is_owed(sent, today, bob):
    arrive(sent, "B", 12, by=bob)
    assert counted(today)["B"] == (112, 0)
    assert line("B").rest == 0


def test_rest_that_will_not_come_is_not_counted_any_more(sent, today, bob):
    arrive(sent, "A", 30, closes=True, by=bob)
    arrive(sent, "B", 0, closes=True, by=bob)
    assert state(sent) == "received"
    assert counted(today) == {"A": (130, 0), "B": (100, 0)}


def test_an_arrival_taken_back_is_still_to_come(sent, today, bob):
    arrive(sent, "A", 40, by=bob)
    arrive(sent, "B", 10, by=bob)
    first = rows.Receipt.objects.order_by("pk").first()
    receipts.undo(order_id=sent.pk, receipt_id=first.pk, by=bob)
    assert state(sent) == "partly"
    assert counted(today) == {"A": (100, 40), "B": (110, 0)}
    with pytest.raises(Conflict, match="taken back already"):
        receipts.undo(order_id=sent.pk, receipt_id=first.pk, by=bob)


def test_the_same_delivery_is_not_booked_twice(sent, bob):
    seen = {line("A").pk: Arrived(40, 0)}
    receipts.receive(order_id=sent.pk, arrived=seen, received_on=timezone.localdate(), by=bob)
    with pytest.raises(Conflict, match="just booked"):
        receipts.receive(order_id=sent.pk, arrived=seen, received_on=timezone.localdate(), by=bob)
    assert line("A").received == 40


def test_a_later_count_of_stock_is_believed_over_the_arrival_before_it(sent, today, bob):
    arrive(sent, "A", 40, by=bob, on=today - dt.timedelta(2))
    place = rows.Location.objects.get(code="WH")
    rows.StockCount.objects.create(
        product=line("A").product, location=place, counted_at=today - dt.timedelta(1), on_hand=90
    )
    assert counted(today)["A"] == (90, 0)


def test_what_came_after_the_last_day_of_sales_is_neither_lost_nor_counted_twice(sent, today, bob):
    arrive(sent, "A", 40, by=bob)
    yesterday = today - dt.timedelta(1)
    assert counted(yesterday)["A"] == (100, 40)
    assert counted(today)["A"] == (140, 0)


@pytest.mark.parametrize(("units", "days", "why"), [(1, 1, "still to come"), (0, 0, "nothing"), (1e12, 0, "quantity")])
def test_arrivals_that_cannot_be_are_refused(sent, bob, units, days, why):
    with pytest.raises(Invalid, match=why):
        arrive(sent, "A", units, by=bob, on=timezone.localdate() + dt.timedelta(days))


def test_a_draft_receives_nothing(order, bob):
    with pytest.raises(Conflict, match="a draft"):
        arrive(order, "A", 1, by=bob)


def test_the_shops_own_export_of_the_same_order_does_not_double_it(sent, today, bob, tmp_path):
    _, done = upload_inbound(
        tmp_path, order_ref=sent.number, sku="A", location="other", units=40, expected_on="2026-12-03"
    )
    assert (done.new, done.changed) == (0, 0)
    assert counted(today)["A"] == (100, 40)
    arrive(sent, "A", 40, by=bob)
    upload_inbound(tmp_path, order_ref=sent.number, sku="A", units=40, expected_on="2026-12-03")
    assert counted(today)["A"] == (140, 0)


def test_an_uploaded_order_with_a_reference_of_its_own_counts_beside_ours(sent, today, tmp_path):
    upload, _ = upload_inbound(tmp_path, order_ref="4711", sku="A", units=5, expected_on="2026-12-03")
    assert counted(today)["A"] == (100, 45)
    loading.unload(upload=upload.pk, kind="inbound")
    assert counted(today)["A"] == (100, 40)


def test_lines_of_a_draft_can_be_changed_added_and_removed(order, today, bob):
    orders.change_line(order_id=order.pk, line_id=line("A").pk, by=bob, units=44.0, unit_cost=Decimal(3))
    orders.add(order_id=order.pk, sku=ProductFactory(sku="C").sku, units=7, expected_on=SOON, by=bob)
    orders.remove_line(order_id=order.pk, line_id=line("B").pk, by=bob)
    assert {row.product.sku: row.units for row in rows.OrderLine.objects.select_related("product")} == {
        "A": 44,
        "C": 7,
    }
    assert counted(today)["A"] == (100, 44)
    assert counted(today)["B"] == (100, 0)


def test_odd_lines_are_refused_in_words(order, bob):
    wrong = {
        "no product": {"sku": "nobody", "units": 1, "expected_on": SOON},
        "more than nothing": {"sku": "A", "units": 0, "expected_on": SOON},
        "Say when": {"sku": "A", "units": 1, "expected_on": None},
        "too far": {"sku": "A", "units": 1, "expected_on": dt.date(2126, 1, 1)},
        "is bought in USD": {"sku": ProductFactory(currency="USD").sku, "units": 1, "expected_on": SOON},
    }
    for why, said in wrong.items():
        with pytest.raises(Invalid, match=why):
            orders.add(order_id=order.pk, by=bob, **said)


def test_a_sent_order_changes_only_its_days(sent, bob):
    with pytest.raises(Conflict, match="only the days"):
        orders.change_line(order_id=sent.pk, line_id=line("A").pk, by=bob, units=1.0)
    orders.change_line(order_id=sent.pk, line_id=line("A").pk, by=bob, expected_on=dt.date(2026, 12, 24))
    assert rows.Inbound.objects.get(line=line("A")).expected_on == dt.date(2026, 12, 24)


def test_an_order_is_sent_once_and_never_empty(order, bob):
    empty = orders.draft(supplier=None, location=None, currency="EUR", by=bob)
    with pytest.raises(Invalid, match="no lines"):
        orders.send(order_id=empty.pk, by=bob)
    found = orders.send(order_id=order.pk, by=bob, to="mill@example.com", message="Please hurry")
    assert (found.state, found.mail, found.sent_by) == ("sent", "waiting", bob.email)
    with pytest.raises(Conflict, match="it is sent now"):
        orders.send(order_id=order.pk, by=bob)


def test_a_letter_that_failed_is_sent_again_and_one_that_went_is_not(order, bob):
    orders.send(order_id=order.pk, by=bob, to="mill@example.com")
    orders.letter_went(organisation_id=order.organisation_id, number=str(order.pk), well=False)
    assert orders.send_again(order_id=order.pk, by=bob).mail == "waiting"
    orders.letter_went(organisation_id=order.organisation_id, number=str(order.pk), well=True)
    with pytest.raises(Conflict):
        orders.send_again(order_id=order.pk, by=bob)


def test_a_cancelled_order_brings_nothing_and_one_that_has_come_is_not_cancelled(sent, today, bob):
    arrive(sent, "A", 1, by=bob)
    with pytest.raises(Conflict, match="partly received"):
        orders.cancel(order_id=sent.pk, by=bob)
    receipts.undo(order_id=sent.pk, receipt_id=rows.Receipt.objects.get().pk, by=bob)
    orders.cancel(order_id=sent.pk, by=bob)
    assert counted(today) == {"A": (100, 0), "B": (100, 0)}


def test_a_discarded_draft_keeps_its_number_for_the_next_order(order, today, bob):
    orders.discard(order_id=order.pk, by=bob)
    assert counted(today)["A"] == (100, 0)
    mill = rows.Supplier.objects.get(code="MILL")
    assert orders.draft(supplier=mill, location=None, currency="EUR", by=bob).number == order.number


def test_what_is_not_there_is_not_found(order, bob):
    with pytest.raises(NotFound):
        orders.get(uuid.uuid4())
    with pytest.raises(NotFound):
        orders.change_line(order_id=order.pk, line_id=999_999, by=bob, units=1.0)
