"""What a request leaves behind when it fails, and what it answers while PostgreSQL is away."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError

from forecasting.models import Product
from portal.context import ACCOUNT, SETTINGS
from tenants.errors import Conflict, Invalid, NotAllowed, NotFound
from tenants.isolation import current_organisation, tenant_scope
from tenants.services import api_keys
from tests.factories import ProductFactory

pytestmark = pytest.mark.urls(__name__)

RAISED = {
    "bug": (RuntimeError("bug"), 500),
    "invalid": (Invalid("This is not right"), 422),
    "conflict": (Conflict("Too late"), 409),
    "not_allowed": (NotAllowed("Not you"), 403),
    "not_found": (NotFound("Not there"), 404),
    "http404": (Http404(), 404),
    "denied": (PermissionDenied(), 403),
}


def writes_then_raises(request: HttpRequest, what: str) -> HttpResponse:
    ProductFactory(sku="left behind")
    raise RAISED[what][0]


def writes_then_answers(request: HttpRequest, status: int) -> HttpResponse:
    ProductFactory(sku="left behind")
    return HttpResponse(str(current_organisation()), status=status)


@api_view(["GET"])
def api_writes_then_raises(request: HttpRequest) -> HttpResponse:
    ProductFactory(sku="left behind")
    raise ValidationError({"sku": "not right"})


def writes_for_another(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO forecasting_location (organisation_id, code, name) VALUES (-1, 'x', 'x')")
    return HttpResponse()


def opens_another(request: HttpRequest) -> HttpResponse:
    with tenant_scope(current_organisation() + 1):
        return HttpResponse()


def asks(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse()


def breaks(request: HttpRequest) -> HttpResponse:
    ProductFactory(sku="left behind")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return HttpResponse()


def page(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("page")


NAMES = ("home", "plans", "products", "money", "uploads", "jobs", "organisation", "members", "organisation_new")
NAMES += ("orders", "production", "forecasts", "replays")
NAMES += ("claims", "suppliers", "locations", "events")
NAMES += ("organisation_switch", "account_login", "account_logout", "account_signup", "account_email")
NAMES += ("account_change_password", "set_language", "uploads_new", "jobs_run", "account_reset_password")
NAMES += tuple({name for name, *_rest in (*SETTINGS, *ACCOUNT)} - set(NAMES))
urlpatterns = [
    path("raises/<str:what>/", writes_then_raises),
    path("answers/<int:status>/", writes_then_answers),
    path("api/v1/raises/", api_writes_then_raises),
    path("foreign/", writes_for_another),
    path("nested/", opens_another),
    path("asks/", asks),
    path("breaks/", breaks),
    *(path(f"page/{name}/", page, name=name) for name in NAMES),
]
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.crashed"


@pytest.fixture
def browser(client_for, alice):
    made = client_for(alice, raise_request_exception=False)
    made.get("/asks/")  # what a first request writes into its session is not what these tests are about
    return made


def left_behind(acme):
    with tenant_scope(acme.pk):
        return Product.objects.filter(sku="left behind").exists()


@pytest.mark.parametrize("what", RAISED)
def test_page_that_wrote_and_then_failed_leaves_no_row(browser, acme, committed_db, what, caplog):
    answer = browser.get(f"/raises/{what}/")
    assert (answer.status_code, left_behind(acme)) == (RAISED[what][1], False)


def test_api_that_wrote_and_then_refused_leaves_no_row(browser, acme, alice, committed_db):
    with tenant_scope(acme.pk):
        key = api_keys.make(organisation=acme, name="till", scope="w", by=alice).text
    assert browser.get("/api/v1/raises/", headers={"authorization": f"Bearer {key}"}).status_code == 422
    assert not left_behind(acme)


@pytest.mark.parametrize(("status", "stays"), [(200, True), (302, True), (500, False), (503, False)])
def test_page_that_answers_with_a_failure_leaves_no_row(browser, acme, committed_db, status, stays, caplog):
    answer = browser.get(f"/answers/{status}/")
    assert (answer.status_code, left_behind(acme)) == (status, stays)
    assert answer.content == str(acme.pk).encode()


def test_row_for_another_firm_is_answered_as_not_found_and_logged_loudly(browser, acme, committed_db, caplog):
    assert browser.get("/foreign/").status_code == 404
    assert "row-level security refused a write at /foreign/" in caplog.text


def test_page_that_opens_another_firm_crashes(browser, acme, caplog):
    assert browser.get("/nested/").status_code == 500
    assert "CrossTenantNestingError" in caplog.text


def test_request_leaves_no_tenant_on_its_connection(browser, acme, committed_db):
    browser.get("/answers/200/")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.organisation', true), ''), count(*) FROM forecasting_product"
        )
        assert cursor.fetchone() == ("", 0)


def test_firm_is_never_taken_from_what_the_browser_says(client_for, alice, acme, rival):
    browser = client_for(alice)
    session = browser.session
    session["organisation"] = rival.pk
    session.save()
    forged = {"HTTP_X_ORGANISATION": str(rival.pk), "HTTP_ORGANISATION": str(rival.pk)}
    assert browser.get("/answers/200/", {"organisation": rival.pk}, **forged).content == str(acme.pk).encode()


class database_away:
    """PostgreSQL refuses connections, as while it restarts."""

    def __init__(self, monkeypatch):
        self.patch = monkeypatch

    def __enter__(self):
        connection.close()
        self.patch.setitem(connection.settings_dict, "PORT", 1)

    def __exit__(self, *error):
        self.patch.undo()
        connection.close()


@pytest.mark.parametrize("path", ["/asks/", "/api/v1/raises/"])
def test_everybody_is_told_to_try_again_while_postgresql_is_away(
    browser, client_for, acme, committed_db, monkeypatch, path, caplog
):
    nobody = client_for(None, raise_request_exception=False)
    with database_away(monkeypatch):
        answers = [browser.get(path), nobody.get("/asks/")]
    for answer in answers:
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "10")
        assert b"Traceback" not in answer.content
    assert browser.get("/asks/").status_code == 200


def test_connection_that_breaks_in_the_middle_of_a_page_is_told_as_well(browser, acme, committed_db, caplog):
    assert browser.get("/breaks/").status_code == 503
    assert not left_behind(acme)


def test_crash_page_asks_nothing_of_a_database_that_is_away(monkeypatch, committed_db):
    from portal.errors import crashed

    with database_away(monkeypatch):
        answer = crashed(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"<h1" in answer.content


def test_request_inside_an_outer_transaction_of_nobody_does_not_leak(browser, acme, committed_db):
    with transaction.atomic():
        browser.get("/answers/200/")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM forecasting_product")
            assert cursor.fetchone() == (0,)
