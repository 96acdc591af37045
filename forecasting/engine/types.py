"""What goes into the engine and what comes out: arrays, a thousand products are one matrix."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.remembered import Remembered
from forecasting.words import Said

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
Freq = Literal["D", "W", "M"]

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class DemandPanel:
    """Demand of n products over T periods.

    units: float32 (n, T), units per period; NaN = unknown (before launch, or stock ran out).
    price, promo, stocked: optional, the same shape (money per unit; 0/1; share of the period in stock).
    groups: int32 (n, g) codes of category, supplier, location, named by group_names.
    replaces: int32 (n,), the row of the product that each one takes over from, -1 = none.
    start: first day of the first period; weeks start on that weekday, months on the first.
    """

    ids: tuple[str, ...]
    start: date
    freq: Freq
    units: Floats
    price: Floats | None = None
    promo: Floats | None = None
    stocked: Floats | None = None
    groups: Ints | None = None
    group_names: tuple[str, ...] = ()
    replaces: Ints | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Events by day: (name, day) pairs for past and future; moving feasts stand on the day they fell."""

    events: tuple[tuple[str, date], ...] = ()
    closures: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is announced for the H periods after a panel's end, (n, H) each or None; NaN = nothing announced.

    promo: float32, share of the period under promotion (0/1 for days). price: float32, money per unit.
    factor: float32, a person's own uplift, 1 = none; it multiplies the forecast after all else.
    """

    promo: Floats | None = None
    price: Floats | None = None
    factor: Floats | None = None


class PathSource(Protocol):
    """Whatever can draw sample paths for some of the products."""

    def __call__(self, m: int, seed: int, rows: slice) -> Floats:
        """Return float32 (products, m, H), the same bits however rows are chunked."""
        ...


@dataclass(frozen=True, slots=True)
class Forecast:
    """Future demand of n products over H periods at Q levels.

    quantiles: float32 (n, H, Q), monotone over levels, never negative. mean: float32 (n, H).
    model, reason: why each product got its model. scores: model -> metric -> float32 (n,).
    refusals: per product, what was refused or held back, in words; () where nothing was.
    recovered: float32 (n, T), past demand with the periods out of stock filled in, NaN only before launch.
    inferred: bool (n, T), past periods taken for stock-outs although no stock data say so.
    backtest: who -> metric -> float32 (n,) over the past origins: who is "engine", "naive" or "seasonal_naive"; metrics
    rmsse, pinball (both scaled), bias (share of actuals), bias_units (units per period), coverage (share of actuals in
    the band from 5 to 95 %) and tested (periods). NaN where nothing could be tested.
    remembered: what the tests said of each product, for later runs with the same model; None where it was remembered.
    """

    ids: tuple[str, ...]
    start: date
    freq: Freq
    levels: tuple[float, ...]
    quantiles: Floats
    mean: Floats
    model: tuple[str, ...]
    reason: tuple[Said, ...]
    scores: dict[str, dict[str, Floats]] = field(default_factory=dict)
    draw: PathSource | None = None
    refusals: tuple[tuple[Said, ...], ...] = ()
    recovered: Floats | None = None
    inferred: Bools | None = None
    backtest: dict[str, dict[str, Floats]] = field(default_factory=dict)
    remembered: Remembered | None = None

    def paths(self, m: int, seed: int, rows: slice = slice(None)) -> Floats:
        """Draw m sample paths: float32 (products, m, H), so that sums over any interval have honest quantiles.

        Raises ValueError when the forecast was read from a file and has no path source.
        """
        if self.draw is None:
            raise ValueError("this forecast holds quantiles only: it cannot draw paths")
        return self.draw(m, seed, rows)
