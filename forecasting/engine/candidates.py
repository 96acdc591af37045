"""Which models compete, and the words for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from forecasting.engine.periods import SEASON
from forecasting.engine.seasons import Pool, factors
from forecasting.engine.types import Floats, Freq
from forecasting.engine.zoo.intermittent import adida, croston_sba, tsb
from forecasting.engine.zoo.means import moving_average, seasonal_naive
from forecasting.engine.zoo.smoothing import exponential_smoothing, theta

Model = Callable[[Floats, Sequence[int], int], Floats]

SHORT: dict[Freq, int] = {"D": 28, "W": 8, "M": 4}
LONG: dict[Freq, int] = {"D": 91, "W": 26, "M": 12}
BUCKET: dict[Freq, int] = {"D": 7, "W": 4, "M": 3}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model and the seasons taken out before it and put back after: "none", "week", "year" or "shared"."""

    name: str
    season: str
    run: Model


def local_candidates(freq: Freq, pool: Pool, *, shared: bool) -> list[Candidate]:
    """List the models that look at one product alone; those with a yearly season only when the pool knows one.

    shared: the year and the feasts of the product's group, found by Prophet, are known too.
    """
    short, long_ = SHORT[freq], LONG[freq]
    found = [
        Candidate("seasonal_naive", "none", partial(seasonal_naive, season=SEASON[freq])),
        Candidate("naive", "none", partial(exponential_smoothing, alphas=(1.0,))),
        Candidate("short_average", "week", partial(moving_average, window=short)),
        Candidate("long_average", "week", partial(moving_average, window=long_)),
        Candidate("smoothing", "week", exponential_smoothing),
        Candidate("theta", "week", theta),
        Candidate("trend", "week", partial(theta, part=1.0)),
        Candidate("croston_sba", "week", croston_sba),
        Candidate("tsb", "week", tsb),
        Candidate("adida", "week", partial(adida, bucket=BUCKET[freq])),
    ]
    if pool.yearly is not None:
        found += [
            Candidate("yearly_average", "year", partial(moving_average, window=short)),
            Candidate("yearly_smoothing", "year", exponential_smoothing),
        ]
    if shared:
        found.append(Candidate("shared_year", "shared", partial(moving_average, window=short)))
    return found


def local_means(
    units: Floats, origins: Sequence[int], horizon: int, *, pool: Pool, freq: Freq, shared: Floats | None = None
) -> dict[str, Floats]:
    """Run every local candidate: name -> float32 (n, K, H); seasons are those known at the pool's cut.

    shared: float32 (n, T + horizon), the shape of the year handed down by the product's group.
    """
    week = factors(units, pool, horizon, freq, yearly=False)
    season = {
        "none": None,
        "week": week,
        "year": None if pool.yearly is None else factors(units, pool, horizon, freq, yearly=True),
        "shared": None if shared is None else week * shared,
    }
    out = {}
    for candidate in local_candidates(freq, pool, shared=shared is not None):
        out[candidate.name] = _seasonal(candidate.run, units, season[candidate.season], origins, horizon)
    return out


def _seasonal(run: Model, units: Floats, factor: Floats | None, origins: Sequence[int], horizon: int) -> Floats:
    if factor is None:
        return run(units, origins, horizon)
    mean = run(units / factor[:, : units.shape[1]], origins, horizon)
    ahead = np.asarray(origins, np.int64)[:, None] + np.arange(horizon)
    return np.asarray(mean * factor[:, ahead], np.float32)


MIXED = ("short_average", "long_average", "smoothing", "tsb", "adida", "yearly_average")


def mixture(means: dict[str, Floats]) -> Floats:
    """Average the simple models that do well together: float32 (n, K, H)."""
    parts = [means[name] for name in MIXED if name in means]
    return np.asarray(sum(parts[1:], parts[0]) / np.float32(len(parts)), np.float32)
