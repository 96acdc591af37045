"""The Monday of a planner, with a real worker: plan → accept with one change → PDF → part arrives → the next plan."""

import io
import re

import pypdf
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE

LONG = 4 * PATIENCE  # a forecast on a busy machine


def test_what_is_accepted_sent_and_partly_received_is_counted_once_by_the_next_plan(browser_of):
    page = browser_of("planner")
    runs(page)
    sku, units, held = accepts_a_suppliers_list_with_one_change(page)
    number = reads_the_pdf_and_sends(page, sku, units)
    receives_a_part(page, sku)
    runs(page)
    page.goto(f"/plans/?show=all&search={sku}")
    line = page.locator("main tbody tr", has_text=sku).first
    expect(line).to_contain_text(sku, timeout=PATIENCE)
    assert there_and_coming(line) == held + units, f"{number}: what came lies there, the rest is coming, each once"
    assert figure(line.locator("td[data-label=Coming]")) >= units - 1


def there_and_coming(line):
    return sum(figure(line.locator(f"td[data-label='{name}']")) for name in ("On hand", "Coming"))


def figure(cell):
    return float(re.search(r"[\d,.]+", cell.inner_text()).group().replace(",", ""))


def runs(page):
    """Compute a plan and wait for it."""
    page.goto("/jobs/")
    page.get_by_role("button", name="Forecast and plan").first.click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("link", name="Look at it")).to_be_visible(timeout=LONG)


def accepts_a_suppliers_list_with_one_change(page):
    """Type another quantity: cover and cost change at once; the whole list of the supplier is accepted with it."""
    page.goto("/plans/")
    cards = page.locator("section.card").filter(has=page.locator("button[value^='supplier:']"))
    card = cards.filter(has=page.locator("[data-line][data-cost][data-pace]")).first
    line = card.locator("[data-line][data-cost][data-pace]").first
    sku = line.locator("th > a").get_attribute("href").strip("/").rpartition("/")[2]
    typed, held = line.locator("[data-units]"), there_and_coming(line)
    before = line.locator("[data-value]").inner_text(), line.locator("[data-cover]").inner_text()
    units = int(float(line.get_attribute("data-proposed"))) + 100
    typed.fill(str(units))
    assert before != (line.locator("[data-value]").inner_text(), line.locator("[data-cover]").inner_text())
    typed.press("Enter")  # a change wants its reason first
    expect(line.locator("[data-reason]")).to_be_focused(timeout=PATIENCE)
    line.locator("[data-reason]").fill("A campaign is planned")
    card.locator("button[value^='supplier:']").click()
    page.wait_for_url("**/plans/**")
    expect(page.locator(".notice-green").first).to_contain_text("accepted: PO-", timeout=PATIENCE)
    return sku, units, held


def reads_the_pdf_and_sends(page, sku, units):
    """The draft's PDF holds the changed line; the order is then sent by letter."""
    page.goto("/orders/")
    orders = page.locator(".board-card").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    for address in orders:
        page.goto(address)
        if page.locator("main tbody", has_text=sku).count():
            break
    number = page.locator("h1").inner_text()
    drawn = page.context.request.get(f"{page.url}order.pdf").body()
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages)
    assert number in text and sku in text
    assert f"{units:,}" in text
    page.get_by_label("E-mail address").fill("supplier@example.com")
    page.get_by_role("button", name="Send by e-mail").click()
    expect(page.locator(".notice-green").first).to_contain_text(
        "is on its way to supplier@example.com", timeout=PATIENCE
    )
    return number


def receives_a_part(page, sku):
    """One piece arrives."""
    page.get_by_role("link", name="Goods have arrived").click()
    row = page.locator("main tbody tr", has_text=sku)
    row.locator("input[inputmode=decimal]").fill("1")
    page.get_by_role("button", name="Book what I typed").click()
    expect(page.locator(".page-state")).to_contain_text("Partly received", timeout=PATIENCE)
