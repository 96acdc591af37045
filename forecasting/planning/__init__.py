"""From forecast to order: arrays in, arrays out, no Django."""

from forecasting.planning.past.replays import Replay, replay
from forecasting.planning.plans import order_units, plan
from forecasting.planning.types import ItemTerms, Passport, Plan, Policy, Step, StockState

__all__ = [
    "ItemTerms",
    "Passport",
    "Plan",
    "Policy",
    "Replay",
    "Step",
    "StockState",
    "order_units",
    "plan",
    "replay",
]
