"""The world of a replay, the same for every arm, and an arm's life in it, period by period."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.types import Floats, Ints

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shipment:
    """One order of each product on its way: units (n,), 0 = none; period of arrival and the one named, int64 (n,)."""

    units: Floats
    arrives: Ints
    expected: Ints


@dataclass(frozen=True, slots=True)
class World:
    """What no arm can change, for n products over T periods.

    demand (n, T) units; reviewed (n, T): an order may be placed before that period opens; arrives, expected int64
    (n, T): period at whose opening an order placed before period t arrives, and the one named; on_hand (n,) at the
    start, and what was on its way then. known (n,): products that take part. moved (n, T): returns and corrections.
    """

    demand: Floats
    reviewed: Flags
    arrives: Ints
    expected: Ints
    on_hand: Floats
    known: Flags
    coming: tuple[Shipment, ...] = ()
    moved: Floats | None = None
    backorders: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What an arm sees before period t opens: stock on hand (n,) and what is due at the next openings, (n, P).

    sold (n, t): what it sold until now. rows: the products that may be ordered now. What is overdue is expected at the
    next opening, what is due beyond the openings told at the last of them.
    """

    t: int
    on_hand: Floats
    due: Floats
    sold: Floats
    rows: Ints


class Rule(Protocol):
    """An ordering rule: units wanted per product, (n,), at a moment."""

    def __call__(self, moment: Moment) -> Floats:
        """Return the units to order now, (n,); 0 for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Life:
    """What happened to an arm, float64 (n, T) units: stock at the close, sold, lost (or waiting), ordered, arrived.

    moved: returns and corrections. coming (n,): units on the way at the end.
    """

    stock: Floats
    sold: Floats
    lost: Floats
    ordered: Floats
    arrived: Floats
    moved: Floats
    coming: Floats


@dataclass(slots=True)
class _Pipeline:
    """Open orders."""

    n: int
    open: list[Shipment] = field(default_factory=list)

    def place(self, shipment: Shipment) -> None:
        if shipment.units.any():
            self.open.append(shipment)

    def arrive(self, t: int) -> Floats:
        """Take what arrives at the opening of period t, (n,)."""
        arrived = np.zeros(self.n)
        for shipment in self.open:
            here = shipment.arrives == t
            arrived += np.where(here, shipment.units, 0)
            shipment.units[here] = 0
        self.open = [shipment for shipment in self.open if shipment.units.any()]
        return arrived

    def due(self, t: int, periods: int) -> Floats:
        """Lay out what is on the way by the opening at which it is expected, counted from t, (n, periods)."""
        matrix, rows = np.zeros((self.n, periods)), np.arange(self.n)
        for shipment in self.open:
            np.add.at(matrix, (rows, np.clip(shipment.expected - t, 0, periods - 1)), shipment.units)
        return matrix

    def left(self) -> Floats:
        return np.asarray(sum((shipment.units for shipment in self.open), np.zeros(self.n)))


def live(world: World, rule: Rule, periods: int, *, on_progress: Callable[[int, int], None] | None = None) -> Life:
    """Let a rule order through all periods of the world; it sees what is due at the next `periods` openings.

    Before period t opens: order; at its opening: receive; then sell min(stock, demand). The stock balance closes in
    every period: stock_t = stock_{t-1} + arrived_t + moved_t - sold_t (with backorders, stock below 0 is waiting
    demand); a correction takes no more than is there.
    """
    n, total = world.demand.shape
    stock, sold, lost, ordered, arrived, moved = (np.zeros((n, total)) for _ in range(6))
    now, pipeline = np.where(world.known, world.on_hand, 0.0), _Pipeline(n)
    for shipment in world.coming:
        pipeline.place(Shipment(np.where(world.known, shipment.units, 0), shipment.arrives, shipment.expected))
    for t in range(total):
        rows = np.flatnonzero(world.reviewed[:, t] & world.known)
        if rows.size:
            wanted = rule(Moment(t, now, pipeline.due(t, periods), sold[:, :t], rows))
            ordered[rows, t] = np.nan_to_num(wanted[rows])
            pipeline.place(Shipment(ordered[:, t].copy(), world.arrives[:, t], world.expected[:, t]))
        arrived[:, t] = pipeline.arrive(t)
        at_hand = now + arrived[:, t]
        if world.moved is not None:
            moved[:, t] = np.where(world.known, np.maximum(world.moved[:, t], -np.maximum(at_hand, 0)), 0)
            at_hand = at_hand + moved[:, t]
        served = np.minimum(np.maximum(at_hand, 0), world.demand[:, t])
        lost[:, t] = world.demand[:, t] - served
        sold[:, t] = world.demand[:, t] if world.backorders else served
        now = at_hand - sold[:, t]
        stock[:, t] = now
        if on_progress:
            on_progress(t + 1, total)
    return Life(stock, sold, lost, ordered, arrived, moved, pipeline.left())
