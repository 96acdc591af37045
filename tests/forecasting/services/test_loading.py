"""What rows become in the tables: once, changed, and taken back."""

import csv
import datetime as dt
import uuid
from decimal import Decimal

import pytest

from forecasting.ingest.fields import KINDS, columns_written
from forecasting.models import Product, Rate, ReplacedRow, Sale, StockCount, Supplier, Upload
from forecasting.services import loading, rates

SALE = {"order_id": "A1", "line_id": "1", "sku": "007", "sold_at": "2026-11-02T10:00:00Z", "sold_on": "2026-11-02"}


@pytest.fixture
def load(in_acme, tmp_path):
    """Load rows as one upload of a kind, and return the upload and what was new and changed."""

    def loaded(kind, *rows, mapped=None):
        upload = Upload.objects.create(name="x", path="x", size=1, sha256=uuid.uuid4().hex * 2, by="alice", kind=kind)
        path = tmp_path / f"{upload.pk}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["row", *columns_written(KINDS[kind])[1:]])
            writer.writeheader()
            for number, row in enumerate(rows, start=2):
                writer.writerow({"row": number, **row})
        fields = mapped or {name for row in rows for name in row}
        found = loading.load(path, kind=KINDS[kind], mapped=fields, upload=upload.pk)
        return upload, (found.new, found.changed)

    return loaded


def undo(upload):
    loading.unload(upload=upload.pk, kind=upload.kind)


def test_the_same_rows_again_change_nothing(load):
    rows = [{**SALE, "units": 3}, {**SALE, "line_id": "2", "units": -1}]
    assert load("sales", *rows)[1] == (2, 0)
    assert load("sales", *rows)[1] == (0, 0)
    assert sorted(Sale.objects.values_list("units", flat=True)) == [-1, 3]
    assert not ReplacedRow.objects.exists()


def test_a_sale_of_an_unknown_product_makes_it_marked_incomplete_with_its_zeros(load):
    load("sales", {**SALE, "units": 3, "name": "Bolt"})
    product = Product.objects.get()
    assert (product.sku, product.name, product.incomplete) == ("007", "Bolt", True)


def test_a_list_of_products_completes_what_sales_had_made(load):
    load("sales", {**SALE, "units": 3})
    load("products", {"sku": "007", "name": "Bolt", "unit_cost": "1.25", "supplier": "MILL"})
    product = Product.objects.select_related("supplier").get()
    assert (product.incomplete, str(product.unit_cost), product.supplier.code) == (False, "1.2500", "MILL")


def test_columns_that_a_file_does_not_have_leave_what_is_known(load):
    load("products", {"sku": "007", "name": "Bolt", "unit_cost": "1.25"})
    assert load("products", {"sku": "007", "unit_price": "3"})[1] == (0, 1)
    product = Product.objects.get()
    assert (product.name, str(product.unit_cost), str(product.unit_price)) == ("Bolt", "1.2500", "3.0000")


def test_an_upload_undone_takes_its_rows_and_its_products_with_it(load):
    upload, _ = load("sales", {**SALE, "units": 3})
    undo(upload)
    assert not Sale.objects.exists()
    assert not Product.objects.exists()


def test_an_upload_undone_gives_back_what_it_had_changed(load):
    load("products", {"sku": "007", "name": "Bolt", "unit_cost": "1.25"})
    second, _ = load("products", {"sku": "007", "name": "Nut", "unit_cost": "2"}, {"sku": "008", "name": "New"})
    undo(second)
    product = Product.objects.get()
    assert (product.sku, product.name, str(product.unit_cost)) == ("007", "Bolt", "1.2500")


def test_an_earlier_upload_undone_leaves_what_a_later_one_said_and_the_later_then_gives_back_nothing_of_it(load):
    first, _ = load("suppliers", {"code": "MILL", "name": "First"})
    second, _ = load("suppliers", {"code": "MILL", "name": "Second"})
    undo(first)
    assert Supplier.objects.get().name == "Second"
    undo(second)
    assert not Supplier.objects.exists()


def test_the_middle_of_three_uploads_undone_hands_the_first_ones_words_down(load):
    load("suppliers", {"code": "MILL", "name": "First"})
    second, _ = load("suppliers", {"code": "MILL", "name": "Second"})
    third, _ = load("suppliers", {"code": "MILL", "name": "Third"})
    undo(second)
    assert Supplier.objects.get().name == "Third"
    undo(third)
    assert Supplier.objects.get().name == "First"


def test_a_product_that_other_rows_name_stays_when_its_upload_is_undone(load):
    products, _ = load("products", {"sku": "007", "name": "Bolt"})
    load("sales", {**SALE, "units": 3})
    undo(products)
    assert Product.objects.get().sku == "007"
    assert Sale.objects.count() == 1


def test_counts_that_name_no_place_are_of_the_main_one_and_the_last_of_a_day_wins(load):
    count = {"sku": "007", "counted_at": "2026-11-02T00:00:00Z", "counted_on": "2026-11-02"}
    assert load("stock", {**count, "on_hand": 5}, {**count, "on_hand": 7, "location": "main"})[1] == (1, 0)
    found = StockCount.objects.select_related("location").get()
    assert (found.on_hand, found.location.code) == (7, "main")


def test_what_an_order_costs_and_how_much_fits_come_with_the_lists(load):
    load("products", {"sku": "007", "order_cost": "12.50", "storage_units": "400", "supplier": "MILL"})
    load("suppliers", {"code": "MILL", "order_cost": "80", "least_value": "500", "least_units": "60"})
    product = Product.objects.select_related("supplier").get()
    assert (str(product.order_cost), product.storage_units) == ("12.5000", 400)
    supplier = product.supplier
    assert (str(supplier.order_cost), str(supplier.least_value), supplier.least_units) == ("80.0000", "500.0000", 60)


def test_rates_of_a_file_are_loaded_changed_and_taken_back_to_what_was_entered_by_hand(load, acme, alice):
    rates.enter(by=alice, organisation=acme, lines=[("USD", dt.date(2026, 11, 2), Decimal("0.92"))])
    usd = {"currency": "USD", "date": "2026-11-02"}
    upload, counts = load("rates", {**usd, "rate": "0.0000205123"}, {**usd, "currency": "GBP", "rate": "1.15"})
    assert counts == (1, 1)
    found = Rate.objects.order_by("currency").values_list("currency", "rate", "by", "upload_id")
    assert list(found) == [("GBP", Decimal("1.15"), "", upload.pk), ("USD", Decimal("0.0000205123"), "", upload.pk)]
    undo(upload)
    assert list(found.all()) == [("USD", Decimal("0.92"), alice.email, None)]
