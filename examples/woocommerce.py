"""WooCommerce: orders and products of the REST API v3 (GET /wp-json/wc/v3/orders, /products), or one of a webhook.

Variations (GET /products/{id}/variations) are read as products are. How long a product takes to come WooCommerce does
not tell: send that to /products yourself.

python examples/woocommerce.py orders.json products.json
"""

import sys
from datetime import datetime

from lagom import put, read

NOT_SOLD = {"cancelled", "failed", "pending", "refunded", "trash", "checkout-draft"}


def sales(order):
    """Turn an order into lines; times are those that WooCommerce gives in GMT."""
    for line in order["line_items"]:
        yield {
            "order_id": str(order["id"]),
            "line_id": str(line["id"]),
            "sku": line.get("sku") or str(line.get("variation_id") or line["product_id"]),
            "sold_at": order["date_created_gmt"] + "Z",
            "units": line["quantity"],
            "unit_price": str(line["price"]),
            "currency": order["currency"],
            "channel": order.get("created_via") or "woocommerce",
            "status": "cancelled" if order["status"] in NOT_SOLD else order["status"],
        }


def product(row):
    """Turn a product or variation into ours; its cost is WooCommerce's own since 10.0."""
    cost = (row.get("cost_of_goods_sold") or {}).get("total_value")
    return {
        "sku": row.get("sku") or str(row["id"]),
        "name": row.get("name") or None,
        "unit_cost": None if cost is None else str(cost),
        "unit_price": row.get("regular_price") or None,
    }


def stock(row, today):
    """Turn what is tracked into a count of today."""
    return {"sku": row.get("sku") or str(row["id"]), "counted_at": today, "on_hand": row["stock_quantity"]}


def send(told, today):
    """Send a file: a list of orders or of products, or one of either."""
    rows = told if isinstance(told, list) else [told]
    goods = [row for row in rows if "line_items" not in row and row.get("type") != "variable"]
    put("products", [product(row) for row in goods])
    put("sales", [line for order in rows if "line_items" in order for line in sales(order)])
    put("stock", [stock(row, today) for row in goods if row.get("manage_stock") is True])


if __name__ == "__main__":
    for place in range(1, max(len(sys.argv), 2)):
        send(read(place), datetime.now().astimezone().date().isoformat())
