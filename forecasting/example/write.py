"""Writes the example firm as the files a real firm would have: workbooks from the office, exports from the shops."""

import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl
import xlsxwriter

from forecasting.example.firm import Firm
from forecasting.example.headers import CHINESE, CHINESE_WORDS, ENGLISH

Dialect = Literal["en", "zh"]

BOOKS = ("products", "suppliers", "locations", "channels")
"""Kept in workbooks by the office; all else is exported as CSV."""

GB18030 = ("sales", "inbound")
"""Exported by Chinese systems, in their encoding; the other Chinese CSV files are UTF-8 with a byte-order mark."""

ROWS = 100_000


def write(firm: Firm, folder: Path | str, *, dialect: Dialect = "en") -> dict[str, Path]:
    """Write what the firm would upload, and return the path of each kind of file; never the truth.

    en: English headers, UTF-8. zh: Chinese headers, names and words, sales and inbound in GB18030, order numbers behind
    a tab. Products, suppliers, locations and channels are XLSX, the rest CSV; location codes, channel codes and skus
    are the same in both. The same firm gives the same bytes. Raises ValueError for another dialect.
    """
    if dialect not in ("en", "zh"):
        raise ValueError(f'dialect must be "en" or "zh", not "{dialect}"')
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for kind in ENGLISH:
        table = _chinese(getattr(firm, kind), kind) if dialect == "zh" else getattr(firm, kind).select(ENGLISH[kind])
        written[kind] = place / f"{kind}.{'xlsx' if kind in BOOKS else 'csv'}"
        if kind in BOOKS:
            _book(table, kind, written[kind])
        else:
            _export(table, written[kind], "utf-8" if dialect == "en" else "gb18030" if kind in GB18030 else "utf-8-sig")
    return written


def _chinese(table: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Turn a table's names, words, dates and headers into Chinese ones."""
    for column in ("name", "category"):
        if f"{column}_zh" in table.columns:
            table = table.with_columns(pl.col(f"{column}_zh").alias(column))
    for column, words in CHINESE_WORDS.items():
        if column in table.columns:
            table = table.with_columns(pl.col(column).cast(pl.String).replace(words))
    if kind == "sales":
        table = table.with_columns(
            *(pl.concat_str(pl.lit("\t"), column).alias(column) for column in ("order_id", "line_id"))
        )
    return table.select(pl.col(ours).alias(theirs) for ours, theirs in CHINESE[kind].items())


def _export(table: pl.DataFrame, path: Path, encoding: str) -> None:
    """Write CSV in the encoding; dates with slashes are what Chinese systems write."""
    chinese = encoding != "utf-8"
    day, moment = ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S") if chinese else ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
    with path.open("wb") as out:
        for first, part in _slices(table):
            text = io.BytesIO()
            part.write_csv(text, include_header=first, date_format=day, datetime_format=moment)
            plain = text.getvalue()
            mark = b"\xef\xbb\xbf" if first and encoding == "utf-8-sig" else b""
            out.write(mark + (plain.decode().encode("gb18030") if encoding == "gb18030" else plain))


def _slices(table: pl.DataFrame) -> Iterator[tuple[bool, pl.DataFrame]]:
    """Cut a table, so that large ones need little memory; an empty one still has its header."""
    for start in range(0, max(len(table), 1), ROWS):
        yield start == 0, table.slice(start, ROWS)


def _book(table: pl.DataFrame, sheet: str, path: Path) -> None:
    """Write a workbook with one sheet whose texts are texts; its creation time is that of no machine."""
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  a workbook knows no zone
        page, bold = book.add_worksheet(sheet), book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for column, name in enumerate(table.columns):
            page.write_string(0, column, name, bold)
            page.set_column(column, column, 14)
        for row, values in enumerate(table.iter_rows(), start=1):
            for column, value in enumerate(values):
                _cell(page, (row, column), value)


def _cell(page: xlsxwriter.workbook.Worksheet, where: tuple[int, int], value: object) -> None:
    """Write one cell by the type of its value; empty stays empty."""
    if isinstance(value, str):
        page.write_string(*where, value)
    elif isinstance(value, date):
        page.write_string(*where, value.isoformat())
    elif isinstance(value, int | float):
        page.write_number(*where, value)


def write_truth(firm: Firm, folder: Path | str) -> Path:
    """Write the truth as one Parquet file, one row a sku, location and day; never into a folder that is uploaded."""
    truth, days = firm.truth, firm.truth.demand.shape[1]
    shelves = len(truth.skus)
    dates = pl.date_range(truth.start, firm.until, eager=True)
    columns = (
        "demand",
        "bulk",
        "sold",
        "received",
        "restocked",
        "used",
        "closing",
        "stocked",
        "expected",
        "promo_effect",
    )
    table = pl.DataFrame({name: getattr(truth, name).reshape(-1) for name in (*columns, "live")})
    row = pl.int_range(shelves * days, eager=True)
    table = table.select(
        pl.Series("sku", truth.skus).gather(row // days),
        pl.Series("location", truth.locations).gather(row // days),
        dates.gather(row % days).alias("date"),
        pl.all(),
    )
    path = Path(folder) / "truth.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.write_parquet(path)
    return path
