"""Differences of two arms with a 90 % interval, and a verdict that may be "cannot tell".

Intervals come from a bootstrap over blocks of periods times products (Kuensch 1989), the same draws for both arms.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.past.evidence import Figure, Record, at_close, by_week, figures
from forecasting.planning.types import Floats

DRAWS = 500
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """Lagom less the other arm: value, 90 % interval, share of the other's figure with its interval, and a verdict.

    verdict: higher, lower, cannot tell, or no difference. better: yes, no, cannot tell, or "" where neither is better.
    """

    name: str
    unit: str
    baseline: float
    lagom: float
    value: float
    low: float
    high: float
    relative: float
    relative_low: float
    relative_high: float
    verdict: str
    better: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """How often each product and each period counts in every draw: products (DRAWS, n), periods (DRAWS, T)."""

    products: Floats
    periods: Floats

    def drawn(self, figure: Figure) -> Floats:
        """Work out a figure in every draw, (DRAWS,); NaN where there is nothing to divide by."""
        top = ((self.products @ figure.top) * self.periods).sum(axis=1)
        bottom = ((self.products @ figure.bottom) * self.periods).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(bottom > 0, top / bottom * figure.scale, np.nan))

    def variance(self, values: Floats) -> Floats:
        """Variance over periods, summed over products, in every draw, (DRAWS,); values (n, T)."""
        share = self.periods / self.periods.sum(axis=1, keepdims=True)
        mean, square = values @ share.T, values**2 @ share.T
        return np.asarray((self.products.T * (square - mean**2)).sum(axis=0))


def weights(n: int, total: int, seed: int) -> Weights:
    """Draw products one by one and periods in circular blocks of about sqrt(T), at least 4."""
    rng = np.random.default_rng([seed, 73])
    products = rng.multinomial(n, np.full(n, 1 / n), DRAWS).astype(np.float64)
    length = min(max(4, round(total**0.5)), total)
    starts = rng.integers(0, total, (DRAWS, -(-total // length)))
    at = ((starts[:, :, None] + np.arange(length)) % total).reshape(DRAWS, -1)[:, :total]
    periods = np.zeros((DRAWS, total))
    np.add.at(periods, (np.repeat(np.arange(DRAWS), at.shape[1]), at.ravel()), 1.0)
    return Weights(products, periods)


def differences(lagom: Record, other: Record, seed: int) -> tuple[Difference, ...]:
    """Compare two arms figure by figure with the same resampled products and blocks of periods."""
    n, total = lagom.demand.shape
    drawn = weights(n, total, seed)
    found = [
        difference(mine, (drawn.drawn(mine), drawn.drawn(theirs)), (mine.value(), theirs.value()))
        for mine, theirs in zip(figures(lagom), figures(other), strict=True)
    ]
    return (*found, *_swings(lagom, other, seed))


def difference(figure: Figure, drawn: tuple[Floats, Floats], values: tuple[float, float]) -> Difference:
    """Tell the difference of one figure, drawn: (DRAWS,) of Lagom and of the other arm."""
    mine, theirs = values
    gap = drawn[0] - drawn[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(drawn[1] != 0, gap / np.abs(drawn[1]), np.nan)
    low, high = interval(gap)
    said = verdict(low, high)
    return Difference(
        name=figure.name,
        unit=figure.unit,
        baseline=theirs,
        lagom=mine,
        value=mine - theirs,
        low=low,
        high=high,
        relative=(mine - theirs) / abs(theirs) if theirs else float("nan"),
        relative_low=interval(share)[0],
        relative_high=interval(share)[1],
        verdict=said,
        better=_better(said, figure.good),
    )


def interval(drawn: Floats) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles of the draws that mean something; NaN when one in ten does not."""
    finite = drawn[np.isfinite(drawn)]
    if finite.size < 0.9 * drawn.size:
        return float("nan"), float("nan")
    return float(np.quantile(finite, LOW)), float(np.quantile(finite, HIGH))


def verdict(low: float, high: float) -> str:
    """Say what an interval of a difference allows to say."""
    if low == high == 0:
        return "no difference"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "cannot tell"


def _better(said: str, good: int) -> str:
    if not good or said in ("cannot tell", "no difference"):
        return said if good else ""
    return "yes" if (said == "higher") == (good > 0) else "no"


def _swings(lagom: Record, other: Record, seed: int) -> list[Difference]:
    """Compare how orders and stock swing, weekly: Var(orders) / Var(demand), and Var(stock) / Var(demand)."""
    demand = by_week(lagom.demand, lagom.freq)
    if demand.shape[1] < 2:
        return []
    whole = Weights(np.ones((1, len(demand))), np.ones((1, demand.shape[1])))
    drawn = weights(len(demand), demand.shape[1], seed)
    found = []
    for name, arms in (
        ("bullwhip", [by_week(arm.life.ordered, arm.freq) for arm in (lagom, other)]),
        ("stock_swing", [at_close(arm.life.stock, arm.freq) for arm in (lagom, other)]),
    ):
        base = Figure(name, "ratio", demand, demand, good=-1)
        many = tuple(_over(drawn.variance(arm), drawn.variance(demand)) for arm in arms)
        once = tuple(float(_over(whole.variance(arm), whole.variance(demand))[0]) for arm in arms)
        found.append(difference(base, (many[0], many[1]), (once[0], once[1])))
    return found


def _over(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom > 1e-12, top / bottom, np.nan))
