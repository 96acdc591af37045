"""Money in stock: its value, what is too much and too little, what holding it costs, what lies dead."""

from dataclasses import dataclass

import numpy as np

from forecasting.finance import ratios
from forecasting.finance.amounts import Amount, Floats, amount

DEAD_AFTER = 180.0  # days without a sale
RATE_PARTS = ("capital", "storage", "risk")


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
    """What is known of n products (or shelves), float64 (n,), NaN = not known.

    on_hand, inbound, min_target, max_target, average_target, safety_stock, lot: units. unit_cost: money.
    demand_daily: units per day. review_days, days_since_sale: days (infinite = never sold). average_stock: mean units
    over the known days of the last year.
    """

    on_hand: Floats
    inbound: Floats
    unit_cost: Floats
    demand_daily: Floats
    min_target: Floats
    max_target: Floats
    average_target: Floats
    safety_stock: Floats
    lot: Floats
    review_days: Floats
    days_since_sale: Floats
    average_stock: Floats


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Money of n products.

    value: stock at cost. average: mean over days of stock at cost. target: the average stock that the plan implies, at
    cost. freed: what lies beyond the plan's maximum. needed: what is short of its minimum. The two are kept apart: one
    does not pay for the other; value - freed + needed is the stock by plan. holding_parts: cost of a year at the
    present stock, by part of the rate. dead: value not sold for 180 days. days: days of stock; floor: the fewest that
    the firm's own terms allow, float64 (n,), NaN = absent.
    """

    value: Amount
    average: Amount
    target: Amount
    freed: Amount
    needed: Amount
    holding_parts: dict[str, Amount]
    dead: Amount
    days: Floats
    floor: Floats


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
    return MoneyFigures(
        value=amount({"on_hand": held, "unit_cost": cost}, digits=digits),
        average=amount({"on_hand": facts.average_stock, "unit_cost": cost}, digits=digits),
        target=amount({"lead_time_days": facts.average_target, "unit_cost": cost}, digits=digits),
        freed=_with_plan(facts, excess, digits),
        needed=_with_plan(facts, short, digits),
        holding_parts={name: _yearly(held, cost, getattr(rate, name), digits) for name in RATE_PARTS},
        dead=amount({"on_hand": held, "last_sale": dead, "unit_cost": cost}, digits=digits),
        days=ratios.days_of_stock(held, facts.demand_daily),
        floor=ratios.floor_days(facts.review_days, facts.lot, facts.safety_stock, facts.demand_daily),
    )


def _with_plan(facts: StockFacts, units: Floats, digits: int) -> Amount:
    """Value units that follow from stock and plan, so that a missing one is named rather than the result."""
    known = np.where(np.isnan(facts.on_hand), np.nan, 1.0)
    planned = np.where(np.isnan(facts.max_target), np.nan, 1.0)
    factors = {"on_hand": known, "lead_time_days": planned, "unit_cost": facts.unit_cost}
    return amount({**factors, "": np.nan_to_num(units)}, digits=digits)


def _yearly(held: Floats, cost: Floats, share: float, digits: int) -> Amount:
    return amount({"on_hand": held, "unit_cost": cost, "rate": np.full_like(held, share)}, digits=digits)


def holding_saved(before: float, after: float, rate: HoldingRate) -> dict[str, float]:
    """Yearly holding cost saved when the average stock value falls from before to after, by part of the rate.

    >>> sum(holding_saved(200_000, 100_000, HoldingRate()).values())
    20000.0
    """
    return {name: getattr(rate, name) * (before - after) for name in RATE_PARTS}


def working_capital_change(stock: float, receivables: float, payables: float) -> float:
    """Change of working capital from the changes of its parts: d stock + d receivables - d payables.

    >>> working_capital_change(-100_000, 0, -20_000)
    -80000
    """
    return stock + receivables - payables
