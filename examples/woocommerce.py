"""WooCommerce: orders of the REST API v3 (GET /wp-json/wc/v3/orders), or one of the webhook order.updated.

python examples/woocommerce.py orders.json
"""

import json
import sys

from lagom import put

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


if __name__ == "__main__":
    told = json.load(open(sys.argv[1]))
    put("sales", [line for order in (told if isinstance(told, list) else [told]) for line in sales(order)])
