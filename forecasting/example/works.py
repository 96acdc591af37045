"""The example firm's own works: the duvets that it fills itself, what goes into them, and the lines that make them.

Worked out from the finished firm without any chance, so that all that was generated stays as it is.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path

import polars as pl

from forecasting.example.firm import Firm

MADE = 6  # products at most
SHELL = "SEMI-SHELL"
RECIPE = ((SHELL, 1.0), ("RAW-FILLING", 2.0), ("RAW-LABEL", 1.0), ("RAW-BAG", 1.0))
SHELL_RECIPE = (("RAW-FABRIC", 4.0), ("RAW-ZIP", 1.0))
GOODS = (  # sku, name, unit_cost, lead_time_days, moq, pack_size, supplier, weeks in stock
    (SHELL, "Sewn duvet shell", 38.0, 7, 0, 10, None, 1.0),
    ("RAW-FABRIC", "Cotton fabric, metre", 7.5, 21, 500, 50, "NHFZ", 12.0),
    ("RAW-FILLING", "Filling, kilogram", 22.0, 28, 100, 10, "JSWF", 12.0),
    ("RAW-ZIP", "Zip", 1.2, 9, 200, 100, "DGBZ", 1.0),
    ("RAW-LABEL", "Woven label", 0.3, 9, 500, 500, "DGBZ", 6.0),
    ("RAW-BAG", "Carrying bag", 2.4, 9, 100, 50, "DGBZ", 4.0),
)
SEWING, FILLING = ("SEW", "Sewing line", 6.0, 20.0), ("FILL", "Filling and closing", 4.0, 30.0)
SLACK = 2.0  # what the lines can work against what an average week needs


@dataclass(frozen=True, slots=True)
class Works:
    """Tables as a firm would upload them (materials, recipes, stock), and what it would type in.

    centres: (code, name, minutes a week). steps: (sku, centre, minutes per unit, setup minutes). closed: first and last
    day of the next New Year's holiday, if one is known.
    """

    materials: pl.DataFrame
    recipes: pl.DataFrame
    stock: pl.DataFrame
    centres: tuple[tuple[str, str, float], ...]
    steps: tuple[tuple[str, str, float, float], ...]
    closed: tuple[date, date] | None


def works(firm: Firm) -> Works:
    """Set up the works of a firm: the duvets that sold most units are filled there, from shells that are sewn there."""
    made, weekly = _duvets(firm)
    recipes = [(sku, part, units) for sku in made for part, units in RECIPE]
    recipes += [(SHELL, part, units) for part, units in SHELL_RECIPE]
    each = dict(RECIPE) | {part: units * dict(RECIPE)[SHELL] for part, units in SHELL_RECIPE}
    stock = [(sku, float(ceil(weekly * each[sku] * weeks))) for sku, *_rest, weeks in GOODS]
    centres = tuple((code, name, _capacity(weekly, minutes)) for code, name, minutes, _ in (SEWING, FILLING))
    steps = [(SHELL, SEWING[0], *SEWING[2:]), *((sku, FILLING[0], *FILLING[2:]) for sku in made)]
    names = ("sku", "name", "unit_cost", "lead_time_days", "moq", "pack_size", "supplier")
    return Works(
        materials=pl.DataFrame([row[:-1] for row in GOODS], schema=names, orient="row").with_columns(
            category=pl.lit("Materials"), review_days=pl.lit(7), currency=pl.lit(firm.currency)
        ),
        recipes=pl.DataFrame(recipes, schema=("parent_sku", "component_sku", "quantity"), orient="row").with_columns(
            made=pl.lit("yes")
        ),
        stock=pl.DataFrame(stock, schema=("sku", "on_hand"), orient="row").with_columns(
            location=pl.lit(firm.locations["code"][0]), counted_at=pl.lit(firm.until)
        ),
        centres=centres,
        steps=tuple(steps),
        closed=_holiday(firm),
    )


def _duvets(firm: Firm) -> tuple[list[str], float]:
    """Choose what is made: of the first category, no kit and no part of one, still sold; and its units of a week."""
    apart = {*firm.components["kit"], *firm.components["sku"]}
    category = firm.products["category"][0]
    mine = firm.products.filter(
        (pl.col("category") == category) & (pl.col("status") == "active") & ~pl.col("sku").is_in(sorted(apart))
    )
    year = firm.sales.filter(pl.col("sold_at").dt.date() > firm.until - timedelta(days=365))
    sold = year.join(mine.select("sku"), on="sku").group_by("sku").agg(pl.col("units").sum())
    best = sold.sort(["units", "sku"], descending=[True, False]).head(MADE)
    return best["sku"].to_list(), float(best["units"].sum()) / 52


def _capacity(weekly: float, minutes: float) -> float:
    return float(ceil(max(weekly, 1.0) * minutes * SLACK / 60) * 60)


def _holiday(firm: Firm) -> tuple[date, date] | None:
    ahead = firm.events.filter((pl.col("kind") == "closure") & (pl.col("starts_on") > firm.until)).sort("starts_on")
    return (ahead["starts_on"][0], ahead["ends_on"][0]) if ahead.height else None


def write_works(made: Works, folder: Path | str) -> list[tuple[str, Path]]:
    """Write what would be uploaded, as (kind, file) in the order in which it should be."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    tables = (("products", "materials", made.materials), ("components", "recipes", made.recipes))
    written = []
    for kind, name, table in (*tables, ("stock", "material-stock", made.stock)):
        path = place / f"{name}.csv"
        table.write_csv(path)
        written.append((kind, path))
    return written
