"""Books the lines that were served: baskets into orders, customers who come again, returns, cancellations, prices."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.example.catalogue import Catalogue
from forecasting.example.dates import Window, sale_prices
from forecasting.example.demand import Percents, Wishes
from forecasting.example.partners import AMAZON, OUTLETS, OWN, PLACES, TMALL, WHOLESALE
from forecasting.example.warehouse import Ledger

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

COMPLETED, CANCELLED, RETURNED = STATUSES = ("completed", "cancelled", "returned")
_JOIN = np.array([0.24, 0.16, 0.06, 0.45])
_AGAIN = np.array([0.42, 0.20, 0.05, 0.97])
_HOURS = np.array([1, 1, 0, 0, 0, 0, 1, 2, 4, 7, 9, 8, 7, 7, 7, 7, 6, 6, 6, 8, 11, 12, 10, 5], np.float64)
_OFFICE = np.array([0] * 9 + [10, 14, 10, 4, 8, 12, 12, 10, 6] + [0] * 6, np.float64)
_CANCELLED_SHARE = 0.007
_ROWS = 500_000


@dataclass(slots=True)
class Lines:
    """Booked lines, one row a line, sorted by order: which wish, on which order, its place in it, cancelled or not."""

    wish: Longs
    order: Longs
    place: Longs
    cancelled: Flags


@dataclass(slots=True)
class Orders:
    """Orders: channel, day, second of the day, number within the channel, customer; bulk: one-off."""

    channel: NDArray[np.int8]
    day: Ints
    second: Ints
    number: Longs
    customer: Longs
    bulk: Flags


def book(
    catalogue: Catalogue, skus: list[str], wishes: Wishes, ledger: Ledger, off: Percents, when: tuple[int, Window]
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Write the sales table of the visible days, and name the line_ids of one-off orders; when: seed and window."""
    seed, window = when
    rng = np.random.default_rng([seed, 11])
    lines = _baskets(rng, wishes, ledger)
    orders = _orders(rng, wishes, lines)
    codes = _codes(catalogue, wishes, ledger, lines, orders)
    codes = codes.with_columns(_percent(wishes, lines, off, window))
    shown = (
        _with_returns(rng, codes, window).filter(pl.col("day") >= window.warm).sort("day", "second", "order", "place")
    )
    parts = [_texts(part, pl.Series(skus), window) for part in shown.iter_slices(_ROWS)]
    table = pl.concat(parts)
    return table, tuple(table.filter(shown["bulk"])["line_id"].to_list())


def _baskets(rng: np.random.Generator, wishes: Wishes, ledger: Ledger) -> Lines:
    """Put served lines of a day and channel into orders, and add some orders that were cancelled before shipping."""
    served = np.flatnonzero(ledger.filled > 0)
    retail = served[(wishes.channel[served] != WHOLESALE)]
    dropped = retail[rng.random(len(retail)) < _CANCELLED_SHARE]
    wish = np.concatenate([served, dropped])
    cancelled = np.arange(len(wish)) >= len(served)
    turn = np.lexsort((rng.random(len(wish)), wishes.channel[wish], wishes.day[wish]))
    wish, cancelled = wish[turn], cancelled[turn]
    channel = wishes.channel[wish]
    alone = cancelled | wishes.bulk[wish]
    fresh = rng.random(len(wish)) > _JOIN[channel]
    fresh |= alone
    fresh[0] = True
    fresh[1:] |= alone[:-1] | (channel[1:] != channel[:-1]) | (wishes.day[wish][1:] != wishes.day[wish][:-1])
    order = np.cumsum(fresh) - 1
    place = np.arange(len(wish)) - np.flatnonzero(fresh)[order] + 1
    return Lines(wish, order, place, cancelled)


def _orders(rng: np.random.Generator, wishes: Wishes, lines: Lines) -> Orders:
    """Give each order its time, number and customer."""
    first = lines.wish[lines.place == 1]
    channel, day, bulk = wishes.channel[first], wishes.day[first], wishes.bulk[first]
    hours = np.where(
        channel == WHOLESALE,
        rng.choice(24, len(first), p=_OFFICE / _OFFICE.sum()),
        rng.choice(24, len(first), p=_HOURS / _HOURS.sum()),
    )
    second = (hours * 3600 + rng.integers(0, 3600, len(first))).astype(np.int32)
    number, customer = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    for code in range(len(OUTLETS)):
        mine = np.flatnonzero(channel == code)
        number[mine] = np.arange(len(mine)) + 1
        customer[mine] = _customers(rng, len(mine), _AGAIN[code])
    customer[bulk] = 5000 + np.arange(int(bulk.sum()))
    return Orders(channel, day, second, number, customer, bulk)


def _customers(rng: np.random.Generator, many: int, again: float) -> Longs:
    """Let customers come again in proportion to how often they came before: numbers from 1, in order of arrival."""
    turn = np.arange(many)
    parent = np.where(rng.random(many) < again, (turn * rng.random(many)).astype(np.int64), turn)
    root = parent[parent]
    while not np.array_equal(root, parent):
        parent, root = root, root[root]
    return (np.cumsum(root == turn)[root]).astype(np.int64)


def _codes(catalogue: Catalogue, wishes: Wishes, ledger: Ledger, lines: Lines, orders: Orders) -> pl.DataFrame:
    """Spread orders over their lines, all in numbers: texts are made last, for they are large."""
    channel = wishes.channel[lines.wish]
    product = wishes.product[lines.wish]
    factor = np.array([outlet.price for outlet in OUTLETS])[channel]
    factor = np.where(wishes.bulk[lines.wish], 0.58, factor)
    units = np.where(lines.cancelled, wishes.units[lines.wish], ledger.filled[lines.wish])
    return pl.DataFrame(
        {
            "order": lines.order.astype(np.int32),
            "number": orders.number[lines.order],
            "customer": orders.customer[lines.order],
            "ordered": wishes.day[lines.wish],
            "place": lines.place.astype(np.int16),
            "product": product,
            "channel": channel,
            "day": wishes.day[lines.wish],
            "second": orders.second[lines.order],
            "units": units.astype(np.int32),
            "unit_price": np.round(catalogue.price[product] * factor, 1),
            "status": np.where(lines.cancelled, 1, 0).astype(np.int8),
            "bulk": wishes.bulk[lines.wish],
            "back": np.where(lines.cancelled, 0, ledger.back[lines.wish]).astype(np.int16),
        }
    )


def _order_id() -> pl.Expr:
    """Write an order's number the way its channel does, as text."""
    number, code = pl.col("number"), pl.col("channel")
    spread = (number * 2_654_435_761) % 10**14
    own = pl.format("LT{}{}", pl.col("ordered") + 10_000, _digits(number % 100_000, 5))
    tmall = (2_106_000_000_000_000_000 + number * 97_000_003 * 7).cast(pl.String)
    amazon = pl.format("113-{}-{}", _digits(spread // 10**7, 7), _digits(spread % 10**7, 7))
    wholesale = pl.format("SO-{}", _digits(number, 7))
    style = pl.when(code == OWN).then(own).when(code == TMALL).then(tmall).when(code == AMAZON).then(amazon)
    return style.otherwise(wholesale)


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    """Write whole numbers with leading zeros."""
    return number.cast(pl.String).str.zfill(width)


def _percent(wishes: Wishes, lines: Lines, off: Percents, window: Window) -> pl.Series:
    """Give the percent off of every line: the promotion of its product, or the marketplace's sale."""
    wish = lines.wish
    product, channel, day = wishes.product[wish], wishes.channel[wish], wishes.day[wish]
    percent = np.maximum(off[product, channel, day], 0)
    sale = np.where(channel == TMALL, sale_prices(window)[day], 0)
    return pl.Series("percent", np.maximum(percent, sale).astype(np.int8))


def _with_returns(rng: np.random.Generator, codes: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Add a negative line, on the day it came back, for every line that was returned within the window."""
    last = window.days
    back = codes.filter((pl.col("back") > 0) & (pl.col("day") + pl.col("back") < last))
    second = (9 * 3600 + rng.integers(0, 9 * 3600, len(back))).astype(np.int32)
    back = back.with_columns(
        day=pl.col("day") + pl.col("back"),
        second=pl.Series(second),
        units=-pl.col("units"),
        status=pl.lit(2, pl.Int8),
    )
    return pl.concat([codes, back])


def _texts(codes: pl.DataFrame, skus: pl.Series, window: Window) -> pl.DataFrame:
    """Turn codes into texts, and name the columns as in the English file."""
    first = pl.lit(window.day(0)).cast(pl.Datetime("us"))
    places = [PLACES[outlet.place].code for outlet in OUTLETS]
    discount = (pl.col("unit_price") * pl.col("units") * pl.col("percent") / 100).round(2)
    tail = pl.when(pl.col("status") == STATUSES.index(RETURNED)).then(pl.lit("-R")).otherwise(pl.lit(""))
    letters = {OWN: "U", TMALL: "tb", AMAZON: "A", WHOLESALE: "W"}
    customer = pl.col("channel").replace_strict(letters, return_dtype=pl.String) + _digits(pl.col("customer"), 6)
    return codes.with_columns(_order_id().alias("order_id")).select(
        pl.col("order_id"),
        pl.format("{}-{}{}", "order_id", "place", tail).alias("line_id"),
        skus.gather(codes["product"]).alias("sku"),
        (first + pl.duration(days="day", seconds="second")).alias("sold_at"),
        pl.col("units"),
        pl.col("unit_price"),
        discount.alias("discount"),
        pl.lit("CNY").cast(pl.Enum(["CNY"])).alias("currency"),
        _text("channel", [outlet.code for outlet in OUTLETS]).alias("channel"),
        _text("channel", places).alias("location"),
        customer.alias("customer_ref"),
        _text("status", list(STATUSES)).alias("status"),
    )


def _text(column: str, words: list[str]) -> pl.Expr:
    """Turn codes into words of a fixed list."""
    kind = pl.Enum(list(dict.fromkeys(words)))
    return pl.col(column).replace_strict(dict(enumerate(words)), return_dtype=kind)
