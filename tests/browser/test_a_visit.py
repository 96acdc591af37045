"""A manager's visit, in the browser: portfolio → ask → the owner consents → banner → look → the owner ends it.

On a server of the tests' own, for the demo has no account manager; people come with a session, whose second factor
the story of a sign-up shows.
"""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from forecasting.models import Job
from tenants.isolation import tenant_scope
from tenants.models import Assignment, OrganisationFigures
from tests.billed import manager_of
from tests.browser.conftest import FLAGS, NARROW, PATIENCE, WIDE
from tests.browser.find_chromium import HOW, find
from tests.factories import ProductFactory, found

SHOTS = os.environ.get("LAGOM_SHOTS")  # a folder to look into


@pytest.fixture
def firms(committed_db, acme, alice, rival):
    """Acme and two more firms of Mia's."""
    mia = manager_of(acme, rival)
    with tenant_scope(acme.pk):
        ProductFactory(sku="LOOK-1", name="Green tea")
    told = {"products": 40, "readiness": 45, "adherence": 80, "at_risk": 1234, "excess": 8000, "failed_jobs": 2}
    OrganisationFigures.objects.create(organisation=acme, **told)
    third = found("Calm teas")
    Assignment.objects.create(organisation=third, manager=mia.manages)
    Job.objects.create(kind="run", organisation=third)
    return {"mia": mia, "alice": alice, "boss": manager_of(email="boss@lagom.example", staff=True)}


@pytest.fixture
def page_of(firms, live_server, monkeypatch):
    """Give the page of a person who is signed in."""
    path = find()
    if not path:
        pytest.fail(HOW)
    cookies = {}
    for who, user in firms.items():
        client = Client()
        client.force_login(user)
        cookies[who] = client.cookies[settings.SESSION_COOKIE_NAME].value
    cache.clear()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)

        def give(who):
            context = browser.new_context(base_url=live_server.url, viewport=WIDE, locale="en-GB")
            context.set_default_timeout(PATIENCE)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookies[who], "url": live_server.url}])
            return context.new_page()

        yield give
        browser.close()


def look(page, name):
    """Keep a picture, wide and narrow, where somebody asked for pictures; nothing may stick out on the phone."""
    for size, word in ((WIDE, "wide"), (NARROW, "phone")):
        page.set_viewport_size(size)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{word}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide at {size['width']}"
    page.set_viewport_size(WIDE)


def test_manager_asks_owner_consents_both_see_it_and_the_owner_ends_it(page_of):
    manager, owner = page_of("mia"), page_of("alice")
    manager.goto("/")
    expect(manager.locator("h1")).to_have_text("Portfolio")
    expect(manager.locator("tbody tr").first).to_contain_text("Acme")
    look(manager, "portfolio")
    manager.get_by_role("link", name="Acme").click()
    look(manager, "firm")
    manager.get_by_label("Why do you need to look?").fill("The plan looks too high")
    manager.get_by_role("button", name="Ask the owner").click()
    expect(manager.locator("main")).to_contain_text("An owner has to allow it")

    owner.goto("/")
    expect(owner.locator("[data-visit]")).to_contain_text("asks to look inside")
    owner.get_by_role("link", name="Answer").click()
    look(owner, "consents")
    owner.get_by_role("button", name="Allow").click()
    expect(owner.locator("[data-visit]")).to_contain_text("may look inside until")

    manager.reload()
    manager.get_by_role("button", name="Go in").click()
    expect(manager.locator("[data-visit]")).to_contain_text("You are inside Acme until")
    manager.goto("/products/")
    expect(manager.locator("main")).to_contain_text("LOOK-1")
    look(manager, "inside")
    owner.goto("/audit/")
    expect(owner.locator("main")).to_contain_text("Account manager looked")

    owner.goto("/consents/")
    look(owner, "consents-inside")
    owner.get_by_role("button", name="End it now").click()
    assert manager.goto("/products/").status == 404
    expect(manager.locator("main")).not_to_contain_text("LOOK-1")


def test_operator_and_leaving_pages_fit_a_phone(page_of):
    boss = page_of("boss")
    boss.goto("/operator/")
    expect(boss.locator("h1")).to_have_text("Operator")
    look(boss, "operator")
    boss.goto("/portfolio/new/")
    look(boss, "onboard")
    owner = page_of("alice")
    owner.goto("/leaving/")
    look(owner, "leaving")
    owner.get_by_label("To close it, write its name: Acme").fill("Acme")
    owner.get_by_role("button", name="Close the firm").click()
    expect(owner.locator("main")).to_contain_text("This firm is being closed")
    look(owner, "closing")
    owner.get_by_role("button", name="Stay: open it again").click()
    expect(owner.locator("main")).to_contain_text("Everything is as it was")
