"""The exports of shops in this folder, and what of each was counted by hand."""

from pathlib import Path

HERE = Path(__file__).parent / "exports"
FIRM = {"timezone": "Europe/Berlin", "default_currency": "EUR", "today": "2026-11-23"}

# file, kind, rows, good, bad, set aside by reason or status, sum of units (None where there are none)
COUNTED = [
    ("shopify_orders.csv", "sales", 7, 3, 1, {"refunded": 1, "cancelled": 1, "pending": 1}, 7),
    ("shopify_products.csv", "products", 4, 3, 0, {"picture": 1}, None),
    ("shopify_products.csv", "stock", 4, 2, 0, {"picture": 1, "untracked": 1}, 12),
    ("shopify_products_2024.csv", "products", 3, 2, 0, {"picture": 1}, None),
    ("shopify_products_2024.csv", "stock", 3, 2, 0, {"picture": 1}, 17),
    ("shopify_inventory_brackets.csv", "stock", 3, 2, 0, {"untracked": 1}, 12),
    ("shopify_inventory_plain.csv", "stock", 3, 2, 0, {"untracked": 1}, 12),
    ("shopify_inventory_old.csv", "stock", 3, 2, 0, {"untracked": 1}, 12),
    ("woocommerce_products.csv", "products", 4, 3, 0, {"parent": 1}, None),
    ("woocommerce_products.csv", "stock", 4, 2, 0, {"parent": 1, "untracked": 1}, 8),
    ("webtoffee_orders.csv", "sales", 4, 3, 0, {"wc-cancelled": 1}, 8),
    ("square_items.csv", "sales", 5, 4, 0, {"other": 1}, 3.5),
    ("square_library.csv", "products", 2, 2, 0, {}, None),
    ("square_library.csv", "stock", 2, 2, 0, {}, 47),
    ("lightspeed_x.csv", "products", 2, 2, 0, {}, None),
    ("lightspeed_x.csv", "stock", 4, 2, 0, {"untracked": 2}, 7),
    ("lightspeed_r.csv", "products", 2, 2, 0, {}, None),
    ("lightspeed_r.csv", "stock", 4, 4, 0, {}, 46),
    ("amazon_orders.tsv", "sales", 4, 2, 0, {"Cancelled": 2}, 3),
    ("pinduoduo_orders.csv", "sales", 4, 2, 0, {"已取消": 1, "退款成功": 1}, 3),
    ("douyin_orders.csv", "sales", 5, 4, 0, {"已关闭": 1}, 8),
    ("jd_orders.csv", "sales", 3, 2, 0, {"(删除)等待付款": 1}, 8),
    ("odoo_products.csv", "products", 2, 1, 1, {}, None),
    ("odoo_technical.csv", "products", 2, 2, 0, {}, None),
    ("odoo_technical.csv", "stock", 2, 2, 0, {}, 45),
    ("erpnext_labels.csv", "products", 2, 2, 0, {}, None),
    ("erpnext_labels.csv", "stock", 2, 1, 0, {"untracked": 1}, 40),
    ("erpnext_fields.csv", "products", 1, 1, 0, {}, None),
    ("Lokad_Items.tsv", "products", 1, 1, 0, {}, None),
    ("Lokad_Items.tsv", "stock", 1, 1, 0, {}, 120),
    ("Lokad_Orders.tsv", "sales", 2, 2, 0, {}, 2),
    ("Lokad_Parts.csv", "components", 3, 2, 1, {}, 3),
    ("Lokad_Settings.tsv", "products", 2, 2, 0, {}, None),
    ("streamline_sales.csv", "sales", 2, 1, 0, {"zero": 1}, 4),
    ("streamline_stock.csv", "stock", 1, 1, 0, {}, 37),
    ("inventory_planner_bundles.csv", "components", 2, 2, 0, {}, 3),
    ("amazon_forecast.csv", "sales", 2, 2, 0, {}, 6.5),
    ("frepple_sales.csv", "sales", 2, 1, 0, {"canceled": 1}, 12),
    ("frepple_purchases.csv", "inbound", 2, 2, 0, {}, 180),
]
AMOUNT = {"sales": "units", "stock": "on_hand", "components": "quantity", "inbound": "units"}
