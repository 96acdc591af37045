"""What we hand out as a file goes back in by the page: into an empty firm, as CSV and as a workbook, row for row."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from forecasting.models import Inbound, Order, OrderLine, Product, Upload
from forecasting.services.exports import plain_text, xlsx_file
from forecasting.services.order_files import order_file
from tenants.isolation import tenant_scope
from tests.factories import LocationFactory, ProductFactory, SupplierFactory
from tests.portal.api.test_round_trips import FILLED
from tests.portal.reading import as_understood, read_here, work

WHOLE = {"sold_at": "2026-11-02T23:30:00+01:00"}  # a file has no parts of a second
KINDS = ("products", "suppliers", "sales", "stock", "inbound", "components", "rates")
TEXTS = {
    "sku", "name", "category", "supplier", "replaces", "status", "currency", "code", "parent_sku", "component_sku",
    "order_id", "line_id", "channel", "location", "customer_ref", "order_ref", "made", "sold_at",
}  # fmt: skip


def workbook(body):
    """Write a CSV of ours as the workbook that Excel makes of it: texts, numbers, days."""
    top, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    return xlsx_file("Sheet", top, [[_cell(name, cell) for name, cell in zip(top, row, strict=True)] for row in rows])


def _cell(name, cell):
    if name in TEXTS or not cell:
        return plain_text(cell) if name in TEXTS else cell
    return dt.date.fromisoformat(cell) if cell.count("-") == 2 and cell[0] != "-" else float(cell)


def bring(browser, firm, name, body, **answers):
    """Give a file to the page, and confirm what was understood."""
    browser.post(reverse("uploads_new"), {"files": [SimpleUploadedFile(name, body)]})
    work(firm)
    with tenant_scope(firm.pk):
        (upload,) = Upload.objects.filter(name=name)
    answer = browser.post(reverse("upload_confirm", args=[upload.pk]), as_understood(upload, **answers))
    assert answer.status_code == 302, (upload.look["questions"], upload.settings["mapping"])
    work(firm)
    with tenant_scope(firm.pk):
        upload.refresh_from_db()
    assert (upload.state, upload.rows_bad, upload.rows_set_aside) == ("done", 0, 0), upload.report["problems"]
    return upload


def told(row):
    """Leave out the mark before a code: in a file it is Excel's."""
    return {name: "tis" if value == "'tis" else value for name, value in row.items()} | (
        WHOLE if "sold_at" in row else {}
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_each_list_of_ours_goes_back_in_by_the_page(
    call, committed_db, acme, rival, charlie, client_for, key_for, tmp_path, settings, monkeypatch, form
):
    settings.MEDIA_ROOT = tmp_path
    read_here(monkeypatch)
    ours, theirs, browser = key_for(acme), key_for(rival), client_for(charlie)
    for kind in KINDS:
        rows = [told(row) for row in FILLED[kind]]
        assert call(ours, "PUT", f"{kind}?atomic=1", rows).status == 200
        body = call(ours, "GET", kind, Accept="text/csv").content
        upload = bring(browser, rival, f"{kind}.{form}", body if form == "csv" else workbook(body))
        assert (upload.kind, upload.rows_good) == (kind, body.count(b"\r\n") - 1)
        first, second = (call(key, "GET", kind).said["results"] for key in (ours, theirs))
        assert by_words(second) == by_words(first), kind


def by_words(rows):
    """Sort rows, which come in the order in which they came in; a file has twelve places behind the point."""
    plain = [{name: round(v, 11) if isinstance(v, float) else v for name, v in row.items()} for row in rows]
    return sorted(plain, key=lambda row: sorted(map(str, row.items())))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_of_an_order_goes_back_in_as_what_is_coming(
    committed_db, acme, rival, charlie, client_for, tmp_path, settings, monkeypatch, form
):
    settings.MEDIA_ROOT = tmp_path
    read_here(monkeypatch)
    with tenant_scope(acme.pk):
        order = Order.objects.create(
            number="=B-7", supplier=SupplierFactory(), location=LocationFactory(), currency="EUR"
        )
        for sku, units, day in (("=007", 12.0, 20), ("00123", 2.5, 21)):
            OrderLine.objects.create(
                order=order, product=ProductFactory(sku=sku), units=units, expected_on=dt.date(2026, 12, day)
            )
        body = order_file(form, order, OrderLine.objects.filter(order=order).order_by("expected_on"))
    upload = bring(client_for(charlie), rival, f"order.{form}", body, kind="inbound")
    assert upload.rows_good == 2
    with tenant_scope(rival.pk):
        coming = Inbound.objects.order_by("expected_on").values_list(
            "order_ref", "product__sku", "units", "expected_on"
        )
        assert list(coming) == [
            ("=B-7", "=007", 12.0, dt.date(2026, 12, 20)),
            ("=B-7", "00123", 2.5, dt.date(2026, 12, 21)),
        ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_of_products_without_costs_goes_out_is_filled_in_and_comes_back(
    committed_db, acme, alice, client_for, tmp_path, settings, monkeypatch, form
):
    settings.MEDIA_ROOT = tmp_path
    read_here(monkeypatch)
    browser = client_for(alice)
    with tenant_scope(acme.pk):
        mill = SupplierFactory(code="MILL")
        for sku in ("00123", "=007"):
            ProductFactory(sku=sku, name="-5 tea", supplier=mill, unit_cost=None, moq=2.5, service_level=0.975)
        ProductFactory(sku="known", unit_cost=3)
    answer = browser.get(reverse("products_export", args=[form]), {"show": "no_cost"})
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    if form == "csv":
        top, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    else:
        top, *rows = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert len(rows) == 2
    at = top.index("unit_cost")
    filled = [[4.25 if place == at else cell for place, cell in enumerate(row)] for row in rows]
    text = io.StringIO()
    csv.writer(text).writerows([top, *filled])
    body = text.getvalue().encode() if form == "csv" else xlsx_file("Products", top, filled)
    upload = bring(browser, acme, f"products.{form}", body)
    assert (upload.kind, upload.rows_good, upload.rows_changed) == ("products", 2, 2)
    with tenant_scope(acme.pk):
        known = Product.objects.exclude(sku="known").order_by("sku")
        assert list(known.values_list("sku", "name", "supplier__code", "unit_cost", "moq", "service_level")) == [
            ("00123", "-5 tea", "MILL", Decimal("4.25"), 2.5, 0.975),
            ("=007", "-5 tea", "MILL", Decimal("4.25"), 2.5, 0.975),
        ]
