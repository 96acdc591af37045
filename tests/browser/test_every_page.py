"""Every page, as everybody who may see it, in both languages, on the desk and on the phone."""

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser import addresses, reading
from tests.browser.conftest import NARROW, PATIENCE, WIDE

AXE = Path(__file__).with_name("axe.min.js")
FILES = {
    "asking.csv": b"sku,on_hand,counted_at\nNEW-1,5,2026-11-20\nNEW-2,7,2026-11-20\n",
    "unclear.csv": b"foo;bar;baz\n1;2;03/04/2026\n4;5;05/04/2026\n",
    "failed.xlsx": b"PK\x03\x04 this is no workbook",
}
LOADED = ("sales.csv", "products.xlsx")


@pytest.fixture(scope="package")
def arguments():
    """The values of addresses, once they were found."""
    return {}


@pytest.fixture
def all_pages(browser_of, arguments, tmp_path):
    """Every page of the example firm, with uploads in several states."""
    if not arguments:
        arguments.update(found(browser_of("owner"), tmp_path))
    return addresses.pages(arguments)


LISTS = {"supplier": "/suppliers/", "run": "/runs/", "money_channel": "/money/channels/"}


def found(page, folder):
    """Upload files that end in different states, and find one of everything."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    page.goto("/uploads/")
    page.locator("input[type=file]").set_input_files([folder / name for name in FILES])
    expect(page.locator("main tbody")).to_contain_text("failed.xlsx", timeout=PATIENCE)
    expect(page.get_by_text("Being looked at")).to_have_count(0, timeout=PATIENCE)
    uploads = dict(links(page))
    page.goto("/products/")
    products = links(page)
    page.goto("/plans/")
    suppliers = page.locator("select[name=supplier] option").all_inner_texts()
    categories = page_options(page, "/products/", "category")
    page.goto("/production/")
    centres = page.locator("main h2").all_inner_texts()
    page.goto("/jobs/")
    jobs = dict(links(page))  # one of each kind
    return {
        "upload": [last(uploads[name]) for name in (*FILES, *LOADED)],
        "product": [last(href) for _, href in (products[0], products[-1])],
        "job": [last(href) for href in jobs.values()],
        **{name: [first(page, address)] for name, address in LISTS.items()},
        # no route, but words out of the firm's own files
        "theirs": [products[0][0], products[-1][0], *suppliers, *categories, *centres],
    }


def links(page):
    """Give words and address of every row of the page's table."""
    rows = page.locator("main tbody th[scope=row]")
    return rows.evaluate_all(
        "all => all.map((th) => th.querySelector('a')).map((a) => [a.textContent.trim(), a.getAttribute('href')])"
    )


def page_options(page, address, name):
    page.goto(address)
    return page.locator(f"select[name={name}] option").all_inner_texts()


def first(page, address):
    """Give what the first row of a list leads to."""
    page.goto(address)
    return last(page.locator(f"main tbody a[href^='{address}']").first.get_attribute("href"))


def last(address):
    return address.rstrip("/").rpartition("/")[2]


def look_at(page, address, language, theirs=()):
    """Open a page and tell what is wrong with it, on the desk and then on the phone."""
    page.set_viewport_size(WIDE)
    answer = page.goto(address)
    assert answer.ok, f"{answer.status} at {address}"
    faults = reading.basics(page)
    if (spoken := page.locator("html").get_attribute("lang")) != language:
        faults.append(f"speaks {spoken}")
    faults += [f"too wide for the desk: {fault}" for fault in reading.too_wide(page)]
    if language == "en":
        faults += barriers(page)
    page.set_viewport_size(NARROW)
    with contextlib.suppress(TimeoutError):  # charts follow the window a moment later
        page.wait_for_function(f"() => !({reading.TOO_WIDE})().length", timeout=5000)
    faults += [f"too wide for the phone: {fault}" for fault in reading.too_wide(page)]
    if language == "zh-hans":
        faults += [f"not in Chinese: {text!r}" for text in reading.untranslated(page, theirs)]
    return [f"{address} {fault}" for fault in faults]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_fits_and_speaks_its_readers_language(browser_of, all_pages, arguments, language):
    page = browser_of("owner", language=language)
    faults = [fault for address in all_pages for fault in look_at(page, address, language, arguments["theirs"])]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", ["planner", "viewer"])
def test_everybody_who_belongs_to_the_firm_may_read_every_page_but_the_owners(browser_of, all_pages, who):
    asking = browser_of(who).context.request
    refused = {address for address in all_pages if not asking.get(address).ok}
    assert refused == {"/audit/", "/billing/", "/consents/", "/keys/", "/leaving/", "/webhooks/"}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_doors_fit_and_speak_their_readers_language(browser_of, language):
    page = browser_of(language=language)
    faults = [fault for address in addresses.doors() for fault in look_at(page, address, language)]
    assert not faults, "\n".join(faults)


def test_an_address_that_is_not_there_says_so_and_leads_back(browser_of, watch):
    page = browser_of("owner")
    with watch.meant(404):
        assert page.goto("/no-such-page/").status == 404
    assert reading.basics(page) == []
    page.get_by_role("link", name="Go to the start").click()
    expect(page.locator(".side-nav [aria-current=page]")).to_have_text("Home")


def test_a_page_is_worked_without_a_mouse(browser_of):
    page = browser_of("owner")
    page.goto("/plans/")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_text("Skip to the content")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1
    page.goto("/")
    for _ in range(40):  # the menu is reached by Tab alone, and Enter follows it
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/money/":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/money/")


def barriers(page):
    """Name what axe finds on the page that bars people with disabilities."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)")
    return [
        f"{rule['id']} ({len(rule['nodes'])}): " + "; ".join(node["html"][:160] for node in rule["nodes"][:3])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


def test_nothing_bars_people_from_a_dark_page(browser_of):
    page, faults = browser_of("owner", color_scheme="dark"), []
    for address in ("/", "/uploads/", "/members/"):
        page.goto(address)
        faults += [f"{address} {barrier}" for barrier in barriers(page)]
    assert not faults, "\n".join(faults)
