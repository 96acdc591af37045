"""Programs: keys of Acme and of its rival, and a client that speaks HTTP to a server on a real socket."""

import contextlib
import http.client
import json
from types import SimpleNamespace

import pytest


@pytest.fixture
def key_for():
    """Make a key: key_for(firm, "w") gives its text."""
    from tenants.isolation import tenant_scope
    from tenants.models import User
    from tenants.services import api_keys

    def make(firm, scope="w", **options):
        with tenant_scope(firm.pk):
            by = User.objects.filter(memberships__organisation=firm).first()
            return api_keys.make(organisation=firm, name="shop", scope=scope, by=by, **options).text

    return make


@pytest.fixture
def call(database):
    """Ask through the site's middleware: call(key, "PUT", "sales", [...]) gives status, headers and what JSON says."""
    from django.test import Client

    client = Client(raise_request_exception=False)

    def ask(key, method, path, body=None, *, kind="application/json", **headers):
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            told["Authorization"] = f"Bearer {key}"
        address = path if path.startswith(("http", "/")) else f"/api/v1/{path}"
        address = address.removeprefix("http://testserver")
        data = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else b""
        answer = client.generic(method, address, data, content_type=kind, headers=told)
        return answered(answer.status_code, dict(answer.headers), answer.getvalue())

    return ask


def answered(status, headers, content):
    media = headers.get("Content-Type", "")
    said = None
    if "json" in media and content:
        said = json.loads(content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return SimpleNamespace(status=status, headers=headers, content=content, said=said)


@pytest.fixture(scope="session")
def live_address(django_db_setup, django_db_blocker):
    """The site on a real socket, many threads, each with its own connection to the test database."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    with django_db_blocker.unblock():
        thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait(60)
        if thread.error:
            raise thread.error
        yield f"127.0.0.1:{thread.port}"
        thread.terminate()


@pytest.fixture
def live(live_address, committed_db):
    """Ask over a real socket: live(key, "PUT", "sales", [...])."""

    def ask(key, method, path, body=None, *, kind="application/json", **headers):
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            told["Authorization"] = f"Bearer {key}"
        data = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else b""
        told["Content-Type"] = kind
        with contextlib.closing(http.client.HTTPConnection(live_address, timeout=60)) as connection:
            connection.request(method, f"/api/v1/{path}", data, told)
            response = connection.getresponse()
            return answered(response.status, dict(response.getheaders()), response.read())

    return ask
