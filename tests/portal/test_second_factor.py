"""Second factors, sessions and wrong passwords, through the pages."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.test import Client

from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tenants.models.account_managers import AccountManager
from tests.factories import PASSWORD


def code(secret):
    _before, now, _after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def signed_in(user, password=PASSWORD):
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": password})
    return browser, answer


def said(browser, address="/"):
    return browser.get(address, follow=True).content.decode()


def fresh(browser):
    """Give the password once more, as sensitive acts ask for."""
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def set_up(browser):
    """Set up an authenticator app as a person does, and give its secret."""
    page = fresh(browser).get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="authenticator_secret">(\w+)<', page)[1]
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def test_app_is_set_up_and_asked_for_at_the_next_sign_in(acme, alice):
    browser, _ = signed_in(alice)
    secret = set_up(browser)
    kept = Authenticator.objects.get(user=alice, type="totp").data
    assert secret not in str(kept)
    other, answer = signed_in(alice)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/").status_code == 302
    assert other.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    Authenticator.objects.filter(type="totp").update(last_used_at=None)
    empty_cache()
    assert other.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert other.get("/").status_code == 200


def empty_cache():
    from django.core.cache import cache

    cache.clear()


def test_recovery_code_signs_in_once(acme, alice):
    browser, _ = signed_in(alice)
    set_up(browser)
    page = fresh(browser).get("/accounts/2fa/recovery-codes/").content.decode()
    codes = re.search(r'id="recovery_codes">([^<]+)<', page)[1].split()
    assert len(codes) == 10
    for status in (302, 200):
        other, _ = signed_in(alice)
        assert other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == status


def test_setting_up_is_told_by_letter_and_to_the_log_and_ends_other_sessions(committed_db, acme, alice):
    (here, _), (there, _) = signed_in(alice), signed_in(alice)
    assert there.get("/").status_code == 200
    set_up(here)
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.filter(action="account.second_factor_on", actor=alice.email).exists()
    assert any("Authenticator" in letter.subject for letter in mail.outbox)


def test_new_password_ends_other_sessions_and_keeps_this_one(acme, alice):
    (here, _), (there, _) = signed_in(alice), signed_in(alice)
    new = "quite another long word"
    answer = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_list_of_sessions_shows_this_one_and_ends_the_others(acme, alice):
    (here, _), (there, _) = signed_in(alice), signed_in(alice)
    assert there.get("/", headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"}).status_code == 200
    page = said(here, "/accounts/sessions/")
    assert page.count("127.0.0.1") == 2
    assert page.count("this one") == 1
    assert here.post("/accounts/sessions/").status_code == 302
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_one_session_is_ended_and_nobody_elses(acme, alice, bob):
    (here, _), (there, _), (third, _), (bobs, _) = signed_in(alice), signed_in(alice), signed_in(alice), signed_in(bob)
    for browser in (here, there, third, bobs):
        assert browser.get("/").status_code == 200
    sessions = {one.session_key: one.pk for one in UserSession.objects.all()}
    for browser in (there, bobs):
        assert here.post(f"/you/sessions/{sessions[browser.session.session_key]}/end/").status_code == 302
    assert [browser.get("/").status_code for browser in (here, there, third, bobs)] == [200, 302, 200, 200]


@pytest.mark.parametrize("known", [True, False])
def test_sixth_wrong_password_waits_and_nothing_tells_who_has_an_account(acme, alice, known):
    email = alice.email if known else "nobody@acme.example"
    answers = [
        Client().post("/accounts/login/", {"login": email, "password": f"wrong {n}"}).content.decode() for n in range(6)
    ]
    assert all("not correct" in answer for answer in answers[:5])
    assert "Too many failed login attempts" in answers[5]
    right = Client().post("/accounts/login/", {"login": email, "password": PASSWORD}).content.decode()
    assert "Too many failed login attempts" in right


def test_who_guesses_locks_themselves_out_and_nobody_else(acme, alice, bob):
    stranger = "203.0.113.9"
    for n in range(6):
        told = {"login": alice.email, "password": f"wrong {n}"}
        refused = Client(REMOTE_ADDR=stranger).post("/accounts/login/", told)
    page = refused.content.decode()
    assert "Too many failed login attempts. Try again later." in page
    assert 'href="/accounts/password/reset/"' in page
    assert enters(alice, stranger) is False  # the right password, but too late
    assert enters(bob, stranger) is True
    assert enters(alice, "198.51.100.7") is True


def test_who_guesses_from_many_addresses_is_held_back_too(acme, alice, bob, monkeypatch):
    per_address, anywhere = 5, int(settings.ACCOUNT_RATE_LIMITS["login_failed_anywhere"].split("/")[0])
    assert anywhere > per_address * 60 / 5  # what one address can try in the hour for which it is counted
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere", "8/h/key")
    for n in range(8):
        told = {"login": alice.email, "password": "wrong"}
        assert b"not correct" in Client(REMOTE_ADDR=f"203.0.113.{n}").post("/accounts/login/", told).content
    assert enters(alice, "198.51.100.7") is False
    assert enters(bob, "198.51.100.7") is True


def test_new_password_by_letter_opens_the_account_again(acme, alice, monkeypatch):
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere", "3/h/key")
    for n in range(3):
        Client(REMOTE_ADDR=f"203.0.113.{n}").post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert enters(alice, "198.51.100.7") is False
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": alice.email})
    (link,) = re.findall(r"http\S+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    form = browser.get(link, follow=True).request["PATH_INFO"]
    new = "quite another long word"
    browser.post(form, {"password1": new, "password2": new})
    browser = Client(REMOTE_ADDR="198.51.100.7")
    browser.post("/accounts/login/", {"login": alice.email, "password": new})
    assert browser.get("/").status_code == 200


def test_right_passwords_are_not_counted(acme, alice, monkeypatch):
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere", "3/h/key")
    assert [enters(alice, "198.51.100.7") for _ in range(5)] == [True] * 5


def enters(user, address):
    browser = Client(REMOTE_ADDR=address)
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser.get("/").status_code == 200


def test_who_guesses_at_many_accounts_from_one_place_is_stopped_there_and_not_elsewhere(acme, alice):
    there, elsewhere = Client(), Client(REMOTE_ADDR="203.0.113.9")
    for n in range(21):
        there.post("/accounts/login/", {"login": f"person{n}@x.example", "password": "a guess"})
    there.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert there.get("/").status_code == 302
    elsewhere.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert elsewhere.get("/").status_code == 200


def test_what_is_asked_too_often_is_a_page_of_the_house_that_says_how_long_to_wait(acme, alice):
    browser = Client()
    answers = [browser.post("/accounts/password/reset/", {"email": alice.email}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    page = answers[5].content.decode()
    assert "Wait five minutes and try again." in page
    assert "css/lagom.css" in page
    assert len(mail.outbox) == 5


def test_letter_for_a_forgotten_password_tells_nobody_who_has_an_account(acme, alice):
    pages = [Client().post("/accounts/password/reset/", {"email": who}) for who in (alice.email, "nobody@x.example")]
    assert pages[0].status_code == pages[1].status_code == 302
    assert pages[0]["Location"] == pages[1]["Location"]
    assert len(mail.outbox) == 2


# ── Managers, and sessions that end by themselves ──


@pytest.fixture
def manager(acme, alice):
    AccountManager.objects.create(user=alice)
    return alice


def test_manager_without_a_second_factor_is_led_to_set_one_up_before_anything_else(manager):
    browser, _ = signed_in(manager)
    for address in ("/", "/members/", "/plans/", "/organisation/new/"):
        assert browser.get(address)["Location"] == "/accounts/2fa/"
    assert "second factor before anything else" in said(browser)
    assert browser.post("/members/invite/", {"email": "x@x.example", "role": "owner"})["Location"] == "/accounts/2fa/"
    set_up(browser)
    assert browser.get("/").status_code == 200
    fresh(browser)
    browser.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=manager, type="totp").exists()


HOUR = 3600


@pytest.mark.parametrize(
    ("who", "name", "ago", "status"),
    [
        ("member", "seen", 2 * HOUR, 200),
        ("member", "seen", 15 * 24 * HOUR, 302),
        ("member", "began", 31 * 24 * HOUR, 302),
        ("manager", "seen", 0.9 * HOUR, 200),
        ("manager", "seen", 1.1 * HOUR, 302),
        ("manager", "began", 12.1 * HOUR, 302),
    ],
)
def test_session_ends_after_rest_and_after_its_whole_time(acme, alice, who, name, ago, status):
    if who == "manager":
        AccountManager.objects.create(user=alice)
    browser, _ = signed_in(alice)
    set_up(browser)
    assert browser.get("/").status_code == 200
    session = browser.session
    session[name] = time.time() - ago
    session.save()
    answer = browser.get("/members/")
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"] == "/accounts/login/?next=/members/"
        assert browser.get("/").status_code == 302


def test_sign_in_gives_a_new_session_whatever_one_was_planted(acme, alice):
    browser = Client()
    browser.get("/accounts/login/")
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_never_leads_to_another_site(acme, alice, next_page):
    answer = Client().post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": next_page})
    assert answer["Location"] == "/"


RECOVERY = "recovery-codes/generate/"


def test_pages_of_second_factors_stand_and_run_no_script_of_their_own(acme, alice):
    browser, _ = signed_in(alice)
    set_up(browser)
    fresh(browser)
    for address in (
        "",
        "totp/deactivate/",
        "webauthn/",
        "webauthn/add/",
        "recovery-codes/",
        "recovery-codes/generate/",
    ):
        answer = browser.get(f"/accounts/2fa/{address}")
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert re.findall(r"<script(?![^>]*(src=|application/json))[^>]*>", page) == []
        assert not re.search(r'\sstyle="|\son\w+="', page)
