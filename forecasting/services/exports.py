"""Makes the files that people take away: CSV and XLSX whose texts are texts and whose numbers are numbers."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from forecasting.models import Proposal, Transfer

Cell = str | float | int | Decimal | date | None
Speak = Callable[[Any], str]

# What a spreadsheet would take for a formula, also in the full-width forms that East Asian input makes.
FORMULA = re.compile(r"^[=+\-@\t\r\n\x00＝＋－＠]")
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe_text(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula.

    >>> safe_text("=1+1"), safe_text("-5 °C"), safe_text("tea")
    ("'=1+1", "'-5 °C", 'tea')
    """
    return f"'{text}" if FORMULA.match(text) else text


def plain_text(text: str) -> str:
    """Take off the apostrophe that safe_text puts, as ingest does with the rows of files.

    >>> plain_text("'=1+1"), plain_text("'tis tea"), plain_text("-5")
    ('=1+1', "'tis tea", '-5')
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def plan(form: str, lines: Iterable[Proposal], *, moves: Iterable[Transfer] = (), currency: str, speak: Speak) -> bytes:
    """Write what is moved and what is bought; form is "csv" or "xlsx", speak turns packed words into the reader's."""
    rows = [_move_row(move, speak) for move in moves]
    rows += [_plan_row(line, currency, speak) for line in lines]
    return csv_file(plan_columns(), rows) if form == "csv" else xlsx_file(_("Plan"), plan_columns(), rows)


def plan_columns() -> list[str]:
    """Name the columns of the buy list."""
    return [
        _("Supplier"),
        _("SKU"),
        _("Product"),
        _("Category"),
        _("What"),
        _("From"),
        _("Location"),
        _("On hand"),
        _("Coming"),
        _("Lasts until"),
        _("Order"),
        _("Order by"),
        _("Arrives"),
        _("Unit cost"),
        _("Value"),
        _("Currency"),
        _("Safety stock"),
        _("Reorder point"),
        _("Order up to"),
        _("Needs"),
        _("Why"),
    ]


def _plan_row(line: Proposal, currency: str, speak: Speak) -> list[Cell]:
    product = line.product
    return [
        str(line.supplier or ""),
        product.sku,
        product.name,
        product.category,
        _("Make") if line.made else _("Buy"),
        "",
        str(line.location or ""),
        line.on_hand,
        line.inbound,
        line.lasts_until,
        line.units,
        line.order_on,
        line.arrives_on,
        product.unit_cost if line.unit_cost is None else line.unit_cost,
        line.value,
        product.currency or currency,
        line.safety_stock,
        line.reorder_point,
        line.order_up_to,
        "; ".join(speak(need) for need in line.missing),
        "; ".join(_step(step, speak) for step in line.passport),
    ]


def _move_row(move: Transfer, speak: Speak) -> list[Cell]:
    product = move.product
    known: list[Cell] = ["", product.sku, product.name, product.category, _("Move"), str(move.origin)]
    known += [str(move.destination), None, None, None, move.units, move.send_on, move.arrives_on]
    return [*known, None, None, "", None, None, None, "", speak(move.reason)]


def _step(step: Mapping[str, Any], speak: Speak) -> str:
    said, units = speak(step.get("label")), step.get("units")
    return said.strip(" .。") if units is None else f"{said} {units:+.6g}"


def csv_file(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a CSV that spreadsheets open as it is meant: UTF-8 with its mark, texts safe, ISO dates, plain numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str | float | int:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return int(cell) if float(cell).is_integer() else float(f"{cell:.12g}")  # 0.45, not 0.44999999999999996


def xlsx_file(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write a workbook of one sheet: header frozen and filterable, numbers as numbers, dates as dates."""
    out = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, settings) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip())
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, columns, head)
        for at, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                _xlsx_cell(sheet, at, column, cell, day)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        for column in range(len(columns)):
            sheet.set_column(column, column, _width(columns, rows, column))
    return out.getvalue()


def _xlsx_cell(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    else:
        sheet.write_number(row, column, float(cell))


def _width(columns: Sequence[str], rows: Sequence[Sequence[Cell]], column: int) -> int:
    longest = max((len(str(row[column])) for row in rows[:200] if row[column] is not None), default=0)
    return min(48, max(10, len(columns[column]) + 2, longest + 2))
