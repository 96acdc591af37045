"""What the API takes and gives on the real stack: sales in calls of 10,000 rows, and the plan in pages of 1,000."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from random import Random
from statistics import median
from typing import Any

from tests.bench.stack import Site

ROWS, CALLS, PRODUCTS = 10_000, 8, 2_000
COLUMNS = (
    "order_id",
    "line_id",
    "sku",
    "sold_at",
    "units",
    "unit_price",
    "currency",
    "channel",
    "customer_ref",
    "status",
)
START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Measured:
    """One way of sending all rows: wall seconds, and processor seconds of each side."""

    way: str
    wall: float
    spent: dict[str, float]

    @property
    def pace(self) -> float:
        """Return rows per second."""
        return ROWS * CALLS / self.wall


def made(call: int) -> list[dict[str, Any]]:
    """Make the rows of a call as shops send them: two lines an order, real times, prices as text."""
    chance = Random(call)
    rows = []
    for n in range(ROWS):
        moment = START + dt.timedelta(seconds=chance.randrange(600 * 86_400))
        values = (
            f"{call}-{n // 2}", str(n % 2 + 1), f"SKU-{chance.randrange(PRODUCTS):05}", moment.isoformat(),
            chance.randrange(1, 9), f"{chance.randrange(100, 9900) / 100:.2f}", "EUR",
            chance.choice(("web", "shop")), f"c{chance.randrange(5000)}", "paid",
        )  # fmt: skip
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join([",".join(COLUMNS), *(",".join(map(str, row.values())) for row in rows)]).encode()


WAYS: dict[str, tuple[Callable[[list[dict[str, Any]]], bytes], str]] = {
    "JSON": (as_json, "application/json"),
    "NDJSON": (as_lines, "application/x-ndjson"),
    "CSV": (as_csv, "text/csv"),
}


def firm(name: str) -> tuple[int, str]:
    """Found a firm of the largest tier: its number, and a key that writes."""
    from tenants.isolation import tenant_scope
    from tenants.models import Organisation, User
    from tenants.services import api_keys
    from tenants.tiers import Tier
    from tests.factories import found

    made_ = found(name)
    Organisation.objects.filter(pk=made_.pk).update(tier=Tier.SCALE)
    with tenant_scope(made_.pk):
        by = User.objects.filter(memberships__organisation=made_).first()
        return made_.pk, api_keys.make(organisation=made_, name="bench", scope="w", by=by).text


def send(site: Site, key: str, bodies: list[bytes], kind: str) -> None:
    """Send bodies one after another over one connection; each with an Idempotency-Key, as a careful client does."""
    connection = HTTPConnection("127.0.0.1", site.port, timeout=120)
    for number, body in enumerate(bodies):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind, "Idempotency-Key": f"{id(bodies)}-{number}"}
        connection.request("PUT", "/api/v1/sales", body, headers)
        response = connection.getresponse()
        told = json.loads(response.read())
        if response.status != 200 or told["accepted"] != ROWS:
            raise RuntimeError(f"{response.status}: {told}")
    connection.close()


def timed(site: Site, way: str, work: Callable[[], object]) -> Measured:
    before, began = site.processor(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, site.processor()
    return Measured(way, wall, {name: after[name] - before[name] for name in after})


def sales(site: Site) -> Iterator[Measured]:
    """Send the same rows in each form to a firm of its own; JSON also by two clients at once, and all again."""
    calls = [made(call) for call in range(CALLS)]
    _number, key = firm("Warm")
    for _ in range(4):  # each worker has compiled and connected
        send(site, key, [as_json(calls[0])], "application/json")
    for name, (write, kind) in WAYS.items():
        bodies = [write(rows) for rows in calls]
        _number, key = firm(name)
        yield timed(site, name, lambda key=key, bodies=bodies, kind=kind: send(site, key, bodies, kind))
        if name == "JSON":
            yield timed(
                site, "JSON, the same rows again", lambda key=key, b=bodies, kind=kind: send(site, key, list(b), kind)
            )
            _number, key = firm("Two")
            halves = [bodies[::2], bodies[1::2]]
            with ThreadPoolExecutor(2) as pool:
                both = lambda key=key: list(pool.map(lambda half: send(site, key, half, kind), halves))  # noqa: B023
                yield timed(site, "JSON, two clients at once", both)
    yield copied(site, calls)


def copied(site: Site, calls: list[list[dict[str, Any]]]) -> Measured:
    """The peer: COPY of the same rows, ready as they will stand, into an empty table with the same indexes."""
    import psycopg
    from django.db import connections

    texts = []
    for call, rows in enumerate(calls):
        lines = (
            f"{call * ROWS + n},1,{row['order_id']},{row['line_id']},{row['sku'][4:]},{row['sold_at']},"
            f"{row['sold_at'][:10]},{row['units']},{row['unit_price']},0,EUR,{row['customer_ref']},paid"
            for n, row in enumerate(rows)
        )
        texts.append("\n".join(lines).encode())
    names = (
        "id, organisation_id, order_id, line_id, product_id, sold_at, sold_on, units, unit_price, discount, currency, "
        "customer_ref, status"
    )

    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as plain:
        plain.execute("CREATE TABLE bench_sale (LIKE forecasting_sale INCLUDING INDEXES INCLUDING DEFAULTS)")

        def work() -> None:
            for text in texts:
                with plain.cursor().copy(f"COPY bench_sale ({names}) FROM STDIN (FORMAT csv)") as copy:
                    copy.write(text)

        return timed(site, "peer: COPY by psycopg", work)


PAGES = 15


def plan(site: Site) -> Iterator[tuple[str, float]]:
    """Publish a plan of 1,100 products; yield the median milliseconds of a page of 1,000, and of their rows alone."""
    import orjson
    from django.db import connection

    from forecasting.models import Product, Proposal
    from tenants.isolation import tenant_scope
    from tests.forecasting.published import publish

    number, key = firm("Planned")
    with tenant_scope(number):
        run = publish()
        line = Proposal.objects.filter(run=run).exclude(passport=[]).select_related("product").first()
        product = line.product
        made_ = [Product(sku=f"P-{n:05}", name=f"Thing {n}", supplier_id=product.supplier_id) for n in range(1100)]
        for n, one in enumerate(Product.objects.bulk_create(made_)):
            line.pk, line.product, line._state.adding, line.passport = None, one, True, reasons(n)
            line.save(force_insert=True)
        names = [field.column for field in Proposal._meta.concrete_fields]
    asked = _asked(site, key)
    yield "GET /plan?limit=1000, at the server", median(site.took("GET", "/api/v1/plan")[-PAGES:])
    yield "the same, at the client, read", asked
    took = []
    with tenant_scope(number), connection.cursor() as cursor:
        for _ in range(PAGES):
            began = time.perf_counter()
            cursor.execute(f"SELECT {', '.join(names)} FROM forecasting_proposal ORDER BY id LIMIT 1000")
            orjson.dumps([dict(zip(names, row, strict=True)) for row in cursor.fetchall()], default=str)
            took.append(1000 * (time.perf_counter() - began))
    yield "peer: SELECT of these rows, as they stand, to JSON", median(took)


def reasons(n: int) -> list[dict[str, Any]]:
    """Make the passport of a product: ten steps as plans have them, with figures of its own."""
    from tests.forecasting.published import packed

    steps = [
        ("Mean demand until the order after this one arrives", 60 + n / 7),
        ("Safety stock against demand and lead time above the mean", n / 9),
        ("On hand", -n / 3),
        ("On the way and here in time", -n / 5),
        ("Whole packs", n / 11),
        ("Order", 30.0 + n),
    ]
    notes = [
        packed("Orders are reviewed every %(days)g days (the organisation's setting).", days=7.0),
        packed("The lead time, %(days)g days, and its spread are learned from deliveries.", days=9 + n / 100),
        packed("Of %(order)g about %(units)g will expire unsold, worth %(cost)g.", order=30 + n, units=n, cost=n / 4),
        packed(
            "The supplier is closed from %(first)s to %(last)s: this order takes %(now)d days longer.",
            **{"first": f"2026-12-{1 + n % 28:02}", "last": "2027-01-03", "now": n % 9},
        ),
    ]
    told = [{"label": packed(words), "units": units, "kind": "add"} for words, units in steps]
    return told + [{"label": note, "units": None, "kind": "note"} for note in notes]


def _asked(site: Site, key: str) -> float:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    took = []
    for _ in range(PAGES):
        began = time.perf_counter()
        connection.request("GET", "/api/v1/plan?limit=1000", headers={"Authorization": f"Bearer {key}"})
        rows = json.loads(connection.getresponse().read())["results"]
        took.append(1000 * (time.perf_counter() - began))
        if len(rows) != 1000:
            raise RuntimeError(f"A page of {len(rows)} lines.")
    connection.close()
    return median(took)
