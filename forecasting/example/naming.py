"""Names and numbers the products of the example firm."""

import numpy as np

from forecasting.example.catalogue import Catalogue
from forecasting.example.goods import CATEGORIES, COLOURS, Word, sizes_of


def names(catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Name every product in English and in Chinese; what would be the same name is numbered in both."""
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
    """Put a product's name together from cloth, article, colour and size."""
    code, kind = catalogue.category[row], catalogue.kind[row]
    category = CATEGORIES[code]
    cloth, colour = category.cloths[catalogue.cloth[row]], COLOURS[catalogue.colour[row]]
    size, item = sizes_of(code, kind)[catalogue.size[row]], category.items[kind]
    if kit and category.code == "BED":
        return f"{cloth[0]} Four-Piece Set, {colour[0]}, {size[0]}", f"{cloth[1]}四件套 {colour[1]} {size[1]}"
    if kit:
        return f"{cloth[0]} Towel Gift Set, {colour[0]}", f"{cloth[1]}毛巾礼盒 {colour[1]}"
    return f"{cloth[0]} {item.name}, {colour[0]}, {size[0]}", f"{cloth[1]}{item.name_zh} {colour[1]} {size[1]}"


def skus(catalogue: Catalogue, seed: int) -> list[str]:
    """Number the products: mostly LT-BED-0012, the oldest as bare digits with leading zeros, spares as 0070012."""
    rng = np.random.default_rng([seed, 2])
    old = (rng.random(catalogue.n) < 0.1) & (catalogue.launch < 0)
    kits = {row: number + 1 for number, row in enumerate(catalogue.kits.tolist())}
    return [_sku(catalogue, row, kits.get(row), bool(old[row])) for row in range(catalogue.n)]


def _sku(catalogue: Catalogue, row: int, kit: int | None, old: bool) -> str:
    """Write one sku."""
    code = CATEGORIES[catalogue.category[row]].code
    if kit is not None:
        return f"LT-KIT-{kit:03d}"
    if code == "SPR":
        return f"{70_000 + row:07d}"
    return f"{310_000 + row * 7:08d}" if old else f"LT-{code}-{row + 1:04d}"
