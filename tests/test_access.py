"""Who may ask for what: every address of the site, for everybody, against access_matrix.csv.

`stranger` is Charlie, who owns another firm and asks with Acme's ids. A route that is missing from the matrix fails.
"""

import csv
import datetime as dt
import re
import shutil
import uuid
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import get_resolver, reverse

from forecasting.models import ChannelMoney, Job, Lane, Order, OrderLine, Policy, Proposal, Rate, Recipe, Run, Upload
from forecasting.services import connections, files, leaving, uploads
from portal.pages import health
from tenants.isolation import tenant_scope
from tenants.models import Consent, Invoice, Membership, WebhookDelivery
from tenants.services import api_keys, billing, members, webhooks
from tenants.services.leaving import link
from tests.billed import manager_of, nothing
from tests.factories import (
    ChannelFactory,
    EventFactory,
    LocationFactory,
    OneOffFactory,
    OverrideFactory,
    ProductFactory,
    ReplayFactory,
    RunFactory,
    SupplierFactory,
    UploadFactory,
    UserFactory,
    found,
    member,
)

MATRIX = Path(__file__).with_name("access_matrix.csv")
PEOPLE = ("anonymous", "stranger", "viewer", "accountant", "planner", "owner", "manager")
NOW = "2026-11-02T09:00:00+00:00"
OF_ACCOUNTS = ("account_", "mfa_", "usersessions_")  # django-allauth's own pages: of a person, whatever the firm
SECRET = "Acme-Secret"  # in the name of everything that Acme owns
LOOK = {
    "headers": ["sku"],
    "preview": [[SECRET]],
    "preview_rows": [2],
    "kinds": [{"kind": "products", "mapping": {"sku": "sku"}, "score": 1.0}],
    "questions": [],
    "header_key": "k",
    "header_row": 1,
}


# ── What there is ──


def routes(resolver=None):
    """Every named route below a resolver; those of the API are tried with keys, by test_api_access."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern)
        else:
            assert pattern.name, f"a route without a name cannot be in the matrix: {pattern.pattern}"
            if not pattern.name.startswith("api_") or pattern.name.startswith("api_keys"):
                yield pattern.name


def matrix():
    with MATRIX.open(newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def made(shared_db, tmp_path_factory):
    """Acme with one of everything, and the people who ask: made once."""
    alice, charlie = (UserFactory(email=f"{name}@{firm}.example") for name, firm in (("alice", "acme"), ("c", "rival")))
    acme, _rival = found("Acme", owner=alice), found("Rival", owner=charlie)
    viewer, accountant, planner = (member(acme, role) for role in ("viewer", "accountant", "planner"))
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", folder)
        nothing(patch)
        manager = manager_of(acme)  # who looks after Acme, and was not let in
        of = owned_by(acme, alice, Membership.objects.get(organisation=acme, user=planner).pk)
        of.consent = Consent.objects.create(organisation=acme, manager=manager, reason=SECRET)
        of.manager, of.copy = manager.manages, link(organisation=acme, job_id=copy_of(acme))
    people = {"stranger": charlie, "viewer": viewer, "accountant": accountant, "planner": planner}
    people |= {"owner": alice, "manager": manager}
    sessions = {who: signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value for who, user in people.items()}
    return SimpleNamespace(people=people, sessions=sessions, arguments=arguments(of), bodies=bodies(of), files=folder)


@pytest.fixture
def world(made, taken_back, monkeypatch, tmp_path):
    """All of that as it was made, whatever the test before did to it."""
    shutil.copytree(made.files, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    monkeypatch.setattr(health.checks, "read", lambda: {"worker": "no worker runs beside this test"})
    nothing(monkeypatch)
    return made


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def owned_by(acme, alice, bob):
    """Make one of everything that a firm owns."""
    billing.change_tier(organisation=acme, tier="scale", interval="month", by=alice)
    with tenant_scope(acme.pk):
        loaded = UploadFactory(name=f"{SECRET}.csv", state=Upload.State.DONE, kind="products", report={})
        asking = UploadFactory(
            name=f"{SECRET}.csv", state=Upload.State.ASKING, kind="products", look=LOOK, settings=settings_of_file()
        )
        run, product = Run.objects.get(pk=RunFactory(data_hash=SECRET).pk), ProductFactory(sku=SECRET)
        supplier, location = SupplierFactory(code=SECRET), LocationFactory(code=SECRET)
        drop = connections.open_drop(name=SECRET, by=alice)
        event, override = EventFactory(name=SECRET), OverrideFactory(product=product, reason=SECRET)
        one_off = OneOffFactory(product=product, order_id=SECRET)
        known = {"sensitivity": {"lead_longer": {"label": SECRET, "units": 6}}}
        proposal = Proposal.objects.create(run=run, product=product, supplier=supplier, units=5, inbound=0, **known)
        Recipe.objects.create(run=run, command=SECRET, archive=SECRET.encode())
        Policy.objects.create(tuned={"force": {"before": {"lean": 1, "cushion": 1}}, "at": NOW, "until": NOW[:10]})
        draft, sent = (order_of(supplier, product, state) for state in (Order.State.DRAFT, Order.State.SENT))
        channel, rate = ChannelFactory(code=SECRET), Rate.objects.create(currency="USD", day="2026-11-02", rate=1)
        ChannelMoney.objects.create(run=run, channel=channel, revenue=1)
        replay = ReplayFactory(by=SECRET)
        invitation, token = members.invite(organisation=acme, email=f"{SECRET}@x.example", role="viewer", by=alice)
        endpoint, _secret = webhooks.add(url=f"https://example.com/{SECRET}", events=["run.done"], by=alice)
        webhooks.emit("run.done", {})
        delivery = WebhookDelivery.objects.get()
        key = api_keys.make(organisation=acme, name=SECRET, scope="r", by=alice).row
    bad_rows = files.place(uploads.bad_rows_path(loaded))
    bad_rows.parent.mkdir(parents=True)
    bad_rows.write_text(SECRET)
    Lane.objects.create(organisation=acme)
    job = Job.objects.create(kind="run", organisation=acme, state=Job.State.WAITING)
    return SimpleNamespace(
        loaded=loaded,
        asking=asking,
        run=run,
        product=product,
        supplier=supplier,
        location=location,
        event=event,
        override=override,
        drop=drop,
        one_off=one_off,
        proposal=proposal,
        draft=draft,
        sent=sent,
        channel=channel,
        rate=rate,
        replay=replay,
        invitation=invitation,
        endpoint=endpoint,
        delivery=delivery,
        key=key,
        token=token,
        invoice=Invoice.objects.latest("pk").number,
        job=job,
        bob=bob,
        acme=acme,
    )


def arguments(of):
    """Name, for each route, what of Acme's is asked for."""
    return {
        **{f"{name}_export": {"form": "csv"} for name in ("plans", "production", "ledger", "audit", "forecasts")},
        **{f"{name}_export": {"form": "csv"} for name in ("rates", "products", "claims")},
        "you_session_end": {"session_id": 0},
        "upload": {"upload_id": of.loaded.pk},
        "upload_confirm": {"upload_id": of.asking.pk},
        "upload_by_hand": {"upload_id": of.asking.pk},
        "upload_bad_rows": {"upload_id": of.loaded.pk},
        "upload_undo": {"upload_id": of.loaded.pk},
        "product": {"sku": of.product.sku},
        "supplier": {"code": of.supplier.code},
        "money_channel": {"code": of.channel.code},
        "money_export": {"table": "channels", "form": "csv"},
        "rate_remove": {"rate_id": of.rate.pk},
        "plans_why": {"proposal_id": of.proposal.pk},
        "plans_different": {"proposal_id": of.proposal.pk},
        "order": {"order_id": of.sent.pk},
        "order_lines": {"order_id": of.sent.pk},
        "order_send": {"order_id": of.draft.pk},
        "order_end": {"order_id": of.sent.pk},
        "order_receive": {"order_id": of.sent.pk},
        "order_file": {"order_id": of.sent.pk, "form": "csv"},
        "run": {"run_id": of.run.pk},
        "replay": {"replay_id": of.replay.pk},
        "replay_inputs": {"replay_id": of.replay.pk},
        "replay_export": {"replay_id": of.replay.pk, "form": "csv"},
        "run_export": {"run_id": of.run.pk, "form": "csv"},
        "connection": {"connection_id": of.drop.pk},
        "connection_change": {"connection_id": of.drop.pk},
        "api_keys_revoke": {"key_id": of.key.pk},
        "webhook": {"endpoint_id": of.endpoint.pk},
        "webhook_remove": {"endpoint_id": of.endpoint.pk},
        "webhook_redeliver": {"endpoint_id": of.endpoint.pk, "delivery_id": of.delivery.pk},
        "drop": {"token": connections.drop_token(of.drop)},
        "event": {"event_id": of.event.pk},
        "event_undo": {"event_id": of.event.pk},
        "override_undo": {"override_id": of.override.pk},
        "job": {"job_id": of.job.pk},
        "job_cancel": {"job_id": of.job.pk},
        "billing_invoice": {"number": of.invoice},
        **{name: {"membership_id": of.bob} for name in ("member_role", "member_remove")},
        "invitation_withdraw": {"invitation_id": of.invitation.pk},
        "invitation_again": {"invitation_id": of.invitation.pk},
        "member_transfer": {"membership_id": of.bob},
        "invitation": {"token": of.token},
        "mfa_remove_webauthn": {"pk": 1},
        "mfa_edit_webauthn": {"pk": 1},
        **{key: {"consent_id": of.consent.pk} for key in ("consent_grant", "consent_refuse", "consent_end")},
        "leaving_fetch": {"token": of.copy},
        "portfolio_export": {"form": "csv"},
        **{key: {"organisation_id": of.acme.pk} for key in ("portfolio_firm", "portfolio_ask", "portfolio_enter")},
        "portfolio_act": {"organisation_id": of.acme.pk, "action": "note"},
        "operator_dismiss": {"manager_id": of.manager.pk},
        "operator_letter": {"letter_id": uuid.uuid4()},
        "account_confirm_email": {"key": "nonsense"},
        "account_reset_password_from_key": {"uidb36": "1", "key": "nonsense"},
    }


def bodies(of):
    """Make, for each route, a body that its owner could send."""
    return {
        "uploads_new": lambda: {"files": SimpleUploadedFile("sales.csv", b"sku,date,units\nA,2026-01-01,1\n")},
        "upload_confirm": lambda: {"kind": "products", "column-0": "sku"},
        "replays_new": lambda: {"start": "2026-01-05", "end": "2026-06-01"},
        "plans_decide": lambda: {"run": of.run.pk, "do": f"line:{of.proposal.pk}"},
        "order_send": lambda: {"do": "export"},
        "order_receive": lambda: {"do": "all", "received_on": "2026-11-20"},
        "organisation": lambda: (
            {"form": "about", "name": "Acme", "country": "DE", "currency": "EUR"}
            | {"time_zone": "Europe/Berlin", "language": "en"}
        ),
        "organisation_new": lambda: {"firm": "Second", "country": "DE", "time_zone": "Europe/Berlin"},
        "organisation_switch": lambda: {"organisation": of.acme.pk},
        "members_invite": lambda: {"email": "new@acme.example", "role": "viewer"},
        "billing_change": lambda: {"tier": "starter", "interval": "month"},
        "member_role": lambda: {"role": "viewer"},
        "product": lambda: {"name": SECRET, "status": "active"},
        "supplier": lambda: {"name": SECRET},
        "events": lambda: {"kind": "closure", "name": "x", "first_day": "2026-11-02", "last_day": "2026-11-02"},
        "connections_add": lambda: {"kind": "drop", "name": "x"},
        "connection_change": lambda: {"do": "pause"},
        "api_keys": lambda: {"name": "Shop", "scope": "r"},
        "webhooks": lambda: {"url": "https://example.com/", "events": ["run.done"]},
        "event": lambda: {"kind": "closure", "name": "x", "first_day": "2026-11-02", "last_day": "2026-11-02"},
        "oneoffs": lambda: {"one": f"{of.one_off.pk}-apart"},
        "production_release": lambda: {"do": f"release:{of.proposal.pk}"},
        "production": lambda: {"form": "centre", "code": SECRET, "weekly_minutes": "60"},
        "locations": lambda: {"code": of.location.code},
        "rates": lambda: {"currency": "USD", "day": "2026-11-02", "rate": "0.9"},
        "set_language": lambda: {"language": "en"},
        "consent_grant": lambda: {"hours": "24", "role": "viewer"},
        "leaving_close": lambda: {"name": "Acme"},
        "portfolio_ask": lambda: {"reason": "They asked me", "do": "ask"},
        "portfolio_act": lambda: {"text": "They asked me"},
    }


def copy_of(acme):
    made = Job.objects.create(kind="copy", organisation=acme, state=Job.State.DONE)
    place = leaving.path(acme, made.pk)
    place.parent.mkdir(parents=True)
    place.write_bytes(SECRET.encode())
    return made.pk


def order_of(supplier, product, state):
    made = Order(number=f"{SECRET} {state}", supplier=supplier, currency="EUR", state=state, created_by="alice")
    made.save(force_insert=True)
    made.refresh_from_db()
    OrderLine.objects.create(order=made, product=product, units=5, expected_on=dt.date(2026, 12, 1))
    return made


def settings_of_file():
    return {"kind": "products", "mapping": {"sku": "sku"}, "date_order": None, "decimal": None}


@lru_cache
def site(enforce_csrf_checks):
    """The site with its middleware, which takes long to load and is the same for everybody."""
    return ClientHandler(enforce_csrf_checks=enforce_csrf_checks)


def ask(world, route, method, who, arguments=None, *, enforce_csrf_checks=False):
    """Ask as one of the people, and take back what it did."""
    client = Client(raise_request_exception=False)
    client.handler = site(enforce_csrf_checks)
    if who in world.sessions:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[who]
    url = reverse(route, kwargs=arguments if arguments is not None else world.arguments.get(route, {}))
    body = world.bodies.get(route, dict)() if method == "POST" else {}
    with transaction.atomic():
        answer = getattr(client, method.lower())(url, body)
        answer.getvalue() if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer


# ── The matrix ──


def test_every_route_is_in_the_matrix_with_both_methods_and_no_other_is():
    named = sorted((route, method) for route in routes() for method in ("GET", "POST"))
    assert sorted((row["route"], row["method"]) for row in matrix()) == named


@pytest.mark.parametrize("route", sorted({row["route"] for row in matrix()}))
def test_everybody_gets_the_answer_of_the_matrix_and_strangers_no_word_of_acme(world, route):
    for row in matrix():
        if row["route"] == route:
            answers = {who: ask(world, route, row["method"], who) for who in PEOPLE}
            assert {who: str(answer.status_code) for who, answer in answers.items()} == {
                who: row[who] for who in PEOPLE
            }
            assert_tells_nothing_of_acme(world, route, answers["stranger"])
    for method in ("PUT", "PATCH", "DELETE"):
        status = ask(world, route, method, "owner").status_code
        assert status in {302, 403, 404, 405} or (route.startswith(OF_ACCOUNTS) and status == 200), (method, status)


def assert_tells_nothing_of_acme(world, route, answer):
    if route == "invitation":  # who holds its secret may read it
        return
    asked_for = reverse(route, kwargs=world.arguments.get(route, {}))
    told = (answer.getvalue() if answer.streaming else answer.content).decode(errors="replace").replace(asked_for, "")
    assert SECRET not in told
    assert "Acme" not in told


# ── What the matrix itself must obey ──

OBJECTS = ("upload", "upload_confirm", "upload_bad_rows", "upload_undo", "product", "supplier", "job", "job_cancel")
OBJECTS += (
    "connection",
    "connection_change",
    "upload_by_hand",
    "run",
    "run_export",
    "event",
    "event_undo",
    "override_undo",
)
OBJECTS += (
    "plans_why",
    "plans_different",
    "order",
    "order_lines",
    "order_send",
    "order_end",
    "order_receive",
    "order_file",
)
OBJECTS += ("invitation_again",)
OBJECTS += ("member_role", "member_remove", "invitation_withdraw")
OBJECTS += ("api_keys_revoke", "webhook", "webhook_remove", "webhook_redeliver")
OBJECTS += ("consent_grant", "consent_refuse", "consent_end", "leaving_fetch", "portfolio_firm", "portfolio_ask")
OBJECTS += ("portfolio_enter", "portfolio_act")
# A drop is for whoever holds its signed address; Stripe signs what it sends, and is hidden here.
OF_EVERYBODY = {"healthz", "set_language", "drop", "stripe_events"}
OF_A_PERSON = {*OF_EVERYBODY, "you", "you_data", "you_session_end", "you_delete", "members_leave"}
OF_A_PERSON |= {"organisation_new", "organisation_switch", "invitation"}  # whatever the role in a firm


def test_matrix_gives_strangers_and_the_anonymous_nothing_of_a_firm():
    for row in matrix():
        route = row["route"]
        if route in OF_EVERYBODY or route.startswith(OF_ACCOUNTS):
            continue
        assert row["anonymous"] in {"302", "401", "403", "405"}, row
        if route in OBJECTS:
            assert row["stranger"] in {"404", "405"}, row


def test_matrix_lets_viewers_and_accountants_change_nothing_and_nothing_crash():
    for row in matrix():
        assert "500" not in row.values(), row
        if row["method"] == "POST" and not row["route"].startswith(OF_ACCOUNTS) and row["route"] not in OF_A_PERSON:
            assert {row["viewer"], row["accountant"]} <= {"403", "404", "405"}, row


# ── Strangers ──


def words(answer):
    """The answer without what differs from one request to the next, and without the address that was asked for."""
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": "|nonce=")[^"]*', "", answer.content.decode())
    return text.replace(answer.wsgi_request.path, "")


def headers(answer):
    return {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "X-Request-ID")}


def unknown(arguments):
    return {
        name: uuid.uuid4() if isinstance(value, uuid.UUID) else 999_999_999 if isinstance(value, int) else "unknown"
        for name, value in arguments.items()
    }


@pytest.mark.parametrize("route", OBJECTS)
def test_what_is_not_theirs_and_what_is_not_there_are_one_answer_to_a_stranger(world, route):
    for method in ("GET", "POST"):
        theirs = ask(world, route, method, "stranger")
        nowhere = ask(world, route, method, "stranger", unknown(world.arguments[route]))
        assert theirs.status_code == nowhere.status_code
        assert theirs.status_code in (404, 405)
        assert words(theirs) == words(nowhere)
        assert headers(theirs) == headers(nowhere)


# ── Forged forms, no firm, rights taken away ──


def test_every_form_of_a_member_is_refused_without_its_token(world):
    accepted = {
        row["route"]
        for row in matrix()
        if row["method"] == "POST"
        and row["owner"] not in {"404", "405"}
        and not row["route"].startswith(("api_", "drop"))
    }
    assert accepted
    for route in accepted:
        assert ask(world, route, "POST", "owner", enforce_csrf_checks=True).status_code == 403, route


def test_person_of_no_firm_is_led_to_found_one(world):
    charlie = world.people["stranger"]
    Membership.objects.filter(user=charlie).delete()
    for row in matrix():
        url = reverse(row["route"], kwargs=world.arguments.get(row["route"], {}))
        if row["method"] == "GET" and row["owner"] == "200" and not row["route"].startswith((*OF_ACCOUNTS, "api_")):
            answer = signed_in(charlie).get(url)
            assert answer.status_code in {200, 302}, row
            assert SECRET not in answer.content.decode().replace(url, "") or row["route"] == "invitation"


def test_right_that_was_taken_away_is_gone_at_the_next_request(world):
    bob = world.people["planner"]
    browser, page = signed_in(bob), reverse("upload", kwargs=world.arguments["upload"])
    assert browser.get(page).status_code == 200
    Membership.objects.filter(user=bob).update(role="viewer")
    assert browser.post(reverse("jobs_run")).status_code == 403
    Membership.objects.filter(user=bob).delete()
    assert browser.get(page).status_code == 302
