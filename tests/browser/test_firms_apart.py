"""Two firms and three roles: what a stranger, a guest and a viewer see."""

import time

from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE

PASSWORD = "viele weiche Kissen"


def sign_up(page, email, firm=None):
    """Sign up on the page that is open; who was invited is asked for no firm."""
    if firm:
        page.get_by_label("Name of your firm").fill(firm)
        page.get_by_label("Country").select_option("SE")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("main form button.btn-primary").click()


def test_a_stranger_is_told_that_nothing_is_there_and_a_guest_becomes_a_viewer(browser_of, site, watch):
    theirs = objects_of(browser_of("owner"))
    name = f"guest{time.time_ns()}@other.example"
    page = browser_of()
    page.goto("/accounts/signup/")
    sign_up(page, f"x{name}", firm="Other firm")
    page.wait_for_function("location.pathname === '/'")
    with watch.meant(404):
        for address in theirs:
            assert page.goto(address).status == 404
            expect(page.locator("h1")).to_have_text("There is nothing here")
    assert "products.xlsx" not in page.goto("/uploads/").text()

    invite(browser_of("owner"), name)
    guest = browser_of()
    guest.goto(site.link_in_letter("/invitations/"))
    guest.locator("[name=password1]").wait_for()
    expect(guest.get_by_label("Name of your firm")).to_have_count(0)
    sign_up(guest, name)
    expect(guest.locator("main")).to_contain_text(f"has invited {name}", timeout=PATIENCE)
    guest.get_by_role("button", name="Accept").click()
    guest.wait_for_function("location.pathname === '/'")
    expect(guest.locator(".side")).to_contain_text("Lanting")
    sees_but_changes_nothing(guest, watch, theirs)


def objects_of(page):
    """One address of everything the example firm owns."""
    found = []
    for place in ("/uploads/", "/products/", "/jobs/"):
        page.goto(place)
        found.append(page.locator("main tbody th a").first.get_attribute("href"))
    return [*found, found[0] + "bad-rows/"]


def invite(page, email):
    page.goto("/members/")
    page.get_by_label("E-mail address").fill(email)
    page.locator("form[action='/members/invite/'] [name=role]").select_option("viewer")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.locator("main")).to_contain_text(f"The invitation to {email} is on its way.")


def sees_but_changes_nothing(page, watch, theirs):
    """A viewer finds no button that changes anything; what is asked for nevertheless is refused in plain words."""
    for address in (
        "/uploads/",
        "/jobs/",
        "/organisation/",
        "/members/",
        "/products/",
        "/plans/",
        "/money/",
        *theirs[:3],
    ):
        assert page.goto(address).ok, address
        changing = page.locator("main form[method=post]").evaluate_all(
            "all => all.filter((f) => f.checkVisibility() && f.querySelector('button')).map((f) => f.action)"
        )
        assert not changing, f"a viewer could send {changing} at {address}"
    with watch.meant(403):
        page.goto("/jobs/")
        page.evaluate(
            """() => { const f = document.createElement("form"); f.method = "post"; f.action = "/jobs/run/";
                 const t = document.createElement("input"); t.name = "csrfmiddlewaretoken";
                 t.value = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
                 f.append(t); document.body.append(f); f.submit(); }"""
        )
        expect(page.locator("h1")).to_have_text("Not allowed")
        expect(page.locator("main")).to_contain_text("Ask an owner of the firm to change it.")
