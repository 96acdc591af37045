"""One's own account: name and language, own data, and its end. Signing up, too."""

import json

import pytest
from django.core import mail
from django.test import Client

from portal.forms import country_of, zone_of
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Organisation, User
from tests.factories import PASSWORD


def signed_in(user):
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser


def test_name_and_language_are_kept_and_spoken_at_once(acme, alice):
    browser = signed_in(alice)
    assert browser.post("/you/", {"name": "Alice A.", "language": "zh-hans"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.language) == ("Alice A.", "zh-hans")
    assert 'lang="zh-hans"' in browser.get("/you/").content.decode()
    assert browser.post("/you/", {"name": "x", "language": "tlh"}).status_code == 422


def test_letters_come_in_the_persons_language_whoever_asks(acme, alice):
    User.objects.filter(pk=alice.pk).update(language="zh-hans")
    Client(headers={"Accept-Language": "en"}).post("/accounts/password/reset/", {"email": alice.email})
    assert any("\u4e00" <= letter <= "\u9fff" for letter in mail.outbox[-1].subject)


def test_own_data_are_given_and_nobody_elses(acme, alice, bob, rival):
    with tenant_scope(acme.pk):
        AuditEntry.objects.count()
    answer = signed_in(alice).get("/you/data.json")
    told = json.loads(answer.content)
    assert (told["email"], told["firms"][0]["name"], told["firms"][0]["role"]) == (alice.email, "Acme", "owner")
    assert told["done"][0]["action"] == "organisation.founded"
    assert len(told["sessions"]) == 1
    for word in (bob.email, "Rival", "password", "secret"):
        assert word not in answer.content.decode()


def test_account_is_deleted_after_the_password_and_the_log_keeps_its_address(acme, alice, bob):
    browser = signed_in(bob)
    assert browser.post("/you/delete/")["Location"].startswith("/accounts/reauthenticate/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert browser.post("/you/delete/")["Location"] == "/accounts/login/"
    assert not User.objects.filter(pk=bob.pk).exists()
    assert browser.get("/").status_code == 302
    with tenant_scope(acme.pk):
        assert AuditEntry.objects.get(action="account.deleted").actor == "bob@acme.example"


def test_sole_owner_is_told_what_to_do_first(acme, alice, bob):
    browser = signed_in(alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert "Acme" in browser.get("/you/delete/").content.decode()
    assert browser.post("/you/delete/").status_code == 409
    assert User.objects.filter(pk=alice.pk).exists()


# ── Signing up ──

FIRM = {"email": "zoe@tea.example", "password1": PASSWORD, "firm": "Tea", "country": "AT"}


def test_four_fields_found_a_firm_and_the_rest_is_guessed(db, empty_broker):
    browser = Client(headers={"Accept-Language": "de-AT,de;q=0.9"})
    page = browser.get("/accounts/signup/")
    assert page.context["form"]["country"].value() == "AT"
    assert [field.name for field in page.context["form"].asked()] == ["email", "password1", "firm", "country"]
    browser.post("/accounts/signup/", FIRM)
    firm = Organisation.objects.get()
    assert (firm.name, firm.currency, firm.time_zone, firm.language) == ("Tea", "EUR", "Europe/Vienna", "en")
    assert browser.get("/").status_code == 200


def test_guesses_can_be_changed(db, empty_broker):
    said = {"currency": "USD", "language": "zh-hans", "time_zone": "Asia/Tokyo"}
    Client().post("/accounts/signup/", {**FIRM, **said})
    firm = Organisation.objects.get()
    assert (firm.currency, firm.language, firm.time_zone) == ("USD", "zh-hans", "Asia/Tokyo")


def test_served_site_lets_nobody_in_before_the_address_is_confirmed(db, empty_broker, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    browser = Client()
    assert browser.post("/accounts/signup/", FIRM)["Location"] == "/accounts/confirm-email/"
    assert browser.get("/").status_code == 302
    address = next(word for word in mail.outbox[-1].body.split() if "/confirm-email/" in word)
    path = address[address.index("/accounts/") :]
    assert browser.get("/").status_code == 302
    browser.post(path)
    login = browser.post("/accounts/login/", {"login": FIRM["email"], "password": PASSWORD})
    assert login.status_code in (200, 302)
    assert browser.get("/").status_code == 200


def test_sign_up_tells_nobody_who_has_an_account(acme, alice, empty_broker, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    answers = [Client().post("/accounts/signup/", {**FIRM, "email": email}) for email in (alice.email, "n@x.example")]
    assert {answer["Location"] for answer in answers} == {"/accounts/confirm-email/"}
    assert Organisation.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("de-AT,de;q=0.9", "AT"),
        ("zh-Hans-CN", "CN"),
        ("zh", "CN"),
        ("fr", "FR"),
        ("en", ""),
        ("", ""),
        ("*", ""),
        ("en;q", ""),
    ],
)
def test_country_is_guessed_from_the_browsers_languages(said, country):
    assert country_of(said) == country


@pytest.mark.parametrize(
    ("country", "zone"), [("CN", "Asia/Shanghai"), ("FR", "Europe/Paris"), ("", "UTC"), ("US", "America/New_York")]
)
def test_time_zone_is_guessed_from_the_country(country, zone):
    assert zone_of(country) == zone
