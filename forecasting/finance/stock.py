"""Money in stock: its value, what is too much and too little, what holding it costs, what lies dead."""

from dataclasses import dataclass

import numpy as np

from forecasting.finance import ratios
from forecasting.finance.amounts import Amount, Floats, amount

DEAD_AFTER = 180.0  # days without a sale


@dataclass(frozen=True, slots=True)
class HoldingRate:
    """What holding costs a year, as shares of stock value, split: only what varies with stock is a real saving.

    capital: what the money costs. storage: space, handling, insurance. risk: shrinkage, ageing.
    """

    capital: float = 0.10
    storage: float = 0.04
    risk: float = 0.06

    @property
    def total(self) -> float:
        """Share of stock value per year."""
        return self.capital + self.storage + self.risk


@dataclass(frozen=True, slots=True)
class StockFacts:
    """What is known of n products, float64 (n,), NaN = not known.

    on_hand, inbound, min_target, max_target, average_target: units. unit_cost, unit_price: money. demand_daily: units
    per day. days_since_sale: days (infinite = never sold).
    """

    on_hand: Floats
    inbound: Floats
    unit_cost: Floats
    unit_price: Floats
    demand_daily: Floats
    min_target: Floats
    max_target: Floats
    average_target: Floats
    days_since_sale: Floats


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Money of n products.

    value: stock at cost. target: the average stock that the plan implies, at cost. freed: what lies beyond the plan's
    maximum. needed: what is short of its minimum. The two are kept apart: one does not pay for the other. holding:
    cost of a year at the present stock, and its parts by name. dead: value not sold for 180 days. days: days of stock,
    turns, return_on_stock: float64 (n,), NaN = absent; total_days, total_turns: of products with known figures.
    """

    value: Amount
    target: Amount
    freed: Amount
    needed: Amount
    holding: Amount
    holding_parts: dict[str, Amount]
    dead: Amount
    days: Floats
    turns: Floats
    return_on_stock: Floats
    total_days: float
    total_turns: float


def money_figures(facts: StockFacts, rate: HoldingRate | None = None, *, digits: int = 2) -> MoneyFigures:
    """Put money on stock and plan; figures whose inputs are missing are absent and name what they need."""
    rate = rate or HoldingRate()
    cost = facts.unit_cost
    held = np.maximum(facts.on_hand, 0)
    position = held + np.nan_to_num(facts.inbound)
    excess = np.minimum(np.maximum(position - facts.max_target, 0), held)
    short = np.maximum(facts.min_target - position, 0)
    unsold = facts.days_since_sale
    dead = np.where(np.isnan(unsold), np.nan, (unsold >= DEAD_AFTER) * 1.0)
    value, sold = held * cost, facts.demand_daily * ratios.YEAR * cost
    parts = {name: getattr(rate, name) for name in ("capital", "storage", "risk")}
    return MoneyFigures(
        value=amount({"on_hand": held, "unit_cost": cost}, digits=digits),
        target=amount({"lead_time_days": facts.average_target, "unit_cost": cost}, digits=digits),
        freed=_with_plan(facts, excess, digits),
        needed=_with_plan(facts, short, digits),
        holding=_yearly(held, cost, rate.total, digits),
        holding_parts={name: _yearly(held, cost, share, digits) for name, share in parts.items()},
        dead=amount({"on_hand": held, "last_sale": dead, "unit_cost": cost}, digits=digits),
        days=ratios.days_of_stock(held, facts.demand_daily),
        turns=ratios.turns(sold, value),
        return_on_stock=ratios.return_on_stock(sold / cost * (facts.unit_price - cost), value),
        total_days=_total_days(value, sold),
        total_turns=_total_turns(value, sold),
    )


def _with_plan(facts: StockFacts, units: Floats, digits: int) -> Amount:
    """Value units that follow from stock and plan, so that a missing one is named rather than the result."""
    known = np.where(np.isnan(facts.on_hand), np.nan, 1.0)
    planned = np.where(np.isnan(facts.max_target), np.nan, 1.0)
    factors = {"on_hand": known, "lead_time_days": planned, "unit_cost": facts.unit_cost}
    return amount({**factors, "": np.nan_to_num(units)}, digits=digits)


def _yearly(held: Floats, cost: Floats, share: float, digits: int) -> Amount:
    return amount({"on_hand": held, "unit_cost": cost, "rate": np.full_like(held, share)}, digits=digits)


def _total_days(value: Floats, sold: Floats) -> float:
    both = ~np.isnan(value) & ~np.isnan(sold)
    return float(ratios.days_of_inventory(sold[both].sum(), value[both].sum()))


def _total_turns(value: Floats, sold: Floats) -> float:
    both = ~np.isnan(value) & ~np.isnan(sold)
    return float(ratios.turns(sold[both].sum(), value[both].sum()))


def holding_saved(before: float, after: float, rate: HoldingRate) -> dict[str, float]:
    """Yearly holding cost saved when the average stock value falls from before to after, by part of the rate.

    >>> sum(holding_saved(200_000, 100_000, HoldingRate()).values())
    20000.0
    """
    return {name: getattr(rate, name) * (before - after) for name in ("capital", "storage", "risk")}


def working_capital_change(stock: float, receivables: float, payables: float) -> float:
    """Change of working capital from the changes of its parts: d stock + d receivables - d payables.

    >>> working_capital_change(-100_000, 0, -20_000)
    -80000
    """
    return stock + receivables - payables
