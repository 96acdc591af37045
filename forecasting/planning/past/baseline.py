"""The challenger: a moving average with cover, tuned on what was known before the replay starts."""

from dataclasses import replace
from itertools import product

import numpy as np

from forecasting.engine.periods import PER_YEAR, period_starts
from forecasting.engine.types import DemandPanel, Freq
from forecasting.planning.choices import Choices, settle
from forecasting.planning.past.evidence import Prices, Record, cut, summary
from forecasting.planning.past.rules import Bounds, Cover, known_before
from forecasting.planning.past.scene import Scene, scene
from forecasting.planning.past.world import live
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState

WINDOWS: dict[Freq, tuple[int, ...]] = {"D": (14, 28, 56, 91), "W": (4, 8, 13, 26), "M": (3, 6, 12)}
COVERS = (-0.3, -0.15, 0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5)
FACTORS = (0.5, 0.7, 0.85, 1.2, 1.5, 2.0, 3.0)  # times what the rule holds, for its exchange curve
YEAR: dict[Freq, int] = {"D": 365, "W": 52, "M": 12}
FEWEST = 8  # periods below which nothing can be tuned


def usual_cover(panel: DemandPanel, stage: Scene, choices: Choices) -> Cover:
    """Take a quarter of a year and 30 % cover, as many buyers do."""
    return Cover(panel.units, stage.first, choices, stage.span, WINDOWS[panel.freq][1], 0.3)


def own_rule(stated: tuple[Floats, Floats, bool], rule: Cover) -> Bounds:
    """Make the tenant's rule from least and most (n,), in units, or periods of usual sales if the third is True."""
    least, most, by_pace = stated
    return Bounds(least, most, by_pace, rule.units, rule.first, rule.window, rule)


def tuned_cover(panel: DemandPanel, terms: ItemTerms, policy: Policy, stage: Scene, seed: int) -> Cover:
    """Choose window and cover that did best in the year (at most half the past) before the replay.

    Best: least cost where holding and shortage cost are known for all products, else the least stock whose fill reaches
    the service level.
    """
    choices = settle(terms, policy, panel.freq)
    rule = usual_cover(panel, stage, choices)
    span = min(YEAR[panel.freq], stage.first // 2)
    if span < FEWEST:
        return rule
    past = known_before(panel, stage.first)
    days = period_starts(panel.start, panel.freq, stage.first)
    pace = np.where(np.isnan(past.units), 0, past.units).mean(axis=1)
    began = StockState(np.where(stage.world.known, np.round(pace * stage.span), np.nan))
    window = (days[stage.first - span].astype(object), days[-1].astype(object))
    trial = scene(past, terms, began, policy, window, seed)
    tries = [replace(rule, first=trial.first, window=w, cover=c) for w, c in product(WINDOWS[panel.freq], COVERS)]
    best = _best(trial, tries, choices, policy)
    return replace(rule, window=best.window, cover=best.cover)


def _best(trial: Scene, tries: list[Cover], choices: Choices, policy: Policy) -> Cover:
    rows = np.flatnonzero(trial.world.known)
    prices = Prices(choices.holding, choices.shortage, choices.fixed, np.full_like(choices.fixed, np.nan))
    found = []
    for rule in tries:
        life = cut(live(trial.world, rule, trial.ahead), trial.warm_up)
        record = Record(life, trial.world.demand[:, trial.warm_up :], prices, "W", PER_YEAR["W"])
        found.append(summary(record.rows(rows)))
    if rows.size and prices.rows(rows).complete:
        return tries[int(np.argmin([f["total_cost"] for f in found]))]
    enough = [i for i, f in enumerate(found) if f["fill"] >= policy.service_level]
    if enough:
        return tries[min(enough, key=lambda i: found[i]["stock_units"])]
    return tries[int(np.argmax([np.nan_to_num(f["fill"]) for f in found]))]
