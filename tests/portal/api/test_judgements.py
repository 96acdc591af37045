"""What programs say for people: other demand, large orders that are normal, events that are off, work to be stopped."""

import datetime as dt

import pytest

from forecasting import jobs
from forecasting.models import Event, Job, OneOff, Override, Policy
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tests.factories import OneOffFactory, ProductFactory, SupplierFactory
from tests.forecasting.published import publish

TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def key(acme, key_for):
    with tenant_scope(acme.pk):
        ProductFactory(sku="T/1")
    return key_for(acme)


def day(ahead=0):
    return (TODAY + dt.timedelta(days=ahead)).isoformat()


def expecting(**fields):
    return {"sku": "T/1", "starts_on": day(10), "ends_on": day(16), "units": 70, "reason": "a fair", **fields}


def results(answer):
    assert answer.status == 200, answer.content
    return answer.said["results"]


def test_an_override_is_made_listed_and_taken_back(call, acme, key):
    made = call(key, "POST", "overrides", expecting())
    assert made.status == 201, made.content
    assert results(call(key, "GET", "overrides?sku=T/1")) == [made.said]
    assert (made.said["units"], made.said["percent"], made.said["taken_back"]) == (70, None, False)
    assert made.said["by"].startswith("API key shop")
    assert call(key, "POST", "overrides", expecting(units=None, percent=20)).status == 409  # the same days
    for _ in range(2):
        assert call(key, "DELETE", f"overrides/{made.said['id']}").status == 204
    assert [one["taken_back"] for one in results(call(key, "GET", "overrides"))] == [True]
    assert call(key, "POST", "overrides", expecting(units=None, percent=20)).status == 201
    with tenant_scope(acme.pk):
        entries = AuditEntry.objects.filter(action__startswith="override").order_by("pk")
        assert [one.action for one in entries] == ["override.added", "override.taken_back", "override.added"]


def test_the_run_that_stands_says_what_the_engine_expected(call, acme, key):
    with tenant_scope(acme.pk):
        run = publish()
    start = run.starts_on + dt.timedelta(days=7)
    days = {"starts_on": str(start), "ends_on": str(start + dt.timedelta(days=6))}
    made = call(key, "POST", "overrides", expecting(sku="order-000", units=None, percent=100, **days))
    assert made.status == 201, made.content
    assert made.said["own_units"] == pytest.approx(2 * made.said["engine_units"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"sku": "nothing"},
        {"ends_on": day(9)},
        {"starts_on": day(-20), "ends_on": day(-10)},
        {"units": None},
        {"percent": 5},
        {"percent": -101, "units": None},
        {"reason": " "},
    ],
)
def test_an_override_without_sense_is_refused(call, acme, key, wrong):
    assert call(key, "POST", "overrides", expecting(**wrong)).status == 422
    with tenant_scope(acme.pk):
        assert not Override.objects.exists()


def test_large_orders_are_listed_and_decided_by_their_keys(call, acme, key):
    with tenant_scope(acme.pk):
        for number in range(3):
            OneOffFactory(order_id="A", line_id=str(number))
    assert {one["decision"] for one in results(call(key, "GET", "oneoffs"))} == {"open"}
    two = [{"order_id": "A", "line_id": "0"}, {"order_id": "A", "line_id": "2"}]
    done = call(key, "POST", "oneoffs/decide", {"decision": "normal", "lines": two})
    assert (done.status, done.said) == (200, {"decided": 2})
    assert [one["line_id"] for one in results(call(key, "GET", "oneoffs?decision=normal"))] == ["2", "0"]
    assert [one["line_id"] for one in results(call(key, "GET", "oneoffs?decision=open"))] == ["1"]
    none = [*two, {"order_id": "A", "line_id": "9"}]
    refused = call(key, "POST", "oneoffs/decide", {"decision": "apart", "lines": none})
    assert (refused.status, [one["row"] for one in refused.said["errors"]]) == (422, [3])
    call(key, "POST", "oneoffs/decide", {"decision": "open", "lines": two[:1]})
    with tenant_scope(acme.pk):
        told = {one.line_id: (one.decision, bool(one.by)) for one in OneOff.objects.all()}
        assert AuditEntry.objects.filter(action="one_off.decided").count() == 2
    assert told == {"0": ("", False), "1": ("", False), "2": ("normal", True)}


def test_an_event_is_taken_back_by_its_day_and_name_and_put_again(call, acme, key):
    sale = {"name": "Winter / sale", "starts_on": "2026-12-01", "ends_on": "2026-12-07", "kind": "promotion"}
    call(key, "PUT", "events", [sale])
    for gone in ("2026-12-02/Winter / sale", "soon/Winter / sale", "2026-12-01/Summer"):
        assert call(key, "DELETE", f"events/{gone}".replace(" ", "%20")).status == 404
    assert call(key, "DELETE", "events/2026-12-01/Winter%20/%20sale").status == 204
    assert results(call(key, "GET", "events")) == []
    assert call(key, "DELETE", "events/2026-12-01/Winter%20/%20sale").status == 404
    call(key, "PUT", "events", [sale])
    assert [one["name"] for one in results(call(key, "GET", "events"))] == ["Winter / sale"]
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.filter(action="event.taken_back").count() == 1


def test_a_supplier_is_closed_and_the_list_goes_back_as_it_came(call, acme, key):
    with tenant_scope(acme.pk):
        SupplierFactory(code="MILL")
    closed = {"name": "New Year", "starts_on": "2027-02-06", "ends_on": "2027-02-20", "kind": "supplier"}
    answer = call(
        key, "PUT", "events", [{**closed, "supplier": "MILL"}, {**closed, "supplier": "X", "name": "b"}, closed]
    )
    assert (answer.said["accepted"], answer.said["rejected"]) == (1, 2)
    assert {(one["row"], one["field"]) for one in answer.said["errors"]} == {(2, "supplier"), (3, "")}
    (got,) = results(call(key, "GET", "events"))
    assert got["supplier"] == "MILL"
    assert call(key, "PUT", "events", [got]).said["accepted"] == 1
    file = call(key, "GET", "events", Accept="text/csv").content
    assert call(key, "PUT", "events", file, kind="text/csv").said == {"accepted": 1, "rejected": 0, "errors": []}
    with tenant_scope(acme.pk):
        assert [one.supplier.code for one in Event.objects.select_related("supplier")] == ["MILL"]


def test_work_of_any_kind_is_listed_and_stopped(call, acme, rival, key, key_for):
    replay = call(key, "POST", "replay", {"from": "2026-01-05", "to": "2026-06-01"}).said["id"]
    run = call(key, "POST", "runs", {}).said["id"]
    assert [(one["id"], one["kind"]) for one in results(call(key, "GET", "jobs"))] == [(run, "run"), (replay, "replay")]
    assert [one["id"] for one in results(call(key, "GET", "jobs?kind=replay&state=queued"))] == [replay]
    stopped = call(key, "POST", f"jobs/{replay}/cancel")
    assert (stopped.status, stopped.said["state"], stopped.said["upload"]) == (200, "cancelled", None)
    assert call(key, "GET", f"jobs/{replay}").said == stopped.said
    assert results(call(key, "GET", "jobs?state=done")) == []
    Job.objects.filter(pk=run).update(state=Job.State.RUNNING)
    assert call(key, "POST", f"jobs/{run}/cancel").said["state"] == "running"  # it stops at its next step
    assert Job.objects.get(pk=run).cancel_wanted
    theirs = key_for(rival)
    assert call(theirs, "GET", f"jobs/{run}").status == call(theirs, "POST", f"jobs/{run}/cancel").status == 404
    assert results(call(theirs, "GET", "jobs")) == []


def test_the_plan_is_tuned_and_the_tuning_taken_back(call, acme, key):
    nothing = {"lean": 1, "cushion": 1, "in_force": False, "at": None, "until": None, "accepted": None, "found": None}
    assert call(key, "GET", "tuning").said == nothing
    assert call(key, "DELETE", "tuning").status == 409
    started = call(key, "POST", "tuning")
    assert (started.status, started.said["state"]) == (202, "queued")
    assert call(key, "POST", "tuning").said["id"] == started.said["id"]  # one at a time
    assert jobs.get(job_id=started.said["id"], organisation=acme).kind == "tune"
    force = {"before": {"lean": 1.0, "cushion": 1.0}, "lean": 0.8, "cushion": 1.2}
    last = {"at": "2026-11-20T10:00:00+00:00", "until": "2026-11-19", "accepted": True, "told": "Better.", "by": ""}
    with tenant_scope(acme.pk):
        Policy.objects.create(lean=0.8, cushion=1.2, tuned={**last, "force": force})
    told = call(key, "GET", "tuning").said
    assert (told["lean"], told["in_force"], told["found"]) == (0.8, True, "Better.")
    assert call(key, "DELETE", "tuning").status == 204
    with tenant_scope(acme.pk):
        assert (Policy.objects.get().lean, Policy.objects.get().cushion) == (1, 1)
    assert not call(key, "GET", "tuning").said["in_force"]
