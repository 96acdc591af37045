"""The forecast of a panel: test the models on the past, choose, spread, explain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.calendars import open_share
from forecasting.engine.clean import Cleaned, clean, without_closures
from forecasting.engine.effects import announced, checked, rows_of
from forecasting.engine.feasts import put_back, taken_out
from forecasting.engine.knowledge import groups_of
from forecasting.engine.launch import OLD, last_price, prior_of_kin, still_growing, young_mean
from forecasting.engine.paths import Outlook
from forecasting.engine.periods import Dates, after
from forecasting.engine.pooled import GlobalModel, fit
from forecasting.engine.reasons import Evidence, reason
from forecasting.engine.recovery import recovered
from forecasting.engine.refusals import Facts, refusals
from forecasting.engine.remembered import Verdict
from forecasting.engine.selection import combined
from forecasting.engine.spread import phi_at
from forecasting.engine.successors import Family, explained, family_of, inherit, split
from forecasting.engine.types import LEVELS, Ahead, Calendar, DemandPanel, Floats, Forecast, Freq
from forecasting.engine.unsold import raised, unsold
from forecasting.engine.verdicts import FEW, PURE, judge, recalled, remember, today
from forecasting.words import Said

CHUNK = 1000  # products computed at once
DOUBT = 2.0  # how much wider the spread of such a product is
BELIEF = 3.0  # times the largest period ever seen that no quantile goes above

Doubles = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some products, and what is known of them beside their history.

    cleaned: with what was inherited; own: int (n,), known periods without that; groups: int (n, g); ahead: (n, H);
    remembered: int64 (n,), row of what the model remembers, -1 = nothing.
    """

    cleaned: Cleaned
    own: NDArray[np.int64]
    groups: NDArray[np.int64]
    ahead: Ahead
    remembered: NDArray[np.int64]

    def take(self, rows: slice | NDArray[np.int64]) -> "Chunk":
        """Take some products."""
        known = self.cleaned.take(rows), self.own[rows], self.groups[rows], rows_of(self.ahead, rows)
        return Chunk(*known, self.remembered[rows])


@dataclass(frozen=True, slots=True)
class Part:
    """The forecast of one chunk of products; means and grain as in Outlook."""

    mean: Floats
    phi: Doubles
    ceiling: Floats
    model: tuple[str, ...]
    reason: tuple[Said, ...]
    told: tuple[str, ...]
    verdict: Verdict


def forecast(  # noqa: PLR0913 (the contract's six, the fitted model, and what is announced)
    panel: DemandPanel,
    horizon: int,
    *,
    levels: Sequence[float] = LEVELS,
    calendar: Calendar | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
    fitted: GlobalModel | None = None,
    ahead: Ahead | None = None,
) -> Forecast:
    """Forecast every product of a panel over the next `horizon` periods.

    levels: the quantiles wanted, ascending in (0, 1). fitted: what `fit` learned from the whole organisation; with it,
    a product's forecast depends on no other row of the panel but that of the product it replaces, so that chunks may be
    computed anywhere; what it remembers is not tested again. ahead: what is announced.
    on_progress(done, total) counts products.

    Raises ValueError for a horizon below 1, levels out of order, a fitted model of another frequency or horizon,
    announcements of another shape, a replaced row that is none, or a model that knows more than the panel.
    """
    _check(horizon, levels, panel, fitted)
    model = fitted or fit(panel, horizon, calendar=calendar, seed=seed)
    panel = without_closures(panel, model.calendar)
    alone = clean(panel)
    family = family_of(alone, panel.replaces)
    ahead = checked(ahead, len(panel.ids), horizon)
    n, periods = panel.units.shape
    feast = model.knowledge.feasts.factor(model.calendar, panel.start, panel.freq, periods + horizon)
    plain = taken_out(inherit(alone, family, panel.freq), feast[:, :periods])
    whole = Chunk(plain, family.own, groups_of(panel), ahead, recalled(panel, plain, model))
    parts = _parts(whole, n, model, Dates(panel.start, panel.freq), on_progress)
    begins = after(panel.start, panel.freq, periods)
    outlook = _outlook(panel, parts, whole.cleaned, model, open_share(model.calendar, begins, panel.freq, horizon))
    outlook = replace(outlook, mean=put_back(outlook.mean, plain.group, feast[:, periods:]))
    outlook = _handed_over(outlook, alone, family, panel.freq)
    told = [name for part in parts for name in part.told]
    verdict = Verdict.joined([part.verdict for part in parts])
    held = np.where((outlook.mean > outlook.ceiling[:, None]).any(axis=1), outlook.ceiling, np.nan)
    outlook = _as_people_say(outlook, ahead)
    return Forecast(
        ids=panel.ids,
        start=begins,
        freq=panel.freq,
        levels=tuple(levels),
        quantiles=outlook.quantiles(np.asarray(levels, np.float64)),
        mean=np.asarray(outlook.mean, np.float32),
        model=tuple(name for part in parts for name in part.model),
        reason=explained(panel.ids, family, [said for part in parts for said in part.reason]),
        scores=verdict.scores,
        draw=outlook,
        refusals=_refused(alone, whole.cleaned, family, held, told),
        recovered=recovered(panel, model.knowledge.company, alone.inferred),
        inferred=alone.inferred,
        backtest=verdict.backtest,
        remembered=None if (whole.remembered >= 0).any() else remember(panel, plain, verdict),
    )


def _parts(whole: Chunk, n: int, model: GlobalModel, when: Dates, on_progress: Progress | None) -> list[Part]:
    parts = []
    for start in range(0, n, CHUNK):
        rows = slice(start, min(start + CHUNK, n))
        parts.append(_part(whole.take(rows), model, when))
        if on_progress is not None:
            on_progress(rows.stop, n)
    return parts


def _check(horizon: int, levels: Sequence[float], panel: DemandPanel, fitted: GlobalModel | None) -> None:
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1, not {horizon}")
    if not levels or list(levels) != sorted(set(levels)) or levels[0] <= 0 or levels[-1] >= 1:
        raise ValueError(f"levels must ascend between 0 and 1, not {tuple(levels)}")
    if fitted is not None and (fitted.freq, fitted.horizon) != (panel.freq, horizon):
        raise ValueError(f"the model was fitted for {fitted.freq} and {fitted.horizon} periods")
    if fitted is not None and fitted.late.seasons.cut > panel.units.shape[1]:
        raise ValueError(f"the model knows {fitted.late.seasons.cut} periods, the panel {panel.units.shape[1]}")


def _part(chunk: Chunk, model: GlobalModel, when: Dates) -> Part:
    cleaned = chunk.cleaned
    verdict, mean = _judged(chunk, model, when)
    mean = raised(mean[:, None], unsold(cleaned.units, [cleaned.units.shape[1]]), model.unsold)[:, 0]
    known = (~np.isnan(cleaned.units)).sum(axis=1)
    mean = _with_growth(mean, chunk, known, model)
    told = announced(cleaned, chunk.ahead, model.knowledge.effects, model.horizon, model.freq)
    mean = np.asarray(mean * told.factor, np.float32)
    wide = DOUBT * np.maximum(phi_at(model.final, mean.mean(axis=1, dtype=np.float64)), verdict.phi)
    names = tuple(model.names[c] for c in verdict.share.argmax(axis=0))
    return Part(
        mean=(mean * cleaned.grain[:, None]).astype(np.float32),
        phi=np.where(chunk.own < FEW, wide, verdict.phi),
        ceiling=_ceiling(cleaned, mean, known),
        model=names,
        reason=_reasons(verdict, cleaned, known, names, model.freq),
        told=told.words(),
        verdict=verdict,
    )


def _judged(chunk: Chunk, model: GlobalModel, when: Dates) -> tuple[Verdict, Floats]:
    """Return verdicts, remembered where that may be, and today's mean by the shares they give: (n, H) in counts."""
    old, memory = chunk.remembered >= 0, model.remembered
    if memory is None or not old.any():
        now = today(chunk.cleaned, model, when)
        verdict = judge(chunk.cleaned, now, model, when)
        return verdict, combined(now, verdict.share)
    kept, rest = np.flatnonzero(old), np.flatnonzero(~old)
    verdict = memory.verdict.take(chunk.remembered[kept])
    used = np.flatnonzero(verdict.share.any(axis=1) | (not verdict.share.any()))
    now = today(chunk.cleaned.take(kept), model, when, [model.names[m] for m in used.tolist()])
    mean = combined(now, verdict.share[used])
    if not len(rest):
        return verdict, mean
    fresh, more = _judged(chunk.take(rest), model, when)
    back = np.concatenate([kept, rest]).argsort()
    return Verdict.joined([verdict, fresh]).take(back), np.concatenate([mean, more])[back]


def _reasons(
    verdict: Verdict, cleaned: Cleaned, known: NDArray[np.int64], names: tuple[str, ...], freq: Freq
) -> tuple[Said, ...]:
    """Say why each product got its model; known (n,): periods. Lists, as they are read one by one."""
    young, mixed = known < FEW, verdict.share.max(axis=0, initial=0) < PURE
    facts = (verdict.kind, verdict.gap, known, young, cleaned.refused, verdict.loss, verdict.naive, mixed)
    told = zip(names, *(fact.tolist() for fact in facts), strict=True)
    return tuple(reason(freq, Evidence(*each)) for each in told)


def _with_growth(mean: Floats, chunk: Chunk, known: NDArray[np.int64], model: GlobalModel) -> Floats:
    """Put the growth after a launch on means in counts (n, H); a product with too little past is one of its kind."""
    cleaned, launches = chunk.cleaned, model.knowledge.launches
    periods = cleaned.units.shape[1]
    out = mean * still_growing(cleaned.first, periods, model.horizon, launches, model.freq)
    prior, price = model.late.prior_of(cleaned.group), last_price(cleaned)
    for i in np.flatnonzero(known < FEW):
        kin = prior_of_kin(launches, float(price[i]), chunk.groups[i], (float(prior[0][i]), float(prior[1][i])))
        counts = (cleaned.units[i] / cleaned.grain[i]).astype(np.float32)
        first = int(cleaned.first[i]) if cleaned.first[i] >= OLD[model.freq] else -len(launches.curve)
        out[i] = young_mean(counts, first, model.horizon, kin, launches)
    return np.asarray(out, np.float32)


def _ceiling(cleaned: Cleaned, mean: Floats, known: NDArray[np.int64]) -> Floats:
    """Bound belief in units: three times the largest period seen; twenty times its mean, if more, for a new product and
    for one that never sold: what was never asked for may be asked for yet, as it was of others.
    """
    largest = np.nan_to_num(np.nanmax(np.where(np.isnan(cleaned.sold), 0, cleaned.sold), axis=1, initial=0))
    likely = np.where((known < FEW) | (largest == 0), 20 * mean.mean(axis=1) * cleaned.grain, 0)
    return np.asarray(np.maximum(BELIEF * largest, likely), np.float32)


def _outlook(panel: DemandPanel, parts: list[Part], cleaned: Cleaned, model: GlobalModel, share: Floats) -> Outlook:
    empty = np.empty((0, model.horizon), np.float32)
    return Outlook(
        ids=panel.ids,
        mean=np.concatenate([part.mean for part in parts]) * share if parts else empty,
        phi=np.concatenate([part.phi for part in parts]) if parts else np.empty(0),
        grain=cleaned.grain,
        ceiling=np.concatenate([part.ceiling for part in parts]) if parts else np.empty(0, np.float32),
        bank=model.bank,
    )


def _handed_over(outlook: Outlook, alone: Cleaned, family: Family, freq: Freq) -> Outlook:
    """Share what families sell among predecessors and successors, and bring means under the ceilings."""
    mean = split(outlook.mean, alone, family, freq) if (family.parent >= 0).any() else outlook.mean
    return replace(outlook, mean=mean)


def _as_people_say(outlook: Outlook, ahead: Ahead) -> Outlook:
    """Put people's own factors on means; what a person says may go above what the past justifies."""
    mean = np.minimum(outlook.mean, outlook.ceiling[:, None])
    if ahead.factor is None:
        return replace(outlook, mean=mean)
    factor = np.where(np.isnan(ahead.factor), 1, ahead.factor).astype(np.float32)
    raised = outlook.ceiling * np.maximum(factor.max(axis=1, initial=1), 1)
    return replace(outlook, mean=mean * factor, ceiling=raised)


def _refused(
    alone: Cleaned, whole: Cleaned, family: Family, held: NDArray[np.floating], told: Sequence[str]
) -> tuple[tuple[Said, ...], ...]:
    """Tell what was refused of each product, its family's demand in whole; held (n,): its bound, NaN = never met."""
    known = (~np.isnan(whole.units)).sum(axis=1)
    sold = np.asarray((whole.units > 0).any(axis=1))
    few = np.full(len(known), FEW)
    values: tuple[NDArray[Any], ...] = (
        family.own,
        known,
        few,
        sold,
        alone.refused,
        alone.poisoned,
        alone.inferred.sum(axis=1),
    )
    bound = [None if np.isnan(most) else most for most in held.tolist()]
    lists: list[Sequence[Any]] = [value.tolist() for value in values]
    lists += [bound, told, family.refused.tolist()]
    facts = zip(*lists, strict=True)
    return tuple(refusals(Facts(*each)) for each in facts)
