"""Reads what goods are made of; a kit, put together when it is sold, is demand for its components and never bought."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from forecasting.engine.changes import Moved, changed
from forecasting.engine.types import Forecast
from forecasting.ingest.errors import Unreadable
from forecasting.models import Component, Product, StockCount
from forecasting.planning import Plan
from forecasting.planning.production import Bill, Circular, flattened
from forecasting.planning.production import told as in_words
from forecasting.words import say

Line = tuple[int, int, float]  # parent, component, quantity
Cell = tuple[int, int | None, int, float]  # product, place, period, units


@dataclass(frozen=True, slots=True)
class Bills:
    """All lines of the organisation by product keys, and which parents are kits; the others are made to stock."""

    lines: tuple[Line, ...] = ()
    kits: frozenset[int] = field(default_factory=frozenset)

    @property
    def made(self) -> frozenset[int]:
        """Name the products that are made to stock."""
        return frozenset(parent for parent, _, _ in self.lines) - self.kits

    def rows(self, keys: Sequence[int]) -> Bill:
        """Lay the bill out over products in this order; lines of others are left out. Raises Circular."""
        row_of = {key: row for row, key in enumerate(keys)}
        known = [line for line in self.lines if line[0] in row_of and line[1] in row_of]
        return Bill.of(len(keys), ((row_of[parent], row_of[part], units) for parent, part, units in known))

    def parts(self) -> dict[int, list[tuple[int, float]]]:
        """Say what one of each kit takes from the shelves: parts with their units, kits within kits taken apart."""
        keys = sorted({key for parent, part, _ in self.lines for key in (parent, part)})
        flat = flattened(self.rows(keys), [key in self.kits for key in keys])
        found: dict[int, list[tuple[int, float]]] = {}
        for kit, part, units in zip(flat.parent.tolist(), flat.component.tolist(), flat.quantity.tolist(), strict=True):
            found.setdefault(keys[kit], []).append((keys[part], units))
        return found


def read() -> Bills:
    """Read the bills; a parent of which nobody said how it is made is made to stock if stock of it was ever counted."""
    rows = list(Component.objects.order_by("pk").values_list("parent_id", "component_id", "quantity", "made"))
    if not rows:
        return Bills()
    words: dict[int, set[bool]] = {}
    for parent, _part, _units, made in rows:
        words.setdefault(parent, set()).update([] if made is None else [made])
    silent = [parent for parent, said in words.items() if not said]
    stocked = set(StockCount.objects.filter(product__in=silent, on_hand__gt=0).values_list("product", flat=True))
    kits = {parent for parent, said in words.items() if True not in said and parent not in stocked}
    return Bills(tuple((parent, part, units) for parent, part, units, _ in rows), frozenset(kits))


def check() -> None:
    """Refuse a bill in which a product goes into itself; raises Unreadable with the way round in words."""
    lines = read().lines
    skus = dict(Product.objects.filter(pk__in={key for line in lines for key in line[:2]}).values_list("pk", "sku"))
    keys = sorted(skus, key=lambda key: skus[key])
    try:
        Bills(lines).rows(keys)
    except Circular as error:
        raise Unreadable(in_words(error, [skus[key] for key in keys])) from error


def exploded(cells: Iterable[Cell]) -> list[Cell]:
    """Add what kits take to the demand of their parts; a kit's own demand stays, to be forecast but never planned."""
    parts = read().parts()
    sums: dict[tuple[int, int | None, int], float] = {}
    for product, place, period, units in cells:
        sums[product, place, period] = sums.get((product, place, period), 0.0) + units
        for part, quantity in parts.get(product, ()):
            sums[part, place, period] = sums.get((part, place, period), 0.0) + units * quantity
    return [(*key, total) for key, total in sums.items()]


TAKEN = """
WITH newest AS (
    SELECT DISTINCT ON (product_id, location_id) product_id, location_id, counted_at AS day, on_hand - reserved AS units
    FROM forecasting_stockcount WHERE counted_at <= %(as_of)s AND product_id = ANY(%(parts)s)
    ORDER BY product_id, location_id, counted_at DESC
), counted AS ({counted})
SELECT c.product_id, c.location_id, sum(s.units * k.quantity)
FROM unnest(%(kits)s::bigint[], %(parts)s::bigint[], %(quantities)s::float8[]) AS k (kit, part, quantity)
JOIN counted c ON c.product_id = k.part
JOIN forecasting_sale s ON s.product_id = k.kit AND s.sold_on > c.day AND s.sold_on <= %(as_of)s {here}
GROUP BY 1, 2
"""
TOGETHER = {
    "counted": "SELECT product_id, NULL::bigint AS location_id, max(day) AS day FROM newest GROUP BY 1",
    "here": "",
}
APART = {
    "counted": "SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY units DESC, location_id) = 1 AS main "
    "FROM newest",
    "here": "AND (s.location_id = c.location_id OR s.location_id IS NULL AND c.main)",
}


def taken(as_of: date, *, apart: bool = False) -> dict[tuple[int, int | None], float]:
    """Sum what kits have taken of each part since it was last counted: in all places, or in each (apart)."""
    lines = [(kit, part, units) for kit, parts in read().parts().items() for part, units in parts]
    if not lines:
        return {}
    kits, parts, quantities = (list(column) for column in zip(*lines, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            TAKEN.format(**(APART if apart else TOGETHER)),
            {"as_of": as_of, "kits": kits, "parts": parts, "quantities": quantities},
        )
        return {(product, place): float(units) for product, place, units in cursor.fetchall()}


def among(products: Sequence[Product], found: Bills) -> NDArray[np.bool_]:
    """Tell which products are kits, bool (n,)."""
    return np.array([product.pk in found.kits for product in products], np.bool_)


def silenced(forecast: Forecast, products: Sequence[Product], found: Bills) -> Forecast:
    """Return the forecast that is planned with: kits ask for nothing, for their parts' demand holds it already."""
    kits = among(products, found)
    moved = np.where(kits, 0.0, 1.0)[:, None] * np.ones(forecast.mean.shape)
    return changed(forecast, Moved(moved, np.zeros_like(moved)))


def emptied(plan: Plan, products: Sequence[Product], found: Bills) -> Plan:
    """Return the plan without stock to be held of kits: no money is needed for what lies nowhere."""
    kits = among(products, found)
    held = ("safety_stock", "reorder_point", "order_up_to", "max_target", "order_units", "average_target")
    return replace(plan, **{name: np.where(kits, 0.0, getattr(plan, name)) for name in held})


def still(forecast: Forecast, products: Sequence[Product], units: NDArray[np.float32], found: Bills) -> Forecast:
    """Expect no customers for components that were never sold; units: past demand, (n, T) as the forecast's rows.

    Else what is new to the shop would be forecast like others of its kind, and be bought for nobody.
    """
    parts = {part for _, part, _ in found.lines}
    quiet = np.array([product.pk in parts for product in products]) & ~(np.nan_to_num(units) > 0).any(axis=1)
    if not quiet.any():
        return forecast
    factor = np.where(quiet, 0.0, 1.0)[:, None] * np.ones(forecast.mean.shape)
    said = say("Never sold by itself: it is needed for what is made of it.")
    reason = tuple(said if silent else told for silent, told in zip(quiet, forecast.reason, strict=True))
    return replace(changed(forecast, Moved(factor, np.zeros_like(factor))), reason=reason)
