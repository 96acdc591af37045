"""From forecast to order: arrays in, arrays out, no Django."""

from forecasting.planning.plans import plan
from forecasting.planning.types import ItemTerms, Passport, Plan, Policy, Step, StockState

__all__ = ["ItemTerms", "Passport", "Plan", "Policy", "Step", "StockState", "plan"]
