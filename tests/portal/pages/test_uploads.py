"""Files of shops through the door: recognised, shown with their rules, read as they are known to be written."""

import random
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from forecasting import jobs
from forecasting.models import Job, Product, Sale, StockCount, Upload
from tenants.isolation import tenant_scope
from tests.factories import ProductFactory

EXPORTS = Path(__file__).parents[2] / "forecasting" / "ingest" / "exports"


@pytest.fixture
def bring(committed_db, acme, alice, client_for, tmp_path, settings):
    """Give files to the page, and do the work that it starts."""
    settings.MEDIA_ROOT = tmp_path
    browser = client_for(alice)

    def bring(*files):
        given = [
            file if isinstance(file, SimpleUploadedFile) else SimpleUploadedFile(file, (EXPORTS / file).read_bytes())
            for file in files
        ]
        assert browser.post(reverse("uploads_new"), {"files": given}).status_code == 302
        work(acme)
        return browser

    return bring


def work(acme):
    for job in Job.objects.filter(organisation=acme, state__in=Job.OPEN).order_by("created_at"):
        jobs.run(job.pk)


def found(acme, **what):
    with tenant_scope(acme.pk):
        return list(Upload.objects.filter(**what).order_by("created_at", "part"))


def load(browser, acme, upload, **answers):
    """Confirm what was understood, as the form does."""
    headers = upload.look["headers"]
    named = {f"column-{headers.index(header)}": name for name, header in upload.settings["mapping"].items()}
    page = reverse("upload_confirm", args=[upload.pk])
    assert browser.post(page, {"kind": upload.settings["kind"], **named, **answers}).status_code == 302
    work(acme)
    with tenant_scope(acme.pk):
        upload.refresh_from_db()
    return upload


def test_a_shops_products_become_a_catalogue_and_a_count_of_stock(acme, bring):
    browser = bring("shopify_products.csv")
    first, second = found(acme)
    assert {first.part, second.part} == {"products", "stock"}
    page = browser.get(reverse("upload", args=[first.pk])).content.decode()
    assert "Recognised: Shopify products." in page
    for upload in sorted((first, second), key=lambda each: each.kind):
        assert load(browser, acme, upload).state == "done"
    with tenant_scope(acme.pk):
        assert dict(Product.objects.values_list("sku", "name"))["MUG-R"] == "Mug - red"
        assert {(c.product.sku, float(c.on_hand)) for c in StockCount.objects.select_related("product")} == {
            ("MUG-B", 14.0),
            ("MUG-R", -2.0),
        }


def test_the_rules_of_a_shop_are_shown_before_anything_is_loaded(acme, bring):
    browser = bring("shopify_orders.csv")
    (upload,) = found(acme)
    page = browser.get(reverse("upload", args=[upload.pk])).content.decode()
    assert "authorized, cancelled, draft, expired, pending, refunded, unpaid, voided" in page
    done = load(browser, acme, upload)
    assert (done.rows_good, done.rows_bad, done.rows_set_aside) == (3, 1, 3)


@pytest.mark.parametrize(
    "order", [("taobao_items.csv", "taobao_orders.csv"), ("taobao_orders.csv", "taobao_items.csv")]
)
def test_two_files_of_one_export_find_each_other_in_either_order(acme, bring, order):
    browser = bring(order[0])
    (waiting,) = found(acme)
    page = browser.get(reverse("upload", args=[waiting.pk])).content.decode()
    assert "One more file is needed" in page
    assert browser.post(reverse("upload_confirm", args=[waiting.pk]), {"kind": "sales"}).status_code == 422
    bring(order[1])
    items = next(each for each in found(acme) if each.name == "taobao_items.csv")
    assert items.look["waits_for"] == ""
    assert load(browser, acme, items).rows_good == 3
    with tenant_scope(acme.pk):
        assert sorted(Sale.objects.values_list("product__sku", "sold_on")) == [
            ("SOCK-3-BK", date(2025, 11, 10)),
            ("TOWEL", date(2025, 11, 10)),
            ("TOWEL", date(2025, 11, 12)),
        ]


def test_a_person_may_say_that_it_is_no_shops_file(acme, bring):
    browser = bring("shopify_orders.csv")
    (upload,) = found(acme)
    assert browser.post(reverse("upload_by_hand", args=[upload.pk])).status_code == 302
    work(acme)
    page = browser.get(reverse("upload", args=[upload.pk])).content.decode()
    assert "Recognised" not in page
    assert "Lineitem sku" in page


def test_codes_that_excel_shortened_are_found_by_the_products_name(acme, bring):
    with tenant_scope(acme.pk):
        ProductFactory(sku="6930123456789", name="Green Tea")
    text = b"sku,name,date,units\n6.93E+12,green tea,2025-01-13,2\n6.93E+12,Jam,2025-01-13,1\n"
    browser = bring(SimpleUploadedFile("damaged.csv", text))
    (upload,) = found(acme)
    page = browser.get(reverse("upload", args=[upload.pk])).content.decode()
    assert "Excel has shortened codes" in page
    done = load(browser, acme, upload, repair="name")
    assert (done.rows_good, done.rows_bad) == (1, 1)
    with tenant_scope(acme.pk):
        assert Sale.objects.get().product.sku == "6930123456789"


def test_codes_that_lost_their_zeros_are_those_of_the_catalogue_if_the_person_says_so(acme, bring):
    with tenant_scope(acme.pk):
        for sku in ("00123", "0045", "45", "006", "06"):
            ProductFactory(sku=sku, name=sku)
    text = b"sku,date,units\n123,2025-01-13,2\n45,2025-01-13,1\n6,2025-01-14,1\n"
    for name, answer, expected in [
        ("first.csv", "restore", ["00123", "45", "6"]),  # 45 is a product of its own; 6 could be two
        ("second.csv", "as_written", ["123"]),  # the other two lines are those of the first file, and unchanged
    ]:
        browser = bring(SimpleUploadedFile(name, text + name.encode()[:1] + b"9,2025-01-13,1\n"))
        (upload,) = found(acme, name=name)
        page = browser.get(reverse("upload", args=[upload.pk])).content.decode()
        assert "Excel has dropped zeros in front of codes. Is 123 your 00123?" in page
        assert upload.settings["bare"] == {}
        confirm = reverse("upload_confirm", args=[upload.pk])
        asked = {"kind": "sales", "column-0": "sku", "column-1": "sold_at", "column-2": "units"}
        assert browser.post(confirm, asked).status_code == 422  # the question has no answer yet
        load(browser, acme, upload, zeros=answer)
        with tenant_scope(acme.pk):
            sold = Sale.objects.filter(upload=upload.pk).exclude(product__sku__endswith="9")
            assert sorted(sold.values_list("product__sku", flat=True)) == expected


@pytest.mark.parametrize(
    ("cells", "setting", "answers"),
    [
        (b"A,03/04/2025,2,1.50\nTEA,05/06/2025,1,2.50\n", "date_order", {"dmy": "2025-04-03", "mdy": "2025-03-04"}),
        (b"A,2025-01-13,2,1.234\nTEA,2025-01-14,1,2.500\n", "decimal", {".": "1.234", ",": "1234"}),
    ],
)
def test_what_reads_both_ways_is_asked_and_never_guessed(acme, bring, cells, setting, answers):
    for (answer, expected), price in zip(answers.items(), (b"price", b"unit price"), strict=True):
        name = f"{setting}{len(price)}.csv"  # other columns: what was answered is remembered for these
        browser = bring(SimpleUploadedFile(name, b"sku,date,units," + price + b"\n" + cells))
        (upload,) = found(acme, name=name)
        assert [question["setting"] for question in upload.look["questions"]] == [setting]
        page = reverse("upload_confirm", args=[upload.pk])
        asked = {f"column-{at}": name for at, name in enumerate(("sku", "sold_at", "units", "unit_price"))}
        for wrong in ({}, {setting: "ymd"}):
            assert browser.post(page, {"kind": "sales", **asked, **wrong}).status_code == 422
        assert load(browser, acme, upload, **{setting: answer}).rows_good == 2
        with tenant_scope(acme.pk):
            line = Sale.objects.get(upload=upload.pk, product__sku="A")
            assert expected in (line.sold_on.isoformat(), f"{line.unit_price.normalize():f}")


def test_after_an_upload_the_page_says_what_the_data_allow(acme, bring, client_for, charlie):
    with tenant_scope(acme.pk):
        ProductFactory(sku="7", name="Seven", unit_cost=None)
        ProductFactory(sku="007", name="Bond", unit_cost=None)
    browser = bring("amazon_orders.tsv")
    (upload,) = found(acme)
    load(browser, acme, upload)
    for page in (reverse("upload", args=[upload.pk]), reverse("uploads")):
        text = browser.get(page).content.decode()
        assert "How much do your data allow?" in text
        assert "Codes that may be one product (1 times): 007 = 7" in text
        assert "3 of 3 products without cost" in text
        assert reverse("products") + "?show=no_cost" in text
    assert "allow?" not in client_for(charlie).get(reverse("uploads")).content.decode()


def test_a_list_of_rates_is_shown_loaded_and_taken_back(acme, bring):
    text = b"Date;Currency;Rate\n22.11.2026;USD;0,9214\n22.11.2026;EUR;1\n"
    browser = bring(SimpleUploadedFile("rates.csv", text))
    (upload,) = found(acme)
    page = browser.get(reverse("upload", args=[upload.pk])).content.decode()
    assert "What one unit is worth in your currency" in page
    done = load(browser, acme, upload)
    assert (done.kind, done.rows_good, done.rows_bad) == ("rates", 1, 1)
    page = browser.get(reverse("rates")).content.decode()
    assert "0.9214 EUR" in page and reverse("upload", args=[upload.pk]) in page
    browser.post(reverse("upload_undo", args=[upload.pk]))
    work(acme)
    assert "No rates yet" in browser.get(reverse("rates")).content.decode()


def test_a_file_of_nonsense_is_refused_with_what_to_do_next(acme, bring):
    drawn = random.Random(1)
    browser = bring(SimpleUploadedFile("nonsense.csv", drawn.randbytes(4000)))
    (upload,) = found(acme)
    assert upload.state == "failed"
    page = browser.get(reverse("upload", args=[upload.pk])).content.decode()
    assert "no text that can be read as a table. Save the table as CSV or XLSX." in page


def test_a_zero_byte_in_one_cell_costs_no_other_row(acme, bring):
    rows = [f"M{number},Mug {number},2.50" for number in range(40)]
    rows[7] = "M7,Mug \0 seven,2.50"
    browser = bring(SimpleUploadedFile("products.csv", "\n".join(["sku,name,unit_price", *rows]).encode()))
    (upload,) = found(acme)
    assert load(browser, acme, upload).rows_good == 40
    with tenant_scope(acme.pk):
        assert Product.objects.get(sku="M7").name == "Mug \ufffd seven"
