"""Ratios that accountants know: turns, days, return on stock, cash cycle. NaN in, NaN out; arrays or numbers."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
YEAR = 365.0


def _ratio(top: ArrayLike, bottom: ArrayLike) -> Floats:
    """Divide, NaN where the divisor is 0 or less."""
    a, b = np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(b > 0, a / b, np.nan))


def turns(cost_of_goods: ArrayLike, average_stock: ArrayLike) -> Floats:
    """Times a year that the stock is sold: cost of goods sold in a year / average stock at cost.

    >>> float(turns(1_200_000, 200_000))
    6.0
    """
    return _ratio(cost_of_goods, average_stock)


def days_of_inventory(cost_of_goods: ArrayLike, average_stock: ArrayLike) -> Floats:
    """Days that the average stock lasts (DIO): 365 * average stock / yearly cost of goods sold.

    >>> round(float(days_of_inventory(1_200_000, 200_000)), 2)
    60.83
    """
    return _ratio(np.asarray(average_stock, dtype=np.float64) * YEAR, cost_of_goods)


def return_on_stock(gross_margin: ArrayLike, average_stock: ArrayLike) -> Floats:
    """Gross margin earned a year per unit of money in stock (GMROI).

    >>> float(return_on_stock(480_000, 200_000))
    2.4
    """
    return _ratio(gross_margin, average_stock)


def cash_cycle(inventory_days: ArrayLike, receivable_days: ArrayLike, payable_days: ArrayLike) -> Floats:
    """Days from paying suppliers to being paid (CCC): DIO + DSO - DPO.

    >>> round(float(cash_cycle(60.83, 30, 45)), 1)
    45.8
    """
    inventory, receivable, payable = (
        np.asarray(days, dtype=np.float64) for days in (inventory_days, receivable_days, payable_days)
    )
    return np.asarray(inventory + receivable - payable)


def sell_through(sold: ArrayLike, received: ArrayLike) -> Floats:
    """Share of the units received that was sold in the same time."""
    return _ratio(sold, received)


def days_of_stock(on_hand: ArrayLike, demand_daily: ArrayLike) -> Floats:
    """Days that stock lasts at the forecast's pace; NaN without demand, since nothing would ever use it up."""
    return _ratio(on_hand, demand_daily)


def floor_days(review_days: ArrayLike, lot: ArrayLike, safety_stock: ArrayLike, demand_daily: ArrayLike) -> Floats:
    """Fewest days of stock that a tenant's own terms allow: max(R / 2, Q / 2d) + safety stock / d.

    Nobody reaches 10 days of stock with a lot that lasts 60. A lot that nobody asks for (NaN) binds nothing.
    """
    cycle = np.maximum(np.asarray(review_days, dtype=np.float64) / 2, _ratio(np.nan_to_num(lot), demand_daily) / 2)
    return np.asarray(cycle + _ratio(safety_stock, demand_daily))
