"""Every letter goes one way: written with what it tells, sealed, sent by a worker, tried again, given up aloud.

The mail server is a real one on a socket that answers as it is told.
"""

import socketserver
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage, send_mail
from django.db import transaction
from django.utils import timezone

from tenants.errors import Conflict
from tenants.isolation import tenant_scope
from tenants.models import Invitation, Letter
from tenants.services import letters
from tests.billed import manager_of


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as smtplib does; `refuse` maps a command to what it answers instead."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        self.refuse, self.got = {}, []
        super().__init__(("127.0.0.1", 0), Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        to = []
        while line := self.rfile.readline().decode().strip():
            command = line.split(":")[0].split()[0].upper()
            if command in self.server.refuse:
                self.say(self.server.refuse[command])
            elif command == "RCPT":
                to.append(line.partition(":")[2].strip("<>"))
                self.say("250 fine")
            elif command == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.got.append((to, b"".join(lines).decode()))
                self.say("250 taken")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                to = [] if command == "RSET" else to
                self.say("250 fine")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server(settings):
    with MailServer() as server:
        settings.EMAIL_BACKEND = "tenants.outbox.EmailBackend"
        settings.LETTER_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server
        server.shutdown()


def due_now():
    Letter.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))


def write(to="anna@example.com"):
    send_mail("A link", "Come in: https://example.com/secret-door", None, [to] if isinstance(to, str) else to)


def test_a_letter_lies_sealed_until_it_is_sent_and_then_is_gone(db, server):
    write()
    letter = Letter.objects.get()
    assert "secret-door" not in letter.sealed
    assert server.got == []
    assert letters.go_round() == 1
    ((to, text),) = server.got
    assert to == ["anna@example.com"] and "secret-door" in text and "Subject: A link" in text
    assert not Letter.objects.exists()
    assert letters.go_round() == 0


def test_a_letter_to_several_shows_nobody_the_address_of_another(db, server):
    write(["anna@example.com", "bert@example.com"])
    letters.go_round()
    assert sorted(to for to, _text in server.got) == [["anna@example.com"], ["bert@example.com"]]
    assert all(text.count("@example.com") == 1 for _to, text in server.got)


def test_no_letter_goes_of_what_was_not_committed(committed_db, server):
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert letters.go_round() == 0


def test_attachments_replies_and_other_alphabets_arrive_whole(db, server):
    letter = EmailMessage("订单", "您好", None, ["anna@example.com"], reply_to=["me@example.com"])
    letter.attach("order.pdf", b"%PDF\x00\xff", "application/pdf")
    letter.send()
    letters.go_round()
    ((_to, text),) = server.got
    assert "Reply-To: me@example.com" in text and 'filename="order.pdf"' in text
    assert "JVBERgD/" in text  # base64 of the seven bytes
    assert "=?utf-8?" in text


@pytest.mark.parametrize(
    "refusal", [{"RCPT": "450 full, come back"}, {"DATA": "451 busy"}, {"MAIL": "550 who are you"}]
)
def test_what_may_pass_later_is_tried_again_later_and_later_under_the_same_id(db, server, refusal):
    write()
    server.refuse = refusal
    waits = []
    for done in range(3):
        due_now()
        assert letters.go_round() == 1
        letter = Letter.objects.get()
        assert letter.tries == done + 1 and letter.error[:3] in ("450", "451", "550")
        waits.append((letter.due_at - timezone.now()).total_seconds())
        assert letters.go_round() == 0  # not before its time
    assert 11 < waits[0] < 16 and 47 < waits[1] < 61 and 239 < waits[2] < 301
    server.refuse = {}
    due_now()
    letters.go_round()
    assert len(server.got) == 1 and server.got[0][1].count("Message-ID:") == 1


def test_a_server_that_is_away_is_tried_for_a_day_and_then_given_up(db, server, settings):
    settings.EMAIL_PORT = 1
    write()
    for _try in range(letters.TRIES):
        due_now()
        assert letters.go_round() == 1
    letter = letters.lost().get()
    assert letter.tries == 8 and "Connection refused" in letter.error
    settings.EMAIL_PORT = server.server_address[1]
    assert letters.go_round() == 0
    letters.send_again(letter.pk)
    assert letters.go_round() == 1 and len(server.got) == 1
    with pytest.raises(Conflict, match="has been sent"):
        letters.send_again(letter.pk)


@pytest.mark.parametrize("refusal", [{"RCPT": "550 nobody of that name"}, {"DATA": "554 spam"}])
def test_what_is_refused_for_ever_is_given_up_at_once(db, server, refusal):
    server.refuse = refusal
    write()
    assert letters.go_round() == 1
    assert letters.lost().get().error == next(iter(refusal.values()))


def test_a_letter_whose_postman_died_is_sent_by_the_next_under_its_own_id(db, server):
    write()
    written = letters._unpacked(Letter.objects.get()).message()["Message-ID"]
    assert letters._next() is not None  # and dies
    assert letters.go_round() == 0  # it is held for five minutes
    due_now()
    assert letters.go_round() == 1
    assert f"Message-ID: {written}" in server.got[0][1]


def test_letters_that_nobody_can_open_any_more_are_given_up(db, server, settings):
    write()
    settings.SECRET_KEY = "another-key-that-is-long-enough-for-anybody"
    letters.go_round()
    assert "SECRET_KEY" in letters.lost().get().error


def test_given_up_letters_are_kept_thirty_days(db, server):
    server.refuse = {"RCPT": "550 nobody"}
    write()
    write("bert@example.com")
    letters.go_round()
    Letter.objects.filter(to="anna@example.com").update(created_at=timezone.now() - timedelta(days=31))
    letters.forget()
    assert [one.to for one in letters.lost()] == ["bert@example.com"]


def test_letters_of_a_firm_are_known_as_its_own(db, server, acme, rival):
    server.refuse = {"RCPT": "550 nobody"}
    with tenant_scope(acme.pk):
        write()
    write("bert@example.com")
    letters.go_round()
    assert [one.to for one in letters.lost(acme.pk)] == ["anna@example.com"]
    assert not letters.lost(rival.pk).exists()
    assert letters.lost().count() == 2


def test_an_invitation_that_did_not_arrive_is_told_and_sent_anew(acme, alice, outbox, settings, client_for):
    browser, good = client_for(alice), settings.LETTER_BACKEND
    settings.LETTER_BACKEND = "tests.tenants.refusing.EmailBackend"
    browser.post("/members/invite/", {"email": "new@acme.example", "role": "viewer"})
    outbox()
    page = browser.get("/members/").content.decode()
    assert "The letter did not arrive" in page and "550 nobody" in page
    settings.LETTER_BACKEND = good
    browser.post(f"/members/invitations/{Invitation.objects.get().pk}/again/")
    outbox()
    assert "The letter did not arrive" not in browser.get("/members/").content.decode()
    assert [letter.to for letter in mail.outbox] == [["new@acme.example"]]


def test_the_operator_sees_what_did_not_arrive_and_sends_it_again(acme, alice, outbox, settings, client_for):
    good, settings.LETTER_BACKEND = settings.LETTER_BACKEND, "tests.tenants.refusing.EmailBackend"
    write()
    outbox()
    browser = client_for(manager_of(email="boss@lagom.example", staff=True))
    page = browser.get("/operator/").content.decode()
    assert "anna@example.com" in page and "550 nobody" in page
    settings.LETTER_BACKEND = good
    address = f"/operator/letters/{Letter.objects.get().pk}/again/"
    assert client_for(alice).post(address).status_code == 404
    assert browser.post(address).status_code == 302
    outbox()
    assert len(mail.outbox) == 1
    assert "did not arrive" not in browser.get("/operator/").content.decode()
