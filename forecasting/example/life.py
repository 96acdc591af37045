"""Gives the range its history: kits and their parts, launches and flops, ends, successors, goods out of fashion."""

import numpy as np

from forecasting.example.catalogue import Catalogue, Flags, Ints, draw_goods, set_terms, shop_price
from forecasting.example.dates import Window
from forecasting.example.goods import BED, CATEGORIES, COLOURS, SHEETS, SPARES, TOWELS

_CLOTHS = 6
"""Kits are made of the first six cloths of their category."""

Parts = list[tuple[int, int]]


def draw_catalogue(n: int, seed: int, window: Window) -> Catalogue:
    """Draw a range of n products with its history; the same seed gives the same range.

    Raises ValueError when n is below 16.
    """
    rng = np.random.default_rng([seed, 1])
    catalogue = draw_goods(rng, n)
    busy = make_kits(catalogue)
    live_and_die(rng, catalogue, window, busy)
    set_terms(rng, catalogue)
    return catalogue


def make_kits(catalogue: Catalogue) -> Flags:
    """Turn some products into sets and give them parts of one cloth and colour; return who takes part.

    No component belongs to two kits, so that a day's kits can be put together all at once.
    """
    bed, sheets, towels = (np.flatnonzero(catalogue.category == c).astype(np.int32) for c in (BED, SHEETS, TOWELS))
    sets = min(max(1, round(catalogue.n * 0.025)), len(bed) // 2, len(sheets) // 2)
    gifts = min(round(catalogue.n * 0.0075), len(towels) // 3)
    parts = [_bed_set(catalogue, bed, sheets, i, sets) for i in range(sets)]
    parts += [_towel_set(catalogue, towels, i, gifts) for i in range(gifts)]
    catalogue.kits = np.concatenate([bed[:sets], towels[:gifts]]).astype(np.int32)
    catalogue.parts = np.array(parts, np.int32).reshape(-1, 3, 2)
    busy = catalogue.is_kit
    busy[catalogue.parts[:, :, 0][catalogue.parts[:, :, 0] >= 0]] = True
    for number in range(len(catalogue.kits)):
        _dress(catalogue, number)
    return busy


def _bed_set(catalogue: Catalogue, bed: Ints, sheets: Ints, i: int, sets: int) -> Parts:
    """Name the parts of a four-piece set: duvet cover, fitted sheet, two pillowcases."""
    kit, cover, sheet, case = int(bed[i]), int(bed[sets + i]), int(sheets[i]), int(sheets[sets + i])
    catalogue.kind[[kit, cover, sheet, case]] = (0, 0, 0, 2)
    size = 1 + i % 3
    catalogue.size[[kit, cover, sheet, case]] = (size, size, size, 0)
    catalogue.price[case] = shop_price(catalogue.price[[sheet]] * 0.35)[0]
    return [(cover, 1), (sheet, 1), (case, 2)]


def _towel_set(catalogue: Catalogue, towels: Ints, i: int, gifts: int) -> Parts:
    """Name the parts of a gift set: a bath towel and two hand towels."""
    kit, bath, hand = int(towels[i]), int(towels[gifts + i]), int(towels[2 * gifts + i])
    catalogue.kind[[kit, bath, hand]] = (1, 1, 0)
    catalogue.size[[kit, bath, hand]] = 0
    return [(bath, 1), (hand, 2), (-1, 0)]


def _dress(catalogue: Catalogue, number: int) -> None:
    """Give a kit and its parts one cloth and colour and a lively pace, and the kit a price below its parts'."""
    kit = int(catalogue.kits[number])
    parts = [(int(row), int(units)) for row, units in catalogue.parts[number] if row >= 0]
    for row in [kit, *(row for row, _ in parts)]:
        catalogue.cloth[row] = number % _CLOTHS
        catalogue.colour[row] = (number * 5 + number // len(COLOURS)) % len(COLOURS)
        catalogue.lines[row] = max(catalogue.lines[row], CATEGORIES[catalogue.category[row]].lines)
        catalogue.trend[row] = abs(catalogue.trend[row])
    whole = sum(float(catalogue.price[row]) * units for row, units in parts)
    catalogue.price[kit] = shop_price(np.array([whole * 0.88]))[0]
    catalogue.share[kit] = (0.42, 0.58, 0, 0)
    catalogue.extra[kit] = 0.03


def live_and_die(rng: np.random.Generator, catalogue: Catalogue, window: Window, busy: Flags) -> None:
    """Launch some products, end some, let half of those have a successor, and let some fade out of fashion."""
    n = catalogue.n
    free = rng.permutation(np.flatnonzero(~busy & (catalogue.category != SPARES))).astype(np.int32)
    ending, rest = np.split(free, [max(2, round(n * 0.07))])
    catalogue.end[ending] = window.warm + (rng.uniform(0.3, 0.92, len(ending)) * window.shown).astype(np.int32)
    heirs = _successors(rng, catalogue, window, ending[: (len(ending) + 1) // 2], rest)
    rest = rest[~np.isin(rest, heirs)]
    fresh, rest = np.split(rest, [max(1, round(n * 0.12) - len(heirs))])
    catalogue.launch[fresh] = window.warm + (rng.uniform(0.15, 0.96, len(fresh)) * window.shown).astype(np.int32)
    _flop(rng, catalogue, fresh[: max(1, len(fresh) // 4)])
    fading = rest[: max(1, round(n * 0.05))]
    catalogue.trend[fading] = rng.uniform(-2.0, -1.0, len(fading))


def _flop(rng: np.random.Generator, catalogue: Catalogue, rows: Ints) -> None:
    """Let some launches disappoint: the buyers hoped for many times what is sold."""
    catalogue.hope[rows] = rng.uniform(8, 20, len(rows))
    catalogue.lines[rows] /= catalogue.hope[rows]


def _successors(rng: np.random.Generator, catalogue: Catalogue, window: Window, old: Ints, rest: Ints) -> Ints:
    """Let products of the same category take over from old ones, with their name, pace and channels."""
    taken: list[int] = []
    heirs = {c: rest[catalogue.category[rest] == c].tolist() for c in range(len(CATEGORIES))}
    for row in old:
        if not heirs[catalogue.category[row]]:
            continue
        heir = heirs[catalogue.category[row]].pop(0)
        taken.append(heir)
        for column in ("kind", "cloth", "colour", "size", "supplier", "lines", "share", "extra", "lot", "pack"):
            getattr(catalogue, column)[heir] = getattr(catalogue, column)[row]
        catalogue.price[heir] = shop_price(catalogue.price[[row]] * 1.06)[0]
        first = int(catalogue.end[row]) - int(rng.integers(-5, 25))
        catalogue.launch[heir] = min(max(first, window.warm + 1), window.days - 5)
        catalogue.replaces[heir] = row
    return np.array(taken, np.int32)
