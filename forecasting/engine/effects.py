"""What promotions and prices did in the past, and what announced ones will do: learned, shrunk, bounded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import LARGEST, Cleaned
from forecasting.engine.types import Ahead, Floats, Freq

AFTER: dict[Freq, int] = {"D": 7, "W": 1, "M": 1}  # periods after a promotion in which customers have what they need
REACH: dict[Freq, int] = {"D": 56, "W": 8, "M": 4}  # periods on either side that tell demand without a promotion
USUAL: dict[Freq, int] = {"D": 91, "W": 13, "M": 6}  # periods before that tell the usual price
RECENT: dict[Freq, int] = {"D": 28, "W": 8, "M": 4}  # periods that the models' level rests on
WHAT = ("promo", "after", "price")  # columns: share under promotion, share just after one, log of price over usual
WIDE = np.array([0.7, 0.4, 2.0])  # how far effects of firms lie from none
GROUPS = np.array([0.15, 0.1, 0.6])  # how far effects of categories lie from their firm's
PRODUCTS = np.array([0.3, 0.15, 0.8])  # how far effects of products lie from their category's
LEAST, MOST = np.array([-0.7, -0.7, -6.0]), np.array([1.6, 0.4, 0.0])  # bounds of effects, as logarithms
STEEP = np.log(2.0)  # prices are believed to act up to half and double the usual one
FLOOR, TOP = 0.2, 5.0  # bounds of what an announcement may do to a period
SEEN = 2.0  # periods under promotion, or at another price, that are evidence
TAKEN_IN = 0.3  # how much of the recent past's promotions the models' level has taken in
CHANGED = 0.03  # relative change of price that counts as another price
STEPS = 6

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects on the logarithm of demand: of promotions alone (told), and with prices beside them (priced).

    told, priced: float64 (G + 1, 3), by category, the firm last; columns WHAT. seen: float64 (G + 1, 2), periods under
    promotion and at another price that they were learned from.
    """

    told: Doubles
    priced: Doubles
    seen: Doubles


@dataclass(frozen=True, slots=True)
class _Past:
    """Of some products: x (n, T, 3); came, what was sold; due, what would have been without any of it; 0 = unknown."""

    x: Doubles
    came: Doubles
    due: Doubles
    loose: Doubles

    def seen(self) -> Doubles:
        """Count the periods under promotion and at another price: float64 (n, 2)."""
        known = self.due > 0
        promo = (self.x[:, :, 0] * known).sum(axis=1)
        return np.stack([promo, ((np.abs(self.x[:, :, 2]) > CHANGED) & known).sum(axis=1)], axis=1)


def learn_effects(cleaned: Cleaned, groups: int, freq: Freq) -> Effects | None:
    """Learn what promotions and prices do in the firm and in each category; None where neither is known.

    Quasi-Poisson: demand = usual demand · exp(x·b), with b ~ N(0, WIDE) for the firm and N(firm's, GROUPS) for a
    category (Gelman, Hill 2007). Usual demand is that of the periods around without promotion.
    """
    if cleaned.promo is None and cleaned.price is None:
        return None
    past = _past(cleaned, freq)
    whole = np.zeros(len(cleaned.units), np.int64)
    seen = past.seen()
    tables = []
    for columns in (_without_price(past), past):
        firm = _fitted(columns, whole, 1, np.zeros((1, 3)), WIDE)
        tables.append(
            np.concatenate([_fitted(columns, cleaned.group, groups, np.repeat(firm, groups, 0), GROUPS), firm])
        )
    count = np.zeros((groups + 1, 2))
    np.add.at(count, cleaned.group, seen)
    count[-1] = seen.sum(axis=0)
    return Effects(tables[0], tables[1], count)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What announcements do: factor float32 (n, H).

    own, like, none: bool (n,), something is announced whose effect is known from the product's own past, from others'
    only, or not at all.
    """

    factor: Floats
    own: NDArray[np.bool_]
    like: NDArray[np.bool_]
    none: NDArray[np.bool_]

    def words(self) -> tuple[str, ...]:
        """Tell by whose past each product's announcement is judged: "own", "like", "none", or "" without any."""
        code = np.select([self.own, self.like, self.none], [1, 2, 3], 0)
        return tuple(("", "own", "like", "none")[c] for c in code.tolist())


def checked(ahead: Ahead | None, n: int, horizon: int) -> Ahead:
    """Return announcements of the right shape, values that cannot be true left out; raise ValueError for another."""
    if ahead is None:
        return Ahead()
    out = []
    for name in ("promo", "price", "factor"):
        values: Floats | None = getattr(ahead, name)
        if values is not None and values.shape != (n, horizon):
            raise ValueError(f"ahead.{name} must have the shape {(n, horizon)}, not {values.shape}")
        good = None if values is None else np.isfinite(values) & (values >= 0) & (values <= LARGEST)
        out.append(None if values is None or good is None else np.where(good, values, np.nan).astype(np.float32))
    return Ahead(*out)


def rows_of(ahead: Ahead, rows: slice | NDArray[np.int64]) -> Ahead:
    """Take what is announced for some products."""
    parts = (ahead.promo, ahead.price, ahead.factor)
    return Ahead(*(None if part is None else part[rows] for part in parts))


def announced(cleaned: Cleaned, ahead: Ahead, effects: Effects | None, horizon: int, freq: Freq) -> Announcement:
    """Turn announced promotions and prices into factors on the forecast, product by product.

    exp(x·b) of each period ahead, over mean(exp(x·b))^0.3 of the last weeks, which models partly take into their level;
    b is the product's own effect, shrunk to its category's. A period for which nothing is announced is left as it is.
    """
    n = len(cleaned.units)
    nobody = np.zeros(n, np.bool_)
    one = np.ones((n, horizon), np.float32)
    if (ahead.promo is None or np.isnan(ahead.promo).all()) and (ahead.price is None or np.isnan(ahead.price).all()):
        return Announcement(one, nobody, nobody, nobody)
    nothing = np.full((n, horizon), np.nan)
    promo, price = (nothing if part is None else part.astype(np.float64) for part in (ahead.promo, ahead.price))
    asked = (np.nan_to_num(promo) > 0).any(axis=1)
    if effects is None or n == 0:
        asked = np.asarray(asked | (~np.isnan(price)).any(axis=1))
        return Announcement(one, nobody, nobody, asked)
    past = _past(cleaned, freq)
    x = _ahead(cleaned, promo, price, freq)
    priced = ~np.isnan(x[:, :, 2])
    factor = np.ones((n, horizon))
    for columns, table, here in ((_without_price(past), effects.told, ~priced), (past, effects.priced, priced)):
        prior = table[np.minimum(cleaned.group, len(table) - 1)]
        own = _fitted(columns, np.arange(n), n, prior, PRODUCTS)
        level = np.exp(np.einsum("ntp,np->nt", columns.x[:, -RECENT[freq] :], own)).mean(axis=1)
        found = np.exp(np.einsum("nhp,np->nh", np.nan_to_num(x), own)) / level[:, None] ** TAKEN_IN
        factor = np.where(here & ~np.isnan(x[:, :, :2]).all(axis=2) | (here & priced), found, factor)
    moved = (np.abs(np.nan_to_num(x[:, :, 2])) > CHANGED).any(axis=1)
    seen, like = past.seen(), effects.seen[np.minimum(cleaned.group, len(effects.seen) - 1)]
    like = np.maximum(like, effects.seen[-1:])
    own_known, known = np.ones(n, np.bool_), np.ones(n, np.bool_)
    for column, wanted in enumerate((asked, moved)):
        own_known &= ~wanted | (seen[:, column] >= SEEN)
        known &= ~wanted | (like[:, column] >= SEEN)
    any_ = asked | moved
    factor = np.where(known[:, None], np.clip(factor, FLOOR, TOP), 1.0)
    return Announcement(factor.astype(np.float32), any_ & own_known, any_ & known & ~own_known, any_ & ~known)


def _past(cleaned: Cleaned, freq: Freq) -> _Past:
    """Describe the past, and what demand would have been without promotions: sales around, in periods without."""
    n, periods = cleaned.units.shape
    x = np.zeros((n, periods, 3))
    if cleaned.promo is not None:
        x[:, :, 0] = np.minimum(np.nan_to_num(cleaned.promo), 1)
        x[:, :, 1] = _just_after(x[:, :, 0], AFTER[freq])
    if cleaned.price is not None:
        change = np.log(
            np.where(cleaned.price > 0, cleaned.price, np.nan) / _usual_price(cleaned.price, cleaned.promo, freq)
        )
        x[:, :, 2] = np.clip(np.nan_to_num(change), -STEEP, STEEP)
    counts = (cleaned.units / cleaned.grain[:, None]).astype(np.float64)
    known = ~np.isnan(counts)
    plain = known & (x[:, :, 0] == 0) & (x[:, :, 1] == 0)
    week = _weekday(counts, plain) if freq == "D" else np.ones((n, periods))
    due = _around(np.where(plain, counts, 0), plain * week, REACH[freq]) * week
    due = np.where(known, due, 0)
    miss = np.where(plain & (due > 0), (np.nan_to_num(counts) - due) ** 2 / np.where(due > 0, due, 1), 0)
    loose = np.maximum(miss.sum(axis=1) / np.maximum((plain & (due > 0)).sum(axis=1), 1), 1)
    return _Past(x, np.where(due > 0, np.nan_to_num(counts), 0), due, loose)


def _without_price(past: _Past) -> _Past:
    x = past.x.copy()
    x[:, :, 2] = 0
    return _Past(x, past.came, past.due, past.loose)


def _just_after(promo: Doubles, width: int) -> Doubles:
    """Tell the share of a period that lies just after a promotion and not in one."""
    total = np.concatenate([np.zeros((len(promo), 1)), np.cumsum(promo, axis=1)], axis=1)
    at = np.arange(promo.shape[1])
    recent = total[:, at] - total[:, np.maximum(at - width, 0)]
    return np.where(recent > 1e-9, np.maximum(1 - promo, 0) * np.minimum(recent, 1), 0)


def _usual_price(price: Floats, promo: Floats | None, freq: Freq) -> Doubles:
    """Average the prices of the weeks before each period in which no promotion ran; its own where there was none."""
    price = np.where(np.nan_to_num(price) > 0, price, np.nan)
    plain = ~np.isnan(price)
    if promo is not None:
        plain &= ~(np.nan_to_num(promo) > 0)
    total, count = (
        np.concatenate([np.zeros((len(price), 1)), np.cumsum(part, axis=1)], axis=1)
        for part in (np.where(plain, price, 0), plain.astype(np.float64))
    )
    at = np.arange(1, price.shape[1] + 1)
    start = np.maximum(at - 1 - USUAL[freq], 0)
    some = count[:, at] - count[:, start]
    return np.where(some > 0, (total[:, at] - total[:, start]) / np.maximum(some, 1), price)


def _weekday(counts: Doubles, plain: NDArray[np.bool_]) -> Doubles:
    """Return each product's own weekday shape over plain periods, shrunk by two weeks of an even one: (n, T)."""
    day = np.arange(counts.shape[1]) % 7
    came = np.stack([np.where(plain & (day == d), counts, 0).sum(axis=1) for d in range(7)], axis=1)
    count = np.stack([(plain & (day == d)).sum(axis=1) for d in range(7)], axis=1)
    mean = came.sum(axis=1, keepdims=True) / np.maximum(count.sum(axis=1, keepdims=True), 1)
    shape = (came + 14 * mean + 1e-9) / (count * mean + 14 * mean + 1e-9)
    return np.asarray(shape[:, day])


def _around(came: Doubles, weight: Doubles, reach: int) -> Doubles:
    at = np.arange(came.shape[1])
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, came.shape[1])
    total, count = (
        np.concatenate([np.zeros((len(part), 1)), np.cumsum(part, axis=1)], axis=1) for part in (came, weight)
    )
    some = count[:, high] - count[:, low]
    return np.where(some >= 3, (total[:, high] - total[:, low]) / np.maximum(some, 1e-9), 0)


def _fitted(past: _Past, group: Places, groups: int, prior: Doubles, spread: Doubles) -> Doubles:
    """Fit effects by group: float64 (groups, 3), bounded; Newton's steps on the posterior, prior N(prior, spread)."""
    effect = prior.copy()
    hold = np.diag(1 / spread**2)
    for _ in range(STEPS):
        due = past.due * np.exp(np.clip(np.einsum("ntp,np->nt", past.x, effect[group]), -3, 3)) / past.loose[:, None]
        miss = past.came / past.loose[:, None] - due
        slope, bend = np.zeros((groups, 3)), np.zeros((groups, 3, 3))
        np.add.at(slope, group, np.einsum("ntp,nt->np", past.x, miss))
        np.add.at(bend, group, np.einsum("ntp,nt,ntq->npq", past.x, due, past.x))
        step = np.linalg.solve(bend + hold, (slope - (effect - prior) @ hold)[:, :, None])[:, :, 0]
        effect = np.clip(effect + np.clip(step, -1, 1), LEAST, MOST)
    return effect


def _ahead(cleaned: Cleaned, promo: Doubles, price: Doubles, freq: Freq) -> Doubles:
    """Describe the periods ahead: float64 (n, H, 3), NaN where nothing is announced."""
    n, horizon = promo.shape
    past = np.zeros(cleaned.units.shape) if cleaned.promo is None else np.minimum(np.nan_to_num(cleaned.promo), 1)
    both = np.concatenate([past, np.minimum(np.nan_to_num(promo), 1)], axis=1)
    after = _just_after(both, AFTER[freq])[:, past.shape[1] :]
    x = np.full((n, horizon, 3), np.nan)
    told = ~np.isnan(promo)
    x[:, :, 0] = np.where(told, promo, np.nan)
    x[:, :, 1] = np.where(told, after, np.nan)
    if cleaned.price is not None:
        usual = _usual_price(cleaned.price, cleaned.promo, freq)[:, -1:]
        x[:, :, 2] = np.clip(np.log(np.where(price > 0, price, np.nan) / usual), -STEEP, STEEP)
    return x
