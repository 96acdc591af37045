"""The replay: two arms on the same past, and what can honestly be said of their difference (methods.md 13)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forecasting.engine.periods import PER_YEAR
from forecasting.engine.types import DemandPanel
from forecasting.planning.choices import settle
from forecasting.planning.past import evidence
from forecasting.planning.past.baseline import exchange_curve, tuned_cover
from forecasting.planning.past.outlooks import outlooks
from forecasting.planning.past.rules import Cover, Lagom
from forecasting.planning.past.scene import Scene, scene
from forecasting.planning.past.world import Life, Rule, live
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState
from forecasting.words import Said, say

PATHS = 120  # sample paths per decision at most, so that a year of decisions takes seconds


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's life and its figures by name over the counted periods.

    bullwhip: Var(orders) / Var(demand), and the same of squared coefficients of variation. terminal: stock and what is
    on the way at the end, in units and at cost (money, NaN without costs).
    """

    life: Life
    figures: dict[str, float]
    bullwhip: tuple[float, float]
    terminal: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Replay:
    """What following Lagom would have meant beside the other rule.

    counted_from: first period after the warm-up. demand (n, T). differences: Lagom less the other, per figure with
    90 % interval and verdict. readings: the same for other readings of censored demand, by name. worse: share of
    products that fare worse. equal_stock: units the other rule holds at Lagom's fill; curve: its (fill, units). freed:
    working capital freed, money. censored: share of counted demand that was not seen. notes: what a reader must know.
    """

    ids: tuple[str, ...]
    openings: tuple[date, ...]
    counted_from: date
    demand: Floats
    baseline: Arm
    lagom: Arm
    differences: tuple[evidence.Difference, ...]
    readings: dict[str, tuple[evidence.Difference, ...]]
    worse: float
    equal_stock: float
    curve: tuple[tuple[float, float], ...]
    freed: float
    censored: float
    notes: tuple[Said, ...]


def replay(  # noqa: PLR0913 (the contract of engine.md)
    panel: DemandPanel,
    terms: ItemTerms,
    stock0: StockState,
    *,
    policy: Policy | None = None,
    start: date,
    end: date,
    seed: int = 0,
    rule: Rule | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Live the periods that open from start to end again, under a rule of the tenant's and under Lagom.

    stock0: what lay there and was on the way at start. rule: the tenant's own; None = a moving average with cover,
    tuned on the periods before start. Both arms meet the same demand and the same delivery times; a decision sees only
    periods that have ended. The warm-up, the longest lead time and one cycle, is not counted.

    Raises ValueError when fewer than two periods open between start and end, or none before start.
    """
    policy = policy or Policy()
    policy = replace(policy, paths=min(policy.paths, PATHS))
    stage = scene(panel, terms, stock0, policy, (start, end), seed)
    mine = Lagom(outlooks(panel, stage, seed).at, terms, policy, seed)
    other = rule or tuned_cover(panel, terms, policy, stage, seed)
    choices = settle(terms, policy, panel.freq)
    prices = evidence.Prices(choices.holding, choices.shortage, choices.fixed, terms.unit_cost)
    court = Court(stage, mine, other, prices, PER_YEAR[panel.freq], seed)
    return court.judged(panel.ids, on_progress)


@dataclass(frozen=True, slots=True)
class Court:
    """Both rules, the scene that they meet in, and how they are judged; periods_per_year: of the panel."""

    stage: Scene
    lagom: Rule
    baseline: Rule
    prices: evidence.Prices
    periods_per_year: float
    seed: int

    def judged(self, ids: tuple[str, ...], on_progress: Callable[[int, int], None] | None) -> Replay:
        """Let both arms live and tell what the difference is."""
        stage, known = self.stage, self.stage.world.known
        mine = live(stage.world, self.lagom, stage.ahead, on_progress=on_progress)
        other = live(stage.world, self.baseline, stage.ahead)
        lagom, baseline = self._arm(mine), self._arm(other)
        curve = exchange_curve(stage, self.baseline, self.prices) if isinstance(self.baseline, Cover) else ()
        ours = evidence.counted(mine, stage, self.prices, self.periods_per_year)
        theirs = evidence.counted(other, stage, self.prices, self.periods_per_year)
        freed = baseline.figures["stock_value"] - lagom.figures["stock_value"]
        return Replay(
            ids=ids,
            openings=stage.openings,
            counted_from=stage.openings[stage.warm_up],
            demand=stage.world.demand,
            baseline=baseline,
            lagom=lagom,
            differences=evidence.differences(ours, theirs, self.seed),
            readings=self._readings(),
            worse=evidence.worse_share(ours, theirs, self._priced()),
            equal_stock=evidence.at_equal_fill(lagom.figures["fill"], curve),
            curve=curve,
            freed=freed if np.isfinite(self.prices.unit[known]).any() else float("nan"),
            censored=float(stage.truth.censored[known, stage.warm_up :].mean()) if known.any() else 0.0,
            notes=self._notes(),
        )

    def _arm(self, life: Life) -> Arm:
        stage, known = self.stage, self.stage.world.known
        found = evidence.summary(life, stage, self.prices, self.periods_per_year)
        orders, demand = life.ordered[known, stage.warm_up :], stage.world.demand[known, stage.warm_up :]
        left = np.where(known, np.maximum(life.stock[:, -1], 0) + life.coming, 0)
        worth = left * self.prices.unit
        value = float(np.nansum(worth)) if np.isfinite(worth).any() else float("nan")
        return Arm(life, found, evidence.bullwhip(orders, demand), (float(left.sum()), value))

    def _priced(self) -> bool:
        sums = self.prices.holding + self.prices.shortage
        return bool(np.isfinite(sums[self.stage.world.known]).all())

    def _readings(self) -> dict[str, tuple[evidence.Difference, ...]]:
        """Judge again with the other readings of demand where stock was out, if there was any such period."""
        stage = self.stage
        if not stage.truth.censored[stage.world.known].any():
            return {}
        found = {}
        for name, demand in (("sales", stage.truth.sales), ("mean", stage.truth.mean)):
            other = replace(stage, world=replace(stage.world, demand=demand))
            ours, theirs = (
                evidence.counted(live(other.world, rule, other.ahead), other, self.prices, self.periods_per_year)
                for rule in (self.lagom, self.baseline)
            )
            found[name] = evidence.differences(ours, theirs, self.seed)
        return found

    def _notes(self) -> tuple[Said, ...]:
        stage, rule = self.stage, self.baseline
        said = []
        if isinstance(rule, Cover):
            values = {"window": rule.window, "cover": round(100 * rule.cover)}
            said.append(
                say(
                    "No stock history is known, so the other rule is a moving average of %(window)d periods with "
                    "%(cover)d %% cover, tuned on the past before the replay.",
                    **values,
                )
            )
        if stage.short:
            said.append(say("The window is short: only %(n)d periods warm up before counting.", n=stage.warm_up))
        left_out = int((~stage.world.known).sum())
        if left_out:
            said.append(say("%(n)d products take no part: stock or lead time unknown.", n=left_out))
        if not self._priced():
            said.append(say("Costs are not known for all products: total cost covers only those where they are."))
        return tuple(said)
