"""New products: how launches of the past grew, and what like products sell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import Cleaned
from forecasting.engine.types import Floats, Freq

GROWTH: dict[Freq, int] = {"D": 91, "W": 13, "M": 4}  # periods after a launch in which demand is still growing
STEP: dict[Freq, int] = {"D": 7, "W": 1, "M": 1}  # periods taken together, since single ones are noise
OLD: dict[Freq, int] = {"D": 28, "W": 8, "M": 3}  # periods into the panel before which nobody can tell a launch
RECENT: dict[Freq, int] = {"D": 28, "W": 8, "M": 4}  # periods that the models' level rests on
SHRINK = 4.0  # launches that weigh as much as the assumption of no growth
LOW, HIGH = 0.1, 3.0  # a launch curve's bounds
NEAR = 0.5  # how far apart two prices are, as a difference of logarithms, until products are no longer alike
OTHER, SAME = 0.02, 2.0  # weight of a product of another category; of one of the same supplier
ENOUGH = 5.0  # like products from which their levels tell how levels vary

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]
Prior = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Launches:
    """What past launches and living products tell of new ones.

    curve: float64 (A,), demand by age in periods relative to that of the months after, 1 from age A on. seen: launches
    that it was learned from. level: float64 (k,), mean counts per period of the products known; price: float64 (k,),
    logarithm of their last price, NaN = unknown; groups: int64 (k, g).
    """

    curve: Doubles
    seen: int
    level: Doubles
    price: Doubles
    groups: Places

    def growth(self, age: Places) -> Doubles:
        """Read the curve at ages, 1 beyond its end: float64 of the same shape."""
        at = np.clip(age, 0, len(self.curve))
        return np.append(self.curve, 1.0)[at]


def learn_launches(cleaned: Cleaned, groups: Places, freq: Freq, common: Floats) -> Launches:
    """Learn the launch curve and the levels of like products from those that may teach.

    A launch's demand at an age, divided by how its group moved, over its mean at the ages A..2A; summed over launches
    that lie far enough inside the panel, each over the root of its level, and shrunk to 1. common: float32 (G + 1, T).
    """
    span, periods = GROWTH[freq], cleaned.units.shape[1]
    born = (cleaned.first >= OLD[freq]) & (cleaned.first + 2 * span <= periods)
    came, due = np.zeros(span), np.zeros(span)
    seen, weights = 0, 0.0
    for i in np.flatnonzero(born):
        life = slice(int(cleaned.first[i]), int(cleaned.first[i]) + 2 * span)
        moved = common[min(int(cleaned.group[i]), len(common) - 1), life]
        units = cleaned.units[i, life].astype(np.float64) / np.maximum(moved, 0.2)
        known = ~np.isnan(units)
        if known[span:].sum() < span // 2 or not units[span:][known[span:]].mean() > 0:
            continue
        later = float(units[span:][known[span:]].mean())
        came += np.where(known[:span], units[:span], 0) / np.sqrt(later)
        due += known[:span] * np.sqrt(later)
        seen, weights = seen + 1, weights + np.sqrt(later)
    curve = np.ones(span)
    if seen:
        held = SHRINK * weights / seen
        for start in range(0, span, STEP[freq]):
            part = slice(start, start + STEP[freq])
            width = len(curve[part])
            curve[part] = (came[part].sum() + held * width) / (due[part].sum() + held * width)
    counts = cleaned.units / cleaned.grain[:, None]
    known = ~np.isnan(counts)
    level = np.where(known, counts, 0).sum(axis=1, dtype=np.float64) / np.maximum(known.sum(axis=1), 1)
    alive = level > 0
    return Launches(np.clip(curve, LOW, HIGH), seen, level[alive], last_price(cleaned)[alive], groups[alive])


def last_price(cleaned: Cleaned) -> Doubles:
    """Take the logarithm of each product's last known price: float64 (n,), NaN where there is none."""
    out = np.full(len(cleaned.units), np.nan)
    if cleaned.price is None:
        return out
    good = np.nan_to_num(cleaned.price) > 0
    last = cleaned.price.shape[1] - 1 - good[:, ::-1].argmax(axis=1)
    some = good.any(axis=1)
    out[some] = np.log(cleaned.price[some, last[some]].astype(np.float64))
    return out


def prior_of_kin(
    launches: Launches, price: float, groups: Places, fallback: tuple[float, float]
) -> tuple[float, float]:
    """Fit the Gamma prior (a, b) of a new product's mean demand to the levels of like products.

    A product of the same category weighs 1, another 0.02; one of the same supplier (the second group) twice as much;
    all times exp(-½·(difference of log prices / 0.5)²). fallback: the prior of its category, taken where fewer than
    five products are alike, and in parts where there are few. price: logarithm, NaN = unknown.
    """
    if not len(launches.level):
        return fallback
    weight = np.where(launches.groups[:, 0] == groups[0], 1.0, OTHER) if len(groups) else np.ones(len(launches.level))
    if len(groups) > 1:
        weight = weight * np.where(launches.groups[:, 1] == groups[1], SAME, 1.0)
    if np.isfinite(price):
        apart = np.nan_to_num(launches.price - price, nan=NEAR)
        weight = weight * np.exp(-0.5 * (apart / NEAR) ** 2)
    total = float(weight.sum())
    if not total > 1e-9 or total**2 / float((weight**2).sum()) < ENOUGH or total < 1:
        return fallback
    mean = float((weight * launches.level).sum()) / total
    variance = float((weight * (launches.level - mean) ** 2).sum()) / total + 1e-9
    b = max(min(mean / variance, 4.0), 0.05 / mean)
    return mean * b, b


def young_mean(counts: Floats, first: int, horizon: int, prior: tuple[float, float], launches: Launches) -> Floats:
    """Forecast a product with few known periods: float32 (H,), in counts.

    Gamma-Poisson with growth: rate = (a + sum of demand) / (b + sum of growth at the ages known), times the growth
    ahead. counts: float32 (T,), NaN = unknown; first: its first known period, T when there is none.

    >>> flat = Launches(np.ones(1), 0, np.empty(0), np.empty(0), np.empty((0, 0), np.int64))
    >>> young_mean(np.array([1, 2, 1], np.float32), 0, 2, (2.0, 1.0), flat).tolist()
    [1.5, 1.5]
    """
    known = np.flatnonzero(~np.isnan(counts))
    seen = launches.growth(known - first).sum() if len(known) else 0.0
    rate = (prior[0] + float(counts[known].sum(dtype=np.float64))) / (prior[1] + float(seen))
    ages = len(counts) - first + np.arange(horizon)
    return np.asarray(rate * launches.growth(ages), np.float32)


def still_growing(first: Places, periods: int, horizon: int, launches: Launches, freq: Freq) -> Doubles:
    """Return the growth that lies before products whose level rests on periods after their launch: float64 (n, H).

    Growth at the age of each period ahead over that at the ages of the recent past; 1 for products that are old, or
    that were there when the panel began.
    """
    ahead = periods - first[:, None] + np.arange(horizon)
    back = np.minimum(periods - first, RECENT[freq])[:, None]
    past = periods - first[:, None] - 1 - np.arange(RECENT[freq])
    inside = np.arange(RECENT[freq]) < back
    level = np.where(inside, launches.growth(past), 0).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    young = (first >= OLD[freq]) & (first < periods) & (periods - first < len(launches.curve))
    factor = launches.growth(ahead) / np.maximum(level, LOW)[:, None]
    return np.where(young[:, None], factor, 1.0)
