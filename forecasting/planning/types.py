"""What goes into a plan and what comes out: arrays over n products, NaN = not known."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.words import Said

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """Terms of n products: every field float64 (n,), NaN = not known.

    unit_cost, unit_price: money per unit. lead_time_days and its spread lead_time_sd_days; review_days between orders.
    moq, pack_size: units. service_level: 0..1. shortage_cost: money per unit not delivered. holding_rate: share of unit
    cost per year; holding_cost: money per unit and period (wins over the rate). order_cost: money per order line.
    shelf_life_days: days after arrival.
    """

    unit_cost: Floats
    unit_price: Floats
    lead_time_days: Floats
    lead_time_sd_days: Floats
    review_days: Floats
    moq: Floats
    pack_size: Floats
    service_level: Floats
    shortage_cost: Floats
    holding_rate: Floats
    holding_cost: Floats
    order_cost: Floats
    shelf_life_days: Floats

    @classmethod
    def of(cls, n: int, **known: ArrayLike) -> "ItemTerms":
        """Make the terms of n products from the known columns; a single number holds for all, the rest is NaN.

        Raises TypeError for a column that does not exist, ValueError for one of another length.
        """
        names = [f.name for f in fields(cls)]
        unknown = sorted(set(known) - set(names))
        if unknown:
            raise TypeError(f"no such terms: {', '.join(unknown)}")
        return cls(**{name: _column(known.get(name, np.nan), n) for name in names})

    def rows(self, rows: slice | Ints) -> "ItemTerms":
        """Take the terms of some of the products."""
        return ItemTerms(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def _column(values: ArrayLike, n: int) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), (n,)).copy()


@dataclass(frozen=True, slots=True)
class StockState:
    """What lies there and what comes: on_hand float64 (n,), NaN = not known.

    Inbound as k rows: product index (k,), units (k,), arrival day datetime64[D] (k,).
    """

    on_hand: Floats
    inbound_row: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    inbound_units: Floats = field(default_factory=lambda: np.empty(0, np.float64))
    inbound_day: Days = field(default_factory=lambda: np.empty(0, "datetime64[D]"))


@dataclass(frozen=True, slots=True)
class Policy:
    """What the organisation has decided for products whose own terms are silent; every use is told in the passport.

    service "cycle": the chance that no demand is missed between two arrivals; "fill": the share of units delivered.
    economic: find the level from holding and shortage cost where a product has both and no level of its own.
    backorders: unmet demand waits instead of being lost. whole_units: units cannot be split. paths: sample paths drawn.
    lean: scalar on the economic target's shortage cost, tuned by replay; 1 = as stated.
    """

    service_level: float = 0.95
    service: Literal["cycle", "fill"] = "cycle"
    review_days: float = 7.0
    holding_rate: float = 0.20
    economic: bool = True
    backorders: bool = False
    whole_units: bool = True
    paths: int = 500
    lean: float = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a passport's waterfall: what, and the units it adds (negative: takes away)."""

    label: Said
    units: float


@dataclass(frozen=True, slots=True)
class Passport:
    """Where a product's order comes from: the steps add up to order_units.

    days_covered: how long on hand, inbound and the order last at the forecast's pace. missing: names of terms that are
    needed and absent. assumed: sentences on what was taken in place of terms that are silent.
    """

    steps: tuple[Step, ...]
    need: float
    order_units: float
    days_covered: float
    missing: tuple[str, ...]
    assumed: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The stock plan of n products; float64 (n,) unless told otherwise, units unless told otherwise, NaN = absent.

    safety_stock: what is held above the mean demand of the protection interval. reorder_point (also min_target): stock
    and inbound below which an order is worth it. order_up_to: what an order fills up to. max_target: the most that
    stock and inbound can honestly be after an order; beyond it lies excess. order_units: the proposal. order_on,
    arrives_on: datetime64[D], NaT = absent. expected_cost: money over the periods that the order serves. level: service
    level used. demand_interval, demand_daily: mean demand over the protection interval and per day. average_target:
    mean stock that the plan implies, safety stock and half a lot.
    """

    ids: tuple[str, ...]
    as_of: date
    safety_stock: Floats
    reorder_point: Floats
    order_up_to: Floats
    max_target: Floats
    order_units: Floats
    order_on: Days
    arrives_on: Days
    expected_cost: Floats
    level: Floats
    demand_interval: Floats
    demand_daily: Floats
    average_target: Floats
    reason: tuple[Said, ...]
    passports: tuple[Passport, ...]

    @property
    def min_target(self) -> Floats:
        """Stock and inbound below which an order is worth it, units."""
        return self.reorder_point

    @property
    def missing(self) -> tuple[tuple[str, ...], ...]:
        """Names of absent terms, per product."""
        return tuple(passport.missing for passport in self.passports)
