"""Read a CSV or Parquet table column by column, collecting every problem with its line, never stopping at the first."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

SHOWN = 50  # problems listed before "and more"
LARGEST = 1e9  # no honest count of units or price lies beyond it


class BadFile(Exception):
    """A file that cannot be used; `problems` has lines like `DEMAND.csv:118: units: "abc" is not a number`."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = list(problems[:SHOWN])
        if len(problems) > SHOWN:
            shown.append(f"{problems[0].split(':')[0]}: and {len(problems) - SHOWN} problems more")
        super().__init__("\n".join(shown))
        self.problems = shown


@dataclass(slots=True)
class Table:
    """Columns of text as read, and the problems found so far.

    A line in a problem is the line in a CSV file (the header is line 1) or the row of a Parquet file (the first is 1).
    """

    name: str
    frame: pl.DataFrame
    first_line: int
    problems: list[str] = field(default_factory=list)

    def has(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.frame.columns

    def fault(self, row: int, column: str, what: str) -> None:
        """Note a problem in a row, counted from 0."""
        self.problems.append(f"{self.name}:{row + self.first_line}: {column}: {what}")

    def texts(self, column: str, *, blank: bool = False) -> pl.Series:
        """Return the column as text without blanks around; empty cells are problems unless blank."""
        series = self.frame[column].str.strip_chars().fill_null("")
        if not blank:
            self._each(column, series == "", "is empty", quote=False)
        self._each(column, series.str.contains("\0", literal=True), "holds a NUL character", quote=False)
        self._each(column, series.str.len_chars() > 500, "is longer than 500 characters", quote=False)
        return series

    def numbers(
        self, column: str, *, low: float = -LARGEST, high: float = LARGEST, blank: bool = False
    ) -> NDArray[np.float64]:
        """Return the column as float64; NaN where empty (a problem unless blank).

        What is not a number, not finite, or outside low..high is a problem.
        """
        series = self.frame[column].str.strip_chars().fill_null("")
        value = series.cast(pl.Float64, strict=False)
        empty = series == ""
        if not blank:
            self._each(column, empty, "is empty", quote=False)
        self._each(column, value.is_null() & ~empty, "is not a number")
        self._each(column, value.is_nan() | value.is_infinite(), "is not a finite number")
        self._each(column, value.is_finite() & (value < low), f"is below {low:g}")
        self._each(column, value.is_finite() & (value > high), f"is above {high:g}")
        return value.fill_null(np.nan).to_numpy()

    def flags(self, column: str, *, empty: float) -> NDArray[np.float64]:
        """Return a 0/1 column as float64, with the given value where empty."""
        value = self.numbers(column, blank=True)
        wrong = pl.Series(~np.isnan(value) & (value != 0) & (value != 1) & np.isfinite(value))
        self._each(column, wrong, "is neither 0 nor 1")
        return np.where(np.isnan(value), empty, value)

    def days(self, column: str) -> NDArray[np.datetime64]:
        """Return the column as datetime64[D]; anything but YYYY-MM-DD (midnight allowed) is a problem."""
        series = self.frame[column].str.strip_chars().fill_null("")
        text = series.str.replace(r"[T ]00:00(:00(\.0+)?)?Z?$", "")
        day = text.str.to_date("%Y-%m-%d", strict=False)
        day = day.set(~text.str.contains(r"^\d{4}-\d{2}-\d{2}$"), None)
        self._each(column, series == "", "is empty", quote=False)
        self._each(column, day.is_null() & (series != ""), "is not a date like 2011-01-31")
        return day.to_numpy().astype("datetime64[D]")

    def done(self) -> None:
        """Raise BadFile when any problem was noted."""
        if self.problems:
            raise BadFile(self.problems)

    def _each(self, column: str, wrong: pl.Series, what: str, *, quote: bool = True) -> None:
        rows = wrong.fill_null(False).arg_true().to_list()
        for row in rows[: SHOWN + 1]:
            cell = str(self.frame[column][row] or "")[:40]
            self.fault(row, column, f'"{cell}" {what}' if quote else what)


def read_table(path: Path, *, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """Read a CSV (UTF-8, comma) or Parquet file whose columns must be known.

    Raises BadFile when it cannot be read, lacks a required column, has an unknown or doubled one, or has no rows.
    """
    frame = _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path)
    known = [*required, *optional]
    problems = [f'{path.name}: column "{name}" is missing' for name in required if name not in frame.columns]
    problems += [
        f'{path.name}: column "{name}" is not known; the columns are {", ".join(known)}'
        for name in frame.columns
        if name not in known
    ]
    if not problems and frame.height == 0:
        problems = [f"{path.name}: holds no rows"]
    if problems:
        raise BadFile(problems)
    return Table(path.name, frame, 1 if path.suffix.lower() in (".parquet", ".pq") else 2)


def _parquet(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path)
        return frame.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None)).cast(pl.String)
    except FileNotFoundError:
        raise BadFile([f"{path.name}: no such file"]) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile([f"{path.name}: is not a Parquet table: {_first_line(error)}"]) from None


def _csv(path: Path) -> pl.DataFrame:
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise BadFile([f"{path.name}: {what}"]) from None
    if not raw.strip():
        raise BadFile([f"{path.name}: is empty"])
    try:
        header = raw.decode("utf-8-sig").splitlines()[0]
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile([f"{path.name}:{line}: is not UTF-8 text"]) from None
    names = [name.strip().strip('"').strip() for name in header.split(",")]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise BadFile([f'{path.name}:1: column "{name}" stands twice' for name in doubled])
    _check_width(path, raw, len(names))
    try:
        return pl.read_csv(raw.rstrip(), infer_schema=False, has_header=True, new_columns=names, raise_if_empty=False)
    except pl.exceptions.PolarsError as error:
        raise BadFile([f"{path.name}: is not a CSV table: {_first_line(error)}"]) from None


def _check_width(path: Path, raw: bytes, width: int) -> None:
    problems = [
        f"{path.name}:{number}: has {cells} cells where the header has {width}"
        for number, cells in (_quoted_widths(raw) if b'"' in raw else _widths(raw))
        if cells != width
    ]
    if problems:
        raise BadFile(problems)


def _widths(raw: bytes) -> Iterator[tuple[int, int]]:
    """Yield line and number of cells of each line that is not blank."""
    return ((k, line.count(b",") + 1) for k, line in enumerate(raw.splitlines(), start=1) if line.strip())


def _quoted_widths(raw: bytes) -> Iterator[tuple[int, int]]:
    """Yield the same where commas and line ends may stand in quotes; a row counts by its last line.

    Cells longer than the csv module takes are left to what reads the table.
    """
    rows = csv.reader(raw.decode("utf-8-sig").splitlines(keepends=True))
    with suppress(csv.Error):
        for row in rows:
            if row:
                yield rows.line_num, len(row)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
