"""From forecast to order: arrays in, arrays out, no Django."""

from forecasting.planning.combined import combined, combined_stock
from forecasting.planning.past.replays import Own, replay
from forecasting.planning.past.results import Replay
from forecasting.planning.plans import order_units, plan
from forecasting.planning.results import Curve, Sensitivity, SupplierOrder, Transfer
from forecasting.planning.types import Breaks, ItemTerms, Passport, Plan, Policy, Step, StockState, Suppliers

__all__ = [
    "Breaks",
    "Curve",
    "ItemTerms",
    "Own",
    "Passport",
    "Plan",
    "Policy",
    "Replay",
    "Sensitivity",
    "Step",
    "StockState",
    "SupplierOrder",
    "Suppliers",
    "Transfer",
    "combined",
    "combined_stock",
    "order_units",
    "plan",
    "replay",
]
