"""Shopify: orders and products of the Admin REST API (GET /admin/api/2025-10/orders.json?status=any, products.json).

One order or product of a webhook will do too. What a product costs and how long it takes to come Shopify tells in other
places, or not at all: send those to /products yourself.

python examples/shopify.py orders.json products.json
"""

import sys
from datetime import datetime

from lagom import put, read


def sales(order):
    """Turn an order into lines; refunded units come off, a cancelled order takes its lines back."""
    refunded = {}
    for refund in order.get("refunds", []):
        for line in refund.get("refund_line_items", []):
            refunded[line["line_item_id"]] = refunded.get(line["line_item_id"], 0) + line["quantity"]
    status = "cancelled" if order.get("cancelled_at") else order.get("financial_status") or "paid"
    for line in order["line_items"]:
        yield {
            "order_id": str(order["id"]),
            "line_id": str(line["id"]),
            "sku": line.get("sku") or str(line["variant_id"]),
            "sold_at": order["created_at"],
            "units": line["quantity"] - refunded.get(line["id"], 0),
            "unit_price": line["price"],
            "discount": str(sum(float(one["amount"]) for one in line.get("discount_allocations", []))),
            "currency": order["currency"],
            "channel": order.get("source_name") or "shopify",
            # a refunded order stands with the units that are left of it
            "status": "paid" if status in ("refunded", "partially_refunded") else status,
        }


def products(product):
    """Turn a product into one row for each variant; its vendor is where it is ordered."""
    for variant in product["variants"]:
        plain = variant["title"] == "Default Title"
        yield {
            "sku": variant.get("sku") or str(variant["id"]),
            "name": product["title"] if plain else f"{product['title']} - {variant['title']}",
            "category": product.get("product_type") or None,
            "supplier": product.get("vendor") or None,
            "unit_price": variant["price"],
            "status": "discontinued" if product.get("status") == "archived" else "active",
        }


def stock(product, today):
    """Turn what Shopify tracks into a count of today."""
    for variant in product["variants"]:
        if variant.get("inventory_management"):
            sku = variant.get("sku") or str(variant["id"])
            yield {"sku": sku, "counted_at": today, "on_hand": variant["inventory_quantity"]}


def send(told, today):
    """Send a file: a list of orders or of products, or one of either."""
    found = told.get("products") or ([told] if "variants" in told else [])
    orders = told.get("orders", [] if "products" in told or found else [told])
    put("products", [row for product in found for row in products(product)])
    put("sales", [line for order in orders for line in sales(order)])
    put("stock", [row for product in found for row in stock(product, today)])


if __name__ == "__main__":
    for place in range(1, max(len(sys.argv), 2)):
        send(read(place), datetime.now().astimezone().date().isoformat())
