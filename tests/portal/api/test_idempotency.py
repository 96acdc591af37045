import threading

from tenants.isolation import tenant_scope
from tenants.models import IdempotentCall
from tenants.services import idempotency

SALE = {"order_id": "1", "line_id": "1", "sku": "A", "sold_at": "2026-11-02T10:00:00+01:00", "units": 2}


def sales(acme):
    from forecasting.models import Sale

    with tenant_scope(acme.pk):
        return [(sale.order_id, sale.units) for sale in Sale.objects.order_by("order_id")]


def test_the_same_call_again_gets_the_first_answer_and_does_nothing(call, acme, key_for):
    key = key_for(acme)
    first = call(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    call(key, "PUT", "sales", [{**SALE, "units": 5}])
    again = call(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    assert (again.status, again.content) == (first.status, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert sales(acme) == [("1", 5.0)]


def test_the_same_key_with_another_body_is_422(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    for other in ({"body": [{**SALE, "units": 3}], "path": "sales"}, {"body": [SALE], "path": "sales?atomic=1"}):
        assert call(key, "PUT", other["path"], other["body"], Idempotency_Key="one").status == 422
    assert sales(acme) == [("1", 2.0)]


def test_two_firms_may_use_one_key(call, acme, rival, key_for):
    for firm in (acme, rival):
        answer = call(key_for(firm), "PUT", "sales", [SALE], Idempotency_Key="one")
        assert "Idempotent-Replayed" not in answer.headers


def test_a_refusal_is_remembered_too(call, acme, key_for):
    key = key_for(acme)
    bad = [{**SALE, "units": "many"}]
    first = call(key, "PUT", "sales?atomic=1", bad, Idempotency_Key="one")
    again = call(key, "PUT", "sales?atomic=1", bad, Idempotency_Key="one")
    assert (first.status, again.status) == (422, 422)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_crash_is_never_remembered_and_leaves_no_row(call, acme, key_for, monkeypatch):
    from forecasting.services import intake

    key, whole = key_for(acme), intake._withdraw

    def broken(read):
        raise RuntimeError("boom")

    monkeypatch.setattr(intake, "_withdraw", broken)
    crashed = call(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    assert crashed.status == 500
    assert sales(acme) == []
    monkeypatch.setattr(intake, "_withdraw", whole)
    again = call(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    assert again.status == 200
    assert "Idempotent-Replayed" not in again.headers
    assert sales(acme) == [("1", 2.0)]


def test_after_a_day_a_key_is_new_again(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    with tenant_scope(acme.pk):
        call_ = IdempotentCall.objects.get()
        call_.started_at -= idempotency.KEPT
        call_.save()
    assert "Idempotent-Replayed" not in call(key, "PUT", "sales", [SALE], Idempotency_Key="one").headers


def test_while_the_first_call_runs_the_second_hears_409(live, acme, key_for, monkeypatch):
    from forecasting.services import intake

    key, whole = key_for(acme), intake._withdraw
    inside, go_on = threading.Event(), threading.Event()

    def slowly(read):
        inside.set()
        assert go_on.wait(30)
        return whole(read)

    monkeypatch.setattr(intake, "_withdraw", slowly)
    answers = []
    first = threading.Thread(target=lambda: answers.append(live(key, "PUT", "sales", [SALE], Idempotency_Key="one")))
    first.start()
    assert inside.wait(30)
    second = live(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    go_on.set()
    first.join(30)
    assert (second.status, second.said["type"]) == (409, "conflict")
    assert answers[0].status == 200
    third = live(key, "PUT", "sales", [SALE], Idempotency_Key="one")
    assert third.headers["Idempotent-Replayed"] == "true"
    assert sales(acme) == [("1", 2.0)]
