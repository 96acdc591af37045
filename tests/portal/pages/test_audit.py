"""The audit log's page: found by person, kind, thing and day; in words; and taken away as a file."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from django.utils import timezone

from portal.audit_words import PHRASES, phrase, told
from tenants.isolation import tenant_scope
from tenants.services import audit

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def done(acme, alice, bob):
    """Acme, in whose log some things stand."""
    with tenant_scope(acme.pk):
        audit.record("order.sent", by=bob, target="PO-7", to="mill@example.com")
        with audit.acting(on_behalf_of=alice.email):
            audit.record("policy.changed", by=bob, reason="the owner asked", service_level=0.95, lean=True)
        audit.record("upload.loaded", by=None, target="=evil.csv", rows={"read": 3})
    return acme


def words_of(answer):
    return re.findall(r'<th scope="row">([^<]+)', answer.content.decode())


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Upload loaded", "Rules of the plan changed", "Order sent", "Firm founded"]),
        ({"person": "bob@acme.example"}, ["Rules of the plan changed", "Order sent"]),
        ({"person": "alice@acme.example"}, ["Rules of the plan changed", "Firm founded"]),
        ({"action": "order.sent"}, ["Order sent"]),
        ({"target": "po-7"}, ["Order sent"]),
        ({"since": "2100-01-01"}, []),
        ({"until": "2000-01-01"}, []),
        (
            {"since": "no day", "page": "nonsense"},
            ["Upload loaded", "Rules of the plan changed", "Order sent", "Firm founded"],
        ),
    ],
)
def test_log_is_found_by_person_kind_thing_and_day(done, alice, client_for, asked, found):
    answer = client_for(alice).get("/audit/", asked)
    assert answer.status_code == 200
    assert words_of(answer) == found


def test_today_is_found_from_today_until_today_in_the_firms_own_time(done, alice, client_for):
    with timezone.override(done.time_zone):
        day = timezone.localdate().isoformat()
    assert len(words_of(client_for(alice).get("/audit/", {"since": day, "until": day}))) == 4


def test_entry_tells_reason_detail_and_who_let_them_in(done, alice, client_for):
    page = client_for(alice).get("/audit/").content.decode()
    for words in ("the owner asked", "let in by alice@acme.example", "service level", "0.95", "mill@example.com"):
        assert words in page


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_log_is_taken_away_with_the_filters_of_the_page(done, alice, client_for, form):
    answer = client_for(alice).get(f"/audit/export.{form}", {"action": "upload.loaded"})
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert (row["What"], row["Of what"], row["Detail"]) == ("Upload loaded", "'=evil.csv", "rows: read → 3")


def test_log_is_read_in_pages(acme, alice, client_for):
    with tenant_scope(acme.pk):
        for number in range(60):
            audit.record("product.changed", by=alice, target=f"SKU-{number}")
    first, second = (words_of(client_for(alice).get("/audit/", {"page": page})) for page in (1, 2))
    assert (len(first), len(second)) == (50, 11)


def test_only_owners_read_it(done, bob, ada, victor, client_for):
    for who in (bob, ada, victor):
        assert client_for(who).get("/audit/").status_code == 403


def test_every_action_that_the_code_records_has_words():
    recorded = set()
    for folder in ("tenants", "forecasting", "portal"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("record", "record_everywhere"):
                    recorded |= {at.value for at in ast.walk(call.args[0]) if _is_action(at)} if call.args else set()
    assert len(recorded) > 40
    assert recorded - set(PHRASES) == set()


def _is_action(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"\w+\.\w+", node.value)


def test_action_without_words_and_odd_details_are_read_all_the_same():
    assert phrase("new_thing.was_done") == "new thing: was done"
    assert told({"a_b": [1, {"c": True}], "none": None, "long": "x" * 999}) == [
        ("a b", "1, c → yes"),
        ("long", "x" * 300 + "…"),
    ]
