"""Reads that need several tables: what the pages and the API show, a bounded number of queries each."""

from forecasting.queries import (
    channels,
    claims,
    forecasts,
    home,
    ledger,
    money,
    orders,
    picture,
    plan_lines,
    plans,
    product,
    products,
    replays,
    risks,
    runs,
    suppliers,
)

__all__ = [
    "channels",
    "claims",
    "forecasts",
    "home",
    "ledger",
    "money",
    "orders",
    "picture",
    "plan_lines",
    "plans",
    "product",
    "products",
    "replays",
    "risks",
    "runs",
    "suppliers",
]
