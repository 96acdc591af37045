"""One site and one browser for all browser tests; people sign in once and keep their cookies."""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import site as sites
from tests.browser.find_chromium import HOW, find
from tests.browser.watching import Watch

# Chromium's sandbox refuses root; the rest keeps the browser from talking to anybody but the site.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 60_000  # milliseconds: the machine may be busy
LANGUAGES = {"en": "en-GB", "zh-hans": "zh-CN"}


def pytest_collection_modifyitems(items):
    """Mark everything in this folder."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


# All of these live as long as this folder's tests: Playwright's event loop, left running, would make Django refuse
# its database to every test that comes after.


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    """The whole site, running."""
    with sites.running(tmp_path_factory.mktemp("site") / "var") as running:
        yield running


@pytest.fixture(scope="package")
def chromium(site):
    """The browser itself."""
    path = find()
    if not path:
        pytest.fail(HOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def cookies():
    """What each person's browser remembers, once signed in."""
    return {}


@pytest.fixture
def watch(site):
    """Everything that went wrong in the browser; none of it may be left when the test ends."""
    watch = Watch(site.address)
    yield watch
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def browser_of(chromium, site, watch, cookies):
    """Give a person's browser: `browser_of("owner")`, or nobody's; language, size and colours as wished."""
    opened = []

    def give(who=None, *, language="en", size=WIDE, **options):
        options = {"locale": LANGUAGES[language], "timezone_id": "Europe/Berlin", "viewport": size, **options}
        kept = {"storage_state": cookies[who]} if who in cookies else {}
        context = chromium.new_context(base_url=site.address, accept_downloads=True, **kept, **options)
        opened.append(watch.over(context))
        context.set_default_timeout(PATIENCE)
        if who and who not in cookies:
            sign_in(context, *site.sign_ins[who])
            cookies[who] = context.storage_state()
        speak(context, site, language)
        return context.new_page() if not context.pages else context.pages[0]

    yield give
    for context in opened:
        context.close()


def sign_in(context, email, password):
    """Sign in as people do: by the form."""
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("main form button.btn-primary").click()
    page.wait_for_function("location.pathname === '/'")


def speak(context, site, language):
    """Choose the language as the menu does: a cookie."""
    context.add_cookies([{"name": "django_language", "value": language, "url": site.address}])
