"""Shopify's Admin GraphQL answers as our rows (API 2025-10)."""

from collections.abc import Mapping
from typing import Any

from forecasting.ingest.feeds.lines import Row, not_sold, numbered

Node = Mapping[str, Any]
NOT_SOLD = not_sold("shopify_orders")
ARCHIVED = {"ARCHIVED": "discontinued", "DRAFT": "discontinued", "ACTIVE": "active", "UNLISTED": "active"}

VARIANTS = """
query Variants($after: String) {
  productVariants(first: 100, after: $after) {
    nodes {
      id sku title price
      product { title status productType vendor }
      inventoryItem {
        tracked
        unitCost { amount currencyCode }
        inventoryLevels(first: 50) {
          nodes { location { name } quantities(names: ["on_hand", "committed"]) { name quantity } }
        }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ORDERS = """
query Orders($after: String, $query: String) {
  orders(first: 50, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes {
      name createdAt updatedAt cancelledAt displayFinancialStatus currencyCode sourceName
      customer { id }
      lineItems(first: 100) {
        nodes {
          id sku title variantTitle quantity
          originalUnitPriceSet { shopMoney { amount } }
          totalDiscountSet { shopMoney { amount } }
        }
        pageInfo { hasNextPage endCursor }
      }
      refunds { id createdAt refundLineItems(first: 100) { nodes { quantity lineItem { id } } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
LINES = """
query Lines($name: String, $after: String) {
  orders(first: 1, query: $name) {
    nodes {
      lineItems(first: 100, after: $after) {
        nodes {
          id sku title variantTitle quantity
          originalUnitPriceSet { shopMoney { amount } }
          totalDiscountSet { shopMoney { amount } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


def products(variant: Node) -> list[Row]:
    """Read one variant as a product; one without a code is none of ours."""
    if not variant["sku"]:
        return []
    product, item = variant["product"], variant["inventoryItem"]
    title = (
        product["title"] if variant["title"] in ("", "Default Title") else f"{product['title']} - {variant['title']}"
    )
    cost = item.get("unitCost") or {}
    row: Row = {"sku": variant["sku"], "name": title, "status": ARCHIVED.get(product["status"], "active")}
    row |= {"category": product["productType"] or None, "unit_price": variant["price"]}
    if product["vendor"]:
        row["supplier"] = product["vendor"]
    if cost:
        row |= {"unit_cost": cost["amount"], "currency": cost["currencyCode"]}
    return [row]


def stock(variant: Node, day: str) -> list[Row]:
    """Read what lies at each location today; what Shopify does not track is not counted."""
    item = variant["inventoryItem"]
    if not variant["sku"] or not item["tracked"]:
        return []
    rows = []
    for level in item["inventoryLevels"]["nodes"]:
        units = {each["name"]: each["quantity"] for each in level["quantities"]}
        row: Row = {"sku": variant["sku"], "location": level["location"]["name"], "counted_at": day}
        rows.append({**row, "on_hand": units.get("on_hand", 0), "reserved": max(0, units.get("committed", 0))})
    return rows


def sales(order: Node) -> list[Row]:
    """Read an order's lines, and what came back as lines of their own on the day it came back.

    A cancelled, voided or unpaid order takes its lines back.
    """
    gone = order["cancelledAt"] is not None or (order["displayFinancialStatus"] or "").lower() in NOT_SOLD
    common: Row = {
        "order_id": order["name"],
        "currency": order["currencyCode"],
        "channel": order.get("sourceName") or None,
        "customer_ref": (order.get("customer") or {}).get("id"),
        "status": "cancelled" if gone else (order["displayFinancialStatus"] or "").lower(),
    }
    kept = [line for line in order["lineItems"]["nodes"] if line["sku"]]
    lines = numbered([{"sku": line["sku"]} for line in kept])
    rows: list[Row] = []
    by_id: dict[str, Row] = {}
    for line, named in zip(kept, lines, strict=True):
        price = line["originalUnitPriceSet"]["shopMoney"]["amount"]
        row = common | named | {"sold_at": order["createdAt"], "units": line["quantity"], "unit_price": price}
        row["discount"] = line["totalDiscountSet"]["shopMoney"]["amount"]
        by_id[line["id"]] = row
        rows.append(row)
    for refund in order["refunds"]:
        for back in refund["refundLineItems"]["nodes"]:
            line = by_id.get(back["lineItem"]["id"])
            if line is not None and back["quantity"]:
                own = {"line_id": f"{line['line_id']}-{refund['id']}", "sold_at": refund["createdAt"]}
                rows.append({**line, **own, "units": -back["quantity"], "discount": None})
    return rows
