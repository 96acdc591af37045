"""Turns the example firm into demand panels: as its own data tell it, and as it truly was."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.engine.types import DemandPanel, Freq
from forecasting.example.firm import Firm

Floats = NDArray[np.float32]


def panel(firm: Firm, freq: Freq = "D") -> DemandPanel:
    """Build the demand panel that the firm's own files give: one row a sku, its locations added up.

    units: float32 (n, T) units ordered and shipped, cancelled orders left out, returns not deducted (they are no
    demand), whole periods only. NaN before the first sale or receipt, and where every count around says that
    nothing was there and nothing was sold. price: money per unit after discount, carried forward over periods
    without a sale. promo: 1 where a promotion or sale of the events table ran. stocked: 1, or 0 in the NaN periods
    after launch. groups: category and supplier.
    """
    ids = tuple(firm.products["sku"].to_list())
    days = (firm.until - firm.start).days + 1
    bucket, start, periods = buckets(firm.start, days, freq)
    sales = firm.sales.filter(pl.col("status") == "completed")
    units, money = _sold(firm, sales, ids, days)
    stocked = _stocked_by_counts(firm, ids, days, units)
    alive = np.maximum.accumulate((units > 0) | _seen(firm, ids, days), axis=1)
    known = alive & (stocked > 0)
    share = _average(known.astype(np.float32), bucket, periods)
    total = _total(units, bucket, periods)
    censored = (share < 0.5) & (total == 0)
    paid = _total(money, bucket, periods) / np.where(total > 0, total, np.nan)
    price = _carry(paid.astype(np.float32), firm)
    return DemandPanel(
        ids=ids,
        start=start,
        freq=freq,
        units=np.where(censored, np.nan, total).astype(np.float32),
        price=price,
        promo=(_average(_promoted(firm, ids, days), bucket, periods) > 0).astype(np.float32),
        stocked=share,
        groups=_groups(firm),
        group_names=("category", "supplier"),
    )


def true_panel(firm: Firm, freq: Freq = "D", *, bulk: bool = False) -> DemandPanel:
    """Build the panel of true demand: what customers wanted, met or not; with one-off orders when asked.

    units: float32 (n, T), NaN before launch. stocked: share of the wishes met, 1 where there were none.
    """
    ids = tuple(firm.products["sku"].to_list())
    days = (firm.until - firm.start).days + 1
    bucket, start, periods = buckets(firm.start, days, freq)
    truth = firm.truth
    pure, everything = (_by_sku(firm, wanted, ids) for wanted in (truth.demand, truth.demand + truth.bulk))
    got = _total(_by_sku(firm, truth.sold, ids), bucket, periods)
    every = _total(everything, bucket, periods)
    total = every if bulk else _total(pure, bucket, periods)
    alive = _total(_by_sku(firm, truth.expected, ids), bucket, periods) > 0
    return DemandPanel(
        ids=ids,
        start=start,
        freq=freq,
        units=np.where(alive, total, np.nan).astype(np.float32),
        stocked=np.where(every > 0, got / np.maximum(every, 1), 1).astype(np.float32),
        groups=_groups(firm),
        group_names=("category", "supplier"),
    )


def buckets(start: date, days: int, freq: Freq) -> tuple[NDArray[np.int64], date, int]:
    """Number the period of each day, -1 outside whole periods; with the first day and the count of periods.

    Weeks start on Mondays, months on the first; a period that is not whole at either end is left out.
    """
    around = np.datetime64(start, "D") + np.arange(-1, days + 1)
    if freq == "D":
        return np.arange(days), start, days
    number = _week(around) if freq == "W" else around.astype("datetime64[M]").astype(np.int64)
    begins = np.flatnonzero(np.diff(number))
    first, last = int(begins[0]), int(begins[-1])
    day = np.arange(days)
    inside = np.where((day >= first) & (day < last), number[1:-1] - number[first + 1], -1)
    return inside, around[first + 1].item(), int(inside.max()) + 1


def _week(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Number the weeks from Monday to Sunday."""
    return (days.astype(np.int64) + 3) // 7


def _total(days: NDArray[np.float32], bucket: NDArray[np.int64], periods: int) -> Floats:
    """Add up days into periods: (n, T)."""
    inside = bucket >= 0
    edges = np.searchsorted(bucket[inside], np.arange(periods))
    total: Floats = np.add.reduceat(days[:, inside], edges, axis=1).astype(np.float32)
    return total


def _average(days: NDArray[np.float32], bucket: NDArray[np.int64], periods: int) -> Floats:
    """Average days over periods: (n, T)."""
    length = np.bincount(bucket[bucket >= 0], minlength=periods).astype(np.float32)
    return (_total(days, bucket, periods) / length).astype(np.float32)


def _by_sku(firm: Firm, shelves: NDArray[np.int32] | Floats, ids: tuple[str, ...]) -> Floats:
    """Add shelves up into skus: (n, days); within a location no sku comes twice."""
    place = {sku: row for row, sku in enumerate(ids)}
    row = np.array([place[sku] for sku in firm.truth.skus])
    found = np.zeros((len(ids), shelves.shape[1]), np.float32)
    for location in dict.fromkeys(firm.truth.locations):
        here = np.array([name == location for name in firm.truth.locations])
        found[row[here]] += shelves[here]
    return found


def _sold(firm: Firm, sales: pl.DataFrame, ids: tuple[str, ...], days: int) -> tuple[Floats, Floats]:
    """Add order lines up per sku and day: units, and money after discount."""
    row = sales["sku"].replace_strict(list(ids), list(range(len(ids))), return_dtype=pl.Int64).to_numpy()
    day = (sales["sold_at"].dt.date() - firm.start).dt.total_days().to_numpy()
    money = (sales["units"] * sales["unit_price"] - sales["discount"]).to_numpy()
    cell, size = row * days + day, len(ids) * days
    grids = (np.bincount(cell, weights=w, minlength=size) for w in (sales["units"].to_numpy(), money))
    units, paid = (grid.reshape(len(ids), days).astype(np.float32) for grid in grids)
    return units, paid


def _seen(firm: Firm, ids: tuple[str, ...], days: int) -> NDArray[np.bool_]:
    """Tell where a count first saw the sku in stock: (n, days)."""
    first = firm.stock.filter(pl.col("on_hand") > 0).group_by("sku").agg(pl.col("counted_at").min())
    seen = np.zeros((len(ids), days), np.bool_)
    place = {sku: row for row, sku in enumerate(ids)}
    for sku, day in first.iter_rows():
        seen[place[sku], max((day - firm.start).days, 0)] = True
    return seen


def _stocked_by_counts(firm: Firm, ids: tuple[str, ...], days: int, units: Floats) -> Floats:
    """Guess from weekly counts where a sku was out everywhere: 0 around an empty count, up to the sales beside it."""
    stocked = np.ones((len(ids), days), np.float32)
    place = {sku: row for row, sku in enumerate(ids)}
    counts = firm.stock.group_by("sku", "counted_at").agg(pl.col("on_hand").sum()).filter(pl.col("on_hand") == 0)
    for sku, day, _ in counts.iter_rows():
        row, at = place[sku], (day - firm.start).days
        sold = np.flatnonzero(units[row] > 0)
        before, after = sold[sold <= at], sold[sold > at]
        first = int(before[-1]) + 1 if len(before) else 0
        stocked[row, max(first, at - 6) : min(int(after[0]) if len(after) else days, at + 8)] = 0
    return stocked


def _promoted(firm: Firm, ids: tuple[str, ...], days: int) -> Floats:
    """Tell where a promotion or a marketplace's sale ran: (n, days)."""
    found = np.zeros((len(ids), days), np.float32)
    place = {sku: row for row, sku in enumerate(ids)}
    chosen = firm.events.filter(pl.col("kind").is_in(["promotion", "sale"])).select("sku", "starts_on", "ends_on")
    for sku, first, last in chosen.iter_rows():
        span = slice(max((first - firm.start).days, 0), max((last - firm.start).days + 1, 0))
        found[place[sku] if sku else slice(None), span] = 1
    return found


def _carry(price: Floats, firm: Firm) -> Floats:
    """Fill periods without a sale with the price before, or the list price: (n, T)."""
    listed = firm.products["unit_price"].to_numpy()[:, None]
    full = np.concatenate([listed, price], axis=1)
    last = np.maximum.accumulate(np.where(np.isnan(full), 0, np.arange(full.shape[1])), axis=1)
    return np.take_along_axis(full, last, axis=1)[:, 1:].astype(np.float32)


def _groups(firm: Firm) -> NDArray[np.int32]:
    """Number category and supplier: int32 (n, 2)."""
    codes = [firm.products[name].rank("dense").to_numpy() - 1 for name in ("category", "supplier")]
    return np.stack(codes, axis=1).astype(np.int32)
