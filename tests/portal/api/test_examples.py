"""The scripts of examples/, run as people run them, against the site on a real socket."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecasting.models import Product, Sale, StockCount
from tenants.isolation import tenant_scope

ROOT = Path(__file__).resolve().parents[3]
# order, line, sku, day in Berlin, units, price: as counted by hand
EXPECTED = {
    "shopify": [("450789469", "466157049", "IPOD-GREEN", "2026-10-10", 2.0, "199.0000")],
    "woocommerce": [
        ("727", "315", "Bar3", "2026-03-22", 2.0, "3.0000"),
        ("727", "316", "23", "2026-03-22", 1.0, "12.5000"),
    ],
    "taobao": [("2231958349", "2231958350", "TEA-100", "2025-12-31", 2.0, "68.0000")],
    "odoo": [("S00012", "41", "DESK-1", "2026-05-05", 2.0, "249.0000")],
    "erpnext": [
        ("ACC-SINV-2026-00001", "a1b2c3", "SKU001", "2026-06-01", 4.0, "300.0000"),
        ("ACC-SINV-2026-00002", "d4e5f6", "SKU001", "2026-06-02", -1.0, "300.0000"),
    ],
}


FIXTURES = ROOT / "tests" / "examples" / "fixtures"


def run(name, *words, key="", address=""):
    told = {**os.environ, "LAGOM_URL": address and f"http://{address}/api/v1", "LAGOM_KEY": key}
    command = [sys.executable, str(ROOT / "examples" / f"{name}.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=told, check=False)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_sends_what_the_shop_says_and_sending_it_again_changes_nothing(
    live_address, committed_db, acme, key_for, name
):
    further = ["Europe/Berlin"] if name == "erpnext" else []
    for _ in range(2):
        done = run(name, FIXTURES / f"{name}.json", *further, key=key_for(acme), address=live_address)
        assert done.returncode == 0, done.stdout + done.stderr
        assert " 0 rejected" in done.stdout
    with tenant_scope(acme.pk):
        rows = Sale.objects.select_related("product").order_by("order_id", "line_id")
        found = [
            (row.order_id, row.line_id, row.product.sku, row.sold_on.isoformat(), row.units, str(row.unit_price))
            for row in rows
        ]
        assert found == EXPECTED[name]
        if name == "erpnext":
            assert StockCount.objects.get().on_hand == 25
        if name == "odoo":
            assert str(Product.objects.get(sku="DESK-1").unit_cost) == "120.0000"


@pytest.mark.parametrize(
    ("name", "goods", "stock"),
    [
        (
            "shopify",
            [
                ("39072857", "IPod Nano - 8GB - Pink", "Apple", None),
                ("CARD", "Gift card", None, None),
                ("IPOD-GREEN", "IPod Nano - 8GB - Green", "Apple", None),
            ],
            [("IPOD-GREEN", 20)],
        ),
        (
            "woocommerce",
            [("23", "Shirt - Red", None, None), ("Bar3", "Bar", None, "1.2000")],
            [("Bar3", 14)],
        ),
    ],
)
def test_a_shops_products_and_its_stock_of_today_come_along(
    live_address, committed_db, acme, key_for, name, goods, stock
):
    files = [FIXTURES / f"{name}.json", FIXTURES / f"{name}_products.json"]
    done = run(name, *files, key=key_for(acme), address=live_address)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" 0 rejected") == 3
    with tenant_scope(acme.pk):
        found = Product.objects.select_related("supplier").order_by("sku")
        cost = {row.sku: row.unit_cost and str(row.unit_cost) for row in found}
        assert [(row.sku, row.name, row.supplier and row.supplier.code, cost[row.sku]) for row in found] == goods
        assert list(StockCount.objects.values_list("product__sku", "on_hand")) == stock


def test_what_a_newcomer_forgets_is_told_in_words(tmp_path):
    nothing = run("shopify")
    assert "python examples/shopify.py orders.json" in nothing.stderr
    assert "No such file" in run("shopify", tmp_path / "nothing.json").stderr
    unset = run("shopify", FIXTURES / "shopify.json")
    assert "Set LAGOM_URL" in unset.stderr
    assert all(done.returncode == 1 and "Traceback" not in done.stderr for done in (nothing, unset))
