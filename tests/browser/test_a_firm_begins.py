"""A firm begins: sign-up, the letter, the second factor, a colleague, and what the colleague may not do."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect

from tests.browser import beginning
from tests.browser.conftest import FLAGS, WIDE
from tests.browser.watching import Watch

PASSWORD = "viele weiche Kissen"
OWNER, COLLEAGUE = "zoe@tea.example", "kim@tea.example"


@pytest.fixture
def open_browser(committed_db, settings, mailoutbox):
    """A served site, where addresses are confirmed first; and a way to open browsers on it."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    with beginning.running() as address, beginning.browser(FLAGS) as chromium:
        watch = Watch(address)

        def opened():
            options = {"base_url": address, "locale": "de-AT", "timezone_id": "Europe/Vienna", "viewport": WIDE}
            context = watch.over(chromium.new_context(**options))
            context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
            context.set_default_timeout(60_000)
            return context.new_page()

        yield opened, watch
    assert not watch.faults, "\n".join(watch.faults)


def code(secret, step=0):
    """Read the figures as an app shows them now: half a minute later they are still taken."""
    _before, now, _after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now + step))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_from_sign_up_to_a_colleague_who_may_only_look(open_browser):
    opened, watch = open_browser
    owner = opened()
    signs_up(owner)
    secret = sets_up_a_second_factor(owner)
    signs_in_with_it(opened(), secret)
    invites(owner)
    colleague = opened()
    joins(colleague)
    may_only_look(colleague, watch)
    sees_it_in_the_log(owner)


def signs_up(page):
    page.goto("/accounts/signup/")
    expect(page.get_by_label("Country")).to_have_value("AT")
    page.locator("[name=email]").fill(OWNER)
    page.locator("[name=password1]").fill(PASSWORD)
    page.get_by_label("Name of your firm").fill("Tea & Co")
    press(page, "Sign up")
    page.wait_for_url("**/accounts/confirm-email/")
    page.goto(beginning.link("/accounts/confirm-email/"))
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(lambda url: "confirm-email" not in url)
    if "/accounts/login/" in page.url:
        signs_in(page, OWNER)
    page.goto("/organisation/")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Vienna")
    expect(page.get_by_label("Currency")).to_have_value("EUR")


def signs_in(page, email):
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Sign in")


def sets_up_a_second_factor(page):
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up an app").click()
    gives_the_password_again(page)
    picture = page.locator("img.totp-picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    secret = page.locator("#authenticator_secret").text_content()
    page.locator("[name=code]").fill(code(secret))
    press(page, "Turn it on")
    expect(page.locator("#recovery_codes")).to_be_visible()
    return secret


def signs_in_with_it(page, secret):
    page.goto("/accounts/login/")
    signs_in(page, OWNER)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    page.locator("[name=code]").fill(code(secret, 1))  # the figures of this moment have been used
    press(page, "Sign in")
    page.wait_for_function("location.pathname === '/'")
    page.goto("/accounts/sessions/")
    expect(page.locator("tbody tr")).to_have_count(2)


def invites(page):
    page.goto("/members/")
    page.get_by_label("E-mail address").fill(COLLEAGUE)
    page.get_by_label("Role", exact=True).select_option("viewer")
    press(page, "Send the invitation")
    expect(page.locator("main")).to_contain_text("Invited, not here yet")


def joins(page):
    page.goto(beginning.link("/invitations/"))
    expect(page.locator("[name=email]")).to_have_value(COLLEAGUE)
    page.locator("[name=password1]").fill(PASSWORD)
    press(page, "Sign up")
    expect(page.locator("main")).to_contain_text(f"has invited {COLLEAGUE}")
    press(page, "Accept")
    page.wait_for_function("location.pathname === '/'")


def may_only_look(page, watch):
    page.goto("/members/")
    expect(page.get_by_role("heading", name="What each role may do")).to_be_visible()
    expect(page.get_by_role("button", name="Send the invitation")).to_have_count(0)
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    with watch.meant(403):
        assert page.goto("/audit/").status == 403
    page.goto("/you/")
    expect(page.get_by_role("link", name="Delete my account")).to_be_visible()


def sees_it_in_the_log(page):
    page.goto("/audit/")
    for words in ("Firm founded", "Second factor set up", "Invited", "Joined"):
        expect(page.locator("tbody")).to_contain_text(words)


def test_security_key_is_added_and_signs_in(open_browser):
    opened, _watch = open_browser
    page = opened()
    plug_in_a_key(page)
    signs_up(page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a key").click()
    gives_the_password_again(page)
    page.locator("[name=name]").fill("Blue key")
    press(page, "Add the key")
    expect(page.locator("#recovery_codes")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("tbody")).to_contain_text("Blue key")
    page.context.clear_cookies(name="lagom_sessionid")
    page.goto("/accounts/login/")
    signs_in(page, OWNER)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    press(page, "Use a security key")
    page.wait_for_function("location.pathname === '/'")


def plug_in_a_key(page):
    """Give the browser a security key that is touched at once, by Chromium's own means for tests."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": key})


def gives_the_password_again(page):
    if "/reauthenticate/" in page.url:
        page.locator("[name=password]").fill(PASSWORD)
        press(page, "Go on")
