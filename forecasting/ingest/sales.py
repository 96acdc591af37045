"""Rules of sales lines: which are no demand, and by what key a line is known again."""

from collections.abc import Callable, Mapping

import polars as pl

from forecasting.ingest import shops
from forecasting.ingest.columns import over_unique
from forecasting.ingest.meanings import is_doubtful_code, is_no_product_code, is_no_product_name, is_not_sold
from forecasting.ingest.types import Settings
from forecasting.words import Said, say

AWAY: Mapping[str, Said] = {
    "total": say("a line of totals"),
    "status": say("the order was cancelled, closed or never paid"),
    "code": say("not a product: postage, a fee, a voucher, a correction or a test"),
    "name": say("not a product by its name: postage, a fee, a voucher, a correction or a test"),
    "zero": say("zero units"),
    "picture": say("a further picture of the product above"),
    "parent": say("the head of variants, which are sold one by one"),
    "untracked": say("its stock is not counted"),
    "other": say("a payment, tip or adjustment, not a product"),
}


def set_aside(values: Mapping[str, pl.Series], faulty: pl.Series, away: pl.Series, settings: Settings) -> pl.Series:
    """Mark lines that are no demand with a reason of AWAY; the first reason that holds counts.

    Zero units come last, and only on lines without a fault. keep_codes brings back codes and names.
    """
    kept = {code.strip().casefold() for code in settings.keep_codes}
    marks = {
        "status": _where(values, "status", not_sold(settings)),
        "code": _where(values, "sku", lambda text: is_no_product_code(text) and text.casefold() not in kept),
        "doubtful": _where(values, "sku", lambda text: is_doubtful_code(text) and text.casefold() not in kept),
        "name": _where(values, "name", is_no_product_name),
    }
    if kept and marks["name"] is not None:
        keep = _where(values, "sku", lambda text: text.casefold() in kept)
        marks["name"] = marks["name"] if keep is None else marks["name"] & ~keep
    if marks["doubtful"] is not None and "name" in values:
        nameless = values["name"].is_null()
        marks["doubtful"] = marks["doubtful"] & (nameless if marks["name"] is None else nameless | marks["name"])
    units = values.get("units")
    marks["zero"] = None if units is None else (units == "0").fill_null(value=False) & ~faulty
    for reason, mask in marks.items():
        if mask is not None:
            away = away.set(mask & away.is_null(), "code" if reason == "doubtful" else reason)
    return away


def not_sold(settings: Settings) -> Callable[[str], bool]:
    """Return the test of a status: the shop's own words where the file is a shop's, else the common ones."""
    shop = shops.find(settings.shop)
    reading = shop.readings.get("sales") if shop else None
    if reading is None or reading.not_sold is None:
        return is_not_sold
    words = reading.not_sold
    return lambda text: text.strip().casefold() in words


def _where(values: Mapping[str, pl.Series], name: str, test: Callable[[str], bool]) -> pl.Series | None:
    """Mark the cells of a column for which a test holds; None when none does."""
    if name not in values:
        return None
    found = over_unique(values[name], lambda text: "1" if test(text) else None)
    return found.is_not_null() if found.null_count() < len(found) else None


def order_ids(values: Mapping[str, pl.Series]) -> pl.Series:
    """Name the order of each line; without a number it is the day, with channel and location where they are known."""
    size = len(values["sku"])
    parts = [values["sold_on"]]
    for name in ("channel", "location"):
        if name in values:
            told = values[name]
            parts.append(("|" + told).fill_null(""))
    day = (
        pl.DataFrame([part.alias(str(place)) for place, part in enumerate(parts)])
        .select(pl.concat_str(pl.all()))
        .to_series()
    )
    told = values.get("order_id", pl.Series([None], dtype=pl.String).new_from_index(0, size))
    return told.zip_with(told.is_not_null(), day)
