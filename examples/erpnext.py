"""ERPNext: Sales Invoices with their items, and Bins (GET /api/resource/…); times are the site's own zone.

python examples/erpnext.py erpnext.json Europe/Berlin       {"invoices": […], "bins": […]}
"""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from lagom import put, read


def sales(invoice, zone):
    """Turn a Sales Invoice into lines; docstatus 1 is submitted, 2 cancelled; a return has negative units already."""
    clock = datetime.fromisoformat(f"{invoice['posting_date']} {invoice['posting_time'].partition('.')[0].zfill(8)}")
    for item in invoice["items"]:
        yield {
            "order_id": invoice["name"],
            "line_id": item["name"],
            "sku": item["item_code"],
            "sold_at": clock.replace(tzinfo=zone).isoformat(),
            "units": item["qty"],
            "unit_price": str(item["rate"]),
            "currency": invoice["currency"],
            "location": item.get("warehouse"),
            "status": "paid" if invoice["docstatus"] == 1 else "cancelled",
        }


def stock(row, today):
    """Turn a Bin into a count of today."""
    counted = {"sku": row["item_code"], "location": row["warehouse"], "counted_at": today}
    return {**counted, "on_hand": row["actual_qty"], "reserved": row["reserved_qty"]}


if __name__ == "__main__":
    told, zone = read(), ZoneInfo(sys.argv[2] if len(sys.argv) > 2 else "UTC")
    put("sales", [line for invoice in told["invoices"] for line in sales(invoice, zone)])
    put("stock", [stock(row, datetime.now(zone).date().isoformat()) for row in told["bins"]])
