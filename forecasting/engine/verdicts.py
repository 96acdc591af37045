"""What the past says of each product's models: the tests, the shares that follow from them, and the scores told."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.chance import keys_of
from forecasting.engine.classes import classify
from forecasting.engine.clean import Cleaned, without_closures
from forecasting.engine.hindsight import hindsight
from forecasting.engine.metrics import naive_scale, rmsse
from forecasting.engine.origins import actuals, past_origins
from forecasting.engine.periods import Dates
from forecasting.engine.pooled import GlobalModel, likeness, means_at
from forecasting.engine.remembered import Remembered, Verdict, digests
from forecasting.engine.selection import NAIVE, combined, losses, relative, scores, sensible, shipped, weights
from forecasting.engine.spread import Trial, own_phi
from forecasting.engine.types import Calendar, DemandPanel, Floats, Freq
from forecasting.engine.unsold import raised, unsold

FEW = 8  # known periods below which a product is forecast as one of its kind
PURE = 0.8  # weight of the leading model below which the forecast is called a blend
WEEK: dict[Freq, int] = {"D": 7, "W": 1, "M": 0}  # periods for which verdicts hold

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tested:
    """All models on a chunk's past: means and actuals in counts (n, K, H), losses (n,), kind of demand and ADI (n,)."""

    past: dict[str, Floats]
    actual: Floats
    loss: dict[str, Doubles]
    kind: NDArray[np.int64]
    gap: Doubles
    origins: tuple[int, ...]


def today(cleaned: Cleaned, model: GlobalModel, when: Dates, wanted: Sequence[str] = ()) -> dict[str, Floats]:
    """Forecast by every model, or those wanted, from the end of the past, in counts: name -> (n, H)."""
    end = cleaned.units.shape[1]
    means = means_at(model, cleaned, [end], model.late, when=when, wanted=wanted)
    return {name: mean[:, 0] for name, mean in means.items()}


def judge(cleaned: Cleaned, now: dict[str, Floats], model: GlobalModel, when: Dates) -> Verdict:
    """Test all models on the past and share each product's forecast among those that have something to say (now)."""
    test = _tested(cleaned, model, when)
    known = (~np.isnan(cleaned.units)).sum(axis=1)
    score = _scored(test, model, likeness(cleaned, model.freq))
    heard = np.isfinite(score) & _heard(now, known, model)
    usable = heard & sensible(model.names, test.gap)
    usable |= heard & ~usable.any(axis=0)  # the only models asked for are used even where another would be wiser
    share = shipped(weights(score, usable), model.names)
    never = unsold(cleaned.units, (*test.origins, cleaned.units.shape[1]))
    trial = Trial(raised(combined(test.past, share), never[:, :-1], model.unsold), test.actual)
    backtest = hindsight(cleaned, trial, test.past["seasonal_naive"], test.origins, model)
    for name in NAIVE:  # whose forecast is a naive one adds nothing to it, not by a hair
        same = share[model.names.index(name)] == 1
        for metric in ("pinball", "rmsse"):
            backtest["engine"][metric] = np.where(same, backtest[name][metric], backtest["engine"][metric])
    return Verdict(
        share=share,
        phi=np.where(never[:, -1], model.unsold.phi, own_phi(trial, model.final)),
        kind=test.kind,
        gap=test.gap,
        loss=backtest["engine"]["pinball"].astype(np.float64),
        naive=np.fmin(*(backtest[name]["pinball"] for name in NAIVE)).astype(np.float64),
        scores=_scores(test, cleaned),
        backtest=backtest,
    )


def _tested(cleaned: Cleaned, model: GlobalModel, when: Dates) -> Tested:
    origins = past_origins(cleaned.units.shape[1], model.horizon, model.freq)
    past = means_at(model, cleaned, origins, model.early, when=when)
    actual = actuals(cleaned.proof, origins, model.horizon) / cleaned.grain[:, None, None]
    loss = {name: losses(Trial(past[name], actual), model.phi[m]) for m, name in enumerate(model.names)}
    kind, gap, _ = classify(cleaned.units)
    return Tested(past, actual, loss, kind, gap, origins)


def _scored(test: Tested, model: GlobalModel, like: tuple[Doubles, Doubles]) -> Doubles:
    """Score each model on each product, shrunk to its kind; infinite where the model is not allowed."""
    tested = (~np.isnan(test.actual)).sum(axis=(1, 2)).astype(np.float64)
    found = scores(relative(test.loss)[1], model.kinds.of(*like), tested, test.gap)
    barred = np.array([model.allowed is not None and name not in model.allowed for name in model.names])
    return np.where(barred[:, None], np.inf, found)


def _heard(now: dict[str, Floats], known: NDArray[np.int64], model: GlobalModel) -> NDArray[np.bool_]:
    """Tell which models have something to say: a product with too little past is one of its kind and nothing more."""
    said = np.stack([~np.isnan(mean).any(axis=1) for mean in now.values()])
    prior = np.array([name == "prior" for name in model.names])[:, None]
    return np.where(known < FEW, prior, said)


def _scores(test: Tested, cleaned: Cleaned) -> dict[str, dict[str, Floats]]:
    absolute, square = naive_scale(cleaned.units / cleaned.grain[:, None])
    return {
        name: {
            "pinball": (test.loss[name] / absolute).astype(np.float32),
            "rmsse": rmsse(test.actual, past, square).astype(np.float32),
        }
        for name, past in test.past.items()
    }


def remember(panel: DemandPanel, cleaned: Cleaned, verdict: Verdict) -> Remembered:
    """Keep the verdicts on all products that have enough of a past, by the order of their keys."""
    rows = np.flatnonzero((~np.isnan(cleaned.units)).sum(axis=1) >= FEW)
    rows = rows[np.argsort(cleaned.keys[rows], kind="stable")]
    periods = panel.units.shape[1]
    past = _past(panel, periods)[rows]
    return Remembered(panel.start, periods, cleaned.keys[rows], past, cleaned.grain[rows], verdict.take(rows))


def recalled(panel: DemandPanel, cleaned: Cleaned, model: GlobalModel) -> NDArray[np.int64]:
    """Find what the model remembers of each product: int64 (n,), row of its verdicts, -1 = nothing.

    Verdicts hold for a week, for products whose past up to then is as it was; what came later is never looked at.
    """
    memory, periods = model.remembered, panel.units.shape[1]
    nothing = np.full(len(panel.ids), -1, np.int64)
    if memory is None or model.allowed is not None or memory.start != panel.start:
        return nothing
    if not memory.periods <= periods <= memory.periods + WEEK[panel.freq]:
        return nothing
    return memory.rows_of(cleaned.keys, _past(panel, memory.periods), cleaned.grain)


def _past(panel: DemandPanel, periods: int) -> NDArray[np.uint64]:
    return digests((panel.units, panel.stocked, panel.promo, panel.price), panel.groups, panel.replaces, periods)


def unchanged(panel: DemandPanel, model: GlobalModel, calendar: Calendar | None) -> float:
    """Tell which share of the products known then or now has the past that a model remembers, from 0 to 1."""
    memory = model.remembered
    if memory is None or memory.start != panel.start or memory.periods > panel.units.shape[1]:
        return 0.0
    keys = keys_of(panel.ids)
    same = int((memory.rows_of(keys, _past(without_closures(panel, calendar), memory.periods)) >= 0).sum())
    return same / max(len(memory.keys) + len(keys) - same, 1)
