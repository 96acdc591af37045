"""Reads that need several tables: what the pages and the API show, a bounded number of queries each."""

from forecasting.queries import (
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
    risks,
    runs,
    suppliers,
)

__all__ = [
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
    "risks",
    "runs",
    "suppliers",
]
