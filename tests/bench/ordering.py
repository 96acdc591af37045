"""Order quantities against the best: `python -m tests.bench.ordering [pois5 nb5 lumpy …]` prints a table.

Known demand, weekly orders, lead time two weeks, lost sales, holding 0.2 per unit and week. The rival is the (s, S)
rule found by searching on the very demand that is judged, which no planner could know.
"""

import sys
from collections.abc import Callable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import LEVELS, Forecast
from forecasting.planning import ItemTerms, Policy, StockState, order_units
from forecasting.planning.lots import Grid
from forecasting.words import say

Floats = NDArray[np.float64]
Rule = Callable[[Floats, Floats], Floats]
START, LEAD, HOLDING, HORIZON = date(2026, 11, 23), 2, 0.2, 16
PRODUCTS, WEEKS, WARM = 30, 130, 20
TERMS = {"none": {}, "K10": {"order_cost": 10.0}, "moq": {"moq": 4.0}, "pack": {"pack_size": 2.5}}


def draws(kind: str, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Draw demand: poisN, nbN (variance three times the mean N), or lumpy."""
    if kind.startswith("pois"):
        return rng.poisson(float(kind[4:]), shape).astype(np.float64)
    if kind.startswith("nb"):
        mean = float(kind[2:])
        return rng.negative_binomial(mean / 2, 1 / 3, shape).astype(np.float64)
    return np.asarray((rng.random(shape) < 0.3) * rng.geometric(0.1, shape), np.float64)


def known(kind: str) -> Forecast:
    """Make the forecast that knows the distribution, other paths for every product."""
    mean = draws(kind, np.random.default_rng(9), (200_000,)).mean()

    def draw(m: int, seed: int, rows: slice) -> NDArray[np.float32]:
        made = [draws(kind, np.random.default_rng([seed, 6, i]), (m, HORIZON)) for i in range(PRODUCTS)[rows]]
        return np.array(made, np.float32)

    flat = np.full((PRODUCTS, HORIZON), mean, np.float32)
    names = tuple(f"P{i}" for i in range(PRODUCTS))
    quantiles = np.zeros((PRODUCTS, HORIZON, len(LEVELS)), np.float32)
    what = ((kind,) * PRODUCTS, (say("known"),) * PRODUCTS)
    return Forecast(names, START, "W", LEVELS, quantiles, flat, *what, draw=draw)


def simulated(rule: Rule, demand: Floats, shortage: float, line: float) -> float:
    """Live through the demand; mean cost per product and week after a warm-up."""
    n, weeks = demand.shape
    on, coming, cost = np.full(n, demand.mean() * (LEAD + 1)), np.zeros((n, LEAD + 1)), 0.0
    for t in range(weeks):
        order = rule(on, coming)
        coming[:, LEAD] += order
        here = on + coming[:, 0]
        sold = np.minimum(here, demand[:, t])
        on = here - sold
        if t >= WARM:
            cost += float((HOLDING * on + shortage * (demand[:, t] - sold) + line * (order > 0)).sum())
        coming = np.concatenate([coming[:, 1:], np.zeros((n, 1))], axis=1)
    return cost / (n * (weeks - WARM))


def lagom(kind: str, terms: ItemTerms) -> Rule:
    """Order what the plan says."""
    forecast = known(kind)
    days = np.array([np.datetime64(START) + np.timedelta64(7 * j, "D") for j in range(LEAD + 1)])

    def rule(on: Floats, coming: Floats) -> Floats:
        row, when = np.nonzero(coming)
        return order_units(forecast, terms, StockState(on, row, coming[row, when], days[when]), policy=Policy())

    return rule


def best(demand: Floats, shortage: float, line: float, grid: Grid) -> float:
    """Search the (s, S) rule that costs least on this demand."""
    mean, sd = demand.mean() * (LEAD + 1), demand.std() * np.sqrt(LEAD + 1)
    lot = np.sqrt(2 * line * demand.mean() / HOLDING)
    found = np.inf
    for s in np.unique(np.linspace(0, mean + 2.5 * sd, 24).astype(int)):
        for above in np.unique(np.linspace(0, max(2 * lot, 2 * demand.mean()), 9).astype(int)):

            def rule(on: Floats, coming: Floats, s: int = int(s), above: int = int(above)) -> Floats:
                position = on + coming.sum(axis=1)
                return grid.up(np.where(position <= s, s + 1 + above - position, 0))

            found = min(found, simulated(rule, demand, shortage, line))
    return min(found, shortage * float(demand.mean()))


def main(kinds: list[str]) -> None:
    """Print cost and its ratio to the best rule in hindsight."""
    for kind in kinds:
        demand = draws(kind, np.random.default_rng(17), (PRODUCTS, WEEKS))
        for shortage in (1.0, 5.0):
            for name, factors in TERMS.items():
                given = {k: v if k == "order_cost" else max(round(v * demand.mean()), 2) for k, v in factors.items()}
                terms = ItemTerms.of(
                    PRODUCTS,
                    lead_time_days=7 * LEAD,
                    review_days=7,
                    holding_cost=HOLDING,
                    shortage_cost=shortage,
                    **given,
                )
                line = float(given.get("order_cost", 0.0))
                pack = float(given.get("pack_size", 1))
                grid = Grid(np.array([pack]), np.array([max(float(given.get("moq", 0)), pack)]))
                mine, other = simulated(lagom(kind, terms), demand, shortage, line), best(demand, shortage, line, grid)
                print(f"{kind:8} shortage {shortage:g} {name:5} {mine:8.3f} best {other:8.3f} ratio {mine / other:.3f}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:] or ["pois5", "nb5", "lumpy"])
