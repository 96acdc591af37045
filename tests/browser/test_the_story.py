"""The whole way, once, as a new customer goes it: sign up, files in, corrections, a forecast, a buy list."""

import csv
import io
import re
import time
from datetime import UTC, datetime

import openpyxl
import pytest
from playwright.sync_api import expect

from forecasting import example
from tests.browser.conftest import PATIENCE

FORMULA = "=1+1 Kissen"  # a product whose name a spreadsheet would run
LONG = 3 * PATIENCE  # a forecast on a busy machine


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three files of the example firm: a workbook, and Chinese exports in GB18030 and in UTF-8; some rows spoilt."""
    folder = tmp_path_factory.mktemp("files")
    firm = example.generate(products=24, years=1.2, today=datetime.now(UTC).date())
    written = example.write(firm, folder, dialect="zh")
    name_a_formula(written["products"])
    spoil(written["sales"])
    assert written["stock"].read_bytes()[:3] == b"\xef\xbb\xbf"
    return {kind: written[kind] for kind in ("products", "sales", "stock")}


def name_a_formula(path):
    """Rename a product that is still sold, so that it comes up in the buy list."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        row[heads.index("商品名称")].value = FORMULA
        row[heads.index("商品名称")].data_type = "s"
        break
    book.save(path)


def spoil(path):
    """Put a word where units belong, and a formula beside it."""
    lines = path.read_bytes().decode("gb18030").splitlines()
    heads = lines[0].split(",")
    cells = lines[5].split(",")
    cells[heads.index("数量")] = "abc"
    cells[heads.index("买家会员名")] = "=HYPERLINK(1)"
    lines[5] = ",".join(cells)
    path.write_bytes(("\n".join(lines) + "\n").encode("gb18030"))


def upload(page, *paths):
    """Choose files, which sends them; give the page of the one file once it asks."""
    page.goto("/uploads/")
    page.locator("input[type=file]").set_input_files(paths)
    page.wait_for_url(re.compile(r"/uploads/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("button", name="Load these rows")).to_be_visible(timeout=PATIENCE)


def load(page):
    """Confirm what was understood, and wait until the rows are in."""
    page.get_by_role("button", name="Load these rows").click()
    expect(page.locator(".tile").first).to_contain_text("Rows loaded", timeout=PATIENCE)


def tile(page, label):
    """Read a tile's figure."""
    named = page.locator(".tile-label").get_by_text(label, exact=True)
    return page.locator(".tile", has=named).locator(".tile-value").inner_text()


def download(page, link):
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.path().read_bytes()


def test_a_new_customer_gets_from_files_to_a_buy_list_and_back(browser_of, files, tmp_path):
    page = browser_of()
    sign_up(page)
    for kind in ("products", "stock"):
        upload(page, files[kind])
        load(page)
        assert tile(page, "Not taken").startswith("0")
    upload(page, files["sales"])
    expect(page.locator("main")).to_contain_text("gb18030")
    expect(page.locator(".column-name").first).to_have_text("订单编号")
    load(page)
    rows = tile(page, "Rows loaded")
    corrects_the_bad_row(page, tmp_path)
    sees_the_forecast_run(page)
    reads_the_buy_list(page)
    uploads_the_same_again(page, files, rows)
    takes_an_upload_back(page, files)


def sign_up(page):
    page.goto("/accounts/signup/")
    page.get_by_label("Name of your firm").fill("Kissen & Co <b>")
    page.get_by_label("Country").select_option("DE")
    page.locator("[name=email]").fill(f"chef{time.time_ns()}@kissen.example")
    page.locator("[name=password1]").fill("viele weiche Kissen")
    page.locator("main form button.btn-primary").click()
    page.wait_for_function("location.pathname === '/'")
    expect(page.locator("h1")).to_be_visible()


def corrects_the_bad_row(page, folder):
    """The spoilt row is told with row, column, value and what was expected, and comes back corrected."""
    assert tile(page, "Not taken").startswith("1")
    expect(page.locator("main")).to_contain_text("row 6")
    expect(page.locator("main code", has_text="abc")).to_be_visible()
    path = folder / "bad.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(download(page, page.get_by_role("link", name="Workbook to correct"))))
    cells = {
        cell.value: cell for cell in next(row for row in book.active.iter_rows() if any(c.value == "abc" for c in row))
    }
    formulas = [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]
    assert not formulas
    cells["abc"].value = 2
    book.save(path)
    upload(page, path)
    load(page)
    assert tile(page, "Rows loaded") == "1"
    assert tile(page, "Not taken").startswith("0")


def sees_the_forecast_run(page):
    """The progress renews itself, then the page shows that it is done and asks no more."""
    polls = []
    page.on("request", lambda request: polls.append(request.url) if "hx-request" in request.headers else None)
    page.get_by_role("button", name="Forecast and plan").click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}/$"))
    page.locator(".progress-house").wait_for()
    expect(page.get_by_role("link", name="Look at it")).to_be_visible(timeout=LONG)
    assert polls, "the page never asked how far the work was"
    asked = len(polls)
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    page.get_by_role("link", name="Look at it").click()
    assert len(polls) == asked


def reads_the_buy_list(page):
    """What the page shows is what the workbook and the table hold: numbers as numbers, texts as texts."""
    page.wait_for_url("**/plans/")
    page.goto("/plans/?show=all")
    expect(page.locator("main tbody tr").first).to_be_visible()
    page.get_by_text("Download", exact=True).click()
    book = openpyxl.load_workbook(io.BytesIO(download(page, page.get_by_role("link", name="Workbook (XLSX)").first)))
    heads, *lines = list(book.active.iter_rows())
    column = {cell.value: position for position, cell in enumerate(heads)}
    assert len(lines) >= 16
    assert all(isinstance(line[column["On hand"]].value, int | float | None) for line in lines)
    assert any(line[column["Order"]].value and line[column["Value"]].value for line in lines)
    named = [line[column["Product"]] for line in lines if FORMULA in str(line[column["Product"]].value)]
    assert {cell.data_type for cell in named} == {"s"}
    text = download(page, page.get_by_role("link", name="Table (CSV)")).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(table) == len(lines)
    assert {row["Product"] for row in table if FORMULA in row["Product"]} == {"'" + FORMULA}
    assert all(not row["Order"] or float(row["Order"]) >= 0 for row in table)


def uploads_the_same_again(page, files, rows):
    """The very file once more: said beforehand, and afterwards nothing is new or changed."""
    upload(page, files["sales"])
    expect(page.locator("main")).to_contain_text("You loaded this very file before")
    load(page)
    assert tile(page, "Rows loaded") == rows
    assert (tile(page, "New"), tile(page, "Changed")) == ("0", "0")


def takes_an_upload_back(page, files):
    """Undo asks first, then says that the rows are gone."""
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/uploads/")
    row = page.locator("main tbody tr", has_text=files["stock"].name)
    row.get_by_role("button", name="Undo").click()
    expect(page.locator("main tbody tr", has_text="Taken back")).to_have_count(1, timeout=PATIENCE)
