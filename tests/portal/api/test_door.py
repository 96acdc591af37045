import re

import pytest

from tenants.isolation import tenant_scope
from tenants.models import ApiKey, AuditEntry, Organisation, Usage
from tenants.services import api_keys

SALE = {"order_id": "1", "line_id": "1", "sku": "A", "sold_at": "2026-11-02T10:00:00+01:00", "units": 2}


def test_a_key_has_its_shape_and_its_checksum_and_only_a_hash_is_kept(acme, key_for):
    text = key_for(acme)
    assert re.fullmatch(r"lg_w_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", text)
    assert api_keys.checksum(text[:-6]) == text[-6:]
    row = ApiKey.objects.get()
    assert row.prefix == text[5:13]
    assert text not in str(row.__dict__)
    assert text[14:] not in str(row.__dict__)
    assert api_keys.find(text) == row


def test_a_slip_in_a_key_is_seen_without_asking_the_database(acme, key_for, django_assert_num_queries):
    text = key_for(acme)
    wrong = text[:20] + ("a" if text[20] != "a" else "b") + text[21:]
    with django_assert_num_queries(0):
        assert api_keys.find(wrong) is None
        assert api_keys.find("") is None
        assert api_keys.find("lg_r_short") is None


def test_without_a_key_with_a_wrong_one_and_with_a_session_it_is_401_with_a_challenge(call, client_for, alice, acme):
    for answer in (call(None, "GET", "organisation"), call("lg_w_nonsense", "GET", "organisation")):
        assert (answer.status, answer.said["type"]) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Lagom"'
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert client_for(alice).get("/api/v1/organisation").status_code == 401


def test_a_key_in_the_address_is_refused(call, acme, key_for):
    key = key_for(acme)
    answer = call(key, "GET", f"organisation?key={key}")
    assert (answer.status, answer.said["type"]) == (400, "key_in_url")
    assert key not in answer.content.decode()


def test_a_reading_key_reads_and_a_writing_key_writes(call, acme, key_for):
    assert call(key_for(acme, "r"), "GET", "sales").status == 200
    refused = call(key_for(acme, "r"), "PUT", "sales", [SALE])
    assert (refused.status, refused.said["type"]) == (403, "not_allowed")
    assert call(key_for(acme), "PUT", "sales", [SALE]).status == 200


def test_a_revoked_and_an_expired_key_open_nothing(call, acme, alice, key_for):
    key = key_for(acme)
    with tenant_scope(acme.pk):
        api_keys.revoke(organisation=acme, key_id=ApiKey.objects.get().pk, by=alice)
    assert call(key, "GET", "sales").status == 401
    other = key_for(acme)
    ApiKey.objects.filter(revoked_at=None).update(expires_at="2026-01-01T00:00Z")
    assert call(other, "GET", "sales").status == 401


def test_a_key_opens_its_own_firm_only(call, acme, rival, key_for):
    call(key_for(acme), "PUT", "sales", [SALE])
    key = key_for(rival)
    assert call(key, "GET", "sales").said == {"next": None, "results": []}
    theirs, nothing = call(key, "GET", "products/A"), call(key, "GET", "products/B")
    assert theirs.status == nothing.status == 404
    assert theirs.content == nothing.content


def test_a_suspended_firm_is_shut_and_an_unpaid_one_only_read(call, acme, key_for):
    key = key_for(acme)
    Organisation.objects.update(state="read_only")
    assert call(key, "GET", "sales").status == 200
    assert call(key, "PUT", "sales", [SALE]).said["type"] == "read_only"
    Organisation.objects.update(state="suspended")
    assert call(key, "GET", "sales").said["type"] == "suspended"


def test_every_call_is_counted_and_says_what_is_left(call, acme, key_for):
    key = key_for(acme)
    first, second = call(key, "GET", "sales"), call(key, "GET", "sales?limit=0")
    assert second.status == 422
    left = [int(answer.headers["RateLimit-Remaining"]) for answer in (first, second)]
    assert left == [99_999, 99_998]
    assert first.headers["RateLimit-Limit"] == "100000"
    assert 0 < int(first.headers["RateLimit-Reset"]) <= 86_400
    with tenant_scope(acme.pk):
        assert Usage.objects.get().n == 2
    assert call(key, "GET", "usage").said["days"][0]["calls"] == 2


def test_of_calls_at_once_those_beyond_the_burst_are_sent_back_with_a_time_to_wait(
    call, acme, rival, key_for, monkeypatch
):
    from portal.api import limits

    assert limits.BURST == 20
    monkeypatch.setattr(limits, "BURST", 2)  # a busy machine makes no 20 calls a second
    key = key_for(acme)
    answers = [call(key, "GET", "suppliers") for _ in range(8)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert all(answer.status == 200 for answer in answers[:2])
    assert refused[0].said["type"] == "burst_limit"
    assert refused[0].headers["Retry-After"] == "1"
    assert call(key_for(rival), "GET", "suppliers").status == 200


def test_a_day_that_is_used_up_is_429_until_midnight(call, acme, key_for, monkeypatch):
    monkeypatch.setattr("portal.api.limits.a_day", lambda key: 3)
    key = key_for(acme)
    answers = [call(key, "GET", "suppliers") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].said["type"] == "api_calls_a_day"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_while_redis_is_away_the_quota_of_the_day_still_holds(call, acme, key_for, monkeypatch):
    import redis

    from portal.api import limits

    def away(*_, **__):
        raise redis.ConnectionError

    monkeypatch.setattr(limits, "_script", lambda: away)
    monkeypatch.setattr(limits, "_quiet", {"until": 0.0})
    monkeypatch.setattr(limits, "a_day", lambda key: 30)
    key = key_for(acme)
    answers = [call(key, "GET", "suppliers") for _ in range(32)]
    assert [answer.status for answer in answers] == [200] * 30 + [429] * 2  # no burst, but the day


def test_when_redis_forgot_the_day_it_goes_on_from_what_postgresql_counted(call, acme, key_for, monkeypatch):
    import os

    import redis

    monkeypatch.setattr("portal.api.limits.a_day", lambda key: 5)
    key = key_for(acme)
    for _ in range(3):
        assert call(key, "GET", "suppliers").status == 200
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushall()
    assert [call(key, "GET", "suppliers").status for _ in range(3)] == [200, 200, 429]


def test_what_a_key_does_stands_in_the_audit_log_under_its_name(call, acme, key_for):
    key = key_for(acme)
    call(key, "PUT", "sales", [SALE])
    with tenant_scope(acme.pk):
        entry = AuditEntry.objects.get(action="rows.sent")
    assert entry.actor == f"API key shop ({key[:13]})"
    assert entry.detail == {"new": 1, "changed": 0, "withdrawn": 0}


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "OPTIONS"])
def test_a_method_that_a_list_does_not_have_is_405(call, acme, key_for, method):
    answer = call(key_for(acme), method, "sales", [])
    assert (answer.status, answer.said["type"]) == (405, "method_not_allowed")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(call, acme, key_for):
    answer = call(key_for(acme), "PUT", "sales", b" " * (20 * 2**20 + 1))
    assert (answer.status, answer.said["type"]) == (413, "too_large")
