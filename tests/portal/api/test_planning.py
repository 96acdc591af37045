import datetime as dt
import json
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer

from forecasting import jobs
from forecasting.models import Job, Order, Proposal, Replay
from portal.api.pages import Json
from tenants.isolation import tenant_scope
from tenants.tiers import LIMITS, Tier
from tests.factories import ReplayFactory
from tests.forecasting.published import publish


@pytest.fixture
def run(acme):
    with tenant_scope(acme.pk):
        return publish()


@pytest.fixture
def key(acme, key_for):
    return key_for(acme)


def test_the_plan_has_reasons_and_names_what_is_missing(call, run, key):
    lines = {line["sku"]: line for line in call(key, "GET", "plan").said["results"]}
    first = lines["order-000"]
    assert first["order_units"] > 0
    assert first["why"][0].keys() == {"step", "units"}
    assert not first["decided"]
    assert all(line["missing"] for line in lines.values() if line["order_units"] is None)


def test_figures_of_the_plan_carry_no_dust_of_binary_fractions(call, run, key, acme):
    with tenant_scope(acme.pk):
        Proposal.objects.update(safety_stock=28.58399999999999, on_hand=None)
    line = call(key, "GET", "plan").said["results"][0]
    assert (line["safety_stock"], line["on_hand"]) == (28.584, None)


def test_json_is_written_with_the_meaning_that_the_framework_gives_it():
    zoned = dt.datetime(2026, 11, 2, 9, 30, 0, 123456, dt.UTC)
    some = {"a": [1, 2.5, 1e-7, 1e300, None, True, "é 中 \u2028", Decimal("1.10")], "when": [zoned, zoned.date()]}
    for data in ({**some, "id": UUID(int=7), "words": gettext_lazy("On hand")}, {"large": 2**70, 5: "a key"}):
        assert json.loads(Json().render(data)) == json.loads(JSONRenderer().render(data))


def test_filters_narrow_the_plan_and_a_wrong_one_is_told_by_name(call, run, key):
    assert len(call(key, "GET", "plan?only=order").said["results"]) == 2
    assert call(key, "GET", "plan?due_before=2000-01-01").said["results"] == []
    problem = call(key, "GET", "plan?due_before=soon")
    assert (problem.status, problem.said["errors"][0]["field"]) == (422, "due_before")


def test_without_a_run_there_is_no_plan_no_forecast_and_no_money(call, acme, key):
    for path in ("plan", "forecasts", "money", "replay"):
        assert call(key, "GET", path).status == 404


def test_a_proposal_is_accepted_and_stands_in_an_order(call, run, key, acme):
    done = call(key, "POST", "plan/order-000/accept")
    assert (done.status, done.said["action"]) == (200, "accepted")
    order = call(key, "GET", f"orders/{done.said['order']}").said
    assert [line["sku"] for line in order["lines"]] == ["order-000"]
    assert order["state"] == "draft"
    assert call(key, "POST", "plan/order-000/accept").status == 409
    assert call(key, "POST", "plan/nothing/accept").status == 404


def test_other_units_and_none_want_a_reason(call, run, key):
    assert call(key, "POST", "plan/order-000/change", {"units": 3}).said["errors"][0]["field"] == "reason"
    changed = call(key, "POST", "plan/order-000/change", {"units": 3, "reason": "trial"})
    assert (changed.said["action"], changed.said["units"]) == ("changed", 3)
    other = next(line["sku"] for line in call(key, "GET", "plan?only=order").said["results"] if not line["decided"])
    ignored = call(key, "POST", f"plan/{other}/ignore", {"reason": "no room"})
    assert (ignored.said["action"], ignored.said["order"]) == ("ignored", None)


def test_an_order_goes_from_draft_to_received(call, run, key):
    body = {"supplier": "MILL", "lines": [{"sku": "order-000", "units": 10, "expected_on": today(20)}]}
    made = call(key, "POST", "orders", body)
    assert made.status == 201, made.content
    path = f"orders/{made.said['id']}"
    sent = call(key, "POST", f"{path}/send", {})
    assert (sent.said["state"], sent.said["ordered_on"]) == ("sent", today())
    part = call(key, "POST", f"{path}/receive", {"lines": [{"sku": "order-000", "units": 4}]})
    assert (part.said["state"], part.said["lines"][0]["received"]) == ("partly", 4)
    assert call(key, "POST", f"{path}/receive").said["state"] == "received"
    assert call(key, "POST", f"{path}/send", {}).status == 409
    assert call(key, "POST", f"{path}/receive", {"lines": [{"sku": "x", "units": 1}]}).status == 422
    assert [one["id"] for one in call(key, "GET", "orders?state=received").said["results"]] == [made.said["id"]]


def test_a_letter_of_an_order_is_answered_to_the_person_who_made_the_key(
    call, run, key, mailoutbox, django_capture_on_commit_callbacks
):
    line = {"sku": "order-000", "units": 1, "expected_on": today(20)}
    made = call(key, "POST", "orders", {"supplier": "MILL", "lines": [line]}).said
    with django_capture_on_commit_callbacks(execute=True):
        call(key, "POST", f"orders/{made['id']}/send", {"to": "mill@example.com"})
    (letter,) = mailoutbox
    assert (letter.to, letter.reply_to) == (["mill@example.com"], ["alice@acme.example"])


def today(days=0):
    """Write the day where the firm is."""
    return (dt.datetime.now(ZoneInfo("Europe/Berlin")).date() + dt.timedelta(days=days)).isoformat()


def test_an_order_for_nobody_who_is_known_is_refused_and_leaves_nothing(call, run, key, acme):
    body = {"supplier": "nobody", "lines": [{"sku": "order-000", "units": 1}]}
    assert call(key, "POST", "orders", body).said["errors"][0]["field"] == "supplier"
    assert call(key, "POST", "orders", {"lines": [{"sku": "nothing", "units": 1}]}).status == 422
    with tenant_scope(acme.pk):
        assert not Order.objects.exists()


def test_forecasts_tell_each_period_with_the_levels_asked_for(call, run, key):
    rows = call(key, "GET", "forecasts?limit=2").said["results"]
    assert len(rows) == 2
    assert set(rows[0]["periods"][0]) == {"starts_on", "mean", "quantiles"}
    level = next(iter(rows[0]["periods"][0]["quantiles"]))
    (one,) = call(key, "GET", f"forecasts?sku={rows[0]['sku']}&levels={level}").said["results"]
    assert list(one["periods"][0]["quantiles"]) == [level]
    assert len(one["periods"]) == run.horizon
    assert call(key, "GET", "forecasts?levels=0.123").status == 422
    assert call(key, "GET", f"forecasts?freq={'D' if run.freq != 'D' else 'M'}").status == 422
    later = call(key, "GET", "forecasts?from=2199-01-01").said["results"]
    assert all(row["periods"] == [] for row in later)


@pytest.mark.parametrize("by", ["category", "supplier", "channel", "product"])
def test_money_is_told_by_group(call, run, key, by):
    said = call(key, "GET", f"money?group_by={by}").said
    assert said["currency"] == "EUR"
    assert float(said["total"]["stock_value"]) > 0
    assert {"next", "as_of", "weeks", "results"} <= said.keys()
    if by != "channel":
        sums = [float(group["stock_value"]) for group in said["results"] if group["stock_value"] is not None]
        assert sum(sums) == pytest.approx(float(said["total"]["stock_value"]))


def test_a_run_is_started_once_listed_and_cancelled(call, acme, key, rival, key_for):
    first = call(key, "POST", "runs", {"horizon_days": 90, "skus": None})
    assert (first.status, first.said["state"], first.said["result"]) == (202, "queued", None)
    assert call(key, "POST", "runs", {}).said["id"] == first.said["id"]
    assert Job.objects.get().details == {"horizon_days": 90}
    path = f"runs/{first.said['id']}"
    assert [one["id"] for one in call(key, "GET", "runs").said["results"]] == [first.said["id"]]
    assert call(key_for(rival), "GET", path).status == call(key_for(rival), "POST", f"{path}/cancel").status == 404
    assert call(key, "POST", f"{path}/cancel").said["state"] == "cancelled"


def test_a_run_of_some_products_is_refused_with_what_to_ask_instead(call, acme, key):
    refused = call(key, "POST", "runs", {"skus": ["A"]})
    (error,) = refused.said["errors"]
    assert (refused.status, error["field"]) == (422, "skus")
    assert all(path in error["expected"] for path in ("GET /forecasts?sku=", "GET /plan", "POST /forecast"))
    assert not Job.objects.exists()


def test_a_run_that_is_done_tells_its_models_and_accuracy(call, acme, run, key):
    job = Job.objects.create(kind="run", organisation=acme, state="done", finished_at=dt.datetime.now(dt.UTC))
    with tenant_scope(acme.pk):
        run.summary = {**run.summary, "job": str(job.pk)}
        run.save()
    result = call(key, "GET", f"runs/{job.pk}").said["result"]
    assert sum(result["models"].values()) == result["products"]
    assert result["freq"] == run.freq


def test_the_newest_replay_is_told_and_the_next_one_started(call, acme, key):
    with tenant_scope(acme.pk):
        ReplayFactory()
        replay = Replay.objects.get()
    found = call(key, "GET", "replay")
    assert (found.status, found.said["id"]) == (200, str(replay.pk))
    body = {"from": "2026-01-05", "to": "2026-06-01", "policy": {"least_days": 7, "most_days": 28}}
    started = call(key, "POST", "replay", body)
    assert (started.status, started.said["state"]) == (202, "queued")
    assert Job.objects.get().details == {"start": "2026-01-05", "end": "2026-06-01", "least_days": 7, "most_days": 28}
    ends = {"least_days": 9, "most_days": 8}
    for policy in (ends, {"least_days": 7}, {"classes": {"A": ends, "B": ends, "C": ends}}, {"classes": {}}):
        assert call(key, "POST", "replay", {**body, "policy": policy}).status == 422
    assert call(key, "POST", "replay", {"from": "2026-02-01", "to": "2026-01-01"}).status == 422


def test_lists_ask_a_bounded_number_of_questions(call, acme, run, key):
    for path in ("plan?limit=1000", "forecasts?limit=1000", "money?group_by=product", "orders", "runs", "usage"):
        with CaptureQueriesContext(connection) as asked:
            assert call(key, "GET", path).status == 200
        assert len(asked) < 32, (path, len(asked))


def test_series_are_forecast_by_a_worker_and_nothing_of_them_stays(live, acme, key, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    started = jobs.start

    def start_and_run(kind, **options):
        job = started(kind, **options)
        Job.objects.filter(pk=job.pk).update(state=Job.State.RELEASED)
        jobs.run(job.pk)
        return job

    monkeypatch.setattr("portal.api.forecast.jobs.start", start_and_run)
    body = {
        "freq": "W",
        "horizon": 3,
        "levels": [0.1, 0.5, 0.9],
        "series": [
            {"id": "a", "start": "2025-01-06", "y": [4, 5, None, 6] * 15},
            {"id": "b", "start": "2025-03-03", "y": [1] * 20},
        ],
    }
    answer = live(key, "POST", "forecast", body)
    assert answer.status == 200, answer.content
    assert [one["id"] for one in answer.said["series"]] == ["a", "b"]
    first = answer.said["series"][0]
    assert len(first["mean"]) == 3
    assert [len(level) for level in first["quantiles"]] == [3, 3, 3]
    assert all(low <= high for low, high in zip(first["quantiles"][0], first["quantiles"][2], strict=True))
    assert answer.said["start"] == "2026-03-02"
    assert list((tmp_path / "forecast").iterdir()) == []
    assert live(key, "GET", "usage").said["days"][0]["series"] == 2


def test_more_series_than_the_tier_plans_are_402_and_the_limit_is_named(live, acme, key):
    type(acme).objects.filter(pk=acme.pk).update(tier="free")
    one = {"start": "2026-01-01", "y": [1]}
    body = {"freq": "D", "horizon": 1, "levels": [0.5], "series": [{"id": str(n), **one} for n in range(51)]}
    answer = live(key, "POST", "forecast", body)
    assert (answer.status, answer.said["type"]) == (402, "limit_reached")
    assert "products" in answer.said["detail"]
    assert "50" in answer.said["detail"]


def test_products_over_the_limit_are_taken_and_the_use_beside_the_limit_tells_of_it(live, acme, key):
    type(acme).objects.filter(pk=acme.pk).update(tier="free")
    most = LIMITS[Tier.FREE].products
    rows = [{"sku": f"OVER-{n}", "name": "Tea"} for n in range(most + 1)]
    answer = live(key, "PUT", "products", rows)
    assert (answer.status, answer.said["accepted"], answer.said["rejected"]) == (200, most + 1, 0)
    told = live(key, "GET", "organisation").said
    assert told["limits"]["products"] == most
    assert told["use"]["products"] > most


def test_when_no_worker_is_free_the_call_ends_with_503_and_its_job_is_cancelled(live, acme, key, settings, tmp_path):
    settings.MEDIA_ROOT, settings.FORECAST_WAIT_SECONDS = tmp_path, 0.2
    body = {"freq": "D", "horizon": 1, "levels": [0.5], "series": [{"id": "a", "start": "2026-01-01", "y": [1]}]}
    answer = live(key, "POST", "forecast", body)
    assert (answer.status, answer.said["type"], answer.headers["Retry-After"]) == (503, "busy", "30")
    assert Job.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"freq": "Y"},
        {"horizon": 0},
        {"levels": [0.9, 0.1]},
        {"levels": [1.5]},
        {"series": []},
        {"series": [{"id": "a", "start": "soon", "y": [1]}]},
        {"series": [{"id": "a", "start": "2026-01-01", "y": ["x"]}]},
        {"series": [{"id": "a", "start": "2026-01-01", "y": [-1]}]},
        {"series": [{"id": "a", "start": "2026-01-01", "y": [1]}] * 2},
        {"series": [{"id": str(n), "start": "2026-01-01", "y": [1]} for n in range(1001)]},
        {"freq": "M", "series": [{"id": "a", "start": "2026-01-02", "y": [1]}]},
    ],
)
def test_series_that_make_no_sense_are_422(live, acme, key, wrong):
    body = {"freq": "D", "horizon": 1, "levels": [0.5], "series": [{"id": "a", "start": "2026-01-01", "y": [1]}]}
    answer = live(key, "POST", "forecast", {**body, **wrong})
    assert answer.status == 422, json.dumps(answer.said)
    assert answer.said["errors"]
    assert not Job.objects.exists()


EVENT = {"name": "Sale", "starts_on": "2026-11-20", "ends_on": "2026-11-22", "kind": "promotion", "skus": ["A"]}


def test_events_are_put_by_name_and_first_day(call, acme, key):
    call(key, "PUT", "products", [{"sku": "A"}])
    rows = [EVENT, {**EVENT, "name": "Off", "kind": "closure"}, {**EVENT, "name": "?", "skus": ["nothing"]}, {"x": 1}]
    answer = call(key, "PUT", "events", rows)
    assert (answer.said["accepted"], answer.said["rejected"]) == (2, 2)
    assert call(key, "PUT", "events?atomic=1", rows).status == 422
    assert call(key, "PUT", "events", [{**EVENT, "ends_on": "2026-11-30"}]).said["accepted"] == 1
    found = {one["name"]: one for one in call(key, "GET", "events").said["results"]}
    assert found.keys() == {"Sale", "Off"}
    assert found["Sale"]["ends_on"] == "2026-11-30"
    assert found["Off"]["skus"] == []
    text = "name,starts_on,ends_on,kind,skus\nCsv,2026-11-20,2026-11-20,promotion,A\n"
    assert call(key, "PUT", "events", text, kind="text/csv").said["accepted"] == 1


@pytest.mark.parametrize("units", [True, False])
def test_yes_and_no_are_no_numbers(call, run, key, acme, units):
    body = {"supplier": "MILL", "lines": [{"sku": "order-000", "units": units, "expected_on": today(20)}]}
    refused = call(key, "POST", "orders", body)
    assert refused.status == 422, refused.content
    assert b"A valid number is required." in refused.content
    with tenant_scope(acme.pk):
        assert not Order.objects.exists()
