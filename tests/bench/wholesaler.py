"""The gift wholesaler as files for the planner's shell: `python -m tests.bench.wholesaler DATA OUT`.

The order lines are real; costs, lead times, lots and stock are not known and assumed: see docs/replay.md.
"""

import sys
from datetime import date
from pathlib import Path

import polars as pl

PRODUCTS = 300
START = date(2010, 11, 29)
LEAD, SPREAD, REVIEW, PACK, WEEKS_OF_STOCK = 28, 5, 7, 6, 6


def lines(folder: Path) -> pl.DataFrame:
    """Read real sales of real products: cancellations and their orders net out, the overlap counts once."""
    first, second = (pl.read_parquet(path) for path in sorted(folder.glob("*.parquet")))
    second = second.filter(pl.col("InvoiceDate") > first["InvoiceDate"].max())
    found = pl.concat([first, second], how="diagonal_relaxed").with_columns(
        sku=pl.col("StockCode").cast(pl.String).str.strip_chars().str.to_uppercase(),
        week=pl.col("InvoiceDate").dt.date().dt.truncate("1w"),
    )
    found = found.filter(pl.col("sku").str.contains(r"^\d{5}[A-Z]*$"))
    whole = found.filter(pl.col("Quantity") < 0).select("CustomerID", "sku", Quantity=-pl.col("Quantity")).unique()
    large = pl.col("Quantity") >= 1000
    taken_back = found.filter(large).join(whole, on=["CustomerID", "sku", "Quantity"], how="semi")
    return found.filter((pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0)).join(
        taken_back.select("InvoiceNo", "sku", "Quantity"), on=["InvoiceNo", "sku", "Quantity"], how="anti"
    )


def main(data: Path, out: Path) -> None:
    """Write DEMAND.csv, ITEMS.csv (stock today) and START.csv (stock at the start of the replay)."""
    sold = lines(data)
    weekly = sold.group_by("sku", "week").agg(units=pl.col("Quantity").sum()).filter(pl.col("week") < date(2011, 5, 30))
    money = sold.group_by("sku").agg(
        worth=(pl.col("Quantity") * pl.col("UnitPrice")).sum(), price=pl.col("UnitPrice").median()
    )
    busy = weekly.group_by("sku").len().filter(pl.col("len") >= 26)
    chosen = money.join(busy, on="sku").sort("worth", descending=True).head(PRODUCTS)
    weekly = weekly.join(chosen.select("sku"), on="sku", how="semi")
    out.mkdir(parents=True, exist_ok=True)
    demand = weekly.select("sku", date="week", units="units").sort("sku", "date")
    demand.write_csv(out / "DEMAND.csv")
    for name, until in (("ITEMS.csv", date(2011, 5, 30)), ("START.csv", START)):
        recent = weekly.filter((pl.col("week") < until) & (pl.col("week") >= pl.lit(until).dt.offset_by("-13w")))
        pace = recent.group_by("sku").agg(pace=pl.col("units").sum() / 13)
        items = chosen.join(pace, on="sku", how="left").select(
            "sku",
            on_hand=(pl.col("pace").fill_null(0) * WEEKS_OF_STOCK).round(0),
            lead_time_days=pl.lit(LEAD),
            lead_time_sd_days=pl.lit(SPREAD),
            review_days=pl.lit(REVIEW),
            pack_size=pl.lit(PACK),
            unit_cost=(pl.col("price") / 2).round(4),
            unit_price=pl.col("price").round(4),
            holding_rate=pl.lit(0.2),
        )
        items.sort("sku").write_csv(out / name)
    span = f"{demand['date'].min()} to {demand['date'].max()}"
    sys.stdout.write(f"{len(chosen)} products, {span}, {len(demand)} weeks with sales\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
