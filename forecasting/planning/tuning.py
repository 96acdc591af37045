"""One or two scalars of the policy tuned on the organisation's own past, and kept only when that is clearly better.

Formulas assume that forecasts err as they say; where they do not, a scalar found on windows of the past corrects for
it. All arms meet the same demand, the same delivery times and the same sample paths (common random numbers).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel
from forecasting.engine.types import Floats as F32
from forecasting.planning import successors
from forecasting.planning.choices import Choices, settle
from forecasting.planning.past.outlooks import outlooks
from forecasting.planning.past.rules import Lagom
from forecasting.planning.past.scene import scene
from forecasting.planning.past.world import Life, live
from forecasting.planning.types import Floats, Ints, ItemTerms, Policy, StockState
from forecasting.words import Said, say

WINDOWS = 4  # of the past, one after the other
SHORTEST, LONGEST = 10, 26  # periods of a window
FIRST = 1.5  # windows that must be known before the first one
PRODUCTS, PATHS = 120, 120  # that an arm is tried on, so that tuning takes minutes at most
LEANS, CUSHIONS = (0.6, 0.8, 1.25, 1.6), (0.75, 0.9, 1.15, 1.4)
SURE = 2.0  # standard errors that a gain must exceed


@dataclass(frozen=True, slots=True)
class Arm:
    """A policy tried: its scalars, and the share of cost that it saved in each window, float64 (windows,)."""

    lean: float
    cushion: float
    gains: Floats

    @property
    def gain(self) -> float:
        """Mean gain over the windows."""
        return float(self.gains.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean gain."""
        return float(self.gains.std(ddof=1) / np.sqrt(len(self.gains)))

    @property
    def sure(self) -> bool:
        """Tell whether the gain exceeds two standard errors."""
        return self.gain > SURE * self.error and self.gain > 1e-9


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning found: the policy to use, whether it differs, every arm tried, and a sentence on it."""

    policy: Policy
    accepted: bool
    arms: tuple[Arm, ...]
    told: Said


def tune(
    panel: DemandPanel,
    terms: ItemTerms,
    *,
    policy: Policy | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Try the scalars `lean`, then `cushion`, on at least four windows of the past; accept what is surely better.

    Products without lead time take no part; without costs a missed unit costs h t / (1 - t), which makes the service
    level t the cheapest. With too little history the policy stays as it is, and the sentence says so.
    """
    policy = policy or Policy()
    rows = _sample(panel, terms, seed)
    length = _length(terms.rows(rows), policy, panel)
    if not rows.size or panel.units.shape[1] < (WINDOWS + FIRST) * length:
        return Tuned(
            policy, False, (), say("Too little history to tune the policy: four windows of the past are needed.")
        )
    court = _Court(_only(panel, rows), terms.rows(rows), policy, length, seed)
    usual = court.costs(policy)
    arms, best, steps = [], Arm(policy.lean, policy.cushion, np.zeros(WINDOWS)), 0
    for name, factors in (("lean", LEANS), ("cushion", CUSHIONS)):
        if name == "lean" and not court.choices.economic.any():
            continue
        tried = []
        for factor in factors:
            each = replace(policy, lean=best.lean, cushion=best.cushion)
            each = replace(each, **{name: getattr(each, name) * factor})
            tried.append(Arm(each.lean, each.cushion, 1 - court.costs(each) / usual))
            steps += 1
            if on_progress:
                on_progress(steps, len(LEANS) + len(CUSHIONS))
        arms += tried
        best = max([best, *(arm for arm in tried if _better(arm, best))], key=lambda arm: arm.gain)
    found = replace(policy, lean=best.lean, cushion=best.cushion)
    return Tuned(found, found != policy, tuple(arms), _told(best, found != policy))


def _better(arm: Arm, best: Arm) -> bool:
    """Tell whether an arm is surely better than the best so far, by the differences in each window."""
    return arm.sure and Arm(arm.lean, arm.cushion, arm.gains - best.gains).sure


def _told(best: Arm, accepted: bool) -> Said:
    if not accepted:
        return say("No tuning of the policy was surely better on the past: it stays as it is.")
    return say(
        "Tuned on %(windows)d windows of the past: costs %(gain).1f %% lower, give or take %(error).1f.",
        windows=len(best.gains),
        gain=100 * best.gain,
        error=100 * SURE * best.error,
    )


def _sample(panel: DemandPanel, terms: ItemTerms, seed: int) -> Ints:
    """Draw the products to try on: those with lead time and some demand."""
    known = ~np.isnan(terms.lead_time_days) & (np.nan_to_num(panel.units).sum(axis=1) > 0)
    rows = np.flatnonzero(known)
    drawn = np.random.default_rng([seed, 91]).permutation(rows)[:PRODUCTS]
    return np.sort(drawn)


def _length(terms: ItemTerms, policy: Policy, panel: DemandPanel) -> int:
    days = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}[panel.freq]
    review = np.nan_to_num(terms.review_days, nan=policy.review_days)
    lag = float(np.nanquantile(terms.lead_time_days + review, 0.9)) / days if len(review) else 0.0
    return int(np.clip(round(2 * lag + 8), SHORTEST, LONGEST))


def _only(panel: DemandPanel, rows: Ints) -> DemandPanel:
    def take(values: F32 | None) -> F32 | None:
        return None if values is None else values[rows]

    return replace(
        panel,
        ids=tuple(panel.ids[row] for row in rows.tolist()),
        units=panel.units[rows],
        price=take(panel.price),
        promo=take(panel.promo),
        stocked=take(panel.stocked),
        groups=None if panel.groups is None else panel.groups[rows],
        replaces=None,
    )


class _Court:
    """The windows of the past, each with its demand, deliveries and forecasts, shared by all arms."""

    def __init__(self, panel: DemandPanel, terms: ItemTerms, policy: Policy, length: int, seed: int) -> None:
        self.terms, self.seed = (terms := successors.not_yet(terms)), seed
        self.policy = replace(policy, paths=min(policy.paths, PATHS), curve=False, sensitivity=False)
        self.choices: Choices = settle(terms, policy, panel.freq)
        total = panel.units.shape[1]
        opens = period_starts(panel.start, panel.freq, total).astype(object)
        self.stages, self.outlooks = [], []
        for w in range(WINDOWS):
            first = total - (WINDOWS - w) * length
            window: tuple[date, date] = (opens[first], opens[first + length - 1])
            stage = scene(panel, terms, self._start(panel, first), self.policy, window, seed + w)
            self.stages.append(stage)
            self.outlooks.append(outlooks(panel, stage, seed))

    def _start(self, panel: DemandPanel, first: int) -> StockState:
        """Begin with stock for lead time and review at the pace of the last periods."""
        seen = panel.units[:, max(first - SHORTEST, 0) : first].astype(np.float64)
        pace = np.nan_to_num(seen).sum(axis=1) / np.maximum((~np.isnan(seen)).sum(axis=1), 1)
        days = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}[panel.freq]
        return StockState(np.round(pace * (self.terms.lead_time_days + self.choices.review) / days))

    def costs(self, policy: Policy) -> Floats:
        """Let a policy live through every window; money per window, (windows,)."""
        rules = replace(self.policy, lean=policy.lean, cushion=policy.cushion)
        found = []
        for stage, outlook in zip(self.stages, self.outlooks, strict=True):
            life = live(stage.world, Lagom(outlook.at, self.terms, rules, self.seed), stage.ahead)
            found.append(self._cost(life, stage.warm_up))
        return np.array(found)

    def _cost(self, life: Life, since: int) -> float:
        choices = self.choices
        level = np.nan_to_num(choices.level, nan=0.5)
        holding = np.where(choices.holding > 0, choices.holding, 1.0)
        shortage = np.where(choices.economic, choices.shortage, holding * level / (1 - level))
        held = holding @ np.maximum(life.stock[:, since:], 0).sum(axis=1)
        missed = shortage @ life.lost[:, since:].sum(axis=1)
        return float(held + missed + choices.fixed @ (life.ordered[:, since:] > 0).sum(axis=1))
