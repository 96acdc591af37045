"""The planner's files: ITEMS and INBOUND in, PLAN out (columns as the shell contract names them)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from forecasting.engine.tables import BadFile, Table, read_table
from forecasting.planning.columns import FURTHER, NEVER, NUMBERS, further
from forecasting.planning.types import Days, Floats, Ints, ItemTerms, Plan, StockState
from forecasting.words import say

ITEMS = ("sku", "on_hand", "lead_time_days", "review_days")
STANDING = "standing_units"
LIMITS: dict[str, tuple[float, float]] = {
    "lead_time_days": (0, 3650),
    "lead_time_sd_days": (0, 3650),
    "review_days": (0.01, 3650),
    "holding_rate": (0, 10),
    "service_level": (0.0001, 0.9999),
}
OPTIONAL = (
    "lead_time_sd_days",
    "moq",
    "pack_size",
    "unit_cost",
    "unit_price",
    "holding_rate",
    "holding_cost",
    "shortage_cost",
    "service_level",
    "order_cost",
    "shelf_life_days",
)


@dataclass(frozen=True, slots=True)
class Items:
    """An ITEMS file: terms and on_hand (n,) of the products with demand, and the skus that have none.

    standing: units (n,) that an earlier plan proposed and that are not ordered yet; None without such a column.
    """

    terms: ItemTerms
    on_hand: Floats
    without_demand: tuple[str, ...] = ()
    standing: Floats | None = None


def read_items(path: Path, ids: tuple[str, ...]) -> Items:
    """Read an ITEMS file beside the products `ids` of the demand; empty cells and absent rows are NaN.

    Raises BadFile with one problem per fault: unknown columns, bad cells, a doubled sku.
    """
    table = read_table(path, required=ITEMS, optional=(*OPTIONAL, *FURTHER, STANDING))
    skus = table.texts("sku").to_list()
    _check_doubled(table, skus)
    columns = {"on_hand": table.numbers("on_hand", blank=True)}
    for name in (*ITEMS[2:], *OPTIONAL, *NUMBERS, STANDING):
        if table.has(name):
            low, high = LIMITS.get(name, (0.0, 1e9))
            columns[name] = table.numbers(name, low=low, high=high, blank=True)
    row = _index(skus, ids)
    more = further(table, row, ids)
    table.done()
    placed = {name: _placed(values, row, len(ids)) for name, values in columns.items()}
    if "transfer_cost" in placed:
        placed["transfer_cost"] = np.where(placed["transfer_cost"] >= NEVER, np.inf, placed["transfer_cost"])
    on_hand, standing = placed.pop("on_hand"), placed.pop(STANDING, None)
    unknown = tuple(sku for sku, i in zip(skus, row, strict=True) if i < 0)
    return Items(ItemTerms.of(len(ids), **placed, **more), on_hand, unknown, standing)


def read_inbound(path: Path, ids: tuple[str, ...], items: Items) -> StockState:
    """Read an INBOUND file and put it beside the stock on hand.

    Raises BadFile with one problem per fault: unknown columns, bad cells, a sku that no other file has.
    """
    table = read_table(path, required=("sku", "units", "arrives_on"), optional=())
    skus = table.texts("sku").to_list()
    known = {*ids, *items.without_demand}
    for i, sku in enumerate(skus):
        if sku and sku not in known:
            table.fault(i, "sku", f'"{sku}" stands in no other file')
    units, day = table.numbers("units", low=0.0), table.days("arrives_on")
    table.done()
    row = _index(skus, ids)
    mine = row >= 0
    return StockState(items.on_hand, row[mine], units[mine], day[mine])


def _check_doubled(table: Table, skus: list[str]) -> None:
    seen: dict[str, int] = {}
    for i, sku in enumerate(skus):
        if sku in seen:
            table.fault(i, "sku", f'"{sku}" stands already in line {seen[sku] + table.first_line}')
        seen.setdefault(sku, i)


def _index(skus: list[str], ids: tuple[str, ...]) -> Ints:
    """Index each sku in ids, -1 where it is not."""
    index = {sku: i for i, sku in enumerate(ids)}
    return np.array([index.get(sku, -1) for sku in skus], dtype=np.int64)


def _placed(values: Floats, row: Ints, n: int) -> Floats:
    out = np.full(n, np.nan)
    out[row[row >= 0]] = values[row >= 0]
    return out


def write_plan(plan: Plan, path: Path, without_demand: tuple[str, ...] = ()) -> None:
    """Write sku, as_of, the figures and the reason, as CSV or Parquet by the name's ending; absent figures are empty.

    without_demand: products that cannot be planned since no demand is known; they get a row that says so.
    """
    frame = pl.DataFrame(
        {
            "sku": list(plan.ids),
            "as_of": [plan.as_of] * len(plan.ids),
            "safety_stock": _numbers(plan.safety_stock),
            "reorder_point": _numbers(plan.reorder_point),
            "order_up_to": _numbers(plan.order_up_to),
            "order_units": _numbers(plan.order_units),
            "order_on": _dates(plan.order_on),
            "arrives_on": _dates(plan.arrives_on),
            "expected_cost": _numbers(plan.expected_cost),
            "reason": [str(reason) for reason in plan.reason],
        }
    )
    if without_demand:
        needs = str(say("Needs %(names)s", names="demand"))
        rows = {"sku": list(without_demand), "as_of": plan.as_of, "reason": needs}
        frame = pl.concat([frame, pl.DataFrame(rows)], how="diagonal").sort("sku")
    if path.suffix.lower() in (".parquet", ".pq"):
        frame.write_parquet(path)
    else:
        frame.write_csv(path)


def _numbers(values: Floats) -> pl.Series:
    return pl.Series(np.round(values, 4) + 0.0, dtype=pl.Float64).fill_nan(None)


def _dates(days: Days) -> pl.Series:
    return pl.Series(days.astype("datetime64[D]"), dtype=pl.Date)


__all__ = ["BadFile", "read_inbound", "read_items", "write_plan"]
