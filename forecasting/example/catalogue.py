"""Draws the range of the example firm: what each product is, costs and sells, and on which terms it is bought."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.example.goods import CATEGORIES, COLOURS, SPARES, cloths_of, sizes_of
from forecasting.example.partners import AMAZON, MAKERS, RETAIL, WHOLESALE

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALWAYS = 1_000_000
_MAKER = {maker.code: i for i, maker in enumerate(MAKERS)}


@dataclass(slots=True)
class Catalogue:
    """The range as columns of length n, one row a product; days are numbers of the window.

    kind, cloth, size, colour: rows of the lists in `goods`. lines: expected retail lines a day at season 1; hope: what
    buyers believe of it before the first sale, 1 = right. share: (n, 4) of those lines by channel (wholesale's are its
    own lines, relative to retail). extra: geometric chance of one more unit a line. lot: units of a usual wholesale
    line. launch, end: first day sold, first day of the end. replaces: row or -1. kits: their rows, ascending; parts:
    (kits, 3, 2) of component row (-1 none) and units.
    """

    category: Ints
    kind: Ints
    cloth: Ints
    colour: Ints
    size: Ints
    supplier: Ints
    price: Floats
    cost: Floats
    lines: Floats
    hope: Floats
    share: Floats
    extra: Floats
    lot: Ints
    pack: Ints
    moq: Ints
    trend: Floats
    elasticity: Floats
    launch: Ints
    end: Ints
    replaces: Ints
    kits: Ints
    parts: Ints

    @property
    def n(self) -> int:
        """Count the products."""
        return len(self.category)

    @property
    def is_kit(self) -> Flags:
        """Tell which products are kits."""
        found = np.zeros(self.n, np.bool_)
        found[self.kits] = True
        return found

    def season(self) -> list[str]:
        """Name each product's yearly shape."""
        return [CATEGORIES[c].items[k].season for c, k in zip(self.category, self.kind, strict=True)]


def draw_goods(rng: np.random.Generator, n: int) -> Catalogue:
    """Draw n products that all live for ever and are no kits.

    Raises ValueError when n is below 16: eight categories, a kit with three parts and a successor need room.
    """
    if n < 16:
        raise ValueError(f"products must be at least 16, not {n}")
    return _goods(rng, _category_of(n))


def _category_of(n: int) -> Ints:
    """Share n products among the categories by largest remainder, at least one each: int32 (n), ascending."""
    wanted = np.array([category.share for category in CATEGORIES]) * n
    counts = np.maximum(wanted.astype(np.int64), 1)
    for i in np.argsort(counts - wanted, kind="stable")[: max(n - int(counts.sum()), 0)]:
        counts[i] += 1
    counts[1] += n - int(counts.sum())
    return np.repeat(np.arange(len(CATEGORIES)), counts).astype(np.int32)


def _of(values: list[float], category: Ints) -> Floats:
    """Spread one value a category over its products."""
    return np.array(values)[category]


def _goods(rng: np.random.Generator, category: Ints) -> Catalogue:
    """Draw what each product is, what it costs and how fast it sells."""
    n = len(category)
    kind, cloth, size = _articles(rng, category)
    makers = rng.random(n)
    supplier = [_MAKER[CATEGORIES[c].suppliers[int(u * 2)]] for c, u in zip(category, makers, strict=True)]
    pack = _of([c.pack for c in CATEGORIES], category).astype(np.int32)
    return Catalogue(
        category=category,
        kind=kind,
        cloth=cloth,
        colour=rng.integers(0, len(COLOURS), n).astype(np.int32),
        size=size,
        supplier=np.array(supplier, np.int32),
        price=_list_price(rng, category, kind, cloth, size),
        cost=np.zeros(n),
        lines=_of([c.lines for c in CATEGORIES], category) * rng.lognormal(-0.05, 0.95, n),
        hope=np.ones(n),
        share=_channel_shares(rng, category),
        extra=_of([c.extra for c in CATEGORIES], category),
        lot=(pack * rng.choice([1, 2, 3], n, p=[0.5, 0.35, 0.15])).astype(np.int32),
        pack=pack,
        moq=np.zeros(n, np.int32),
        trend=rng.normal(0.05, 0.16, n),
        elasticity=rng.uniform(1.6, 2.8, n),
        launch=np.full(n, -ALWAYS, np.int32),
        end=np.full(n, ALWAYS, np.int32),
        replaces=np.full(n, -1, np.int32),
        kits=np.zeros(0, np.int32),
        parts=np.zeros((0, 3, 2), np.int32),
    )


def _articles(rng: np.random.Generator, category: Ints) -> tuple[Ints, Ints, Ints]:
    """Draw kind, cloth and size of every product, only such as exist."""
    n = len(category)
    luck = rng.random((3, n))
    kind = (luck[0] * _of([len(c.items) for c in CATEGORIES], category)).astype(np.int32)
    cloth, size = np.zeros(n, np.int32), np.zeros(n, np.int32)
    for row in range(n):
        cloths = cloths_of(category[row], kind[row])
        cloth[row] = cloths[int(luck[1, row] * len(cloths))]
        size[row] = int(luck[2, row] * len(sizes_of(category[row], kind[row])))
    return kind, cloth, size


def _list_price(rng: np.random.Generator, category: Ints, kind: Ints, cloth: Ints, size: Ints) -> Floats:
    """Draw list prices in CNY by category, article, cloth and size, with some chance, ending in 9."""
    low, high = (_of([c.price[end] for c in CATEGORIES], category) for end in (0, 1))
    item = np.array([CATEGORIES[c].items[k].price for c, k in zip(category, kind, strict=True)])
    dear = 1 - cloth / (_of([len(c.cloths) for c in CATEGORIES], category) - 1)
    rank = np.clip(0.75 * dear + 0.25 * rng.random(len(category)), 0, 1)
    return shop_price(low * (high / low) ** rank * item * (0.88 + 0.12 * size))


def shop_price(price: Floats) -> Floats:
    """Round to what a shop would print: 12.9, 89, 459."""
    small = np.maximum(np.floor(price) + 0.9, 1.9)
    large = np.maximum(np.round((price + 1) / 10) * 10 - 1, 29)
    return np.where(price < 28, small, large)


def _channel_shares(rng: np.random.Generator, category: Ints) -> Floats:
    """Draw the share of each channel: (n, 4); a third sells on Amazon, two thirds to wholesale."""
    n = len(category)
    share: Floats = rng.gamma(6.0, 1.0, (n, 4)) * np.array([0.3, 0.5, 0.26, 0.0])
    share[(rng.random(n) > 0.36) | (category == SPARES), AMAZON] = 0
    share /= share[:, list(RETAIL)].sum(axis=1, keepdims=True)
    share[:, WHOLESALE] = 0.085 * rng.lognormal(0, 0.4, n) * (rng.random(n) < 0.68)
    return share


def units_per_day(catalogue: Catalogue) -> Floats:
    """Expect units a day at season 1, over all channels: (n)."""
    retail = catalogue.lines / (1 - catalogue.extra)
    return retail + catalogue.lines * catalogue.share[:, WHOLESALE] * catalogue.lot * 1.13


def set_terms(rng: np.random.Generator, catalogue: Catalogue) -> None:
    """Set unit costs and minimum orders: about a month of what was hoped for, far more for slow sellers."""
    catalogue.cost = np.round(catalogue.price * rng.uniform(0.33, 0.46, catalogue.n), 2)
    for kit, parts in zip(catalogue.kits, catalogue.parts, strict=True):
        catalogue.cost[kit] = round(sum(catalogue.cost[row] * units for row, units in parts if row >= 0), 2)
    month = units_per_day(catalogue) * catalogue.hope * rng.lognormal(np.log(26), 0.6, catalogue.n)
    step = catalogue.pack
    catalogue.moq = (np.ceil(np.maximum(month, 2 * step) / step) * step).astype(np.int32)
