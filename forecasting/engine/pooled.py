"""What the products of an organisation teach each other: fitted once, handed to every chunk."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.calendars import event_features
from forecasting.engine.candidates import MIXED, local_means, mixture
from forecasting.engine.chance import Keys
from forecasting.engine.classes import classify
from forecasting.engine.clean import Cleaned, clean, without_closures
from forecasting.engine.feasts import taken_out
from forecasting.engine.knowledge import Knowledge, learn
from forecasting.engine.metrics import mean_level
from forecasting.engine.origins import actuals, past_origins
from forecasting.engine.periods import PER_YEAR, Dates, after
from forecasting.engine.remembered import Remembered
from forecasting.engine.seasons import Pool, factors, pool_seasons, strength
from forecasting.engine.selection import Kinds, by_kind, combined, losses, relative, scores, sensible, shipped, weights
from forecasting.engine.spread import Bank, Trial, build_bank, error_chances, own_phi, pooled_phi, unshocked
from forecasting.engine.types import Calendar, DemandPanel, Floats, Freq
from forecasting.engine.unsold import NONE, Unsold, awaited, raised, unsold
from forecasting.engine.zoo.boosting import boosted, grow
from forecasting.engine.zoo.features import Sight, look
from forecasting.engine.zoo.means import shrunk_mean
from forecasting.engine.zoo.prophet_shape import prophet_shapes

SHAPED, GROUPS = 2.0, 3  # years without which no yearly shape is looked for; groups that get one of their own
LIKE = 5  # products a group needs to have a prior of its own
TAUGHT = 2000  # products, at most, that the pooled figures are learned from

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taught:
    """What is learned from the products together up to a cut: seasons, series of the groups (all products last), trees.

    series: float32 (G + 1, cut), demand relative to each product's mean, averaged; prior: float64 (G, 2), a and b
    of the
    Gamma distribution of mean demand in counts; trees: text, None = too little data;
    shapes: float32 (G + 1, a year beyond the cut), time of year and feasts as factors, from Prophet.
    """

    seasons: Pool
    series: Floats
    prior: Doubles
    trees: str | None
    shapes: Floats | None = None

    def shape_of(self, group: NDArray[np.int64], length: int) -> Floats | None:
        """Return the yearly shape that each product's group hands down: float32 (n, length), None = none is known.

        Beyond its end the shape is not known and is 1.
        """
        if self.shapes is None:
            return None
        rows = self.shapes[np.minimum(group, len(self.shapes) - 2), :length]
        return np.pad(rows, ((0, 0), (0, length - rows.shape[1])), constant_values=1)

    def prior_of(self, group: NDArray[np.int64]) -> tuple[Doubles, Doubles]:
        """Return a and b of each product: float64 (n,) each."""
        rows = self.prior[np.minimum(group, len(self.prior) - 1)]
        return rows[:, 0], rows[:, 1]


@dataclass(frozen=True, slots=True)
class GlobalModel:
    """Everything learned from the products together; independent of any product that is poisoned.

    early is known at the first past origin and serves the backtest, late at the end. names, kinds: relative losses
    of the models by kind of product. phi: (M, sizes) of the models, final: (sizes,) of their weighted mean.
    bank: past error paths of the latter. calendar: the events it knows,
    past and future. allowed: the only models that may be chosen, None = all. knowledge: of stock-outs, launches and
    promotions. remembered: what tests said of each product when this was kept. unsold: of products that never sold.
    """

    freq: Freq
    horizon: int
    early: Taught
    late: Taught
    names: tuple[str, ...]
    kinds: Kinds
    phi: Doubles
    final: Doubles
    bank: Bank
    knowledge: Knowledge
    calendar: Calendar | None = None
    allowed: tuple[str, ...] | None = None
    remembered: Remembered | None = None
    unsold: Unsold = NONE


def fit(panel: DemandPanel, horizon: int, *, calendar: Calendar | None = None, seed: int = 0) -> GlobalModel:
    """Learn from all products that can be trusted, in the order of their ids' keys, 2,000 of them at most.

    Nothing depends on the order of products, nor on one that is poisoned (see clean): without it the bytes are the
    same.
    """
    panel = without_closures(panel, calendar)
    cleaned = clean(panel)
    periods = panel.units.shape[1]
    trusted = np.flatnonzero(~cleaned.poisoned & (cleaned.first < periods))
    teachers = trusted[np.argsort(cleaned.keys[trusted], kind="stable")][:TAUGHT]
    taught = cleaned.take(teachers)
    knowledge = learn(panel, taught, teachers, calendar)
    taught = taken_out(taught, knowledge.feasts.factor(calendar, panel.start, panel.freq, periods))
    origins = past_origins(periods, horizon, panel.freq)
    when = Dates(panel.start, panel.freq)
    groups = int(cleaned.group.max(initial=0)) + 1
    cuts = (origins[0] if origins else periods, periods)
    bare = [_teach(taught, cut, when=when, groups=groups, calendar=calendar) for cut in cuts]
    views = [sight(known, taught, horizon, when=when, calendar=calendar) for known in bare]
    early, late = _grown(bare, views, taught.keys, cuts, horizon)
    empty = build_bank(np.empty((0, 1, horizon), np.float32), np.empty(0), cleaned.keys[:0])
    model = GlobalModel(
        freq=panel.freq,
        horizon=horizon,
        early=early,
        late=late,
        names=(),
        kinds=Kinds(np.empty(3), np.empty((0, 4)), np.empty((0, 4))),
        phi=np.empty((0, 0)),
        final=np.empty(0),
        bank=empty,
        calendar=calendar,
        knowledge=knowledge,
    )
    return _learned(model, taught, origins, when)


def _teach(taught: Cleaned, cut: int, *, when: Dates, groups: int, calendar: Calendar | None) -> Taught:
    """Learn all but the trees."""
    seasons = pool_seasons(taught.units, np.ones(len(taught.keys), np.bool_), cut, when.freq)
    before = taught.units[:, :cut]
    series = group_series(before, taught.group, groups)
    prior = _priors(mean_level(before) / taught.grain, taught.group, groups)
    return Taught(seasons, series, prior, None, _shapes(series, when, calendar))


def _grown(bare: list[Taught], views: list[Sight], keys: Keys, cuts: tuple[int, int], horizon: int) -> list[Taught]:
    """Grow the trees of each at the same time, each forest on one thread: on two its bytes would be others."""
    with ThreadPoolExecutor(len(bare)) as threads:
        trees = threads.map(lambda view, cut: grow(view, keys, cut, horizon), views, cuts)
        return [replace(known, trees=text) for known, text in zip(bare, trees, strict=True)]


def _shapes(series: Floats, when: Dates, calendar: Calendar | None) -> Floats | None:
    """Find the time of year of the largest groups and of all with Prophet, a year ahead; the others get that of all.

    Days are taken by the week unless a calendar has feasts: it is the year that is looked for.
    """
    cut, week = series.shape[1], 7
    if cut < SHAPED * PER_YEAR[when.freq]:
        return None
    largest = np.sort(np.argsort(-np.nansum(series[:-1], axis=1), kind="stable")[:GROUPS])
    rows = np.append(largest, len(series) - 1) if len(series) > 2 else np.array([len(series) - 1] * 2)
    length = cut + round(PER_YEAR[when.freq])
    if when.freq == "D" and (calendar is None or not calendar.events):
        start = cut % week
        mean = _weekly(series[rows][:, start:])
        found = prophet_shapes(mean, start=after(when.start, "D", start), freq="W", length=-(-(length - start) // week))
        found = None if found is None else np.repeat(found, week, axis=1)[:, np.maximum(np.arange(length) - start, 0)]
    else:
        found = prophet_shapes(series[rows], start=when.start, freq=when.freq, length=length, calendar=calendar)
    if found is None:
        return None
    out = np.repeat(found[-1:], len(series), axis=0).astype(np.float32)
    out[rows] = found
    return out


def _weekly(series: Floats) -> Floats:
    weeks = series.reshape(len(series), -1, 7)
    known = ~np.isnan(weeks)
    total, count = np.where(known, weeks, 0).sum(axis=2), known.sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def sight(known: Taught, cleaned: Cleaned, horizon: int, *, when: Dates, calendar: Calendar | None) -> Sight:
    """Prepare what the trees may look at."""
    periods = cleaned.units.shape[1]
    series = np.full((len(known.series), periods), np.nan, np.float32)
    width = min(periods, known.series.shape[1])
    series[:, :width] = known.series[:, :width]
    month, day = when.parts(periods + horizon)
    return look(
        (cleaned.units / cleaned.grain[:, None]).astype(np.float32),
        factors(cleaned.units, known.seasons, horizon, when.freq, yearly=False),
        freq=when.freq,
        pool=(series, np.minimum(cleaned.group, len(series) - 2)),
        prior=known.prior_of(cleaned.group),
        extra=(cleaned.promo, cleaned.price, month, day, event_features(calendar, when.start, when.freq, len(month))),
    )


def group_series(units: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Average the products' demand relative to their own mean, by group and over all: float32 (groups + 1, T).

    A product weighs the root of its mean; NaN where none is known.
    """
    mean = mean_level(units)
    weight = np.sqrt(mean) * (mean > 0)
    known = ~np.isnan(units)
    part = np.where(known, units, 0) * (weight / np.maximum(mean, 1e-9))[:, None]
    total, count = np.zeros((groups + 1, units.shape[1])), np.zeros((groups + 1, units.shape[1]))
    np.add.at(total, group, part)
    np.add.at(count, group, known * weight[:, None])
    total[-1], count[-1] = part.sum(axis=0), (known * weight[:, None]).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1e-9), np.nan).astype(np.float32)


def _learned(model: GlobalModel, taught: Cleaned, origins: Sequence[int], when: Dates) -> GlobalModel:
    """Add what the backtest tells: which models win, how far errors stray, how they hang together."""
    teachers = np.ones(len(taught.keys), np.bool_)
    past = means_at(model, taught, origins, model.early, when=when)
    actual = actuals(taught.proof, origins, model.horizon) / taught.grain[:, None, None]
    trials = {name: Trial(mean, actual) for name, mean in past.items()}
    phi = np.stack([pooled_phi(trial, teachers) for trial in trials.values()])
    loss = {name: losses(trial, phi[m]) for m, (name, trial) in enumerate(trials.items())}
    names, table = relative(loss)
    level, strong = likeness(taught, model.freq)
    kinds = by_kind(table, level, strong)
    gap = classify(taught.units)[1]
    score = scores(table, kinds.of(level, strong), (~np.isnan(actual)).sum(axis=(1, 2)).astype(np.float64), gap)
    share = shipped(weights(score, sensible(names, gap)), names)
    never = unsold(taught.units, origins)
    said = combined(past, share)
    late = awaited(Trial(said, actual), never)
    trial = Trial(raised(said, never, late), actual)
    final = pooled_phi(trial, teachers)
    _, _, total, count = trial.sums()
    spread = np.where(never[:, -1:].any(axis=1), late.phi, own_phi(trial, final))
    chances = error_chances(unshocked(trial, spread), spread, taught.keys)
    bank = build_bank(chances, total / np.maximum(count, 1), taught.keys)
    return replace(model, names=names, kinds=kinds, phi=phi, final=final, bank=bank, unsold=late)


def likeness(cleaned: Cleaned, freq: Freq) -> tuple[Doubles, Doubles]:
    """Return what tells products of like kind: counts per period, and the strength of the year, float64 (n,) each."""
    return mean_level(cleaned.units) / cleaned.grain, strength(cleaned.units, freq)


def means_at(
    model: GlobalModel,
    cleaned: Cleaned,
    origins: Sequence[int],
    known: Taught,
    *,
    when: Dates,
    wanted: Sequence[str] = (),
) -> dict[str, Floats]:
    """Forecast by every model from some origins with what was pooled before them, in counts: name -> (n, K, H).

    wanted: the models asked for, in the order of the answer, () = all.
    """
    grain = cleaned.grain[:, None, None]
    shared = known.shape_of(cleaned.group, cleaned.units.shape[1] + model.horizon)
    means = local_means(
        cleaned.units,
        origins,
        model.horizon,
        seasons=(known.seasons, shared),
        freq=model.freq,
        wanted=(*wanted, *MIXED) if wanted else (),
    )
    out = {name: np.asarray(mean / grain, np.float32) for name, mean in means.items()}
    out["mixture"] = mixture(out)
    if known.trees is not None:
        view = sight(known, cleaned, model.horizon, when=when, calendar=model.calendar)
        out["global"] = boosted(known.trees, view, tuple(origins), model.horizon)
        out["blend"] = np.asarray((out["global"] + out["mixture"]) / 2, np.float32)
    counts = (cleaned.units / cleaned.grain[:, None]).astype(np.float32)
    out["prior"] = shrunk_mean(counts, origins, model.horizon, prior=known.prior_of(cleaned.group))
    return {name: out[name] for name in wanted or model.names or out}


def _priors(levels: Doubles, group: NDArray[np.int64], groups: int) -> Doubles:
    """Fit a Gamma distribution to the mean demand of each group's products, of all where a group has fewer than
    five."""
    out = np.tile(_gamma(levels), (groups, 1))
    for g in range(groups):
        own = levels[group == g]
        if (own > 0).sum() >= LIKE:
            out[g] = _gamma(own)
    return out


def _gamma(levels: Doubles) -> tuple[float, float]:
    """Fit by moments, weighing no more than four periods: a = mean·b, b = mean / variance."""
    levels = levels[levels > 0]
    if len(levels) == 0:
        return 0.1, 1.0
    mean, variance = float(levels.mean()), float(levels.var()) + 1e-9
    b = max(min(mean / variance, 4.0), 0.05 / mean)
    return mean * b, b
