"""Draws the range of the example firm: products, prices, terms, kits, launches, ends and successors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.example.dates import Window
from forecasting.example.partners import MAKERS
from forecasting.example.words import CATEGORIES, COLOURS, Category, Word

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALWAYS = 1_000_000
_SIZE_PRICE = np.array([0.85, 1.0, 1.1, 1.25])
_MAKER = {maker.code: i for i, maker in enumerate(MAKERS)}


@dataclass(slots=True)
class Catalogue:
    """The range as columns of length n, one row a product; days are numbers of the window.

    kind: item within the category. lines: expected retail lines a day at season 1; share: (n, 4) of those by channel
    (wholesale's is its own lines a day, relative to retail). extra: geometric chance of one more unit a line.
    lot: units of a usual wholesale line. launch, end: first day sold, first day of the end. replaces: row or -1.
    parts: (kits, 3, 2) of component row (-1 none) and units; kits: their rows.
    """

    category: Ints
    kind: Ints
    material: Ints
    colour: Ints
    size: Ints
    supplier: Ints
    price: Floats
    cost: Floats
    lines: Floats
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


def draw_catalogue(n: int, seed: int, window: Window) -> Catalogue:
    """Draw a range of n products; the same seed gives the same range.

    Raises ValueError when n is below 16: eight categories, a kit with three parts and a successor need room.
    """
    if n < 16:
        raise ValueError(f"products must be at least 16, not {n}")
    rng = np.random.default_rng([seed, 1])
    catalogue = _goods(rng, _category_of(n))
    busy = _make_kits(catalogue)
    _live_and_die(rng, catalogue, window, busy)
    _terms(rng, catalogue)
    return catalogue


def _category_of(n: int) -> Ints:
    """Share n products among the categories by largest remainder, at least one each: int32 (n), ascending."""
    wanted = np.array([category.share for category in CATEGORIES]) * n
    counts = np.maximum(wanted.astype(np.int64), 1)
    for i in np.argsort(counts - wanted)[: n - int(counts.sum())]:
        counts[i] += 1
    counts[1] += n - int(counts.sum())
    return np.repeat(np.arange(len(CATEGORIES)), counts).astype(np.int32)


def _of(values: list[float], category: Ints) -> Floats:
    """Spread one value a category over its products."""
    return np.array(values)[category]


def _pick(rng: np.random.Generator, counts: list[int], category: Ints) -> Ints:
    """Draw an index below the category's count for every product."""
    return rng.integers(0, np.array(counts)[category]).astype(np.int32)


def _goods(rng: np.random.Generator, category: Ints) -> Catalogue:
    """Draw what each product is, what it costs and how fast it sells."""
    n = len(category)
    kind, material = (
        _pick(rng, [len(c.items) for c in CATEGORIES], category),
        _pick(rng, [len(c.materials) for c in CATEGORIES], category),
    )
    size = _pick(rng, [len(c.sizes) for c in CATEGORIES], category)
    makers = _pick(rng, [len(c.suppliers) for c in CATEGORIES], category)
    supplier = [_MAKER[CATEGORIES[c].suppliers[m]] for c, m in zip(category, makers, strict=True)]
    fast = rng.lognormal(-0.05, 0.95, n)
    pack = _of([c.pack for c in CATEGORIES], category).astype(np.int32)
    return Catalogue(
        category=category,
        kind=kind,
        material=material,
        colour=rng.integers(0, len(COLOURS), n).astype(np.int32),
        size=size,
        supplier=np.array(supplier, np.int32),
        price=_list_price(rng, category, kind, size),
        cost=np.zeros(n),
        lines=_of([c.lines for c in CATEGORIES], category) * fast,
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


def _list_price(rng: np.random.Generator, category: Ints, kind: Ints, size: Ints) -> Floats:
    """Draw list prices in CNY, log-even within the category, ending in 9 or in .9 when small."""
    low, high = (_of([c.price[end] for c in CATEGORIES], category) for end in (0, 1))
    item = np.array([CATEGORIES[c].items[k].price for c, k in zip(category, kind, strict=True)])
    price = np.exp(rng.uniform(np.log(low), np.log(high))) * item * _SIZE_PRICE[size]
    return _shop_price(price)


def _shop_price(price: Floats) -> Floats:
    """Round to what a shop would print: 12.9, 89, 459."""
    small = np.floor(price) + 0.9
    large = np.maximum(np.round((price + 1) / 10) * 10 - 1, 19)
    return np.where(price < 30, np.maximum(small, 1.9), large)


def _channel_shares(rng: np.random.Generator, category: Ints) -> Floats:
    """Draw the share of each channel: (n, 4); a third sells on Amazon, two thirds to wholesale."""
    n = len(category)
    weight = rng.gamma(6.0, 1.0, (n, 4)) * np.array([0.3, 0.5, 0.26, 0.0])
    spare = category == len(CATEGORIES) - 1
    weight[(rng.random(n) > 0.36) | spare, 2] = 0
    share: Floats = weight / weight.sum(axis=1, keepdims=True)
    share[:, 3] = 0.085 * rng.lognormal(0, 0.4, n) * (rng.random(n) < 0.68)
    return share


def _make_kits(catalogue: Catalogue) -> Flags:
    """Turn some products into sets and give them parts of one cloth and colour; return who takes part."""
    rows = [np.flatnonzero(catalogue.category == i).astype(np.int32) for i in range(len(CATEGORIES))]
    sets = min(max(1, round(catalogue.n * 0.025)), len(rows[1]) // 2, len(rows[2]) // 2)
    gifts = min(round(catalogue.n * 0.0075), len(rows[4]) // 3)
    parts = [_bed_set(catalogue, rows[1], rows[2], i, sets) for i in range(sets)]
    parts += [_towel_set(catalogue, rows[4], i, gifts) for i in range(gifts)]
    catalogue.kits = np.concatenate([rows[1][:sets], rows[4][:gifts]]).astype(np.int32)
    catalogue.parts = np.array(parts, np.int32).reshape(-1, 3, 2)
    busy = catalogue.is_kit
    busy[catalogue.parts[:, :, 0][catalogue.parts[:, :, 0] >= 0]] = True
    _dress_kits(catalogue)
    return busy


def _bed_set(catalogue: Catalogue, bed: Ints, sheets: Ints, i: int, sets: int) -> list[tuple[int, int]]:
    """Name the parts of a four-piece set: duvet cover, fitted sheet, two pillowcases."""
    cover, sheet, case = int(bed[sets + i]), int(sheets[i]), int(sheets[sets + i])
    catalogue.kind[[int(bed[i]), cover, sheet, case]] = (0, 0, 0, 2)
    catalogue.size[case] = 3
    catalogue.size[sheet] = 1 + i % 2
    catalogue.price[case] = _shop_price(catalogue.price[sheet : sheet + 1] * 0.35)[0]
    return [(cover, 1), (sheet, 1), (case, 2)]


def _towel_set(catalogue: Catalogue, towels: Ints, i: int, gifts: int) -> list[tuple[int, int]]:
    """Name the parts of a gift set: a bath towel and two hand towels."""
    bath, hand = int(towels[gifts + i]), int(towels[2 * gifts + i])
    catalogue.kind[[int(towels[i]), bath, hand]] = (1, 1, 0)
    catalogue.size[[int(towels[i]), bath, hand]] = (2, 2, 1)
    return [(bath, 1), (hand, 2), (-1, 0)]


def _dress_kits(catalogue: Catalogue) -> None:
    """Give kit and parts one cloth, colour and pace, and the kit a price below the sum of its parts."""
    for number, (kit, parts) in enumerate(zip(catalogue.kits, catalogue.parts, strict=True)):
        for row in [kit, *parts[parts[:, 0] >= 0, 0]]:
            catalogue.material[row] = number % 6
            catalogue.colour[row] = (number * 5) % len(COLOURS)
            catalogue.lines[row] = max(catalogue.lines[row], CATEGORIES[catalogue.category[row]].lines)
            catalogue.trend[row] = abs(catalogue.trend[row])
        whole = sum(catalogue.price[row] * units for row, units in parts if row >= 0)
        catalogue.price[kit] = _shop_price(np.array([whole * 0.88]))[0]
        catalogue.share[kit] = (0.42, 0.58, 0, 0)
        catalogue.extra[kit] = 0.03


def _live_and_die(rng: np.random.Generator, catalogue: Catalogue, window: Window, busy: Flags) -> None:
    """Launch some products, end some, let half of those have a successor, and let some fade out of fashion."""
    n, spare = catalogue.n, len(CATEGORIES) - 1
    free = rng.permutation(np.flatnonzero(~busy & (catalogue.category != spare)))
    ending = free[: max(2, round(n * 0.07))]
    rest = free[len(ending) :]
    catalogue.end[ending] = window.warm + (rng.uniform(0.3, 0.92, len(ending)) * window.shown).astype(np.int32)
    launched = _successors(rng, catalogue, window, ending[: (len(ending) + 1) // 2], rest)
    rest = rest[~np.isin(rest, launched)]
    fresh = rest[: max(2, round(n * 0.12)) - len(launched)]
    catalogue.launch[fresh] = window.warm + (rng.uniform(0.15, 0.96, len(fresh)) * window.shown).astype(np.int32)
    fading = rest[len(fresh) :][: max(1, round(n * 0.05))]
    catalogue.trend[fading] = rng.uniform(-1.3, -0.7, len(fading))


def _successors(rng: np.random.Generator, catalogue: Catalogue, window: Window, old: Ints, rest: Ints) -> Ints:
    """Let products of the same category take over from old ones, with their name, pace and channels."""
    taken: list[int] = []
    for row in old:
        heirs = [r for r in rest if catalogue.category[r] == catalogue.category[row] and r not in taken]
        if not heirs:
            continue
        heir = int(heirs[0])
        taken.append(heir)
        for column in ("kind", "material", "colour", "size", "supplier", "lines", "share", "extra", "lot", "pack"):
            getattr(catalogue, column)[heir] = getattr(catalogue, column)[row]
        catalogue.price[heir] = _shop_price(catalogue.price[row : row + 1] * 1.06)[0]
        first = int(catalogue.end[row]) - int(rng.integers(-5, 25))
        catalogue.launch[heir] = min(max(first, window.warm + 1), window.days - 5)
        catalogue.replaces[heir] = row
    return np.array(taken, np.int32)


def units_per_day(catalogue: Catalogue) -> Floats:
    """Expect units a day at season 1, over all channels: (n)."""
    retail = catalogue.lines / (1 - catalogue.extra)
    return retail + catalogue.lines * catalogue.share[:, 3] * catalogue.lot * 1.5


def _terms(rng: np.random.Generator, catalogue: Catalogue) -> None:
    """Set unit costs and minimum orders: about a month of demand, often far more for slow sellers."""
    catalogue.cost = np.round(catalogue.price * rng.uniform(0.33, 0.46, catalogue.n), 2)
    for kit, parts in zip(catalogue.kits, catalogue.parts, strict=True):
        catalogue.cost[kit] = round(sum(catalogue.cost[row] * units for row, units in parts if row >= 0), 2)
    month = units_per_day(catalogue) * rng.lognormal(np.log(24), 0.6, catalogue.n)
    step = catalogue.pack
    catalogue.moq = (np.ceil(np.maximum(month, 2 * step) / step) * step).astype(np.int32)


def names(catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Name every product in English and in Chinese; no name comes twice in a language."""
    english: list[str] = []
    chinese: list[str] = []
    seen: dict[str, int] = {}
    kits = set(catalogue.kits.tolist())
    for row in range(catalogue.n):
        name, name_zh = _name(catalogue, row, row in kits)
        seen[name] = seen.get(name, 0) + 1
        edition = seen[name]
        english.append(name if edition == 1 else f"{name}, No. {edition}")
        chinese.append(name_zh if edition == 1 else f"{name_zh} {edition}号")
    return english, chinese


def _name(catalogue: Catalogue, row: int, kit: bool) -> Word:
    """Put a product's name together from cloth, item, colour and size."""
    category: Category = CATEGORIES[catalogue.category[row]]
    cloth, colour = category.materials[catalogue.material[row]], COLOURS[catalogue.colour[row]]
    size, item = category.sizes[catalogue.size[row]], category.items[catalogue.kind[row]]
    if kit:
        what = ("Four-Piece Bedding Set", "四件套") if category.code == "BED" else ("Towel Gift Set", "毛巾礼盒")
        return f"{cloth[0]} {what[0]}, {colour[0]}, {size[0]}", f"{cloth[1]}{what[1]} {colour[1]} {size[1]}"
    return f"{cloth[0]} {item.name}, {colour[0]}, {size[0]}", f"{cloth[1]}{item.name_zh} {colour[1]} {size[1]}"


def skus(catalogue: Catalogue, seed: int) -> list[str]:
    """Number the products: mostly LT-BED-0012, the oldest as bare digits with leading zeros, spares as 0070012."""
    rng = np.random.default_rng([seed, 2])
    old = (rng.random(catalogue.n) < 0.1) & (catalogue.launch < 0)
    kits = {row: number + 1 for number, row in enumerate(catalogue.kits.tolist())}
    found = []
    for row in range(catalogue.n):
        code = CATEGORIES[catalogue.category[row]].code
        if row in kits:
            found.append(f"LT-KIT-{kits[row]:03d}")
        elif code == "SPR":
            found.append(f"{70_000 + row:07d}")
        else:
            found.append(f"{310_000 + row * 7:08d}" if old[row] else f"LT-{code}-{row + 1:04d}")
    return found
