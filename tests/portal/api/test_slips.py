"""What a newcomer gets wrong, and that the answer says what to do instead."""

import pytest

SALES = "order_id,line_id,sku,sold_at,units\n1,1,TEA,2026-11-02,3\n"
JSON, CSV = "application/json", "text/csv"


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "words"),
    [
        ("PUT", "sales", SALES, "application/x-www-form-urlencoded", 415, "Send one of: application/json, "),
        ("PUT", "sales", SALES.replace("\n", ""), CSV, 400, "--data-binary"),
        ("PUT", "sales", SALES.replace(",", ";"), CSV, 400, "by commas, not by “;”"),
        ("PUT", "sales", SALES.replace(",", "\t"), CSV, 400, "by commas"),
        ("PUT", "sales", '{"sku": "TEA"}', JSON, 400, "must be an array of rows"),
        ("PUT", "sales", "[]", JSON, 422, "no rows in the body"),
        ("POST", "products", "[]", JSON, 405, "takes only: GET, PUT"),
        ("GET", "sales/", None, JSON, 404, "do not end in “/”"),
        ("GET", "sale", None, JSON, 404, "/api/v1/docs"),
        ("GET", "/api/v1", None, JSON, 404, "/api/v1/docs"),
        ("GET", "plan", None, JSON, 404, "Start a run first"),
    ],
)
def test_a_slip_is_answered_with_what_to_do_instead(call, acme, key_for, method, path, body, kind, status, words):
    answer = call(key_for(acme), method, path, body, kind=kind)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert words in answer.said["detail"]


def test_what_accept_may_ask_for_is_told(call, acme, key_for):
    answer = call(key_for(acme), "GET", "sales", Accept="application/xml")
    assert answer.status == 406
    assert "application/json, text/csv" in answer.said["detail"]


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", "sales?since=2026-01-01", "limit, cursor, format"),
        ("GET", "plan?page=2", "only, limit, cursor, format"),
        ("PUT", "sales?all_or_nothing=1", "one of: atomic, format"),
    ],
)
def test_a_query_that_is_not_known_is_refused_rather_than_passed_over(call, acme, key_for, method, path, known):
    answer = call(key_for(acme), method, path, SALES if method == "PUT" else None, kind=CSV)
    assert answer.status == 422
    (wrong,) = answer.said["errors"]
    assert path.split("?")[1].startswith(wrong["field"])
    assert known in wrong["expected"]
