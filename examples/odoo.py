"""Odoo: sale.order.line and product.product as search_read gives them (JSON-RPC); its times are UTC.

python examples/odoo.py odoo.json       {"products": […], "lines": […]}
"""

from lagom import put, read


def product(row):
    """Turn a product.product into ours; its internal reference is the sku."""
    return {
        "sku": row["default_code"],
        "name": row["display_name"],
        "category": row["categ_id"][1],
        "unit_cost": str(row["standard_price"]),
        "unit_price": str(row["list_price"]),
    }


def sale(row, skus):
    """Turn a sale.order.line into ours; Odoo writes False where it knows nothing."""
    return {
        "order_id": row["order_id"][1],
        "line_id": str(row["id"]),
        "sku": skus[row["product_id"][0]],
        "sold_at": row["create_date"].replace(" ", "T") + "Z",
        "units": row["product_uom_qty"],
        "unit_price": str(row["price_unit"]),
        "currency": row["currency_id"][1],
        "status": "cancelled" if row["state"] in ("cancel", "draft", "sent") else "paid",
    }


if __name__ == "__main__":
    told = read()
    skus = {row["id"]: row["default_code"] for row in told["products"] if row["default_code"]}
    put("products", [product(row) for row in told["products"] if row["default_code"]])
    put("sales", [sale(row, skus) for row in told["lines"] if row["product_id"] and row["product_id"][0] in skus])
