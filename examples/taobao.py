"""Taobao and Tmall: trades of the open platform (taobao.trades.sold.get); its times are Beijing's.

python examples/taobao.py trades.json
"""

from lagom import put, read

NOT_SOLD = {"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY", "TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO", "PAY_PENDING"}


def sales(trade):
    """Turn a trade into lines."""
    for order in trade["orders"]["order"]:
        yield {
            "order_id": str(trade["tid"]),
            "line_id": str(order["oid"]),
            "sku": order.get("outer_sku_id") or order.get("outer_iid") or str(order["num_iid"]),
            "sold_at": (trade.get("pay_time") or trade["created"]).replace(" ", "T") + "+08:00",
            "units": order["num"],
            "unit_price": order["price"],
            "discount": order.get("discount_fee") or "0",
            "currency": "CNY",
            "channel": "tmall" if trade.get("type") == "tmall_i18n" else "taobao",
            "status": "cancelled" if order["status"] in NOT_SOLD else "paid",
        }


if __name__ == "__main__":
    told = read()
    trades = told["trades_sold_get_response"]["trades"]["trade"]
    put("sales", [line for trade in trades for line in sales(trade)])
