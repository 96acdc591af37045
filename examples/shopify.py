"""Shopify: orders of the Admin REST API (GET /admin/api/2025-10/orders.json?status=any), or one of a webhook.

python examples/shopify.py orders.json
"""

import json
import sys

from lagom import put


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


if __name__ == "__main__":
    told = json.load(open(sys.argv[1]))
    orders = told.get("orders", [told])
    put("sales", [line for order in orders for line in sales(order)])
