"""The world of a replay, the same for every arm, and an arm's life in it, period by period."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting.planning.types import Floats, Ints

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class World:
    """What no arm can change, for n products over T periods.

    demand (n, T) units; reviewed (n, T): an order may be placed before that period opens; arrives, expected int64
    (n, T): period at whose opening an order placed before period t arrives, and the one named; on_hand (n,)
    and inbound (n, T) at the start; known (n,): products whose stock and lead time are known, the others take no part.
    """

    demand: Floats
    reviewed: Flags
    arrives: Ints
    expected: Ints
    on_hand: Floats
    inbound: Floats
    known: Flags
    backorders: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What an arm sees before period t opens: stock on hand (n,) and what is due at the next openings, (n, P).

    What is overdue is expected at the next opening.
    """

    t: int
    on_hand: Floats
    due: Floats


class Rule(Protocol):
    """An ordering rule: units wanted per product, (n,), at a moment."""

    def __call__(self, moment: Moment) -> Floats:
        """Return the units to order now, (n,); 0 for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Life:
    """What happened to an arm, float64 (n, T) units: stock at the close, sold, lost (or waiting), ordered, arrived.

    coming (n,): units on the way at the end.
    """

    stock: Floats
    sold: Floats
    lost: Floats
    ordered: Floats
    arrived: Floats
    coming: Floats


@dataclass(slots=True)
class _Pipeline:
    """Open orders: one entry per period in which was ordered."""

    world: World
    open: list[tuple[int, Floats]] = field(default_factory=list)

    def place(self, t: int, units: Floats) -> None:
        if units.any():
            self.open.append((t, units))

    def arrive(self, t: int) -> Floats:
        """Take what arrives at the opening of period t, (n,)."""
        arrived = self.world.inbound[:, t].copy()
        for placed, units in self.open:
            here = self.world.arrives[:, placed] == t
            arrived += np.where(here, units, 0)
            units[here] = 0
        self.open = [(placed, units) for placed, units in self.open if units.any()]
        return arrived

    def due(self, t: int, periods: int) -> Floats:
        """Lay out what is on the way by the opening at which it is expected, counted from t, (n, periods)."""
        matrix = np.zeros((len(self.world.on_hand), periods))
        later = self.world.inbound[:, t : t + periods]
        matrix[:, : later.shape[1]] = later
        rows = np.arange(len(matrix))
        for placed, units in self.open:
            when = np.clip(self.world.expected[:, placed] - t, 0, None)
            near = when < periods
            np.add.at(matrix, (rows[near], when[near]), units[near])
        return matrix

    def left(self) -> Floats:
        return np.asarray(sum((units for _, units in self.open), np.zeros(len(self.world.on_hand))))


def live(world: World, rule: Rule, periods: int, *, on_progress: Callable[[int, int], None] | None = None) -> Life:
    """Let a rule order through all periods of the world; it sees what is due at the next `periods` openings.

    Before period t opens: order; at its opening: receive; then sell min(stock, demand). The stock balance closes in
    every period: stock_t = stock_{t-1} + arrived_t - sold_t (with backorders, stock below 0 is waiting demand).
    """
    n, total = world.demand.shape
    stock, sold, lost, ordered, arrived = (np.zeros((n, total)) for _ in range(5))
    now, pipeline = np.where(world.known, world.on_hand, 0.0), _Pipeline(world)
    for t in range(total):
        if world.reviewed[:, t].any():
            wanted = rule(Moment(t, now, pipeline.due(t, periods)))
            ordered[:, t] = np.where(world.reviewed[:, t] & world.known, np.nan_to_num(wanted), 0)
            pipeline.place(t, ordered[:, t].copy())
        arrived[:, t] = np.where(world.known, pipeline.arrive(t), 0)
        at_hand = now + arrived[:, t]
        served = np.minimum(np.maximum(at_hand, 0), world.demand[:, t])
        lost[:, t] = world.demand[:, t] - served
        sold[:, t] = world.demand[:, t] if world.backorders else served
        now = at_hand - sold[:, t]
        stock[:, t] = now
        if on_progress:
            on_progress(t + 1, total)
    return Life(stock, sold, lost, ordered, arrived, pipeline.left())
