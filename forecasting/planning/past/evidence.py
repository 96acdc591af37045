"""What a replay shows: figures of each arm, differences with a 90 % interval, and a verdict that may be "cannot tell".

Intervals come from a bootstrap over blocks of periods times products (Kuensch 1989), the same draws for both arms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.planning.past.scene import Scene
from forecasting.planning.past.world import Life
from forecasting.planning.types import Floats

DRAWS = 500
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Prices:
    """Money of n products, float64 (n,): per unit and period held, per unit lost, per order line, per unit at cost.

    NaN = not known: the product then takes no part in that figure.
    """

    holding: Floats
    shortage: Floats
    line: Floats
    unit: Floats


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one arm as a ratio of sums over products and periods: top and bottom float64 (n, T)."""

    name: str
    unit: str
    top: Floats
    bottom: Floats
    scale: float = 1.0

    def value(self) -> float:
        """Work out the ratio; NaN when there is nothing to divide by."""
        bottom = float(self.bottom.sum())
        return float(self.top.sum()) / bottom * self.scale if bottom else float("nan")


@dataclass(frozen=True, slots=True)
class Difference:
    """Lagom less the other arm: value, 90 % interval, share of the other's figure, and what can be said of it."""

    name: str
    unit: str
    baseline: float
    lagom: float
    value: float
    low: float
    high: float
    relative: float
    verdict: str


def summary(life: Life, stage: Scene, prices: Prices, periods_per_year: float = 1.0) -> dict[str, float]:
    """Work out an arm's figures over the counted periods and the products that take part, by name."""
    return {figure.name: figure.value() for figure in counted(life, stage, prices, periods_per_year)}


def counted(life: Life, stage: Scene, prices: Prices, periods_per_year: float) -> list[Figure]:
    """List an arm's figures over the counted periods and the products that take part."""
    rows, since = stage.world.known, stage.warm_up

    def cut(values: Floats) -> Floats:
        return np.asarray(values[rows, since:])

    own = Life(
        stock=cut(life.stock),
        sold=cut(life.sold),
        lost=cut(life.lost),
        ordered=cut(life.ordered),
        arrived=cut(life.arrived),
        coming=life.coming[rows],
    )
    paid = Prices(prices.holding[rows], prices.shortage[rows], prices.line[rows], prices.unit[rows])
    return figures(own, cut(stage.world.demand), paid, periods_per_year)


def figures(life: Life, demand: Floats, prices: Prices, periods_per_year: float) -> list[Figure]:
    """List the figures of an arm over the counted periods; all arrays (n, T)."""
    held = np.maximum(life.stock, 0)
    waiting = np.maximum(-life.stock, 0)
    n, total = demand.shape
    each = np.full((n, total), 1.0 / n)
    lines = np.where(life.ordered > 0, 1.0, 0.0)
    missed = life.lost if not waiting.any() else waiting
    value = _money(held, prices.unit)
    cost = _money(held, prices.holding) + _money(missed, prices.shortage) + lines * prices.line[:, None]
    sold = _money(life.sold, prices.unit)
    return [
        Figure("stock_units", "units", held, each),
        Figure("stock_value", "money", value, each),
        Figure("fill", "share", demand - life.lost, demand),
        Figure("lost_units", "units per period", life.lost, each),
        Figure("order_lines", "per period", lines, each),
        Figure("ordered_units", "units per period", life.ordered, each),
        Figure("turns", "per year", sold, value, periods_per_year),
        Figure("holding_cost", "money per period", _money(held, prices.holding), each),
        Figure("shortage_cost", "money per period", _money(missed, prices.shortage), each),
        Figure("total_cost", "money per period", _known(cost, prices), each),
    ]


def _money(units: Floats, price: Floats) -> Floats:
    return np.asarray(units * np.nan_to_num(price)[:, None])


def _known(cost: Floats, prices: Prices) -> Floats:
    both = ~np.isnan(prices.holding) & ~np.isnan(prices.shortage)
    return np.asarray(cost * both[:, None])


def differences(lagom: list[Figure], other: list[Figure], seed: int) -> tuple[Difference, ...]:
    """Compare two arms figure by figure with the same resampled products and blocks of periods."""
    n, total = lagom[0].top.shape
    products, periods = _weights(n, total, seed)
    found = []
    for mine, theirs in zip(lagom, other, strict=True):
        drawn = _drawn(mine, products, periods) - _drawn(theirs, products, periods)
        drawn = drawn[np.isfinite(drawn)]
        value, before = mine.value() - theirs.value(), theirs.value()
        low, high = (float(np.quantile(drawn, q)) if drawn.size else float("nan") for q in (LOW, HIGH))
        relative = value / abs(before) if before else float("nan")
        verdict = _verdict(low, high)
        found.append(Difference(mine.name, mine.unit, before, mine.value(), value, low, high, relative, verdict))
    return tuple(found)


def _verdict(low: float, high: float) -> str:
    if low == high == 0:
        return "no difference"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "cannot tell"


def _weights(n: int, total: int, seed: int) -> tuple[Floats, Floats]:
    """Draw how often each product and each period counts, (DRAWS, n) and (DRAWS, T); periods in circular blocks."""
    rng = np.random.default_rng([seed, 73])
    products = rng.multinomial(n, np.full(n, 1 / n), DRAWS).astype(np.float64)
    length = min(max(4, round(total**0.5)), total)
    starts = rng.integers(0, total, (DRAWS, -(-total // length)))
    at = ((starts[:, :, None] + np.arange(length)) % total).reshape(DRAWS, -1)[:, :total]
    periods = np.zeros((DRAWS, total))
    np.add.at(periods, (np.repeat(np.arange(DRAWS), at.shape[1]), at.ravel()), 1.0)
    return products, periods


def _drawn(figure: Figure, products: Floats, periods: Floats) -> Floats:
    top = ((products @ figure.top) * periods).sum(axis=1)
    bottom = ((products @ figure.bottom) * periods).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom > 0, top / bottom * figure.scale, np.nan))


def bullwhip(orders: Floats, demand: Floats) -> tuple[float, float]:
    """Variance of orders over variance of demand, summed over products in the same periods; and as a CV^2 ratio."""
    ratio = _over(float(orders.var(axis=1).sum()), float(demand.var(axis=1).sum()))
    mean_orders, mean_demand = float(orders.mean(axis=1).sum()), float(demand.mean(axis=1).sum())
    return ratio, _over(ratio * mean_demand**2, mean_orders**2)


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else float("nan")


def worse_share(lagom: list[Figure], other: list[Figure], priced: bool) -> float:
    """Share of products that fare worse: they cost more, or without costs deliver less or hold more in vain."""
    mine, theirs = ({f.name: f.top.sum(axis=1) for f in arm} for arm in (lagom, other))
    if priced:
        return float((mine["total_cost"] > theirs["total_cost"] + 1e-9).mean())
    less = mine["fill"] < theirs["fill"] - 1e-9
    more = (mine["stock_units"] > theirs["stock_units"] + 1e-9) & (mine["fill"] <= theirs["fill"] + 1e-9)
    return float((less | more).mean())


def at_equal_fill(fill: float, curve: Sequence[tuple[float, float]]) -> float:
    """Stock that the other rule needs for the same fill: read off its curve of (fill, stock); NaN beyond its reach."""
    points = sorted(curve)
    fills, stocks = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    if not fills.size or not fills[0] <= fill <= fills[-1]:
        return float("nan")
    return float(np.interp(fill, fills, np.maximum.accumulate(stocks)))
