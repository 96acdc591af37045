"""An owner pays by Stripe, page by page: billing, Checkout, back, the invoice, the portal, the end of the period."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from tests.browser import beginning
from tests.browser.conftest import FLAGS, NARROW, WIDE, sign_in
from tests.browser.watching import Watch
from tests.fakes import stripe_process

OWNER = "alice@acme.example"


@pytest.fixture
def shop(committed_db, settings):
    """A served site that is set up for Stripe, and the small Stripe, which tells it what happens."""
    from tenants import payments
    from tests.factories import PASSWORD, UserFactory, found

    with stripe_process.running() as stripe, beginning.running() as address:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_ours", "whsec_of_a_test"
        settings.STRIPE_API_BASE, settings.SITE_ADDRESS = stripe.address, address
        payments.of("stripe").make_prices()
        stripe.tell(f"{address}/stripe/events/", "whsec_of_a_test")
        found("Acme", owner=UserFactory(email=OWNER))
        with beginning.browser(FLAGS) as chromium:
            watch = Watch(address, stripe.address)

            def opened(size=WIDE):
                context = watch.over(chromium.new_context(base_url=address, locale="en-GB", viewport=size))
                context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
                context.set_default_timeout(60_000)
                sign_in(context, OWNER, PASSWORD)
                return context.pages[0]

            yield opened, stripe
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def worker():
    """What a worker does, once, in a thread of its own: Django refuses its database beside a browser's loop."""
    from django.db import connection

    from tenants.services import provider_events

    def work():
        try:
            return provider_events.work_off()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield lambda: pool.submit(work).result(60)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_upgrade_by_stripe_from_the_choice_to_the_end_of_the_period(shop, worker):
    opened, stripe = shop
    page = opened()
    goes_to_checkout(page)
    press(page, "Fail")
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    press(page, "Cancel")
    expect(page.locator("main")).to_contain_text("Nothing was paid")
    press(page, "Pay online")
    page.wait_for_url(f"{stripe.address}/pay/**")
    press(page, "Pay")
    waits_and_is_told(page, worker)
    reads_the_invoice(page)
    ends_it_in_the_portal(page, worker)
    fits_a_phone(opened(NARROW))


def works(page, worker):
    """Let the worker look until a message has come to act on."""
    for _ in range(300):
        if worker():
            return
        page.wait_for_timeout(100)
    raise AssertionError("no message came")


def goes_to_checkout(page):
    page.goto("/billing/")
    expect(page.locator(".page-state")).to_contain_text("You are trying Growth")
    card = page.locator(".tier-card", has=page.get_by_role("heading", name="Scale"))
    card.get_by_role("link", name="By the month").click()
    expect(page.locator("main table")).to_contain_text("€355.81")
    press(page, "Pay online")
    expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Lagom Scale (at €299.00 / month)")


def waits_and_is_told(page, worker):
    page.wait_for_url("**/billing/paid/")
    expect(page.locator("main")).to_contain_text("Stripe has not told us yet")
    page.goto("/billing/")
    expect(page.locator(".page-state")).to_contain_text("You are trying Growth")  # coming back granted nothing
    page.go_back()
    works(page, worker)
    page.get_by_role("link", name="To billing").click()  # the page asked by itself, and was told
    expect(page.locator(".page-state")).to_contain_text("Scale, paid for until")


def reads_the_invoice(page):
    row = page.locator("main tbody tr").first
    expect(row).to_contain_text("€355.81")
    expect(row).to_contain_text("paid")
    number = row.locator("th a").inner_text()
    assert re.fullmatch(r"L\d{4}-00001", number)
    assert page.context.request.get(f"/billing/invoices/{number}.pdf").body().startswith(b"%PDF")
    expect(page.locator("main tbody tr")).to_have_count(1)


def ends_it_in_the_portal(page, worker):
    press(page, "Means of payment at Stripe")
    expect(page.get_by_role("heading", name="Customer portal")).to_be_visible()
    press(page, "End")
    expect(page.get_by_role("alert")).to_have_text("Done.")
    press(page, "Return")
    page.wait_for_url(re.compile(r"/billing/$"))
    works(page, worker)
    page.reload()
    expect(page.locator("main")).to_contain_text(re.compile(r"From .+ on: Free\."))


def fits_a_phone(page):
    for path in ("/billing/", "/billing/paid/", "/billing/change/?tier=starter&interval=month"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
