import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.factories import RunFactory, UserFactory
from tests.forecasting.published import publish

ADDRESSES = ("organisation", "products", "products/order-000", "plan", "runs")


@pytest.fixture
def run(acme):
    with tenant_scope(acme.pk):
        return publish()


def asked(client, address, status=200):
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == status, answer.content
    return json.loads(answer.content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_is_told_to_sign_in_with_a_problem(client_for, run, address):
    answer = client_for().get(f"/api/v1/{address}")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "not_authenticated"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_person_without_a_firm_is_refused(client_for, database, address):
    assert asked(client_for(UserFactory()), address, 403)["type"] == "not_allowed"


def test_a_stranger_finds_nothing(client_for, run, rival, charlie):
    client = client_for(charlie)
    assert asked(client, "products")["results"] == []
    assert asked(client, "runs")["results"] == []
    assert asked(client, "products/order-000", 404)["type"] == "not_found"
    assert asked(client, f"runs/{run.pk}", 404)["status"] == 404
    assert asked(client, "plan", 404)["detail"] == "There is no plan yet."


def test_the_organisation_tells_its_tier_and_limits(client_for, acme, victor):
    found = asked(client_for(victor), "organisation")
    assert (found["name"], found["currency"], found["tier"]) == ("Acme", "EUR", "growth")
    assert found["limits"]["products"] == 10_000


def test_money_is_text_and_what_is_not_known_is_null(client_for, run, alice):
    found = asked(client_for(alice), "products/order-000")
    assert found["unit_cost"] == "10.0000"
    assert (found["currency"], found["supplier"]) == ("EUR", "MILL")
    assert asked(client_for(alice), "products/risk-001")["unit_cost"] is None


def test_lists_go_on_by_cursor_without_gap_or_double(client_for, run, alice):
    client, seen, address = client_for(alice), [], "products?limit=2"
    while address:
        part = asked(client, address)
        seen += [product["sku"] for product in part["results"]]
        address = part["next"] and part["next"].split("/api/v1/")[1]
    assert seen == ["order-000", "risk-001", "excess-002", "missing-003", "enough-004"]


def test_the_plan_has_reasons_and_names_what_is_missing(client_for, run, alice):
    lines = {line["sku"]: line for line in asked(client_for(alice), "plan")["results"]}
    assert len(lines) == 5
    assert lines["order-000"]["order_units"] == 30.0
    assert lines["order-000"]["order_on"] == "2026-11-16"
    assert lines["order-000"]["value"] == "300.0000"
    assert lines["order-000"]["why"][1] == {"step": "On hand", "units": -50.0}
    assert lines["missing-003"]["missing"] == ["lead_time_days"]
    assert lines["missing-003"]["order_units"] is None


def test_filters_narrow_the_plan(client_for, run, alice):
    client = client_for(alice)
    assert len(asked(client, "plan?only=order")["results"]) == 2
    assert asked(client, "plan?supplier=nobody")["results"] == []
    assert asked(client, "plan?due_before=2026-11-15")["results"] == []


def test_a_wrong_filter_is_told_by_name(client_for, run, alice):
    problem = asked(client_for(alice), "plan?due_before=soon", 422)
    assert problem["type"] == "invalid"
    assert problem["errors"][0]["field"] == "due_before"


def test_runs_are_listed_newest_first(client_for, acme, run, alice):
    with tenant_scope(acme.pk):
        newer = RunFactory(summary={"products": 7})
    newer_id = rows.Run._meta.pk.to_python(newer.pk)
    found = asked(client_for(alice), "runs")["results"]
    assert [item["id"] for item in found] == [str(newer_id), str(run.pk)]
    assert asked(client_for(alice), f"runs/{newer_id}")["summary"] == {"products": 7}


def test_what_cannot_be_done_is_a_problem_too(client_for, run, alice):
    answer = client_for(alice).post("/api/v1/products", {})
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert "GET" in answer["Allow"]


def test_lists_ask_the_same_number_of_questions_however_long_they_are(client_for, acme, alice, rival, charlie):
    for address in ("products", "plan"):
        counted = []
        for firm, person, count in ((acme, alice, 5), (rival, charlie, 50)):
            if address == "products":
                with tenant_scope(firm.pk):
                    publish(count)
            client = client_for(person)
            asked(client, address)
            with CaptureQueriesContext(connection) as found:
                asked(client, address)
            counted.append(len(found))
        assert counted[0] == counted[1] < 15
