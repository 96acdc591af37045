"""Messages to other programs, over real sockets; a server of the test stands for theirs."""

import http.server
import json
import socket
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook

from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import WebhookDelivery, WebhookEndpoint, WebhookTurn
from tenants.services import egress, webhooks


class Receiver:
    """Takes messages and answers as it is told: a status, or a function of the handler."""

    def __init__(self):
        receiver, self.got, self.answer = self, [], 200

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                if callable(receiver.answer):
                    receiver.answer(self)
                    return
                self.send_response(receiver.answer)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(b"thanks")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def endpoint(committed_db, acme, alice, receiver, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with tenant_scope(acme.pk):
        made, secret = webhooks.add(url=receiver.url, events=["order.sent"], by=alice)
    made.told = secret
    return made


def emit(acme, event="order.sent", **data):
    with tenant_scope(acme.pk):
        return webhooks.emit(event, data or {"number": "PO-1"})


def deliveries(acme):
    with tenant_scope(acme.pk):
        return list(WebhookDelivery.objects.order_by("created_at"))


def make_due():
    WebhookTurn.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_message_is_signed_so_that_the_specifications_library_believes_it(acme, endpoint, receiver):
    assert emit(acme, number="PO-7") == 1
    assert webhooks.deliver() == 1
    ((headers, body),) = receiver.got
    told = Webhook(endpoint.told).verify(body, {name.lower(): value for name, value in headers.items()})
    assert (told["type"], told["data"]) == ("order.sent", {"number": "PO-7"})
    (delivery,) = deliveries(acme)
    assert (delivery.state, delivery.tries, delivery.log[0]["status"]) == ("done", 1, 200)
    assert not WebhookTurn.objects.exists()


def test_the_secret_is_kept_encrypted_and_only_wanted_events_are_sent(acme, endpoint, receiver):
    with tenant_scope(acme.pk):
        assert endpoint.told not in str(WebhookEndpoint.objects.get().__dict__)
    assert emit(acme, "run.done") == 0
    with pytest.raises(ValueError, match="no event"):
        emit(acme, "no.such")


def test_what_is_rolled_back_is_never_told(acme, endpoint, receiver):
    with tenant_scope(acme.pk):
        webhooks.emit("order.sent", {})
        transaction.set_rollback(True)
    assert webhooks.deliver() == 0
    assert receiver.got == []


def test_a_server_that_fails_is_tried_again_after_a_pause_under_the_same_id(acme, endpoint, receiver):
    receiver.answer = 500
    emit(acme)
    before = timezone.now()
    assert webhooks.deliver() == 1
    (delivery,) = deliveries(acme)
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert timedelta(seconds=3.9) < delivery.due_at - before < timedelta(seconds=15)
    assert webhooks.deliver() == 0  # not yet
    receiver.answer = 204
    make_due()
    assert webhooks.deliver() == 1
    assert deliveries(acme)[0].state == "done"
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1


def test_after_eight_tries_the_endpoint_is_failing_and_its_owner_is_told_once(acme, endpoint, receiver):
    receiver.answer = 503
    for _message in range(2):
        emit(acme)
        for _try in range(webhooks.TRIES):
            make_due()
            webhooks.deliver()
    found = deliveries(acme)
    assert [(one.state, one.tries, len(one.log)) for one in found] == [("failed", 8, 8)] * 2
    with tenant_scope(acme.pk):
        assert WebhookEndpoint.objects.get().state == "failing"
    assert [letter.to for letter in mail.outbox] == [["alice@acme.example"]]
    assert "503" in mail.outbox[0].body
    assert not WebhookTurn.objects.exists()
    receiver.answer = 200
    emit(acme)
    webhooks.deliver()
    with tenant_scope(acme.pk):
        assert WebhookEndpoint.objects.get().state == "active"


def test_eight_tries_take_a_day():
    assert webhooks.TRIES == 8
    total = sum(webhooks.PAUSES, timedelta())
    assert timedelta(hours=23) < total <= timedelta(hours=24)


def test_redirects_are_not_followed(acme, endpoint, receiver):
    receiver.answer = 302
    emit(acme)
    webhooks.deliver()
    (delivery,) = deliveries(acme)
    assert (delivery.state, delivery.log[0]["status"]) == ("waiting", 302)
    assert "redirect" in delivery.log[0]["answer"]
    assert len(receiver.got) == 1


def test_a_server_that_never_stops_answering_is_hung_up_on(acme, endpoint, receiver, monkeypatch):
    monkeypatch.setattr(egress, "ALL_SECONDS", 1.0)

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b".")
                handler.wfile.flush()
                threading.Event().wait(0.1)
        except OSError:
            pass

    receiver.answer = drip
    emit(acme)
    began = timezone.now()
    webhooks.deliver()
    assert timezone.now() - began < timedelta(seconds=8)


def test_a_message_is_sent_again_on_demand_under_its_own_id(acme, endpoint, receiver, alice, rival):
    emit(acme)
    webhooks.deliver()
    (delivery,) = deliveries(acme)
    with tenant_scope(acme.pk):
        webhooks.redeliver(endpoint_id=endpoint.pk, delivery_id=delivery.pk, by=alice)
    webhooks.deliver()
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert ids == [delivery.message_id] * 2
    with tenant_scope(rival.pk), pytest.raises(NotFound):
        webhooks.redeliver(endpoint_id=endpoint.pk, delivery_id=delivery.pk, by=alice)


def test_what_is_removed_is_not_sent(acme, endpoint, receiver, alice):
    emit(acme)
    with tenant_scope(acme.pk):
        webhooks.remove(endpoint_id=endpoint.pk, by=alice)
    assert webhooks.deliver() == 0
    assert receiver.got == []


# ── Addresses ──

INSIDE = [
    "https://127.0.0.1/",
    "https://10.1.2.3/",
    "https://192.168.0.1/",
    "https://172.16.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://224.0.0.1/",
]
ODD = [
    "http://example.com/",
    "https://example.com:8443/",
    "https://user:secret@example.com/",
    "https://example.com/#x",
    "ftp://example.com/",
    "https:///x",
    "https://exa mple.com/",
    "https://example.com:port/",
    "file:///etc/passwd",
    "",
    "https://" + "x" * 600,
]


@pytest.mark.parametrize("url", INSIDE + ODD)
def test_an_address_inside_or_an_odd_one_is_refused_when_it_is_given(acme, alice, url):
    with tenant_scope(acme.pk), pytest.raises(Invalid):
        webhooks.add(url=url, events=["order.sent"], by=alice)


ALIASES = ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://localhost/", "https://0177.0.0.1/"]


@pytest.mark.parametrize("url", INSIDE + ALIASES)
def test_an_address_inside_is_refused_when_it_is_sent_to(url):
    with pytest.raises(egress.Refused):
        egress.post(url, b"{}", {})


def test_a_name_with_one_address_inside_is_refused_whole(monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(egress.Refused):
        egress.post("https://rebind.example/", b"{}", {})


def test_a_name_that_changes_its_mind_is_asked_once_and_what_was_checked_is_connected_to(monkeypatch):
    answers = iter([("93.184.216.34", 443), ("127.0.0.1", 443)])
    asked, connected = [], []

    def resolve(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(answers))]

    def connect(address, *_):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        egress.post("https://rebind.example/", b"{}", {})
    assert asked == ["rebind.example"]
    assert connected == [("93.184.216.34", 443)]


def test_a_firm_has_a_bounded_number_of_endpoints(acme, alice, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_ENDPOINTS", 1)
    with tenant_scope(acme.pk):
        webhooks.add(url="https://example.com/", events=["order.sent"], by=alice)
        with pytest.raises(Conflict):
            webhooks.add(url="https://example.com/", events=["order.sent"], by=alice)


def test_the_body_is_the_same_bytes_on_every_try(acme, endpoint, receiver):
    receiver.answer = 500
    emit(acme)
    webhooks.deliver()
    make_due()
    webhooks.deliver()
    bodies = [body for _headers, body in receiver.got]
    assert bodies[0] == bodies[1]
    assert json.loads(bodies[0])["timestamp"]
