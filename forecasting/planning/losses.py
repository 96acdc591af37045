"""Loss functions: expected shortage and surplus against a level, for the usual distributions.

n(x) = E[(D - x)+], its complement E[(x - D)+] = x - E[D] + n(x) (Snyder & Shen 2019, appendix C).
"""

from math import exp, pi, sqrt

import numpy as np
from scipy import stats

from forecasting.planning.types import Floats


def standard_normal_loss(k: float) -> float:
    """Expected shortage of a standard normal against k: G(k) = phi(k) - k (1 - Phi(k)).

    >>> round(standard_normal_loss(0.3), 6)
    0.266761
    """
    return exp(-k * k / 2) / sqrt(2 * pi) - k * float(stats.norm.sf(k))


def normal_loss(x: float, mean: float, sd: float) -> float:
    """Expected shortage of normal demand against x.

    >>> round(normal_loss(18, 15, 3), 6)
    0.249946
    """
    return sd * standard_normal_loss((x - mean) / sd)


def normal_second_loss(x: float, mean: float, sd: float) -> float:
    """Second-order loss of normal demand: E[((D - x)+)^2] / 2 = sd^2 ((z^2 + 1)(1 - Phi(z)) - z phi(z)) / 2."""
    z = (x - mean) / sd
    return float(sd**2 / 2 * ((z**2 + 1) * stats.norm.sf(z) - z * stats.norm.pdf(z)))


def poisson_loss(x: int, mean: float) -> tuple[float, float]:
    """Expected shortage and surplus of Poisson demand against x.

    n(x) = -(x - m)(1 - F(x)) + m f(x).

    >>> tuple(round(n, 6) for n in poisson_loss(18, 15))
    (0.51761, 3.51761)
    """
    short = float(-(x - mean) * stats.poisson.sf(x, mean) + mean * stats.poisson.pmf(x, mean))
    return short, x - mean + short


def gamma_loss(x: float, shape: float, scale: float) -> float:
    """Expected shortage of gamma demand: a b (1 - F(x; a + 1)) - x (1 - F(x; a)).

    >>> round(gamma_loss(4, 2, 3), 6)
    2.635971
    """
    above = stats.gamma.sf(x, shape + 1, scale=scale)
    return float(shape * scale * above - x * stats.gamma.sf(x, shape, scale=scale))


def sample_loss(x: float, demand: Floats) -> tuple[float, float]:
    """Mean shortage and surplus of observed or simulated demand against x."""
    return float(np.maximum(demand - x, 0).mean()), float(np.maximum(x - demand, 0).mean())
