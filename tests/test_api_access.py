"""Who may call what: every address of the API, for every kind of key, against api_matrix.csv.

`foreign` is a rival's key that writes, calling with Acme's ids. A route that is missing from the matrix fails. To make
the matrix anew: API_MATRIX=write; then read every line that changed.
"""

import csv
import json
import os
import shutil
from functools import lru_cache
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler, encode_multipart
from django.urls import reverse

from forecasting.models import (
    CapacityChange,
    Decision,
    Job,
    Lane,
    Order,
    OrderLine,
    Policy,
    Product,
    Proposal,
    Rate,
    Receipt,
    Routing,
    Run,
    Upload,
    WorkCentre,
)
from forecasting.services import files, uploads
from portal.api.urls import urlpatterns
from tenants.isolation import tenant_scope
from tenants.models import WebhookDelivery
from tenants.services import api_keys, webhooks
from tests.factories import (
    EventFactory,
    OneOffFactory,
    OverrideFactory,
    ReplayFactory,
    UploadFactory,
    UserFactory,
    found,
)
from tests.forecasting.published import publish

MATRIX = Path(__file__).with_name("api_matrix.csv")
CALLERS = ("anonymous", "session", "foreign", "key_read", "key_write")
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")
SECRET = "Acme-Secret"
OPEN = {"api_schema", "api_docs"}
SAFE_POST = {"api_forecast"}  # stores nothing: 503, for no worker runs beside this test
OF_DRAFTS = ("api_order_send", "api_order_lines", "api_order_line")
BODIES = {
    "api_organisation": {"auto_hour": 6},
    "api_policy": {"service_level": 0.9},
    "api_supplier": {"name": "x"},
    "api_work_centres": {"code": "x", "weekly_minutes": 1},
    "api_capacities": {"work_centre": "oven", "starts_on": "2026-12-24", "ends_on": "2026-12-26", "weekly_minutes": 0},
    "api_routings": {"sku": "order-000", "work_centre": "bench", "minutes_per_unit": 1},
    "api_overrides": {
        **{"sku": "order-000", "starts_on": "2099-01-01", "ends_on": "2099-01-02"},
        **{"units": 3, "reason": "x"},
    },
    "api_oneoffs_decide": {"decision": "normal", "lines": [{"order_id": "x", "line_id": "1"}]},
    "api_plan_decide": {"lines": [{"sku": "order-000"}]},
    "api_order_lines": {"sku": "order-000", "units": 1, "expected_on": "2026-12-01"},
    "api_order_line": {"units": 2},
    "api_runs": {},
    "api_product": {"name": "x"},
    "api_plan_change": {"units": 3, "reason": "x"},
    "api_plan_ignore": {"reason": "x"},
    "api_orders": {"lines": [{"sku": "order-000", "units": 1, "expected_on": "2026-12-01"}]},
    "api_replay": {"from": "2026-01-05", "to": "2026-06-01"},
    "api_webhooks": {"url": "https://example.com/", "events": ["run.done"]},
    "api_forecast": {
        **{"freq": "D", "horizon": 1, "levels": [0.5]},
        "series": [{"id": "a", "start": "2026-01-01", "y": [1]}],
    },
}
ROWS = {
    "api_components": [{"parent_sku": "x", "component_sku": "y", "quantity": 1}],
    "api_price_breaks": {"breaks": []},
    "api_rates": [{"currency": "USD", "date": "2026-11-02", "rate": "0.9"}],
}


@pytest.fixture(scope="module")
def made(shared_db, tmp_path_factory):
    """Acme with one of everything that has an address, and the keys: made once."""
    alice, charlie = UserFactory(email="alice@acme.example"), UserFactory(email="charlie@rival.example")
    acme, rival = found("Acme", owner=alice), found("Rival", owner=charlie)
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch, tenant_scope(acme.pk):
        patch.setattr(settings, "MEDIA_ROOT", folder)
        publish()
        ids = objects(acme, alice)
        keys = {scope: api_keys.make(organisation=acme, name="k", scope=scope, by=alice).text for scope in "rw"}
    with tenant_scope(rival.pk):
        foreign = api_keys.make(organisation=rival, name="k", scope="w", by=charlie).text
    texts = {"key_read": keys["r"], "key_write": keys["w"], "foreign": foreign}
    client = Client()
    client.force_login(alice)
    assert client.get(reverse("orders")).status_code == 200  # the session is good, though no key
    return SimpleNamespace(ids=ids, keys=texts, cookies=client.cookies, files=folder)


@pytest.fixture
def world(made, taken_back, monkeypatch, tmp_path):
    """All of that as it was made, whatever the test before did to it."""
    shutil.copytree(made.files, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    monkeypatch.setattr(settings, "FORECAST_WAIT_SECONDS", 0)
    monkeypatch.setattr("portal.api.limits.BURST", 100_000)
    return made


def objects(acme, alice):
    loaded = UploadFactory(name=f"{SECRET}.csv", state=Upload.State.DONE, kind="products", report={})
    place = files.place(uploads.bad_rows_path(loaded))
    place.parent.mkdir(parents=True)
    place.write_text(SECRET)
    ReplayFactory()
    OneOffFactory(order_id="x", line_id="1")
    event = EventFactory(name=SECRET)
    bench = WorkCentre.objects.create(code="bench", weekly_minutes=1)
    WorkCentre.objects.create(code="oven", weekly_minutes=1)
    CapacityChange.objects.create(work_centre=bench, starts_on=event.first_day, ends_on=event.last_day)
    Routing.objects.create(product=Product.objects.get(sku="order-000"), work_centre=bench, minutes_per_unit=1)
    override = OverrideFactory()
    force = {"before": {"lean": 1, "cushion": 0}}
    Policy.objects.create(tuned={"at": None, "until": None, "accepted": True, "told": "", "force": force})
    draft, sent = (order(state) for state in (Order.State.DRAFT, Order.State.SENT))
    Lane.objects.create(organisation=acme)
    line = OrderLine.objects.get(order=sent)
    Receipt.objects.create(line=line, units=1, received_on="2026-11-02", by="alice")
    OrderLine.objects.filter(pk=line.pk).update(received=1)
    told = Proposal.objects.get(product__sku="risk-001")
    Decision.objects.create(proposal=told, product=told.product, action="ignored", proposed=1, units=0, by="alice")
    job = Job.objects.create(kind="run", organisation=acme, state=Job.State.WAITING)
    endpoint, _secret = webhooks.add(url="https://example.com/", events=["run.done"], by=alice)
    webhooks.emit("run.done", {})
    sku = Run.objects.get() and "order-000"
    Rate.objects.create(currency="USD", day="2026-11-02", rate=1)
    return {
        "sku": {"api_plan_undo": "risk-001", None: sku},
        "currency": "USD",
        "day": "2026-11-02",
        "code": {"api_supplier": "MILL", "api_work_centre": "oven", None: "bench"},
        "upload_id": loaded.pk,
        "starts_on": str(event.first_day),
        "name": event.name,
        "override_id": override.pk,
        "job_id": job.pk,
        "run_id": job.pk,
        "order_id": dict.fromkeys(OF_DRAFTS, draft.pk) | {None: sent.pk},
        "receipt_id": Receipt.objects.get().pk,
        "endpoint_id": endpoint.pk,
        "delivery_id": WebhookDelivery.objects.get().pk,
    }


def order(state):
    made = Order(number=f"{SECRET} {state}", currency="EUR", state=state, created_by="alice")
    made.save(force_insert=True)
    made.refresh_from_db()
    OrderLine.objects.create(order=made, product=Product.objects.get(sku="order-000"), units=5)
    return made


def address(world, pattern):
    wanted = pattern.pattern.converters
    told = {name: world.ids[name] for name in wanted}
    told = {name: one.get(pattern.name, one.get(None)) if isinstance(one, dict) else one for name, one in told.items()}
    asked = "?work_centre=bench" if pattern.name == "api_routing" else ""
    return reverse(pattern.name, kwargs=told) + asked


@lru_cache
def site():
    """The site with its middleware, which takes long to load and is the same for everybody."""
    return ClientHandler(enforce_csrf_checks=False)


def ask(world, pattern, method, who):
    client = Client(raise_request_exception=False)
    client.handler = site()
    if who == "session":
        client.cookies = SimpleCookie(world.cookies)
    told = {"Authorization": f"Bearer {world.keys[who]}"} if who in world.keys else {}
    body = ROWS.get(pattern.name, [{"sku": "x"}]) if method == "PUT" else BODIES.get(pattern.name)
    data = json.dumps(body) if body is not None and method != "GET" else b""
    kind = "application/json"
    if pattern.name == "api_uploads" and method == "POST":
        kind, data = MULTIPART_CONTENT, encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("a.csv", b"sku\nA\n")})
    with transaction.atomic():
        answer = client.generic(method, address(world, pattern), data, content_type=kind, headers=told)
        content = answer.getvalue()
        transaction.set_rollback(True)
    return answer.status_code, content


def matrix():
    with MATRIX.open(newline="") as file:
        return {(row["route"], row["method"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_every_key_gets_the_answer_of_the_matrix_and_strangers_no_word_of_acme(world, pattern):
    found = {}
    for method in METHODS:
        answers = {who: ask(world, pattern, method, who) for who in CALLERS}
        found[method] = {who: str(status) for who, (status, _content) in answers.items()}
        if pattern.name not in OPEN:
            told = answers["foreign"][1].decode(errors="replace")
            assert SECRET not in told
            assert "Acme" not in told
    if os.environ.get("API_MATRIX") == "write":
        with MATRIX.open("a", newline="") as file:
            csv.writer(file).writerows([pattern.name, method, *row.values()] for method, row in found.items())
        return
    known = matrix()
    for method, row in found.items():
        assert row == {who: known[pattern.name, method][who] for who in CALLERS}, method


def test_the_matrix_has_every_route_with_every_method_and_no_other():
    assert sorted(matrix()) == sorted((pattern.name, method) for pattern in urlpatterns for method in METHODS)


def test_the_matrix_lets_nobody_in_without_a_key_and_no_reader_write_and_no_stranger_reach_an_object():
    by_name = {pattern.name: pattern for pattern in urlpatterns}
    for (route, method), row in matrix().items():
        assert "500" not in row.values(), row
        if route in OPEN:
            continue
        assert (row["anonymous"], row["session"]) == ("401", "401"), row
        if method != "GET" and route not in SAFE_POST:
            assert row["key_read"] == "403", row
        if by_name[route].pattern.converters:
            assert row["foreign"] in {"404", "405"}, row
