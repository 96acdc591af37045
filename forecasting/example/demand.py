"""Draws what customers truly want: expected demand by season, channel, trend and promotion, and the lines wished."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.example.catalogue import Catalogue, units_per_day
from forecasting.example.dates import AHEAD, Window, channel_curves, new_years, season_curves
from forecasting.example.goods import CATEGORIES
from forecasting.example.partners import OUTLETS, OWN, PLACES, RETAIL, TMALL, WHOLESALE

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Percents = NDArray[np.int8]

BLOCK = 500
AFTER = -1
"""Mark of the days after a promotion, when customers have what they need."""
AFTER_LIFT = 0.85


@dataclass(frozen=True, slots=True)
class Campaign:
    """One promotion: which products, in which channels, from which day to which (both included), how much off."""

    name: str
    rows: Ints
    channels: tuple[int, ...]
    first: int
    last: int
    percent: int


@dataclass(slots=True)
class Wishes:
    """Order lines that customers wanted, warm-up included: product, channel, day, units, one-off (bulk) or not."""

    product: Ints
    channel: NDArray[np.int8]
    day: Ints
    units: Ints
    bulk: Flags


@dataclass(frozen=True, slots=True)
class Expected:
    """What was to be expected: units a day (places, n, days), and the factor that promotions had on it, same shape."""

    units: Floats
    promo: Floats


_CAMPAIGNS = (
    "Spring Refresh",
    "Wedding Season",
    "Member Week",
    "Summer Sleep",
    "Back to Dorm",
    "Cosy Nights",
    "Anniversary",
)


def draw_campaigns(catalogue: Catalogue, seed: int, window: Window) -> list[Campaign]:
    """Draw about six promotions a year and category, some of them planned beyond the last day."""
    rng = np.random.default_rng([seed, 3])
    found: list[Campaign] = []
    span = window.days + 60
    for category in range(len(CATEGORIES) - 1):
        rows = np.flatnonzero((catalogue.category == category) & (catalogue.launch < 0)).astype(np.int32)
        for first in np.sort(rng.integers(0, span, round(6 * span / 365))):
            chosen = rows[rng.random(len(rows)) < 0.3]
            length, percent = int(rng.integers(5, 15)), int(rng.choice([10, 15, 20, 25, 30]))
            channels = ((OWN, TMALL), (TMALL,), (OWN,), RETAIL)[rng.integers(0, 4)]
            name = f"{_CAMPAIGNS[rng.integers(0, len(_CAMPAIGNS))]}: {CATEGORIES[category].name}"
            alive = chosen[catalogue.end[chosen] > first + length]
            if len(alive):
                found.append(Campaign(name, alive, channels, int(first), int(first) + length - 1, percent))
    return found


def paint(campaigns: list[Campaign], n: int, days: int) -> Percents:
    """Give the percent off per product, channel and day: int8 (n, channels, days), AFTER in the week that follows."""
    off = np.zeros((n, len(OUTLETS), days), np.int8)
    for campaign in campaigns:
        for channel in campaign.channels:
            after = off[campaign.rows, channel, campaign.last + 1 : campaign.last + 8]
            off[campaign.rows, channel, campaign.last + 1 : campaign.last + 8] = np.where(after == 0, AFTER, after)
            off[campaign.rows, channel, campaign.first : campaign.last + 1] = campaign.percent
    return off


def life(catalogue: Catalogue, rows: slice, days: int) -> Floats:
    """Give the share of full demand by age: a ramp after launch, a fall after the end, the trend: (rows, days)."""
    day = np.arange(days)
    age = day - catalogue.launch[rows, None]
    ramp = np.where(age < 0, 0.0, 1 - 0.75 * np.exp(-np.maximum(age, 0) / 28.0))
    gone = np.maximum(day - catalogue.end[rows, None], 0)
    years = (day - days / 2) / 365.25
    trend = np.exp(np.clip(catalogue.trend[rows, None] * years, -3, 1))
    share: Floats = (ramp * np.exp(-gone / 40.0) * trend).astype(np.float32)
    return share


def _mood(rng: np.random.Generator, rows: int, days: int) -> Floats:
    """Draw the slow ups and downs of single products: (rows, days), mean about 1, one step a week."""
    weeks = days // 7 + 1
    shock = rng.normal(0, 0.055, (rows, weeks))
    level = np.zeros((rows, weeks))
    for week in range(1, weeks):
        level[:, week] = 0.94 * level[:, week - 1] + shock[:, week]
    return np.repeat(np.exp(level), 7, axis=1)[:, :days].astype(np.float32)


def wish(catalogue: Catalogue, off: Percents, seed: int, window: Window) -> tuple[Wishes, Expected]:
    """Draw every order line that customers wanted, block by block of products, and keep what was to be expected."""
    seasons, lifts = season_curves(window), channel_curves(window)[:, : window.days]
    season = [seasons[name][: window.days] for name in catalogue.season()]
    expected = np.zeros((len(PLACES), catalogue.n, window.days), np.float32)
    promo = np.ones((len(PLACES), catalogue.n, window.days), np.float32)
    parts = []
    for number, first in enumerate(range(0, catalogue.n, BLOCK)):
        rows = slice(first, min(first + BLOCK, catalogue.n))
        rng = np.random.default_rng([seed, 4, number])
        level = (
            np.stack(season[rows]) * life(catalogue, rows, window.days) * catalogue.lines[rows, None].astype(np.float32)
        )
        level *= _mood(rng, *level.shape)
        rates, plain = _rates(catalogue, rows, level, lifts, off)
        expected[:, rows], promo[:, rows] = _expect(catalogue, rows, rates, plain)
        rates *= rng.gamma(7.0, 1 / 7.0, level.shape).astype(np.float32)[:, None, :]
        parts.append(_lines(rng, catalogue, first, rates))
    parts.append(_bulk(catalogue, seed, window))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Wishes(*joined), Expected(expected, promo)


def _rates(catalogue: Catalogue, rows: slice, level: Floats, lifts: Floats, off: Percents) -> tuple[Floats, Floats]:
    """Expect lines per channel and day, with promotions and without: both (rows, channels, days)."""
    plain: Floats = level[:, None, :] * lifts[None] * catalogue.share[rows, :, None].astype(np.float32)
    percent = off[rows]
    cheaper = np.maximum(percent, 0).astype(np.float32) / 100
    lift = np.power(1 - cheaper, -catalogue.elasticity[rows, None, None].astype(np.float32), dtype=np.float32)
    lift[percent == AFTER] = AFTER_LIFT
    return plain * lift, plain


def _expect(catalogue: Catalogue, rows: slice, rates: Floats, plain: Floats) -> tuple[Floats, Floats]:
    """Turn expected lines into expected units a day and the factor of promotions: both (places, rows, days)."""
    size = np.repeat(1 / (1 - catalogue.extra[rows, None]), len(OUTLETS), axis=1).astype(np.float32)
    size[:, WHOLESALE] = catalogue.lot[rows] * 1.13
    place = np.array([[outlet.place == i for outlet in OUTLETS] for i in range(len(PLACES))], np.float32)
    units: Floats = np.einsum("nct,nc,pc->pnt", rates, size, place, optimize=True).astype(np.float32)
    without: Floats = np.einsum("nct,nc,pc->pnt", plain, size, place, optimize=True).astype(np.float32)
    factor: Floats = np.ones_like(units)
    np.divide(units, without, out=factor, where=without > 0)
    return units, factor


Columns = tuple[Ints, NDArray[np.int8], Ints, Ints, Flags]


def _lines(rng: np.random.Generator, catalogue: Catalogue, first: int, rates: Floats) -> Columns:
    """Draw the order lines of one block of products: Poisson many, of geometric or lot-like sizes."""
    counts = rng.poisson(rates)
    row, channel, day = np.nonzero(counts)
    many = counts[row, channel, day]
    product = np.repeat(row + first, many).astype(np.int32)
    where = np.repeat(channel, many).astype(np.int8)
    when = np.repeat(day, many).astype(np.int32)
    units = rng.geometric(1 - catalogue.extra[product]).astype(np.int32)
    lots = catalogue.lot[product] * rng.lognormal(0, 0.5, len(product))
    units = np.where(where == WHOLESALE, np.maximum(np.round(lots), 2), np.minimum(units, 12)).astype(np.int32)
    return product, where, when, units, np.zeros(len(product), np.bool_)


def _bulk(catalogue: Catalogue, seed: int, window: Window) -> Columns:
    """Draw one-off hotel orders: many times the product's largest usual line, agreed and made to order."""
    rng = np.random.default_rng([seed, 5])
    usual = np.maximum(catalogue.lot * 6.0, units_per_day(catalogue) * 18)
    fit = ~catalogue.is_kit & (catalogue.category < len(CATEGORIES) - 1)
    fit &= (catalogue.launch < 0) & (catalogue.end > window.days)
    many = max(2, round(catalogue.n * window.shown / 365.25 * 0.06))
    product = rng.choice(np.flatnonzero(fit), many).astype(np.int32)
    units = np.maximum(np.ceil(usual[product] * rng.uniform(1.2, 2.5, many) / 10) * 10, 60).astype(np.int32)
    day = rng.choice(_office_days(window), many).astype(np.int32)
    return product, np.full(many, WHOLESALE, np.int8), day, units, np.ones(many, np.bool_)


def _office_days(window: Window) -> Ints:
    """List the days on which a one-off order can be shipped: no Sundays, nothing around Chinese New Year."""
    days = np.arange(window.warm + 45, window.days - 3, dtype=np.int32)
    weekday = (days - window.warm + window.start.weekday()) % 7
    festive = np.zeros(len(days), np.bool_)
    for day in new_years(window):
        festive |= (days >= day - 20) & (days <= day + 25)
    return days[(weekday < 6) & ~festive]


def buyers_curves(catalogue: Catalogue, window: Window) -> Floats:
    """Give what buyers believe of the year: season times shopping days, (places, shapes, days + AHEAD).

    Shapes in the order of `season_curves`; each place by the mix of its channels.
    """
    seasons, lifts = season_curves(window), channel_curves(window)
    mix = np.zeros((len(PLACES), window.days + AHEAD), np.float32)
    for channel in RETAIL:
        mix[OUTLETS[channel].place] += lifts[channel] * float(catalogue.share[:, channel].mean())
    mix /= mix.mean(axis=1, keepdims=True)
    return np.stack([np.stack([mix[place] * curve for curve in seasons.values()]) for place in range(len(PLACES))])
