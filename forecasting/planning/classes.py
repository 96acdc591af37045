"""ABC classes by what a product earns and XYZ classes by how well it can be forecast."""

from dataclasses import replace

import numpy as np

from forecasting.engine.types import Forecast
from forecasting.planning.types import Floats, ItemTerms, Policy

SHARES = (("A", 0.80), ("B", 0.95))  # of what all products earn, the rest is C
ERRORS = (("X", 0.5), ("Y", 1.0))  # deviation of the forecast as a share of its mean, the rest is Z
TAIL = 1.2815515655446004  # deviations between the median and the 90 % quantile of a normal distribution


def abc(earned: Floats) -> tuple[str, ...]:
    """Class products by their share of the sum: A the first 80 %, B the next 15 %, C the rest; "" = not known.

    The product that crosses a line still belongs above it. earned (n,), NaN = not known.

    >>> abc(np.array([70.0, 15.0, 10.0, 5.0, np.nan]))
    ('A', 'A', 'B', 'C', '')
    """
    known = np.flatnonzero(~np.isnan(earned))
    order = known[np.argsort(-earned[known], kind="stable")]
    values = np.maximum(earned[order], 0)
    total = values.sum()
    before = (np.cumsum(values) - values) / total if total > 0 else np.ones(len(values))
    found = [""] * len(earned)
    for row, share in zip(order.tolist(), before.tolist(), strict=True):
        found[row] = next((name for name, limit in SHARES if share < limit - 1e-12), "C")
    return tuple(found)


def xyz(error: Floats) -> tuple[str, ...]:
    """Class products by the forecast's deviation as a share of its mean: X to 0.5, Y to 1, Z beyond; "" = not known.

    >>> xyz(np.array([0.2, 0.7, 3.0, np.nan]))
    ('X', 'Y', 'Z', '')
    """
    return tuple(
        "" if np.isnan(value) else next((name for name, limit in ERRORS if value <= limit), "Z")
        for value in error.tolist()
    )


def earned(forecast: Forecast, terms: ItemTerms) -> Floats:
    """Compute what each product is expected to earn per period: margin, or where fewer than half of the products have
    one, revenue, else purchase value, else units; (n,), NaN = not known.
    """
    return earned_at(np.asarray(forecast.mean, np.float64).mean(axis=1), terms)


def earned_at(rate: Floats, terms: ItemTerms) -> Floats:
    """Compute the same of products of which so many units are wanted per period, rate (n,)."""
    margin, revenue = rate * (terms.unit_price - terms.unit_cost), rate * terms.unit_price
    for values in (margin, revenue, rate * terms.unit_cost):
        if 2 * (~np.isnan(values)).sum() >= len(values):
            return np.asarray(values)
    return rate


def error(forecast: Forecast) -> Floats:
    """Read the deviation of one period's demand as a share of its mean from the 10 and 90 % quantiles, (n,)."""
    levels = np.asarray(forecast.levels)
    low, high = (int(np.abs(levels - level).argmin()) for level in (0.1, 0.9))
    width = forecast.quantiles[:, :, high].astype(np.float64) - forecast.quantiles[:, :, low]
    mean = np.asarray(forecast.mean, np.float64).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(mean > 0, width.mean(axis=1) / (2 * TAIL) / mean, np.nan))


def with_levels(terms: ItemTerms, policy: Policy, letters: tuple[tuple[str, ...], tuple[str, ...]]) -> ItemTerms:
    """Give products without a service level of their own that of their class, where the policy names one."""
    if not policy.level_by_class:
        return terms
    levels = policy.level_by_class
    found = [levels.get(a + x, levels.get(a, levels.get(x, np.nan))) for a, x in zip(*letters, strict=True)]
    return replace(terms, service_level=np.where(np.isnan(terms.service_level), found, terms.service_level))
