"""Tells what really happened, shelf by shelf and day by day: the part that the firm itself cannot know."""

import numpy as np
from numpy.typing import NDArray

from forecasting.example.catalogue import Catalogue
from forecasting.example.dates import Window
from forecasting.example.demand import Expected, Wishes
from forecasting.example.firm import Truth
from forecasting.example.partners import PLACES
from forecasting.example.warehouse import Ledger

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Names = tuple[str, ...]


def tell(
    wanted: tuple[Wishes, Expected],
    catalogue: Catalogue,
    ledger: Ledger,
    skus: list[str],
    window: Window,
    lines: tuple[Names, Names],
) -> Truth:
    """Cut the truth of the visible days from the ledger; lines: line_ids of one-off and of cancelled orders."""
    wishes, expected = wanted
    warm, shelves = window.warm, ledger.shelves
    demand, bulk = (_wished(wishes, ledger, window, chosen) for chosen in (~wishes.bulk, wishes.bulk))
    units, promo = _by_shelf(expected, ledger, warm)
    day = np.arange(warm, window.days)
    product = shelves.product
    return Truth(
        start=window.start,
        skus=tuple(skus[row] for row in product),
        locations=tuple(PLACES[place].code for place in shelves.place),
        kit=catalogue.is_kit[product],
        opening=ledger.closing[:, warm - 1].copy(),
        demand=demand,
        bulk=bulk,
        sold=_shown(ledger.sold, warm),
        received=_shown(ledger.received, warm),
        restocked=_shown(ledger.restocked, warm),
        used=_shown(ledger.used, warm),
        closing=_shown(ledger.closing, warm),
        stocked=_stocked(catalogue, ledger, demand + bulk, warm),
        live=(catalogue.launch[product, None] <= day) & (day < catalogue.end[product, None]),
        expected=units,
        promo_effect=promo,
        bulk_lines=lines[0],
        cancelled_lines=lines[1],
    )


def _shown(days: Ints, warm: int) -> Ints:
    """Cut the visible days."""
    return np.ascontiguousarray(days[:, warm:])


def _wished(wishes: Wishes, ledger: Ledger, window: Window, chosen: NDArray[np.bool_]) -> Ints:
    """Add up the units wished per shelf and visible day, over the chosen lines."""
    chosen = chosen & (wishes.day >= window.warm)
    cell = ledger.shelf[chosen].astype(np.int64) * window.shown + wishes.day[chosen] - window.warm
    size = ledger.shelves.n * window.shown
    units = np.bincount(cell, weights=wishes.units[chosen], minlength=size).astype(np.int32)
    return units.reshape(ledger.shelves.n, window.shown)


def _stocked(catalogue: Catalogue, ledger: Ledger, wanted: Ints, warm: int) -> Floats:
    """Give the share of the day's wishes met; without wishes, whether anything lay there (for kits: all parts)."""
    there = _shown(ledger.closing, warm) > 0
    for kit, parts in zip(catalogue.kits, catalogue.parts, strict=True):
        real = parts[:, 0] >= 0
        there[kit] = (ledger.closing[parts[real, 0], warm:] >= parts[real, 1, None]).all(axis=0)
    met = _shown(ledger.sold, warm) / np.maximum(wanted, 1)
    return np.where(wanted > 0, met, there).astype(np.float32)


def _by_shelf(expected: Expected, ledger: Ledger, warm: int) -> tuple[Floats, Floats]:
    """Lay what was expected, and the factor of promotions, on the shelves of the visible days."""
    product, place = ledger.shelves.product, ledger.shelves.place
    return expected.units[place, product, warm:], expected.promo[place, product, warm:]
