"""The arms: how the tenant orders, or might have ordered, and how Lagom would have."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel, Forecast
from forecasting.engine.types import Floats as F32
from forecasting.planning.choices import Choices
from forecasting.planning.lots import Grid
from forecasting.planning.past.world import Moment
from forecasting.planning.plans import order_units
from forecasting.planning.search import Memory
from forecasting.planning.types import Floats, Ints, ItemTerms, Policy, StockState

KEEPS = 12  # reviews for which what is searched for lots and leftovers is used before it is searched anew


@dataclass(frozen=True, slots=True)
class Cover:
    """Order up to a moving average times lead time and review, plus a share of it for safety: what many buyers do.

    units: float32 (n, all periods), of which only those before first + t are looked at. window: periods of the average.
    reach: lead time and review in periods, (n,). cover: safety as a share of the reach.
    """

    units: F32
    first: int
    choices: Choices
    reach: Floats
    window: int
    cover: float

    def __call__(self, moment: Moment) -> Floats:
        """Return what is missing to the target, in lots that the supplier accepts."""
        pace = pace_before(self.units, self.first + moment.t, self.window)
        wanted = pace * self.reach * (1 + self.cover) - moment.on_hand - moment.due.sum(axis=1)
        return Grid(self.choices.pack, self.choices.lot).up(np.maximum(wanted, 0))

    def scaled(self, factor: float) -> "Cover":
        """Hold more or less of everything."""
        return replace(self, cover=(1 + self.cover) * factor - 1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The tenant's own rule: when stock and orders fall to the least, fill up to the most, (n,).

    by_pace: least and most are periods of usual sales (a moving average over `window` periods), not units. A product
    without bounds (NaN) is ordered by `otherwise`.
    """

    least: Floats
    most: Floats
    by_pace: bool
    units: F32
    first: int
    window: int
    otherwise: Cover

    def __call__(self, moment: Moment) -> Floats:
        """Return what fills up to the most where the least is reached, in lots that the supplier accepts."""
        pace: Floats | float = pace_before(self.units, self.first + moment.t, self.window) if self.by_pace else 1.0
        position = moment.on_hand + moment.due.sum(axis=1)
        choices = self.otherwise.choices
        wanted = np.where(position <= self.least * pace, self.most * pace - position, 0)
        mine = Grid(choices.pack, choices.lot).up(np.maximum(np.nan_to_num(wanted), 0))
        stated = ~np.isnan(self.least) & ~np.isnan(self.most)
        return mine if stated.all() else np.where(stated, mine, self.otherwise(moment))

    def scaled(self, factor: float) -> "Bounds":
        """Hold more or less of everything."""
        return replace(
            self, least=self.least * factor, most=self.most * factor, otherwise=self.otherwise.scaled(factor)
        )


def pace_before(units: F32, end: int, window: int) -> Floats:
    """Average the known periods among the last `window` before a period, units per period (n,); 0 without any."""
    seen = units[:, max(end - window, 0) : end].astype(np.float64)
    known = ~np.isnan(seen)
    return np.asarray(np.where(known, seen, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def known_before(panel: DemandPanel, period: int) -> DemandPanel:
    """Cut a panel to the periods before one: the only way in which an arm sees data."""

    def cut(values: F32 | None) -> F32 | None:
        return None if values is None else values[:, :period]

    return replace(
        panel, units=panel.units[:, :period], price=cut(panel.price), promo=cut(panel.promo), stocked=cut(panel.stocked)
    )


@dataclass(slots=True)
class Recall:
    """Rules for lots found earlier in the same life; a new life starts without any, or it would know its future."""

    last: int = -1
    memory: Memory = field(default_factory=lambda: Memory(KEEPS))

    def at(self, t: int) -> Memory:
        """Return what is remembered at a moment."""
        if t <= self.last:
            self.memory = Memory(KEEPS)
        self.last = t
        return self.memory


@dataclass(frozen=True, slots=True)
class Lagom:
    """Order what the plan proposes, from the forecast of the day: outlook(t) starts with period t.

    odds: factor on the odds of not running out that the plan aims at; 1 = as the terms say.
    """

    outlook: Callable[[int], Forecast]
    terms: ItemTerms
    policy: Policy
    seed: int
    odds: float = 1.0
    recall: Recall = field(default_factory=Recall)

    def __call__(self, moment: Moment) -> Floats:
        """Return the plan's orders."""
        rows = moment.rows if not self.policy.level_by_class else np.arange(len(moment.on_hand))
        forecast, memory = only(self.outlook(moment.t), rows), self.recall.at(moment.t)
        which, when = np.nonzero(moment.due[rows])
        days = period_starts(forecast.start, forecast.freq, moment.due.shape[1])
        stock = StockState(moment.on_hand[rows], which, moment.due[rows][which, when], days[when])
        terms, policy = leaning(self.terms.rows(rows), self.policy, self.odds)
        wanted = np.zeros(len(moment.on_hand))
        wanted[rows] = order_units(forecast, terms, stock, policy=policy, seed=self.seed, memory=memory)
        return wanted

    def scaled(self, factor: float) -> "Lagom":
        """Aim at more or less service of everything."""
        return replace(self, odds=self.odds * factor, recall=Recall())


def leaning(terms: ItemTerms, policy: Policy, odds: float) -> tuple[ItemTerms, Policy]:
    """Multiply the odds of not running out: p/(1-p) of service levels, and the shortage cost where costs decide."""
    if odds == 1.0:
        return terms, policy

    def moved(level: Floats) -> Floats:
        ratio = odds * level / (1 - level)
        return np.asarray(ratio / (1 + ratio))

    level = float(moved(np.asarray(policy.service_level)))
    return (
        replace(terms, service_level=moved(terms.service_level)),
        replace(policy, service_level=level, lean=policy.lean * odds),
    )


def only(found: Forecast, rows: Ints) -> Forecast:
    """Keep some of the products of a forecast."""
    draw = found.draw
    if draw is None or rows.size == len(found.ids):
        return found
    return replace(
        found,
        ids=tuple(found.ids[i] for i in rows),
        mean=found.mean[rows],
        quantiles=found.quantiles[rows],
        model=tuple(found.model[i] for i in rows),
        reason=tuple(found.reason[i] for i in rows),
        scores={},
        draw=lambda m, seed, some: draw(m, seed, rows[some]),  # type: ignore[arg-type]
    )
