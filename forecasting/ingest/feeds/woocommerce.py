"""WooCommerce's REST answers (wc/v3) as our rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from forecasting.ingest.feeds.lines import Row, not_sold, numbered

Node = Mapping[str, Any]
NOT_SOLD = not_sold("webtoffee_orders")
PARENTS = {"variable", "grouped", "variable-subscription"}  # the head of variations, which are sold one by one


def products(product: Node, parent: Node | None = None) -> list[Row]:
    """Read one product or variation; one without a code is none of ours."""
    if not product["sku"] or product.get("type") in PARENTS:
        return []
    categories = (parent or product).get("categories") or []
    name = product.get("name") or ""
    if parent is not None:
        options = " - ".join(str(each["option"]) for each in product.get("attributes") or [] if each.get("option"))
        name = " - ".join(part for part in (parent["name"], options) if part)
    row: Row = {"sku": product["sku"], "name": name or None, "unit_price": product.get("regular_price") or None}
    if categories:
        row["category"] = categories[0]["name"]
    if cost := _cost(product):
        row["unit_cost"] = cost
    return [row]


def _cost(product: Node) -> str | None:
    """Find the cost: WooCommerce's own since 10.0, or that of the usual plugin."""
    own = (product.get("cost_of_goods_sold") or {}).get("total_value")
    told = [each["value"] for each in product.get("meta_data") or [] if each.get("key") == "_wc_cog_cost"]
    return str(own) if own else next((str(value) for value in told if value), None)


def stock(product: Node, day: str) -> list[Row]:
    """Read what is there today; what the shop does not track is not counted."""
    tracked = product.get("manage_stock") is True and product.get("stock_quantity") is not None
    if not product["sku"] or not tracked or product.get("type") in PARENTS:
        return []
    return [{"sku": product["sku"], "counted_at": day, "on_hand": product["stock_quantity"]}]


def sales(order: Node, refunds: Sequence[Node]) -> list[Row]:
    """Read an order's lines, and what came back as lines of their own on the day it came back."""
    common: Row = {
        "order_id": str(order["number"]),
        "currency": order["currency"],
        "channel": order.get("created_via") or None,
        "customer_ref": str(order["customer_id"]) if order.get("customer_id") else None,
        "status": "cancelled" if order["status"] in NOT_SOLD else order["status"],
    }
    kept = [line for line in order["line_items"] if line.get("sku")]
    lines = numbered([{"sku": line["sku"]} for line in kept])
    rows: list[Row] = []
    by_id: dict[int, Row] = {}
    for line, named in zip(kept, lines, strict=True):
        row = common | named | {"sold_at": f"{order['date_created_gmt']}Z", "units": line["quantity"]}
        row["unit_price"] = _per_unit(line)
        by_id[line["id"]] = row
        rows.append(row)
    for refund in refunds:
        for back in refund["line_items"]:
            line = by_id.get(_refunded(back))
            if line is not None and back["quantity"]:
                own = {"line_id": f"{line['line_id']}-{refund['id']}", "sold_at": f"{refund['date_created_gmt']}Z"}
                rows.append({**line, **own, "units": -abs(back["quantity"])})
    return rows


def _per_unit(line: Node) -> str | None:
    units = line["quantity"]
    return f"{abs(float(line['total'])) / units:.4f}" if units else None


def _refunded(back: Node) -> int:
    """Find which line of the order came back; WooCommerce tells it among the line's meta data."""
    told = [each["value"] for each in back.get("meta_data") or [] if each.get("key") == "_refunded_item_id"]
    return int(told[0]) if told else 0
