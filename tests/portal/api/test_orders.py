"""What programs make of the plan and of orders: many lines at once, lines changed, orders ended, arrivals undone."""

import datetime as dt

import pytest

from forecasting.models import Decision, Inbound, Order
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tests.forecasting.published import publish


@pytest.fixture
def key(acme, key_for):
    with tenant_scope(acme.pk):
        publish()
    return key_for(acme)


def day(ahead=0):
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=ahead)).isoformat()


@pytest.fixture
def order(call, key):
    """A draft of two lines."""
    lines = [{"sku": sku, "units": 10, "expected_on": day(20)} for sku in ("order-000", "risk-001")]
    made = call(key, "POST", "orders", {"supplier": "MILL", "lines": lines})
    assert made.status == 201, made.content
    return f"orders/{made.said['id']}"


def units(answer):
    assert answer.status in (200, 201), answer.content
    return {line["sku"]: line["units"] for line in answer.said["lines"]}


def done_in(acme):
    with tenant_scope(acme.pk):
        return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_the_plan_of_one_product_is_asked_for_by_its_sku(call, key):
    assert [line["sku"] for line in call(key, "GET", "plan?sku=order-000").said["results"]] == ["order-000"]
    assert call(key, "GET", "plan?sku=nothing").said["results"] == []


def test_a_decision_is_undone_and_its_line_leaves_the_draft(call, acme, key):
    order = call(key, "POST", "plan/order-000/accept").said["order"]
    undone = call(key, "POST", "plan/order-000/undo")
    assert (undone.status, undone.said["action"], undone.said["order"]) == (200, "accepted", None)
    assert units(call(key, "GET", f"orders/{order}")) == {}
    assert call(key, "POST", "plan/order-000/undo").status == 409
    assert call(key, "POST", "plan/nothing/undo").status == 404
    assert call(key, "POST", "plan/order-000/accept").status == 200
    call(key, "POST", f"orders/{order}/send")
    assert call(key, "POST", "plan/order-000/undo").status == 409  # the supplier counts on it
    assert "decision.undone" in done_in(acme)


def test_many_lines_are_decided_at_once_or_none(call, acme, key):
    skus = [line["sku"] for line in call(key, "GET", "plan?only=order").said["results"]]
    lines = [{"sku": skus[0]}, {"sku": skus[1], "units": 0, "reason": "no room"}]
    for wrong, status in (
        ({"sku": "nothing"}, 422),
        ({"sku": skus[0]}, 422),  # twice
        ({"sku": "enough-004", "units": 3}, 422),  # without a reason
    ):
        refused = call(key, "POST", "plan/decide", {"lines": [*lines, wrong]})
        assert refused.status == status, refused.content
    with tenant_scope(acme.pk):
        assert not Decision.objects.exists()
    done = call(key, "POST", "plan/decide", {"lines": lines})
    assert [(one["sku"], one["action"]) for one in done.said["decisions"]] == [
        (skus[0], "accepted"),
        (skus[1], "ignored"),
    ]
    assert done.said["on_order_already"] == []
    assert call(key, "POST", "plan/decide", {"lines": lines}).status == 409


def test_lines_of_a_draft_are_added_changed_and_taken_out(call, acme, key, order):
    more = {"sku": "order-000", "units": 2, "expected_on": day(20)}
    assert units(call(key, "POST", f"{order}/lines", more)) == {"order-000": 12, "risk-001": 10}
    changed = call(key, "PATCH", f"{order}/lines/order-000", {"units": 5, "unit_cost": "1.25", "expected_on": day(30)})
    (line,) = [line for line in changed.said["lines"] if line["sku"] == "order-000"]
    assert (line["units"], line["unit_cost"], line["expected_on"]) == (5, "1.2500", day(30))
    with tenant_scope(acme.pk):
        coming = Inbound.objects.filter(product__sku="order-000", received_on=None).values_list("units", flat=True)
        assert list(coming)[-1] == 5  # what the next run reads
    assert units(call(key, "DELETE", f"{order}/lines/risk-001")) == {"order-000": 5}
    assert call(key, "DELETE", f"{order}/lines/risk-001").status == 404
    assert call(key, "POST", f"{order}/lines", {"sku": "nothing", "units": 1}).status == 422
    call(key, "POST", f"{order}/send")
    assert call(key, "PATCH", f"{order}/lines/order-000", {"expected_on": day(40)}).status == 200
    assert call(key, "PATCH", f"{order}/lines/order-000", {"units": 6}).status == 409
    assert call(key, "DELETE", f"{order}/lines/order-000").status == 409
    assert {"order.line_added", "order.line_changed", "order.line_removed"} <= set(done_in(acme))


def test_a_draft_is_emptied_and_a_sent_order_cancelled(call, acme, key):
    made = call(key, "POST", "plan/order-000/accept").said["order"]
    emptied = call(key, "POST", f"orders/{made}/cancel")
    assert (emptied.said["state"], units(emptied)) == ("draft", {})
    again = call(key, "POST", "plan/order-000/accept")  # its proposal is open again, the number was kept
    assert (again.status, again.said["order"]) == (200, made)
    call(key, "POST", f"orders/{made}/send")
    assert call(key, "POST", f"orders/{made}/cancel").said["state"] == "cancelled"
    assert call(key, "POST", f"orders/{made}/cancel").status == 409
    with tenant_scope(acme.pk):
        assert not Inbound.objects.filter(line__order=made).exists()


def test_an_arrival_is_listed_and_taken_back(call, acme, key, order):
    call(key, "POST", f"{order}/send")
    call(key, "POST", f"{order}/receive", {"lines": [{"sku": "order-000", "units": 4}], "received_on": day()})
    (receipt,) = call(key, "GET", f"{order}/receipts").said["results"]
    assert {**receipt, "id": 0, "by": ""} == {
        **{"id": 0, "sku": "order-000", "units": 4, "received_on": day()},
        "by": "",
    }
    back = call(key, "DELETE", f"{order}/receipts/{receipt['id']}")
    assert (back.said["state"], back.said["lines"][0]["received"]) == ("sent", 0)
    assert call(key, "GET", f"{order}/receipts").said["results"] == []
    assert call(key, "DELETE", f"{order}/receipts/{receipt['id']}").status == 409
    assert call(key, "DELETE", f"{order}/receipts/{10**30}").status == 404


def test_only_a_letter_that_did_not_get_through_is_sent_again(
    call, acme, key, order, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        call(key, "POST", f"{order}/send", {"to": "mill@example.com"})
    assert call(key, "POST", f"{order}/send-again").status == 409
    with tenant_scope(acme.pk):
        Order.objects.update(mail=Order.Mail.FAILED)
    with django_capture_on_commit_callbacks(execute=True):
        again = call(key, "POST", f"{order}/send-again", {"language": "zh-hans"})
    assert again.status == 200, again.content
    first, second = mailoutbox
    assert first.to == second.to == ["mill@example.com"]
    assert first.subject != second.subject


def test_a_rival_reaches_no_order_of_acme(call, key, key_for, rival, order):
    theirs = key_for(rival)
    for method, path, body in (
        ("POST", "cancel", None),
        ("POST", "send-again", None),
        ("POST", "lines", {"sku": "order-000", "units": 1}),
        ("PATCH", "lines/order-000", {"units": 1}),
        ("DELETE", "lines/order-000", None),
        ("GET", "receipts", None),
        ("DELETE", "receipts/1", None),
    ):
        assert call(theirs, method, f"{order}/{path}", body).status == 404, path


def test_a_call_that_changes_an_order_is_done_once_under_its_idempotency_key(call, key, order):
    more = {"sku": "order-000", "units": 2, "expected_on": day(20)}
    first, second = (call(key, "POST", f"{order}/lines", more, Idempotency_Key="line-1") for _ in range(2))
    assert units(first) == units(second) == {"order-000": 12, "risk-001": 10}
    assert second.headers["Idempotent-Replayed"] == "true"
