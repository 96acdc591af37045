import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from forecasting.models import Location, Product, Sale, StockCount
from forecasting.services import intake
from tenants.isolation import tenant_scope

SALE = {"order_id": "1", "line_id": "1", "sku": "007", "sold_at": "2026-11-02T10:00:00+01:00", "units": 2}
BODIES = {
    "products": {
        **{"sku": "007", "name": "Tea", "category": "Drinks", "supplier": "MILL", "unit_cost": "1.25"},
        **{"unit_price": "3.5", "currency": "EUR", "lead_time_days": 14, "lead_time_sd_days": 2, "review_days": 7},
        **{"moq": 10, "pack_size": 5, "shelf_life_days": 300, "service_level": 0.95, "status": "active"},
        "replaces": "006",
    },
    "suppliers": {"code": "MILL", "name": "The mill", "lead_time_days": 14, "currency": "EUR"},
    "locations": {"code": "north", "name": "North", "transfer_days": 2, "transfer_cost": "0.5"},
    "channels": {"code": "web", "name": "Web", "own": True, "fee_percent": "2.5", "shipping_per_unit": 4},
    "components": {"parent_sku": "KIT", "component_sku": "007", "quantity": 2.5, "made": False},
    "sales": {
        **SALE,
        **{"unit_price": "3.5", "discount": "0.5", "currency": "USD", "channel": "web", "location": "north"},
        **{"customer_ref": "c1", "status": "paid"},
    },
    "stock": {"sku": "007", "location": "north", "counted_at": "2026-11-02", "on_hand": 12, "reserved": 2},
    "inbound": {
        **{"order_ref": "PO-9", "sku": "007", "location": "north", "units": 30},
        **{"ordered_on": "2026-11-01", "expected_on": "2026-11-20", "received_on": None},
    },
    "rates": {"currency": "USD", "date": "2026-11-02", "rate": "0.9214"},
}


def results(answer):
    assert answer.status == 200, answer.content
    return answer.said["results"]


@pytest.mark.parametrize("kind", BODIES)
def test_what_is_put_is_what_is_got_and_putting_it_again_changes_nothing(call, acme, key_for, kind):
    key, row = key_for(acme), BODIES[kind]
    for _ in range(2):
        put = call(key, "PUT", kind, [row])
        assert (put.status, put.said) == (200, {"accepted": 1, "rejected": 0, "errors": []})
    (got,) = results(call(key, "GET", kind))
    told = {**row, **{name: got[name] for name in got if name not in row}}
    money = {"unit_cost", "unit_price", "discount", "transfer_cost", "fee_percent", "shipping_per_unit"}
    for name, value in got.items():
        if name in money and value is not None:
            assert isinstance(value, str)
            assert float(value) == float(told[name])
        else:
            assert value == told[name], name
    assert call(key, "PUT", kind, [got]).said["accepted"] == 1  # what was read can be sent back


@pytest.mark.parametrize("kind", BODIES)
def test_every_list_comes_as_csv_and_goes_back_as_csv(call, acme, rival, key_for, kind):
    call(key_for(acme), "PUT", kind, [BODIES[kind]])
    answer = call(key_for(acme, "r"), "GET", kind, Accept="text/csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert list(row) == list(results(call(key_for(acme), "GET", kind))[0])
    back = call(key_for(rival), "PUT", f"{kind}?atomic=1", answer.content, kind="text/csv")
    assert back.said == {"accepted": 1, "rejected": 0, "errors": []}
    theirs, ours = (results(call(key_for(firm), "GET", kind)) for firm in (rival, acme))
    assert theirs == ours


def test_lines_of_json_are_rows_and_a_broken_line_is_a_bad_one(call, acme, key_for):
    lines = [json.dumps(SALE), "{oh", json.dumps({**SALE, "line_id": "2"}), ""]
    answer = call(key_for(acme), "PUT", "sales", "\n".join(lines), kind="application/x-ndjson")
    assert (answer.said["accepted"], answer.said["rejected"]) == (2, 1)
    assert answer.said["errors"] == [
        {"row": 2, "field": "", "value": "{oh", "expected": "an object with the fields of one row"}
    ]


WRONG = [
    ("units", "abc", "a number"),
    ("units", True, "a number"),
    ("units", 1e10, "a number between -1,000,000,000 and 1,000,000,000"),
    ("units", None, "something: this column must not be empty"),
    ("sku", 7, "a code as text, in quotation marks, so that zeros at its start are kept"),
    ("sku", "x" * 101, "at most 100 characters"),
    ("sku", "a\u0000b", "a code of at most 100 characters without line breaks"),
    ("sold_at", "2026-11-02T10:00:00", "a time with its zone, such as 2026-11-02T09:30:00+01:00, or a day"),
    ("sold_at", "02.11.2026", "a time with its zone, such as 2026-11-02T09:30:00+01:00, or a day"),
    ("sold_at", "2099-11-02T10:00:00Z", "a date that is not in the future"),
    ("currency", "EURO", "a currency code of three letters, such as EUR"),
    ("customer_ref", "\ud800", "plain text without control characters"),
    ("unit_prise", 3, "one of the fields: order_id, line_id, sku, sold_at, units, unit_price, discount, currency, "
     "channel, location, customer_ref, status"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), WRONG)
def test_a_bad_row_is_told_with_row_field_value_and_what_was_expected(call, acme, key_for, field, value, expected):
    answer = call(key_for(acme), "PUT", "sales", [SALE, {**SALE, "line_id": "2", field: value}])
    assert answer.status == 200
    assert (answer.said["accepted"], answer.said["rejected"]) == (1, 1)
    (error,) = answer.said["errors"]
    assert (error["row"], error["field"], error["expected"]) == (2, field, expected)
    with tenant_scope(acme.pk):
        assert [sale.line_id for sale in Sale.objects.all()] == ["1"]


def test_atomic_loads_all_or_nothing(call, acme, key_for):
    answer = call(key_for(acme), "PUT", "sales?atomic=1", [SALE, {**SALE, "line_id": "2", "units": "x"}])
    assert (answer.status, answer.said["type"]) == (422, "invalid")
    assert answer.said["errors"] == [{"row": 2, "field": "units", "value": "x", "expected": "a number"}]
    with tenant_scope(acme.pk):
        assert not Sale.objects.exists()
        assert not Product.objects.exists()


def test_what_a_row_does_not_name_stays_and_null_makes_it_unknown(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "products", [{"sku": "A", "name": "Tea", "unit_cost": 2}, {"sku": "B", "name": "Cup"}])
    call(key, "PUT", "products", [{"sku": "A", "unit_price": "3"}, {"sku": "B", "name": None, "unit_cost": "1"}])
    a, b = results(call(key, "GET", "products"))
    assert (a["name"], a["unit_cost"], a["unit_price"]) == ("Tea", "2.0000", "3.0000")
    assert (b["name"], b["unit_cost"], b["unit_price"]) == ("", "1.0000", None)


def test_of_rows_with_one_key_the_last_counts(call, acme, key_for):
    key = key_for(acme)
    assert call(key, "PUT", "sales", [SALE, {**SALE, "units": 9}]).said["accepted"] == 2
    assert results(call(key, "GET", "sales"))[0]["units"] == 9


def test_a_cancelled_line_and_one_without_units_take_back_what_stood_there(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "sales", [{**SALE, "line_id": n} for n in ("1", "2", "3")])
    gone = [{**SALE, "status": "cancelled"}, {**SALE, "line_id": "2", "units": 0}]
    assert call(key, "PUT", "sales", gone).said == {"accepted": 2, "rejected": 0, "errors": []}
    assert [row["line_id"] for row in results(call(key, "GET", "sales"))] == ["3"]


def test_a_day_is_midnight_in_the_firms_zone_and_a_time_counts_on_the_firms_day(call, acme, key_for):
    key = key_for(acme)
    rows = [{**SALE, "sold_at": "2026-11-02"}, {**SALE, "line_id": "2", "sold_at": "2026-11-02T23:30:00Z"}]
    call(key, "PUT", "sales", rows)
    with tenant_scope(acme.pk):
        days = {sale.line_id: (sale.sold_on.isoformat(), sale.sold_at.isoformat()) for sale in Sale.objects.all()}
    assert days["1"] == ("2026-11-02", "2026-11-01T23:00:00+00:00")
    assert days["2"] == ("2026-11-03", "2026-11-02T23:30:00+00:00")  # it is half past midnight in Berlin


def test_rows_without_a_place_lie_in_main(call, acme, key_for):
    call(key_for(acme), "PUT", "stock", [{"sku": "A", "counted_at": "2026-11-02", "on_hand": 3}])
    with tenant_scope(acme.pk):
        assert (Location.objects.get().code, StockCount.objects.get().on_hand) == ("main", 3)


def test_pages_lead_through_the_whole_list_each_row_once(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "sales", [{**SALE, "order_id": f"{n // 2:03}", "line_id": str(n % 2)} for n in range(25)])
    seen, address = [], "sales?limit=7&from=2026-11-01"
    while address:
        answer = call(key, "GET", address)
        seen += [(row["order_id"], row["line_id"]) for row in results(answer)]
        address = answer.said["next"]
        assert address is None or address.startswith("http://testserver/api/v1/sales?")
    assert seen == [(f"{n // 2:03}", str(n % 2)) for n in range(25)]


def test_a_csv_page_tells_the_next_one_in_its_link(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "suppliers", [{"code": "A"}, {"code": "B"}])
    first = call(key, "GET", "suppliers?limit=1", Accept="text/csv")
    assert 'rel="next"' in first.headers["Link"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "limit=²", "cursor=x", "cursor=WzFd", "from=soon", "cursor=%F0%9F"]
)
def test_a_question_that_makes_no_sense_is_422(call, acme, key_for, query):
    assert call(key_for(acme), "GET", f"sales?{query}").status == 422


def test_sales_are_found_by_sku_day_and_channel(call, acme, key_for):
    key = key_for(acme)
    rows = [
        {**SALE, "channel": "web"},
        {**SALE, "line_id": "2", "sku": "B", "sold_at": "2026-11-05T10:00:00Z", "channel": "shop"},
    ]
    call(key, "PUT", "sales", rows)
    for query, lines in {
        "sku=007": ["1"],
        "from=2026-11-03": ["2"],
        "to=2026-11-02": ["1"],
        "channel=shop": ["2"],
        "channel=shop&sku=007": [],
    }.items():
        assert [row["line_id"] for row in results(call(key, "GET", f"sales?{query}"))] == lines, query


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{}", "application/json", 400),
        ("[", "application/json", 400),
        ("[NaN]", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ("", "application/json", 422),
        ("[]", "application/json", 422),
        ("\xff", "text/csv", 400),
        ('"a', "text/csv", 400),
        ("a,a\n1,2", "text/csv", 400),
        ("", "text/csv", 422),
        ("x", "application/xml", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_told_as_a_problem(call, acme, key_for, body, kind, status):
    answer = call(key_for(acme), "PUT", "sales", body.encode("latin-1"), kind=kind)
    assert answer.status == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_more_rows_than_one_call_takes_are_413(call, acme, key_for):
    answer = call(key_for(acme), "PUT", "sales", [SALE] * (intake.MOST_ROWS + 1))
    assert (answer.status, answer.said["type"]) == (413, "too_large")


def test_too_many_different_sets_of_fields_are_rejected_rows(call, acme, key_for):
    names = ["name", "category", "unit_cost", "unit_price", "moq"]
    rows = [
        {"sku": f"{n}", **{name: None for bit, name in enumerate(names) if n >> bit & 1}}
        for n in range(2 ** len(names))
    ]
    answer = call(key_for(acme), "PUT", "products", rows)
    assert (answer.said["accepted"], answer.said["rejected"]) == (20, 12)


def test_components_in_a_circle_are_refused_whole(call, acme, key_for):
    rows = [
        {"parent_sku": "A", "component_sku": "B", "quantity": 1},
        {"parent_sku": "B", "component_sku": "A", "quantity": 1},
    ]
    assert call(key_for(acme), "PUT", "components", rows).status == 422
    assert results(call(key_for(acme), "GET", "components")) == []


def test_one_product_is_read_changed_and_deleted(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "products", [BODIES["products"], {"sku": "a/b"}])
    assert call(key, "GET", "products/007").said["unit_cost"] == "1.2500"
    changed = call(key, "PATCH", "products/007", {"unit_cost": "2", "moq": None})
    assert (changed.said["unit_cost"], changed.said["moq"], changed.said["name"]) == ("2.0000", None, "Tea")
    assert call(key, "PATCH", "products/007", {"moq": "many"}).said["errors"][0]["field"] == "moq"
    for body in ({}, [], {"sku": "x"}):
        assert call(key, "PATCH", "products/007", body).status == 422
    assert call(key, "PATCH", "products/nothing", {"moq": 1}).status == 404
    assert call(key, "DELETE", "products/a/b").status == 204
    assert call(key, "GET", "products/a/b").status == 404


def test_a_product_that_was_sold_is_not_deleted(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "sales", [SALE])
    answer = call(key, "DELETE", "products/007")
    assert (answer.status, answer.said["type"]) == (409, "conflict")
    assert len(results(call(key, "GET", "sales"))) == 1


def test_fields_that_are_no_ones_to_set_are_refused(call, acme, rival, key_for):
    answer = call(key_for(acme), "PATCH", "products/x", {"organisation_id": rival.pk})
    assert answer.status == 404
    row = {"sku": "A", "organisation_id": rival.pk, "incomplete": False}
    assert call(key_for(acme), "PUT", "products", [row]).said["rejected"] == 1


def test_the_organisation_tells_its_tier_limits_and_use(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "products", [{"sku": "A"}])
    said = call(key, "GET", "organisation").said
    assert (said["name"], said["currency"], said["time_zone"]) == ("Acme", "EUR", "Europe/Berlin")
    assert said["limits"]["products"] == 10_000
    assert said["use"] == {"products": 1, "locations": 0, "api_calls_a_day": 1}


def test_a_line_break_within_a_text_is_a_blank_as_in_files(call, key_for, acme, committed_db):
    answer = call(key_for(acme), "PUT", "locations", [{"code": "A", "name": "left\rright\r\nbelow"}])
    assert (answer.status, answer.said["accepted"]) == (200, 1)
    assert call(key_for(acme), "GET", "locations").said["results"][0]["name"] == "left right below"


def test_calls_of_several_kinds_at_once_may_name_the_same_new_products(live, acme, key_for):
    key, skus = key_for(acme), [f"S{n}" for n in range(300)]
    bodies = {
        "sales": [{**SALE, "line_id": sku, "sku": sku, "location": "north"} for sku in skus],
        "stock": [{"sku": sku, "location": "north", "counted_at": "2026-11-02", "on_hand": 1} for sku in skus[::-1]],
        "inbound": [{**BODIES["inbound"], "sku": sku} for sku in sorted(skus)],
        "products": [{"sku": sku, "name": "Tea", "supplier": "MILL"} for sku in skus[::-1]],
    }
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda kind: live(key, "PUT", kind, bodies[kind]), bodies))
    assert [(one.status, one.said.get("accepted")) for one in answers] == [(200, 300)] * 4
    with tenant_scope(acme.pk):
        assert Product.objects.filter(name="Tea", incomplete=False).count() == 300
        assert Sale.objects.count() == StockCount.objects.count() == 300
