"""Lets the arms of a replay live in one world, and judges them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from forecasting.engine.periods import PER_YEAR
from forecasting.engine.types import Freq
from forecasting.planning.past.baseline import FACTORS
from forecasting.planning.past.bootstrap import Difference, differences
from forecasting.planning.past.evidence import Priced, Prices, Record, cut, fares, priced, summary
from forecasting.planning.past.history import as_lived
from forecasting.planning.past.notes import notes
from forecasting.planning.past.results import Arm, Comparison, Replay
from forecasting.planning.past.scene import Scene
from forecasting.planning.past.service import MEASURES, Equal, Tried, curve, equal_service, searched
from forecasting.planning.past.world import Life, Rule, World, live
from forecasting.planning.types import Floats, Ints

SAMPLE = 300  # products on which exchange curves are lived

Progress = Callable[[int, int], None]


@runtime_checkable
class Scalable(Protocol):
    """A rule that can hold more or less of everything."""

    def scaled(self, factor: float) -> Rule:
        """Return the rule that holds so many times as much, or aims at so many times the odds."""
        ...


@dataclass(frozen=True, slots=True)
class Challenger:
    """An arm to compare with: its name, and how it orders; None = as the ledger tells."""

    name: str
    rule: Rule | None


@dataclass(slots=True)
class _Told:
    """Counts the periods lived by all arms together; a search may end early, so the total is a bound."""

    report: Progress | None
    total: int
    done: int = 0

    def __call__(self, _done: int, _total: int) -> None:
        self.done += 1
        if self.report:
            self.report(min(self.done, self.total), self.total)


@dataclass(frozen=True, slots=True)
class Court:
    """The scene that all rules meet in, and how they are judged."""

    stage: Scene
    lagom: Rule
    challengers: tuple[Challenger, ...]
    prices: Prices
    freq: Freq
    seed: int

    def judged(self, ids: tuple[str, ...], on_progress: Progress | None = None) -> Replay:
        """Let all arms live and tell what the differences are."""
        stage, world = self.stage, self.stage.world
        rows = np.flatnonzero(world.known)
        told = _Told(on_progress, len(stage.openings) * (7 if isinstance(self.lagom, Scalable) else 1))
        mine = live(world, self.lagom, stage.ahead, on_progress=told)
        lives = [self._life(challenger, world) for challenger in self.challengers]
        some = self._some(rows)
        tried = self._tried(mine, lives, some, told)
        read = self._other_readings(some)
        found = tuple(
            self._comparison(challenger, mine, life, _Sample(some, tried, read))
            for challenger, life in zip(self.challengers, lives, strict=True)
        )
        return Replay(
            ids=ids,
            freq=self.freq,
            openings=stage.openings,
            counted_from=stage.openings[stage.warm_up],
            warm_up=stage.warm_up,
            demand=world.demand,
            lagom=self._arm(mine, rows),
            comparisons=found,
            curve=curve(tried),
            sampled=some.size,
            censored=float(stage.truth.censored[rows, stage.warm_up :].mean()) if rows.size else 0.0,
            notes=notes(stage, found[0].name, self.challengers[-1].rule, self._costed(mine, rows)),
        )

    def _life(self, challenger: Challenger, world: World) -> Life:
        if challenger.rule is None and self.stage.did is not None:
            return as_lived(self.stage.did, self.stage.truth.sales, world.demand)
        if challenger.rule is None:
            raise ValueError("without a ledger nobody knows what the tenant did")
        return live(world, challenger.rule, self.stage.ahead)

    def _rows(self, challenger: Challenger) -> Ints:
        known = self.stage.world.known
        if challenger.rule is None and self.stage.did is not None:
            known = known & self.stage.did.usable
        return np.flatnonzero(known)

    def _some(self, rows: Ints) -> Ints:
        """Draw the products on which curves are lived: all, or a sample."""
        if rows.size <= SAMPLE:
            return rows
        return np.sort(np.random.default_rng([self.seed, 75]).choice(rows, SAMPLE, replace=False))

    def _record(self, life: Life, rows: Ints, demand: Floats | None = None) -> Record:
        since = self.stage.warm_up
        met = (self.stage.world.demand if demand is None else demand)[:, since:]
        return Record(cut(life, since), met, self.prices, self.freq, PER_YEAR[self.freq]).rows(rows)

    def _costed(self, mine: Life, rows: Ints) -> Priced:
        record = self._record(mine, rows)
        return priced(record, record.prices.holding + record.prices.shortage)

    def _arm(self, life: Life, rows: Ints) -> Arm:
        left = np.maximum(life.stock[rows, -1], 0) + life.coming[rows]
        worth = left * self.prices.unit[rows]
        value = float(np.nansum(worth)) if np.isfinite(worth).any() else float("nan")
        return Arm(life, summary(self._record(life, rows)), (float(left.sum()), value))

    def _tried(self, mine: Life, lives: list[Life], some: Ints, told: _Told) -> Tried:
        """Live Lagom's curve on the sample, wide enough for every other arm's service."""
        lagom, stage, world = self.lagom, self.stage, self._part(self.stage.world, some)
        if not isinstance(lagom, Scalable):
            return [(1.0, self._record(mine, some))]

        def lived(factor: float) -> Record:
            life = live(world, lagom.scaled(factor), stage.ahead, on_progress=told) if factor != 1.0 else mine
            return self._record(life, some)

        return searched(lived, [self._record(life, some) for life in lives])

    def _part(self, world: World, some: Ints) -> World:
        known = np.zeros_like(world.known)
        known[some] = True
        return replace(world, known=known)

    def _other_readings(self, some: Ints) -> dict[str, tuple[World, Life]]:
        """Let Lagom live with the other readings of demand where stock was out, if there was any such period."""
        stage = self.stage
        if not stage.truth.censored[some].any():
            return {}
        found = {}
        for name, demand in (("sales", stage.truth.sales), ("mean", stage.truth.mean)):
            world = self._part(replace(stage.world, demand=demand), some)
            found[name] = (world, live(world, self.lagom, stage.ahead))
        return found

    def _comparison(self, challenger: Challenger, mine: Life, other: Life, sample: "_Sample") -> Comparison:
        rows = self._rows(challenger)
        both = np.flatnonzero(np.isin(sample.rows, rows))
        a, b = self._record(mine, rows), self._record(other, rows)
        theirs = self._others(challenger.rule, other, sample.rows)
        return Comparison(
            name=challenger.name,
            rows=rows,
            arm=self._arm(other, rows),
            lagom=self._arm(mine, rows),
            differences=differences(a, b, self.seed),
            readings={name: self._read(challenger, sample.rows[both], *found) for name, found in sample.read.items()},
            fares=fares(a, b),
            equal=self._equal(_rows(sample.tried, both), _rows(theirs, both)) if both.size else (),
            curve=curve(theirs) if len(theirs) > 1 else (),
            priced={"unit_cost": priced(b, b.prices.unit), "margin": priced(b, b.prices.shortage)},
        )

    def _read(self, challenger: Challenger, rows: Ints, world: World, mine: Life) -> tuple[Difference, ...]:
        other = self._life(challenger, world)
        ours, theirs = (self._record(life, rows, world.demand) for life in (mine, other))
        return differences(ours, theirs, self.seed)

    def _equal(self, mine: Tried, theirs: Tried) -> tuple[Equal, ...]:
        if len(mine) < 2 and len(theirs) < 2:
            return ()
        return tuple(equal_service(mine, theirs, measure, self.seed) for measure in MEASURES)

    def _others(self, rule: Rule | None, life: Life, some: Ints) -> Tried:
        """Live the other rule's curve on the sample; what was really done is a single point."""
        found = [(1.0, self._record(life, some))]
        if rule is not None and isinstance(rule, Scalable):
            world = self._part(self.stage.world, some)
            lives = [(f, live(world, rule.scaled(f), self.stage.ahead)) for f in FACTORS]
            found += [(factor, self._record(other, some)) for factor, other in lives]
        return sorted(found, key=lambda pair: pair[0])


@dataclass(frozen=True, slots=True)
class _Sample:
    """Products on which curves and other readings are lived, Lagom's curve, and its life under each reading."""

    rows: Ints
    tried: Tried
    read: dict[str, tuple[World, Life]]


def _rows(tried: Tried, rows: Ints) -> Tried:
    return [(factor, record.rows(rows)) for factor, record in tried]
