"""Rows of an XLSX sheet as texts, the way a person sees them: 123.0 is "123", a date is ISO."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from forecasting.ingest.delimited import WIDEST, Chunk, Sample
from forecasting.ingest.errors import Unreadable
from forecasting.words import say

_EXACT = 1e15  # above this a number in a workbook has lost digits
_HEAD = 1000
_SPREAD = 2000


def open_book(path: Path) -> CalamineWorkbook:
    """Open a workbook; raises Unreadable when it is damaged."""
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(say("The XLSX file is damaged.")) from error


def sheet_names(book: CalamineWorkbook) -> tuple[str, ...]:
    """Name the worksheets a person can see; raises Unreadable when there are none."""
    shown = [
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
    ]
    if not shown:
        raise Unreadable(say("There is no worksheet in this workbook."))
    return tuple(shown)


def date_system(path: Path) -> int:
    """Tell whether the workbook counts its days from 1900 or, as old Macs did, from 1904."""
    with ZipFile(path) as archive:
        text = archive.read("xl/workbook.xml")[: 1 << 20].replace(b"'", b'"')
    return 1904 if b'date1904="1"' in text or b'date1904="true"' in text else 1900


def stream(path: Path, sheet: str, decimal: str | None, size: int) -> Iterator[Chunk]:
    """Stream a sheet in chunks of `size` rows; blank rows are left out but counted.

    Numbers are written with the decimal mark of the settings, so that they read like the texts beside them.
    """
    opened = _sheet(open_book(path), sheet)
    total = max(opened.height, 1)
    mark = decimal or "."
    chunk = Chunk([], [], [], 0.0)
    for number, cells in enumerate(opened.iter_rows(), start=1):
        row = [_text(cell, mark) for cell in cells]
        if any(row):
            chunk.rows.append(row)
            chunk.numbers.append(number)
            chunk.lines.append(number)
        if len(chunk.rows) >= size:
            chunk.done = min(1.0, number / total)
            yield chunk
            chunk = Chunk([], [], [], 0.0)
    if chunk.rows:
        chunk.done = 1.0
        yield chunk


def sample(book: CalamineWorkbook, sheet: str) -> Sample:
    """Look into a sheet: its first rows, and rows from all over it."""
    head: list[list[str]] = []
    numbers: list[int] = []
    spread: list[list[str]] = []
    typed: list[list[str]] = []
    opened = _sheet(book, sheet)
    step = max(1, opened.height // _SPREAD)
    rows = 0
    for number, cells in enumerate(opened.iter_rows(), start=1):
        if not any(cell != "" for cell in cells):
            continue
        rows += 1
        if len(head) < _HEAD:
            head.append([_text(cell, ".") for cell in cells])
            numbers.append(number)
        elif number % step == 0:
            spread.append([_text(cell, ".") for cell in cells])
        else:
            continue
        typed.append([cell if isinstance(cell, str) else "" for cell in cells])
    return Sample(",", head, numbers, spread, rows, exact=True, typed=typed)


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    if name not in book.sheet_names:
        raise Unreadable(say("There is no sheet %(sheet)s in this workbook.", sheet=name))
    try:
        sheet = book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(say("The XLSX file is damaged.")) from error
    if sheet.width > WIDEST:
        raise Unreadable(say("The table has %(n)d columns; at most %(most)d are read.", n=sheet.width, most=WIDEST))
    return sheet


def _text(cell: object, mark: str) -> str:
    """Write a cell as text; a number gets the given decimal mark."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _number(float(cell), mark)
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0).isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _number(value: float, mark: str) -> str:
    if abs(value) >= _EXACT:
        return f"{value:.5E}"
    if value.is_integer():
        return str(int(value))
    text = format(value, ".15g")
    if "e" in text:
        text = format(value, ".18f").rstrip("0")
    return text.replace(".", mark)
