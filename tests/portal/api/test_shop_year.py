"""A shop's year, sent day by day as a careless client would: twice, out of order, corrected; and one file."""

import csv
import datetime as dt
import random

from forecasting.ingest import Settings, convert_file
from forecasting.ingest.fields import KINDS
from forecasting.models import Inbound, Product, Sale, StockCount
from forecasting.services import loading
from tenants.isolation import tenant_scope

FIRST = dt.date(2025, 10, 1)
SKUS = [f"{n:03}" for n in range(40)]
COLUMNS = ("order_id", "line_id", "sku", "sold_at", "units", "unit_price", "currency", "channel", "status")


def line(chance, day, n):
    minute = chance.randrange(24 * 60)
    return {
        "order_id": f"{day:%y%m%d}-{n // 2}",
        "line_id": str(n % 2 + 1),
        "sku": chance.choice(SKUS),
        "sold_at": f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}:00+00:00",
        "units": chance.randrange(1, 9),
        "unit_price": f"{chance.randrange(100, 9900) / 100:.2f}",
        "currency": "EUR",
        "channel": chance.choice(["web", "shop"]),
        "status": "paid",
    }


def calls(chance, days):
    """Give the calls of the client, and at their end what is true."""
    truth, late, made = {}, [], []
    for day in days:
        rows = [line(chance, day, n) for n in range(chance.randrange(5, 25))]
        truth |= {(row["order_id"], row["line_id"]): row for row in rows}
        if chance.random() < 0.1:  # what was first said wrongly is put right days later, or cancelled
            wrong = dict(rows[0])
            right = {**wrong, "units": 99} if chance.random() < 0.6 else {**wrong, "status": "cancelled"}
            truth[wrong["order_id"], wrong["line_id"]] = right
            late.append(right)
        made.append(rows)
        if chance.random() < 0.1:
            made.append(rows)  # a retry of a call that had come through
        if late and chance.random() < 0.2:
            made.append([late.pop(0)])
    swapped = list(range(len(made)))
    for place in range(0, len(swapped) - 1, 9):  # days come out of order, but no correction before its sale
        if len(made[place]) > 1 and len(made[place + 1]) > 1:
            swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    return [made[place] for place in swapped] + [[row] for row in late], truth


def sales_of(firm):
    with tenant_scope(firm.pk):
        rows = Sale.objects.order_by("order_id", "line_id")
        names = ("order_id", "line_id", "product__sku", "sold_at", "sold_on", "units", "unit_price", "discount")
        return list(rows.values_list(*names, "currency", "channel__code", "location__code", "status"))


def one_file(firm, truth, folder):
    """Load the truth as one file, as uploads are."""
    path = folder / "sales.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(truth.values())
    settings = Settings(
        kind="sales", encoding="utf-8", separator=",", decimal=".", header_row=1, timezone=firm.time_zone,
        default_currency="EUR", mapping={name: name for name in COLUMNS},
    )  # fmt: skip
    out = folder / "out"
    report = convert_file(path, settings, out)
    with tenant_scope(firm.pk):
        loading.load(out / "rows.csv", kind=KINDS["sales"], mapped=set(COLUMNS), upload=None)
    return report


def test_a_year_of_careless_calls_leaves_the_tables_as_one_file_of_the_truth(
    live, acme, rival, key_for, tmp_path, monkeypatch
):
    monkeypatch.setattr("portal.api.limits.BURST", 100_000)
    chance, key = random.Random(7), key_for(acme)
    days = [FIRST + dt.timedelta(days=n) for n in range(365)]
    put = [{"sku": sku, "name": f"Thing {sku}", "unit_cost": "2.50"} for sku in SKUS]
    assert live(key, "PUT", "products", put).said["accepted"] == len(SKUS)
    sent, truth = calls(chance, days)
    for number, rows in enumerate(sent):
        answer = live(key, "PUT", "sales", rows, Idempotency_Key=f"call-{number}")
        assert (answer.status, answer.said["rejected"]) == (200, 0), answer.content
        if number % 25 == 0:  # the answer was lost on its way: the same call once more
            again = live(key, "PUT", "sales", rows, Idempotency_Key=f"call-{number}")
            assert again.headers["Idempotent-Replayed"] == "true"
    report = one_file(rival, truth, tmp_path)
    assert report.bad == 0
    ours, theirs = sales_of(acme), sales_of(rival)
    assert len(ours) == report.good > 4000
    assert ours == theirs
    stock = [{"sku": sku, "counted_at": days[-1].isoformat(), "on_hand": 10} for sku in SKUS]
    coming = [{"order_ref": "PO", "sku": sku, "units": 5, "expected_on": "2026-12-01"} for sku in SKUS]
    for _ in range(2):
        assert live(key, "PUT", "stock", stock).said["accepted"] == len(SKUS)
        assert live(key, "PUT", "inbound", coming).said["accepted"] == len(SKUS)
    with tenant_scope(acme.pk):
        assert (StockCount.objects.count(), Inbound.objects.count(), Product.objects.count()) == (40, 40, 40)


def test_a_key_revoked_while_a_body_comes_in_slowly_loads_nothing(live_address, committed_db, acme, alice, key_for):
    import json
    import socket
    import time

    from tenants.models import ApiKey
    from tenants.services import api_keys

    key = key_for(acme)
    row = {"order_id": "1", "line_id": "1", "sku": "A", "sold_at": "2026-11-02T10:00:00Z", "units": 2}
    body = json.dumps([row]).encode()
    host, port = live_address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line_:
        head = f"PUT /api/v1/sales HTTP/1.1\r\nHost: {live_address}\r\nAuthorization: Bearer {key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        line_.sendall(head.encode() + body[:10])
        time.sleep(1.5)
        with tenant_scope(acme.pk):
            api_keys.revoke(organisation=acme, key_id=ApiKey.objects.get().pk, by=alice)
        line_.sendall(body[10:])
        answer = b""
        while block := line_.recv(4096):
            answer += block
    assert answer.startswith(b"HTTP/1.1 401")
    with tenant_scope(acme.pk):
        assert not Sale.objects.exists()
