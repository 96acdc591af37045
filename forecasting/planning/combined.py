"""The plan of a firm's places seen per product."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from forecasting.planning.types import Days, Floats, Ints, Plan, StockState

SUMS = (
    "safety_stock", "reorder_point", "order_up_to", "max_target", "order_units", "expected_cost", "demand_interval",
    "demand_daily", "average_target", "lost_margin", "lost_margin_idle",
)  # fmt: skip
FIRSTS = ("order_on", "arrives_on")
WORST = ("risk",)
HIGHEST = ("level", "unit_cost")


def combined(plan: Plan, product: Ints, ids: Sequence[str]) -> Plan:
    """Add a plan's rows up per product: row i of the result is ids[i], product int64 (rows of the plan,) indexes ids.

    Units and money are summed over the places where they are known, NaN only where no place knows them; days are the
    earliest, risk is the highest. Passports, reasons, classes, curve and transfers stay with the places' own rows: the
    result holds figures only. Raises ValueError for an index outside ids.
    """
    n = len(ids)
    if len(product) and not 0 <= product.min() <= product.max() < n:
        raise ValueError(f"rows point at products {product.min()} to {product.max()} of {n}")
    given = {f.name: getattr(plan, f.name) for f in fields(plan)}
    known = {name: values for name, values in given.items() if isinstance(values, np.ndarray) and len(values)}
    changed: dict[str, Any] = {name: _sum(known[name], product, n) for name in SUMS if name in known}
    changed |= {name: _first(known[name], product, n) for name in FIRSTS if name in known}
    changed |= {name: _highest(known[name], product, n) for name in (*WORST, *HIGHEST) if name in known}
    return replace(
        plan,
        ids=tuple(ids),
        **changed,
        rank=np.zeros(n, np.int64),
        reason=(),
        passports=(),
        abc=(),
        xyz=(),
        transfers=(),
        supplier_orders=(),
        curve=None,
        sensitivity=None,
    )


def combined_stock(stock: StockState, product: Ints, n: int) -> StockState:
    """Add stock up per product, n of them; NaN only where no place was ever counted."""
    return replace(stock, on_hand=_sum(stock.on_hand, product, n), inbound_row=product[stock.inbound_row])


def _sum(values: Floats, product: Ints, n: int) -> Floats:
    known = ~np.isnan(values)
    total = np.bincount(product[known], values[known], minlength=n).astype(np.float64)
    return np.where(np.bincount(product[known], minlength=n) > 0, total, np.nan)


def _highest(values: Floats, product: Ints, n: int) -> Floats:
    found = np.full(n, -np.inf)
    known = ~np.isnan(values)
    np.maximum.at(found, product[known], values[known])
    return np.where(np.isfinite(found), found, np.nan)


def _first(days: Days, product: Ints, n: int) -> Days:
    far = np.datetime64("9999-12-31", "D")
    found = np.full(n, far)
    known = ~np.isnat(days)
    np.minimum.at(found, product[known], days[known])
    return np.where(found == far, np.datetime64("NaT", "D"), found)
