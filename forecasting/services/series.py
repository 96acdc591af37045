"""Reads order lines and stock counts into the demand series that the engine takes, per product or per shelf."""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.db.models import Sum
from numpy.typing import NDArray

from forecasting.engine.types import DemandPanel, Freq
from forecasting.models import FittedModel, Inbound, Location, Product, Sale, StockCount
from forecasting.services import kits
from forecasting.services.oneoffs import Line
from tenants.models import Organisation
from tenants.tiers import LIMITS, Tier

DAYS = {"D": 1, "W": 7}

# A negative line takes back the newest earlier line of the same customer, product and quantity: an order and its
# full cancellation were never demand. Other negative lines are returns: goods that come back, not demand that went.
# What was taken back is subtracted where it was sold, rather than looked up line by line.
DEMAND = """
WITH taken_back AS MATERIALIZED (
    SELECT DISTINCT ON (p.id) p.product_id, p.location_id, p.sold_on, p.units
    FROM forecasting_sale n CROSS JOIN LATERAL (
        SELECT p.id, p.product_id, p.location_id, p.sold_on, p.units FROM forecasting_sale p
        WHERE p.product_id = n.product_id AND p.customer_ref = n.customer_ref AND p.units = -n.units
          AND p.sold_on BETWEEN n.sold_on - 90 AND n.sold_on AND p.sold_at <= n.sold_at
        ORDER BY p.sold_at DESC, p.id DESC LIMIT 1) p
    WHERE n.units < 0 AND n.customer_ref <> '' AND n.sold_on >= %(first)s
), lines AS (
    SELECT product_id, location_id, sold_on, units FROM forecasting_sale WHERE units > 0
    UNION ALL SELECT product_id, location_id, sold_on, -units FROM taken_back
)
SELECT s.product_id, {place} AS place, {period} AS period, sum(s.units)
FROM lines s WHERE s.sold_on BETWEEN %(first)s AND %(last)s
GROUP BY 1, 2, 3
"""
PERIODS = {
    "D": "(s.sold_on - %(first)s)",
    "W": "(s.sold_on - %(first)s) / 7",
    "M": "(extract(year FROM s.sold_on) - extract(year FROM %(first)s::date)) * 12"
    " + extract(month FROM s.sold_on) - extract(month FROM %(first)s::date)",
}


Cell = tuple[int, int | None, int, float]  # product, place, period, units
Key = tuple[int, int | None]  # a product's id and, where shelves are told apart, its place's


@dataclass(frozen=True, slots=True)
class Series:
    """The demand of an organisation's products: panel row i is products[i]; as_of is the last day it holds.

    places: where each row lies, if the firm keeps stock in several places and shelves were asked for.
    """

    panel: DemandPanel
    products: list[Product]
    as_of: date
    places: list[Location] | None = None

    @property
    def data_hash(self) -> str:
        """Name the data that a run was computed from."""
        digest = hashlib.sha256()
        for part in (self.panel.ids, self.panel.start.isoformat(), self.panel.freq):
            digest.update(repr(part).encode())
        given = (self.panel.units, self.panel.stocked, self.panel.groups, self.panel.replaces)
        for grid in (*given, self.panel.promo, self.panel.price):
            digest.update(b"-" if grid is None else np.ascontiguousarray(grid).tobytes())
        return digest.hexdigest()


def read(*, organisation: Organisation, freq: Freq, apart: Sequence[Line] = ()) -> Series | None:
    """Read the demand of every product that was ever sold or is on the list; None while there is no sale.

    Periods end on the last whole day with sales, so that the newest period is never a part of one. apart: one-off
    orders, which are no demand.
    """
    span = whole_span(organisation, freq)
    if span is None:
        return None
    first, last, periods = span
    products = list(Product.objects.select_related("supplier").order_by("sku"))
    cells = _cells(freq, first, last, place="NULL::bigint", apart=apart)
    row_of: dict[Key, int] = {(product.pk, None): row for row, product in enumerate(products)}
    units = _units(row_of, cells, periods)
    stocked = _stocked(row_of, freq, first, periods, units)
    units[stocked == 0] = np.nan
    panel = DemandPanel(
        ids=tuple(product.sku for product in products),
        start=first,
        freq=freq,
        units=units,
        stocked=stocked,
        groups=_groups(products),
        group_names=("category", "supplier"),
        replaces=_replaces(products),
    )
    return Series(panel, products, last)


def read_shelves(*, organisation: Organisation, freq: Freq, apart: Sequence[Line] = ()) -> Series | None:
    """Read the demand of every product in every place where it lies; None while stock is kept in one place at most.

    A sale that names no place, or one without stock, counts where most of the product is sold.
    """
    span, places = whole_span(organisation, freq), stock_places()
    if span is None or len(places) < 2:
        return None
    first, last, periods = span
    cells = _placed(_cells(freq, first, last, place="s.location_id", apart=apart), places)
    counted = set(StockCount.objects.values_list("product_id", "location_id").distinct())
    counted |= set(Inbound.objects.filter(received_on=None).values_list("product_id", "location_id").distinct())
    products = {product.pk: product for product in Product.objects.select_related("supplier").order_by("sku")}
    here = counted | {(product, place) for product, place, _period, _sum in cells}
    lying = {product for product, _place in here}
    here |= {(pk, places[0].pk) for pk in products if pk not in lying}
    keys = [(pk, place.pk) for pk in products for place in places if (pk, place.pk) in here]
    row_of: dict[Key, int] = {key: row for row, key in enumerate(keys)}
    units = _units(row_of, cells, periods)
    stocked = _stocked(row_of, freq, first, periods, units, apart=True)
    units[stocked == 0] = np.nan
    place_of = {place.pk: place for place in places}
    mine, theirs = [products[product] for product, _place in keys], [place_of[place] for _product, place in keys]
    number = {place.pk: code for code, place in enumerate(places)}
    panel = DemandPanel(
        ids=tuple(f"{product.sku} @ {place.code}" for product, place in zip(mine, theirs, strict=True)),
        start=first,
        freq=freq,
        units=units,
        stocked=stocked,
        groups=np.column_stack([_groups(mine), np.array([number[place.pk] for place in theirs], np.int32)]),
        group_names=("category", "supplier", "location"),
        replaces=_replaces(mine, theirs),
    )
    return Series(panel, mine, last, theirs)


def stock_places() -> list[Location]:
    """List the places in which stock was ever counted."""
    return list(Location.objects.filter(pk__in=StockCount.objects.values("location")).order_by("code"))


def _placed(cells: list[Cell], places: list[Location]) -> list[Cell]:
    """Give every cell a place with stock, adding up what comes to lie in the same one."""
    known = {place.pk for place in places}
    sold: dict[int, dict[int, float]] = {}
    for product, place, _period, total in cells:
        if place in known:
            of_product = sold.setdefault(product, {})
            of_product[place] = of_product.get(place, 0) + total
    main = {product: max(by_place, key=lambda place: by_place[place]) for product, by_place in sold.items()}
    found: dict[tuple[int, int, int], float] = {}
    for product, place, period, total in cells:
        key = (product, place if place in known else main.get(product, places[0].pk), period)
        found[key] = found.get(key, 0) + total
    return [(product, place, period, total) for (product, place, period), total in found.items()]


def whole_span(organisation: Organisation, freq: Freq) -> tuple[date, date, int] | None:
    """Return the first day, the last day and the number of whole periods of the history kept; None without sales."""
    today = datetime.now(ZoneInfo(organisation.time_zone)).date()
    days = Sale.objects.filter(sold_on__lt=today, units__gt=0)
    newest = days.order_by("-sold_on").values_list("sold_on", flat=True).first()
    if newest is None:
        return None
    oldest = days.order_by("sold_on").values_list("sold_on", flat=True).first()
    kept = newest - timedelta(days=366 * LIMITS[Tier(organisation.tier)].history_years)
    return _whole_periods(_anchored(max(oldest, kept), freq), newest, freq)


def _anchored(first: date, freq: Freq) -> date:
    """Let a history of days begin where the model of the last week begins, which could not be used again otherwise."""
    begun = FittedModel.objects.filter(freq="D").values_list("starts_on", flat=True).first() if freq == "D" else None
    return begun if begun is not None and begun <= first <= begun + timedelta(days=7) else first


def _whole_periods(oldest: date, newest: date, freq: Freq) -> tuple[date, date, int] | None:
    if freq == "M":
        after = newest + timedelta(days=1)
        last = newest if after.day == 1 else newest.replace(day=1) - timedelta(days=1)
        first = oldest.replace(day=1)
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return (first, last, months) if months > 0 else None
    step = DAYS[freq]
    periods = ((newest - oldest).days + 1) // step
    if periods == 0:
        periods = 1
    return newest - timedelta(days=periods * step - 1), newest, periods


def _cells(freq: Freq, first: date, last: date, *, place: str, apart: Sequence[Line]) -> list[Cell]:
    with connection.cursor() as cursor:
        cursor.execute(DEMAND.format(place=place, period=PERIODS[freq]), {"first": first, "last": last})
        cells = {(row[0], row[1], int(row[2])): float(row[3]) for row in cursor.fetchall()}
    placed = place == "s.location_id"
    for line in apart:
        key = (line.product, line.location if placed else None, _period_of(line.sold_on, first, freq))
        if key in cells:
            cells[key] -= line.units
            if cells[key] <= 0:
                del cells[key]  # nothing else was sold: it must not be what a product's history begins with
    return kits.exploded((*key, total) for key, total in cells.items())


def _units(row_of: dict[Key, int], cells: list[Cell], periods: int) -> NDArray[np.float32]:
    units = np.full((len(row_of), periods), np.nan, np.float32)
    launch: dict[int, int] = {}
    for product, place, period, _sum in cells:
        row = row_of[product, place]
        launch[row] = min(launch.get(row, periods), period)
    for row, period in launch.items():
        units[row, period:] = 0
    for product, place, period, total in cells:
        units[row_of[product, place], period] = max(total, 0)
    return units


def _stocked(
    row_of: dict[Key, int],
    freq: Freq,
    first: date,
    periods: int,
    units: NDArray[np.float32],
    *,
    apart: bool = False,
) -> NDArray[np.float32]:
    """Tell the share of each period in stock: 0 where counts before and after say none and nothing was sold.

    Before a row's first count nothing is known of its stock, NaN: the engine may then infer that it ran out.
    """
    stocked = np.full((len(row_of), periods), np.nan, np.float32)
    counts = _counts(first, apart=apart)
    for key, day in _first_counts(counts).items():
        stocked[row_of[key], max(_period_of(day, first, freq), 0) :] = 1
    for key, empty in _empty_counts(counts).items():
        row = row_of[key]
        for begin, end in empty:
            low, high = _period_of(begin, first, freq), _period_of(end, first, freq)
            inside = slice(max(low, 0), min(high + 1, periods))
            stocked[row, inside] = np.where(np.nan_to_num(units[row, inside]) > 0, 0.5, 0)
    return stocked


def _counts(first: date, *, apart: bool) -> list[tuple[int, int | None, date, float]]:
    """List product, place (None: all together), day and units of every day of counting, in this order."""
    shelf = ("product_id", "location_id") if apart else ("product_id",)
    days = StockCount.objects.filter(counted_at__gte=first).values_list(*shelf, "counted_at")
    found = days.annotate(left=Sum("on_hand")).order_by(*shelf, "counted_at")
    return [(row[0], row[1] if apart else None, row[-2], row[-1]) for row in found]


def _first_counts(counts: list[tuple[int, int | None, date, float]]) -> dict[Key, date]:
    """Find the day on which each row was counted first: of equal keys the last one given stays."""
    return {(product, place): day for product, place, day, _left in reversed(counts)}


def _empty_counts(counts: list[tuple[int, int | None, date, float]]) -> dict[Key, list[tuple[date, date]]]:
    """Return the stretches between two counts in a row that both found nothing: anywhere, or in one place."""
    found: dict[Key, list[tuple[date, date]]] = {}
    for (product, where, day, left), (next_product, next_where, next_day, next_left) in itertools.pairwise(counts):
        if (product, where) == (next_product, next_where) and left <= 0 and next_left <= 0:
            found.setdefault((product, where), []).append((day + timedelta(days=1), next_day))
    return found


def _period_of(day: date, first: date, freq: Freq) -> int:
    if freq == "M":
        return (day.year - first.year) * 12 + day.month - first.month
    return (day - first).days // DAYS[freq]


def _groups(products: list[Product]) -> NDArray[np.int32]:
    def codes(names: list[str]) -> list[int]:
        known: dict[str, int] = {name: code for code, name in enumerate(sorted(set(names)))}
        return [known[name] for name in names]

    columns = [codes([p.category for p in products]), codes([p.supplier.code if p.supplier else "" for p in products])]
    return np.array(columns, np.int32).reshape(2, len(products)).T


def _replaces(products: list[Product], places: list[Location] | None = None) -> NDArray[np.int32]:
    """Find the row of the product that each one takes over from, in the same place; -1 = none."""
    where = [place.pk for place in places] if places else [0] * len(products)
    row_of = {(product.sku, place): row for row, (product, place) in enumerate(zip(products, where, strict=True))}
    pairs = zip(products, where, strict=True)
    found = [row_of.get((product.replaces, place), -1) if product.replaces else -1 for product, place in pairs]
    return np.array([-1 if old == row else old for row, old in enumerate(found)], np.int32)
