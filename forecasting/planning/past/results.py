"""What a replay returns."""

from dataclasses import dataclass
from datetime import date

from forecasting.engine.types import Freq
from forecasting.planning.past.bootstrap import Difference
from forecasting.planning.past.evidence import Fares, Priced
from forecasting.planning.past.service import Equal, Point
from forecasting.planning.past.world import Life
from forecasting.planning.types import Floats, Ints
from forecasting.words import Said


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's life over the whole window and its figures by name over the counted periods.

    terminal: stock and what is on the way at the end, in units and at cost (money, NaN without costs).
    """

    life: Life
    figures: dict[str, float]
    terminal: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Lagom beside one other arm, over the products (rows) of which that arm is known.

    name: "actual" (what the tenant did), "stated" (its own rule) or "tuned" (a moving average with cover). differences:
    Lagom less the other, with interval and verdict. readings: the same for other readings of censored demand. fares:
    product by product. equal: at equal fill of units, and of value. curve: the other's exchange curve. priced: the
    products whose unit_cost, and whose margin is known.
    """

    name: str
    rows: Ints
    arm: Arm
    lagom: Arm
    differences: tuple[Difference, ...]
    readings: dict[str, tuple[Difference, ...]]
    fares: Fares
    equal: tuple[Equal, ...]
    curve: tuple[Point, ...]
    priced: dict[str, Priced]

    def difference(self, name: str) -> Difference:
        """Find the difference of one figure."""
        return next(found for found in self.differences if found.name == name)


@dataclass(frozen=True, slots=True)
class Replay:
    """What following Lagom would have meant: comparisons, the one that tells most first.

    openings: first days of the periods; counted_from: first period after the warm-up. demand (n, T). lagom: over all
    products that take part. curve: Lagom's own exchange curve. censored: share of counted demand that was not seen.
    sampled: products on which curves were lived. notes: what a reader must know.
    """

    ids: tuple[str, ...]
    freq: Freq
    openings: tuple[date, ...]
    counted_from: date
    warm_up: int
    demand: Floats
    lagom: Arm
    comparisons: tuple[Comparison, ...]
    curve: tuple[Point, ...]
    sampled: int
    censored: float
    notes: tuple[Said, ...]

    @property
    def main(self) -> Comparison:
        """The comparison that tells most."""
        return self.comparisons[0]
