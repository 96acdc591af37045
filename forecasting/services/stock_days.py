"""Rebuilds the stock of every day of the last year from counts, sales and receipts, place by place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from forecasting.finance import Events, average, daily_stock, weekly
from forecasting.models import Product

Doubles = NDArray[np.float64]
Shelf = tuple[int, int]  # a product's row and its place's id

DAYS = 364  # 52 whole weeks
BEFORE = 366  # how old a count may be to tell with what the year began

COUNTS = """
SELECT product_id, location_id, counted_at, on_hand - reserved FROM forecasting_stockcount
WHERE counted_at BETWEEN %(first)s AND %(last)s
"""
SALES = """
SELECT product_id, location_id, sold_on, sum(units) FROM forecasting_sale
WHERE sold_on BETWEEN %(first)s AND %(last)s
  AND product_id IN (SELECT product_id FROM forecasting_stockcount)
GROUP BY 1, 2, 3
"""
RECEIPTS = """
SELECT product_id, location_id, received_on, sum(units) FROM forecasting_inbound
WHERE received_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class StockDays:
    """Stock over the last year in units, NaN = not known: mean over days (n,), and mean of each week (n, 52).

    shelves: the same for each product in each place where it was ever counted.
    """

    average: Doubles
    weeks: Doubles
    shelves: dict[Shelf, tuple[float, Doubles]] = field(default_factory=dict)


def read(products: Sequence[Product], *, as_of: date) -> StockDays:
    """Rebuild the last year of stock; a product is known on days on which all its places are."""
    first = as_of - timedelta(days=DAYS + BEFORE - 1)
    row_of = {product.pk: row for row, product in enumerate(products)}
    counts = _events(COUNTS, row_of, first, as_of)
    main = _main_shelves(counts)
    counted = {(row, place) for row, place, _day, _units in counts}
    flows = [_placed(_events(text, row_of, first, as_of), counted, main) for text in (SALES, RECEIPTS)]
    total = np.zeros((len(products), DAYS))
    known = np.zeros(len(products), bool)
    shelves: dict[Shelf, tuple[float, Doubles]] = {}
    for place in sorted({place for _row, place in counted if place is not None}):
        rows = sorted(row for row, where in counted if where == place)
        stock = _of_place(place, rows, counts, flows)
        total[rows] += stock
        known[rows] = True
        means, weeks = average(stock), weekly(stock)
        shelves |= {(row, place): (float(means[at]), weeks[at]) for at, row in enumerate(rows)}
    total[~known] = np.nan
    return StockDays(average(total), weekly(total), shelves)


Cell = tuple[int, int | None, int, float]  # row, place, day, units


def _events(text: str, row_of: dict[int, int], first: date, last: date) -> list[Cell]:
    with connection.cursor() as cursor:
        cursor.execute(text, {"first": first, "last": last})
        return [
            (row_of[product], place, (day - first).days, float(units))
            for product, place, day, units in cursor.fetchall()
            if product in row_of
        ]


def _main_shelves(counts: Sequence[Cell]) -> dict[int, int | None]:
    """Find the place where most of each product lay at its last count: what names no place goes there."""
    newest: dict[tuple[int, int | None], tuple[int, float]] = {}
    for row, place, day, units in counts:
        newest[row, place] = max(newest.get((row, place), (-1, 0.0)), (day, units))
    main: dict[int, tuple[float, int | None]] = {}
    for (row, place), (_day, units) in sorted(newest.items()):
        if row not in main or units > main[row][0]:
            main[row] = (units, place)
    return {row: place for row, (_units, place) in main.items()}


def _placed(cells: list[Cell], counted: set[tuple[int, int | None]], main: dict[int, int | None]) -> list[Cell]:
    return [
        (row, place if (row, place) in counted else main[row], day, units)
        for row, place, day, units in cells
        if row in main
    ]


def _of_place(place: int, rows: list[int], counts: list[Cell], flows: list[list[Cell]]) -> Doubles:
    """Rebuild one place's stock of the last year, a row for each of its products."""
    at = {row: number for number, row in enumerate(rows)}

    def here(cells: list[Cell]) -> Events:
        return Events.of([(at[row], day, units) for row, where, day, units in cells if where == place])

    sales, receipts = (here(cells) for cells in flows)
    stock = daily_stock(len(rows), DAYS + BEFORE, counts=here(counts), sales=sales, receipts=receipts)
    return np.asarray(stock[:, BEFORE:])
