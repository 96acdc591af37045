"""Real demand as panels, from the data beside the project; each with its horizon, season and origins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from forecasting.engine import DemandPanel
from forecasting.engine.knowledge import take

DATA = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Dataset:
    """A panel, and how it is scored: horizon, season of the naive peer, periods known at each origin.

    short: made of a few products, for a quick look.
    """

    name: str
    panel: DemandPanel
    horizon: int
    season: int
    origins: tuple[int, ...]
    short: bool = False


def long_panel(frame: pl.DataFrame, freq: str, start: date, *, columns: tuple[str, ...] = ()) -> dict:
    """Lay rows of (id, t, units, …) out as matrices, NaN where there is no row."""
    ids = sorted(frame["id"].unique().to_list())
    place = {name: i for i, name in enumerate(ids)}
    rows = np.array([place[name] for name in frame["id"].to_list()])
    when = frame["t"].to_numpy()
    grids = {}
    for column in ("units", *columns):
        grid = np.full((len(ids), int(when.max()) + 1), np.nan, np.float32)
        grid[rows, when] = frame[column].to_numpy()
        grids[column] = grid
    return {"ids": tuple(ids), "freq": freq, "start": start, **grids}


def rolling(periods: int, horizon: int, count: int = 3, step: int | None = None) -> tuple[int, ...]:
    step = step or max(1, horizon // 2)
    return tuple(periods - horizon - k * step for k in reversed(range(count)))


def wide_csv(folder: str, name: str, horizon: int) -> Dataset:
    frame = pl.read_csv(DATA / folder / name, infer_schema_length=None)
    units = frame.drop("month").cast(pl.Float32).to_numpy().T.copy()
    year, month = (int(part) for part in frame["month"][0].split("-"))
    panel = DemandPanel(tuple(frame.columns[1:]), date(year, month, 1), "M", units)
    return Dataset(folder, panel, horizon, 12, rolling(units.shape[1], horizon))


def carparts() -> Dataset:
    return wide_csv("carparts", "carparts_1998-01_2001-03.csv", 6)


def hospital() -> Dataset:
    return wide_csv("hospital", "hospital_monthly_wide.csv", 12)


def orange_juice() -> Dataset:
    frame = pl.read_parquet(DATA / "orange_juice" / "yx_60stores.parquet")
    price = pl.concat_list([f"price{i}" for i in range(1, 12)])
    frame = frame.select(
        id=pl.format("{}-{}", "store", "brand"),
        t=pl.col("week") - frame["week"].min(),
        units=pl.col("logmove").exp(),
        price=price.list.get(pl.col("brand") - 1),
        promo=pl.col("deal").cast(pl.Float32).clip(0, 1),
        brand="brand",
    )
    made = long_panel(frame, "W", date(1990, 6, 14), columns=("price", "promo"))
    brand = np.array([[int(name.split("-")[1])] for name in made["ids"]], np.int32)
    panel = DemandPanel(**made, groups=brand, group_names=("category",))
    return Dataset("orange_juice", panel, 8, 52, rolling(panel.units.shape[1], 8))


def m5_tiny() -> Dataset:
    frame = pl.read_parquet(DATA / "m5_tiny" / "tiny_m5.parquet")
    start = frame["date"].min()
    frame = frame.select(
        id=pl.format("{}-{}", "item_id", "store_id"),
        t=(pl.col("date") - start).dt.total_days(),
        units="value",
        price="sell_price",
        category="dept_id",
    )
    made = long_panel(frame, "D", start, columns=("price",))
    names = sorted(frame["category"].unique().to_list())
    category = dict(frame.select("id", "category").unique().iter_rows())
    groups = np.array([[names.index(category[i])] for i in made["ids"]], np.int32)
    panel = DemandPanel(**made, groups=groups, group_names=("category",))
    return Dataset("m5_tiny", _launched(panel), 28, 7, rolling(panel.units.shape[1], 28))


def _launched(panel: DemandPanel) -> DemandPanel:
    """Put NaN before the first sale."""
    units = panel.units.copy()
    first = (units > 0).argmax(axis=1)
    units[np.arange(units.shape[1])[None] < first[:, None]] = np.nan
    return replace(panel, units=units)


def bakery() -> Dataset:
    frame = pl.read_parquet(DATA / "bakery" / "bakery_dev.parquet").with_columns(pl.col("date").dt.date())
    start = frame["date"].min()
    shut = (pl.col("not_for_sale") > 0) | (pl.col("missing_value") > 0)
    frame = frame.select(
        id=pl.format("{}-{}", "storeID", "productID"),
        t=(pl.col("date") - start).dt.total_days(),
        units=pl.when(shut).then(None).otherwise(pl.col("demand")).cast(pl.Float32).fill_null(np.nan),
        promo="promotion",
        product="productID",
    )
    made = long_panel(frame, "D", start, columns=("promo",))
    group = np.array([[int(name.split("-")[1])] for name in made["ids"]], np.int32)
    panel = DemandPanel(**made, groups=group, group_names=("category",))
    return Dataset("bakery", panel, 14, 7, rolling(panel.units.shape[1], 14))


def freshretailnet() -> Dataset:
    frame = pl.read_parquet(DATA / "freshretailnet" / "frn_daily_dev_90stores.parquet")
    day = pl.col("dt").str.to_date()
    start = frame.select(day.min()).item()
    frame = frame.select(
        id=pl.format("{}-{}", "store_id", "product_id"),
        t=(day - start).dt.total_days(),
        units="sale_amount",
        stocked=1 - pl.col("stockout_hours_6_22") / 16,
        price="discount",
        promo=pl.col("activity_flag").cast(pl.Float32),
        category="third_category_id",
    )
    made = long_panel(frame, "D", start, columns=("stocked", "price", "promo"))
    category = dict(frame.select("id", "category").unique(subset="id").iter_rows())
    groups = np.array([[category[i]] for i in made["ids"]], np.int32)
    panel = DemandPanel(**made, groups=groups, group_names=("category",))
    return Dataset("freshretailnet", panel, 7, 7, rolling(panel.units.shape[1], 7))


def online_retail() -> Dataset:
    parts = [pl.read_parquet(path) for path in sorted((DATA / "online_retail").glob("*.parquet"))]
    early = parts[0].filter(pl.col("InvoiceDate") < pl.datetime(2010, 12, 1))
    lines = pl.concat([early.cast({"Quantity": pl.Float64, "CustomerID": pl.Float64}), parts[1]])
    lines = lines.filter(pl.col("StockCode").str.contains(r"^\d{5}"))
    start = date(2009, 12, 7)
    week = ((pl.col("InvoiceDate").dt.date() - start).dt.total_days() // 7).alias("t")
    sums = lines.select(week, id="StockCode", units="Quantity").filter(pl.col("t") >= 0)
    sums = sums.group_by("id", "t").agg(pl.col("units").sum()).filter(pl.col("t") < 76)
    made = long_panel(sums, "W", start)
    units = np.where(np.isnan(made["units"]), 0, np.maximum(made["units"], 0)).astype(np.float32)
    panel = _launched(DemandPanel(made["ids"], start, "W", units))
    enough = (panel.units[:, :60] > 0).sum(axis=1) >= 5
    ids = tuple(name for name, good in zip(panel.ids, enough, strict=True) if good)
    return Dataset("online_retail", replace(panel, ids=ids, units=panel.units[enough]), 8, 52, rolling(76, 8))


def shortened(data: Dataset, count: int = 120) -> Dataset:
    """Take products evenly over the panel, and the last origin alone."""
    rows = np.linspace(0, len(data.panel.ids) - 1, min(count, len(data.panel.ids))).astype(np.int64)
    return replace(data, name=f"{data.name}-short", panel=take(data.panel, rows), origins=data.origins[-1:], short=True)


DATASETS: dict[str, Callable[[], Dataset]] = {
    build.__name__: build
    for build in (carparts, hospital, orange_juice, m5_tiny, bakery, freshretailnet, online_retail)
}
