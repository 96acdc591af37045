"""Which models compete, and the words for them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from forecasting.engine.periods import SEASON
from forecasting.engine.seasons import Pool, factors
from forecasting.engine.types import Floats, Freq
from forecasting.engine.zoo.intermittent import adida, croston_sba, tsb
from forecasting.engine.zoo.means import moving_average, moving_averages, seasonal_naive
from forecasting.engine.zoo.smoothing import exponential_smoothing, smoothed_and_trends

Models = Callable[[Floats, Sequence[int], int], tuple[Floats, ...]]

SHORT: dict[Freq, int] = {"D": 28, "W": 8, "M": 4}
LONG: dict[Freq, int] = {"D": 91, "W": 26, "M": 12}
BUCKET: dict[Freq, int] = {"D": 7, "W": 4, "M": 3}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Models that share their work, and the seasons taken out before them and put back after: "none", "week", "year" or
    "shared"."""

    names: tuple[str, ...]
    season: str
    run: Models


def local_candidates(freq: Freq, pool: Pool, *, shared: bool) -> list[Candidate]:
    """List the models that look at one product alone; those with a yearly season only when the pool knows one.

    shared: the year and the feasts of the product's group, found by Prophet, are known too.
    """
    short, long_ = SHORT[freq], LONG[freq]
    found = [
        _alone("seasonal_naive", "none", partial(seasonal_naive, season=SEASON[freq])),
        _alone("naive", "none", partial(exponential_smoothing, alphas=(1.0,))),
        Candidate(("short_average", "long_average"), "week", partial(moving_averages, windows=(short, long_))),
        Candidate(("smoothing", "theta", "trend"), "week", smoothed_and_trends),
        _alone("croston_sba", "week", croston_sba),
        _alone("tsb", "week", tsb),
        _alone("adida", "week", partial(adida, bucket=BUCKET[freq])),
    ]
    if pool.yearly is not None:
        found += [
            _alone("yearly_average", "year", partial(moving_average, window=short)),
            _alone("yearly_smoothing", "year", exponential_smoothing),
        ]
    if shared:
        found.append(_alone("shared_year", "shared", partial(moving_average, window=short)))
    return found


def _alone(name: str, season: str, run: Callable[[Floats, Sequence[int], int], Floats]) -> Candidate:
    return Candidate((name,), season, lambda *known: (run(*known),))


def local_means(
    units: Floats,
    origins: Sequence[int],
    horizon: int,
    *,
    seasons: tuple[Pool, Floats | None],
    freq: Freq,
    wanted: Collection[str] = (),
) -> dict[str, Floats]:
    """Run local candidates: name -> float32 (n, K, H); seasons are those known at the pool's cut.

    seasons: the pool's, and the shape of the year that the product's group hands down, float32 (n, T + horizon), None
    where there is none. wanted: candidates that must be among the answers, () = all.
    """
    pool, shared = seasons
    week = factors(units, pool, horizon, freq, yearly=False)
    season = {
        "none": None,
        "week": week,
        "year": None if pool.yearly is None else factors(units, pool, horizon, freq, yearly=True),
        "shared": None if shared is None else week * shared,
    }
    ahead = np.asarray(origins, np.int64)[:, None] + np.arange(horizon)
    flat = {name: units if f is None else units / f[:, : units.shape[1]] for name, f in season.items()}
    out = {}
    for candidate in local_candidates(freq, pool, shared=shared is not None):
        if wanted and not set(candidate.names) & set(wanted):
            continue
        factor = season[candidate.season]
        for name, mean in zip(candidate.names, candidate.run(flat[candidate.season], origins, horizon), strict=True):
            out[name] = mean if factor is None else np.asarray(mean * factor[:, ahead], np.float32)
    return out


MIXED = ("short_average", "long_average", "smoothing", "tsb", "adida", "yearly_average")


def mixture(means: dict[str, Floats]) -> Floats:
    """Average the simple models that do well together: float32 (n, K, H)."""
    parts = [means[name] for name in MIXED if name in means]
    return np.asarray(sum(parts[1:], parts[0]) / np.float32(len(parts)), np.float32)
