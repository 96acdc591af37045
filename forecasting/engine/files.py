"""The engine's files: DEMAND in, FORECAST out (columns as the shell contract names them)."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.engine.backtest import until
from forecasting.engine.periods import period_index, period_starts
from forecasting.engine.tables import BadFile, Table, read_table
from forecasting.engine.types import DemandPanel, Floats, Forecast, Freq

__all__ = ["BadFile", "known_on", "read_demand", "write_forecast", "write_reasons"]

REQUIRED = ("sku", "date", "units")
OPTIONAL = ("in_stock", "price", "promo", "category", "location")
LONGEST = 20_000  # periods; beyond it a date is mistyped
LARGEST = 400_000_000  # cells of the matrix


def read_demand(path: Path, freq: Freq) -> DemandPanel:
    """Read a DEMAND file (CSV or Parquet) into a panel, products sorted by sku.

    A missing period between a product's first row and the panel's last date is zero demand; before the first row it is
    NaN. in_stock = 0 and empty units are NaN. Negative units (more came back than was sold) are kept. Rows of several
    locations are summed per sku; where some of them had no stock, `stocked` holds the share of the sku's usual demand
    that was in stock. Price is the last known one, averaged over locations.

    Raises BadFile with one problem per fault: unknown columns, bad cells, doubled rows, dates off the grid.
    """
    table = read_table(path, required=REQUIRED, optional=OPTIONAL)
    sku = table.texts("sku")
    days = table.days("date")
    units = table.numbers("units", blank=True)
    in_stock = table.flags("in_stock", empty=1.0) if table.has("in_stock") else None
    price = table.numbers("price", low=0.0, blank=True) if table.has("price") else None
    promo = table.flags("promo", empty=0.0) if table.has("promo") else None
    place = (
        table.texts("location", blank=True) if table.has("location") else pl.Series([""]).new_from_index(0, len(sku))
    )
    _check_grid(table, days, freq)
    table.done()
    start = days.min()
    when = period_index(days, start, freq)
    periods = int(when.max()) + 1
    ids, keys, series = _codes(sku, place)
    _check_size(table, periods, len(keys))
    _check_doubled(table, series, when)
    grid = _Grid(series, when, len(keys), periods)
    owner = _owner(ids, keys)
    stock = None if in_stock is None else grid.filled(in_stock, 1.0)
    sold = grid.demand(units)
    if stock is not None:
        sold[stock == 0] = np.nan
    total, stocked = _sum_places(sold, stock, owner, len(ids))
    return DemandPanel(
        ids=tuple(ids),
        start=start.astype(date),
        freq=freq,
        units=total,
        price=None if price is None else _mean_places(grid.carried(price), owner, len(ids)),
        promo=None if promo is None else _mean_places(grid.filled(promo, 0.0), owner, len(ids)),
        stocked=stocked,
        groups=_groups(table, sku, ids) if table.has("category") else None,
        group_names=("category",) if table.has("category") else (),
    )


def known_on(panel: DemandPanel, as_of: date, name: str) -> DemandPanel:
    """Cut a panel to the periods that have ended on or before a day: moves the clock back.

    Products whose first row comes later stay, without any known period. name: the file's, for the problem. Raises
    BadFile when no period is left.
    """
    count = int(period_index(np.array([np.datetime64(as_of, "D") + 1]), panel.start, panel.freq)[0])
    if count < 1:
        raise BadFile([f"{name}: no period of the demand has ended by {as_of}"])
    return until(panel, count)


def write_forecast(forecast: Forecast, path: Path) -> None:
    """Write sku, date, mean, one column per level (q0.05 …) and model, as CSV or Parquet by the name's ending."""
    n, horizon, _ = forecast.quantiles.shape
    starts = period_starts(forecast.start, forecast.freq, horizon)
    columns: dict[str, Any] = {
        "sku": np.repeat(np.array(forecast.ids, dtype=object), horizon).astype(str),
        "date": np.tile(starts, n),
        "mean": forecast.mean.reshape(-1),
    }
    for q, level in enumerate(forecast.levels):
        columns[f"q{level:g}"] = np.ascontiguousarray(forecast.quantiles[:, :, q]).reshape(-1)
    columns["model"] = np.repeat(np.array(forecast.model, dtype=object), horizon).astype(str)
    _write(pl.DataFrame(columns), path)


def write_reasons(forecast: Forecast, path: Path) -> None:
    """Write sku, model, reason and refusals, in English, as CSV or Parquet by the name's ending."""
    columns = {
        "sku": list(forecast.ids),
        "model": list(forecast.model),
        "reason": [str(said) for said in forecast.reason],
        "refusals": [" ".join(str(said) for said in some) for some in forecast.refusals],
    }
    _write(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), path)


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix.lower() in (".parquet", ".pq"):
        frame.write_parquet(path)
    else:
        frame.write_csv(path, float_precision=4)


class _Grid:
    """Rows laid out as a matrix (series, periods)."""

    def __init__(self, series: NDArray[np.int64], when: NDArray[np.int64], n: int, periods: int) -> None:
        self.at = (series, when)
        self.shape = (n, periods)
        first = np.full(n, periods)
        np.minimum.at(first, series, when)
        self.after = np.arange(periods) >= first[:, None]

    def demand(self, units: NDArray[np.float64]) -> Floats:
        """Zero between rows, NaN before the first row and where units are empty."""
        grid = np.where(self.after, np.float32(0), np.float32(np.nan)).astype(np.float32)
        grid[self.at] = units
        return grid

    def filled(self, values: NDArray[np.float64], empty: float) -> Floats:
        """Put values where rows are, `empty` elsewhere."""
        grid = np.full(self.shape, empty, np.float32)
        grid[self.at] = values
        return grid

    def carried(self, values: NDArray[np.float64]) -> Floats:
        """Put values where rows are and carry each forward until the next; NaN before the first."""
        grid = self.filled(values, np.nan)
        last = np.where(np.isnan(grid), 0, np.arange(self.shape[1]))
        np.maximum.accumulate(last, axis=1, out=last)
        return np.take_along_axis(grid, last, axis=1)


def _codes(sku: pl.Series, place: pl.Series) -> tuple[list[str], list[tuple[str, str]], NDArray[np.int64]]:
    frame = pl.DataFrame({"sku": sku, "place": place})
    keys = frame.unique().sort("sku", "place").with_row_index("code")
    code = frame.join(keys, on=["sku", "place"], how="left", maintain_order="left")["code"].to_numpy().astype(np.int64)
    pairs = list(zip(keys["sku"].to_list(), keys["place"].to_list(), strict=True))
    return sorted(set(keys["sku"].to_list())), pairs, code


def _owner(ids: list[str], keys: list[tuple[str, str]]) -> NDArray[np.int64]:
    index = {sku: i for i, sku in enumerate(ids)}
    return np.array([index[sku] for sku, _ in keys])


def _check_grid(table: Table, days: NDArray[np.datetime64], freq: Freq) -> None:
    known = ~np.isnat(days)
    if not known.any() or freq == "D":
        return
    if freq == "M":
        off = known & (days != days.astype("datetime64[M]").astype("datetime64[D]"))
        what = "is not the first day of a month"
    else:
        weekday = (days[known].astype(np.int64) + 3) % 7
        usual = int(np.bincount(weekday, minlength=7).argmax())
        off = known.copy()
        off[known] = weekday != usual
        name = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[usual]
        what = f"is not the first day of a week: the others begin on {name}"
    for row in np.flatnonzero(off)[:60]:
        table.fault(int(row), "date", f'"{days[row]}" {what}')


def _check_size(table: Table, periods: int, series: int) -> None:
    if periods > LONGEST:
        raise BadFile(
            [f"{table.name}: date: the rows span {periods} periods, more than {LONGEST}: is a date mistyped?"]
        )
    if periods * series > LARGEST:
        raise BadFile([f"{table.name}: {series} series × {periods} periods are more than fit into memory"])


def _check_doubled(table: Table, series: NDArray[np.int64], when: NDArray[np.int64]) -> None:
    key = series * (LONGEST + 1) + when
    order = np.argsort(key, kind="stable")
    doubled = order[1:][key[order][1:] == key[order][:-1]]
    for row in np.sort(doubled)[:60]:
        first = int(np.flatnonzero(key == key[row])[0])
        table.fault(int(row), "date", f"this sku and date stand already in line {first + table.first_line}")
    table.done()


def _sum_places(sold: Floats, stock: Floats | None, owner: NDArray[np.int64], n: int) -> tuple[Floats, Floats | None]:
    if len(owner) == n:
        return sold, stock
    known = ~np.isnan(sold)
    total = np.zeros((n, sold.shape[1]), np.float32)
    np.add.at(total, owner, np.where(known, sold, 0))
    level = np.where(known, sold, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1) + 1e-9
    started = known if stock is None else known | (stock == 0)
    open_, all_ = np.zeros_like(total), np.zeros_like(total)
    np.add.at(open_, owner, np.where(known, level[:, None], 0).astype(np.float32))
    np.add.at(all_, owner, np.where(started, level[:, None], 0).astype(np.float32))
    share = np.divide(open_, all_, out=np.ones_like(open_), where=all_ > 0)
    total[open_ == 0] = np.nan
    return total, None if stock is None else share


def _mean_places(grid: Floats, owner: NDArray[np.int64], n: int) -> Floats:
    if len(owner) == n:
        return grid
    known = ~np.isnan(grid)
    total, count = np.zeros((n, grid.shape[1]), np.float32), np.zeros((n, grid.shape[1]), np.float32)
    np.add.at(total, owner, np.where(known, grid, 0))
    np.add.at(count, owner, known)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _groups(table: Table, sku: pl.Series, ids: list[str]) -> NDArray[np.int32]:
    category = table.texts("category", blank=True)
    last = dict(zip(sku.to_list(), category.to_list(), strict=True))
    code = {name: i for i, name in enumerate(sorted(set(last.values())))}
    return np.array([[code[last[i]]] for i in ids], dtype=np.int32)
