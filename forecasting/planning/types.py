"""What goes into a plan and what comes out: arrays over n products, NaN = not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.planning.results import Curve, Sensitivity, SupplierOrder, Transfer
from forecasting.words import Said

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]
Closure = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Suppliers:
    """Terms of k suppliers: float64 (k,), NaN = none or not known.

    order_cost: money per order, whatever its lines. least_value (money), least_units: less is not accepted. closures:
    per supplier, first and last day (both included) on which nothing is made or sent.
    """

    order_cost: Floats
    least_value: Floats
    least_units: Floats
    closures: tuple[tuple[Closure, ...], ...]

    @classmethod
    def of(cls, k: int, *, closures: tuple[tuple[Closure, ...], ...] | None = None, **known: ArrayLike) -> "Suppliers":
        """Make the terms of k suppliers from what is known; a single number holds for all.

        Raises TypeError for a column that does not exist, ValueError for one of another length.
        """
        names = ("order_cost", "least_value", "least_units")
        unknown = sorted(set(known) - set(names))
        if unknown:
            raise TypeError(f"no such terms: {', '.join(unknown)}")
        if closures is not None and len(closures) != k:
            raise ValueError(f"{k} suppliers, closures of {len(closures)}")
        columns = {name: _column(known.get(name, np.nan), k) for name in names}
        return cls(**columns, closures=closures or ((),) * k)


@dataclass(frozen=True, slots=True)
class Breaks:
    """Price breaks as b rows: the product's row, the units from which on, and what each unit of such an order costs."""

    row: Ints
    from_units: Floats
    unit_cost: Floats


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """Terms of n products (or products in places): float64 (n,), NaN = not known, unless told otherwise.

    unit_cost, unit_price: money per unit. lead_time_days and its spread lead_time_sd_days; review_days between orders.
    moq, pack_size: units. service_level: 0..1. shortage_cost: money per unit not delivered. holding_rate: share of unit
    cost per year; holding_cost: money per unit and period (wins over the rate). order_cost: money per order line.
    shelf_life_days: days after arrival. storage_units: most units that there is room for. transfer_cost: money per unit
    moved to this place from another; transfer_days: how long that takes.

    Codes, int64 (n,), -1 = none: supplier, index in `suppliers`; product, the same number for one product in several
    places; location; successor, the row of the product that takes over from this one. discontinued: bool (n,), not
    bought again. lead_samples: float64 (n, S), equally likely lead times in days in rising order, rows of NaN where
    only mean and spread are known.
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
    storage_units: Floats
    transfer_cost: Floats
    transfer_days: Floats
    supplier: Ints
    product: Ints
    location: Ints
    successor: Ints
    discontinued: NDArray[np.bool_]
    lead_samples: Floats | None = None
    suppliers: Suppliers | None = None
    breaks: Breaks | None = None

    @classmethod
    def of(cls, n: int, **known: Any) -> "ItemTerms":
        """Make the terms of n products from the known columns; a single number holds for all, the rest is absent.

        lead_samples, suppliers and breaks are taken as they are.
        Raises TypeError for a column that does not exist, ValueError for one of another length.
        """
        names = [f.name for f in fields(cls)]
        unknown = sorted(set(known) - set(names))
        if unknown:
            raise TypeError(f"no such terms: {', '.join(unknown)}")
        values: dict[str, Any] = {name: _column(known.get(name, np.nan), n) for name in names if name not in RAGGED}
        values |= {name: known.get(name) for name in RAGGED}
        values |= {name: np.broadcast_to(np.asarray(known.get(name, -1), np.int64), (n,)).copy() for name in CODES}
        values["discontinued"] = np.broadcast_to(np.asarray(known.get("discontinued", False), np.bool_), (n,)).copy()
        return cls(**values)

    def rows(self, rows: slice | Ints) -> "ItemTerms":
        """Take the terms of some of the products; what points to a row that is left out points nowhere."""
        taken = np.arange(len(self.unit_cost))[rows]
        place = np.full(len(self.unit_cost) + 1, -1, np.int64)
        place[taken] = np.arange(len(taken))
        values: dict[str, Any] = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in RAGGED}
        values["successor"] = place[values["successor"]]
        values["lead_samples"] = None if self.lead_samples is None else self.lead_samples[rows]
        return ItemTerms(**values, suppliers=self.suppliers, breaks=_placed_breaks(self.breaks, place))


RAGGED = ("lead_samples", "suppliers", "breaks")
CODES = ("supplier", "product", "location", "successor")


def _placed_breaks(breaks: Breaks | None, place: Ints) -> Breaks | None:
    if breaks is None:
        return None
    mine = place[breaks.row] >= 0
    return Breaks(place[breaks.row[mine]], breaks.from_units[mine], breaks.unit_cost[mine])


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
    lean: scalar on the economic target's shortage cost, tuned by replay; 1 = as stated. cushion: scalar on what is held
    above mean demand. level_by_class: service levels of ABC/XYZ classes ("A", "AX"), the longest name that fits wins.
    fresh: chance with which all of an order is sold before its shelf life ends, where no cost decides it.
    transfer_cost, transfer_days: of a unit between places. steady: share of an order's cost that a change must save
    before a standing proposal is changed.
    curve, sensitivity: whether to work these out.
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
    cushion: float = 1.0
    level_by_class: Mapping[str, float] = field(default_factory=dict)
    fresh: float = 0.9
    transfers: bool = True
    transfer_cost: float = 0.0
    transfer_days: float = 1.0
    steady: float = 0.02
    curve: bool = True
    sensitivity: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a passport's waterfall: what, and the units it adds (negative: takes away).

    kind: the same word in every plan, so that two waterfalls can be compared: demand, safety, on_hand, inbound, timing,
    predecessor, transfer, batch, least, pack, shelf, room, ended, shared, steady, budget, nothing.
    """

    label: Said
    units: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Passport:
    """Where a product's order comes from: the steps add up to order_units.

    days_covered: how long on hand, inbound and the order last at the forecast's pace. missing: names of terms that are
    needed and absent. assumed: sentences on what was taken in place of terms that are silent. told: sentences on what
    a reader should know: a least order of 31 weeks and what it costs, closures of the supplier, joint orders, waste.
    interval_days: until the order after this one arrives. level: service level used.
    """

    steps: tuple[Step, ...]
    need: float
    order_units: float
    days_covered: float
    missing: tuple[str, ...]
    assumed: tuple[Said, ...]
    told: tuple[Said, ...] = ()
    interval_days: float = float("nan")
    level: float = float("nan")


@dataclass(frozen=True, slots=True)
class Plan:
    """The stock plan of n products; float64 (n,) unless told otherwise, units unless told otherwise, NaN = absent.

    safety_stock: what is held above the mean demand of the protection interval. reorder_point (also min_target): stock
    and inbound below which an order is worth it. order_up_to: what an order fills up to. max_target: the most that
    stock and inbound can honestly be after an order; beyond it lies excess. order_units: the proposal. order_on,
    arrives_on: datetime64[D], NaT = absent. expected_cost: money over the periods that the order serves. level: service
    level used. demand_interval, demand_daily: mean demand over the protection interval and per day. average_target:
    mean stock that the plan implies, safety stock and half a lot.

    risk: chance that stock runs out before an order placed now arrives. lost_margin, lost_margin_idle: expected money
    of sales missed until the next arrival, as proposed and if nothing is ordered. rank: int64 (n,), 1 = the order that
    earns most per unit of money, 0 = none or not known. unit_cost: what the ordered units cost each, price breaks
    included. abc, xyz: class letters, "" = not known. transfers come before purchases and are taken off them.
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
    risk: Floats = field(default_factory=lambda: np.empty(0))
    lost_margin: Floats = field(default_factory=lambda: np.empty(0))
    lost_margin_idle: Floats = field(default_factory=lambda: np.empty(0))
    rank: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    unit_cost: Floats = field(default_factory=lambda: np.empty(0))
    abc: tuple[str, ...] = ()
    xyz: tuple[str, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    supplier_orders: tuple[SupplierOrder, ...] = ()
    curve: Curve | None = None
    sensitivity: Sensitivity | None = None

    @property
    def min_target(self) -> Floats:
        """Stock and inbound below which an order is worth it, units."""
        return self.reorder_point

    @property
    def missing(self) -> tuple[tuple[str, ...], ...]:
        """Names of absent terms, per product."""
        return tuple(passport.missing for passport in self.passports)
