"""An owner goes up by bank transfer: look, choose, read the PDF, all in the browser."""

import io
import re

import pypdf
from playwright.sync_api import expect

from tests.browser.conftest import NARROW


def test_upgrade_by_bank_transfer_with_the_invoice_as_pdf(browser_of):
    page = browser_of("owner")
    page.goto("/billing/")
    expect(page.locator(".page-state")).to_contain_text("You are trying Growth")
    card = page.locator(".tier-card", has=page.get_by_role("heading", name="Scale"))
    card.get_by_role("link", name="By the month").click()
    page.wait_for_url("**/billing/change/**")
    expect(page.locator("main")).to_contain_text("Scale begins now.")
    expect(page.locator("main table")).to_contain_text("€299.00")
    page.get_by_role("button", name="Choose Scale").click()
    page.wait_for_url(re.compile(r"/billing/$"))
    row = page.locator("section[aria-labelledby=invoices] tbody tr").first
    number = row.locator("th a").inner_text()
    reference = row.locator("td").last.inner_text()
    drawn = page.context.request.get(f"/billing/invoices/{number}.pdf").body()
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages)
    assert number in text
    assert reference in text
    assert "299.00" in text


def test_billing_fits_a_phone(browser_of):
    page = browser_of("owner", size=NARROW)
    page.goto("/billing/")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
