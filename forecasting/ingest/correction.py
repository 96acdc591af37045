"""The bad rows as a workbook that a person corrects and uploads again."""

import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from xlsxwriter import Workbook

from forecasting.ingest.front import bad_rows
from forecasting.ingest.synonyms import LINE_KEY, REASON
from forecasting.ingest.types import BadRow
from forecasting.words import Said, say

MOST = 10_000
_LONGEST = 32_767  # signs in a cell of Excel
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


def bad_workbook(bad_ndjson: Path, out_xlsx: Path, words: Callable[[Said], str] = str) -> int:
    """Write the first 10,000 bad rows as XLSX with a Reason behind their own columns; returns how many were written.

    Every cell is text, so nothing in it is ever a formula. Sales lines without a number of their own also carry the key
    they would have had. `words` turns a sentence into the reader's language. A second sheet says what to do.
    """
    rows = list(islice(bad_rows(bad_ndjson), MOST + 1))
    more, rows = len(rows) > MOST, rows[:MOST]
    headers = list(rows[0].raw) if rows else []
    keyed = any(row.line_key for row in rows)
    with Workbook(str(out_xlsx), _SAFE) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
        marked = book.add_format({"num_format": "@", "bg_color": "#fff4ce", "text_wrap": True})
        sheet = book.add_worksheet(_sheet_name(words(say("Rows to correct"))))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headers), 18)
        sheet.set_column(len(headers), len(headers), 60)
        top = [*headers, REASON, *([LINE_KEY] if keyed else [])]
        for place, name in enumerate(top):
            sheet.write_string(0, place, _plain(name), bold)
        for number, row in enumerate(rows, start=1):
            for place, name in enumerate(headers):
                if cell := _plain(row.raw.get(name, "")):
                    sheet.write_string(number, place, cell, text)
            sheet.write_string(number, len(headers), _plain(reason(row, words)), marked)
            if keyed:
                sheet.write_string(number, len(headers) + 1, _plain(row.line_key), text)
        about = book.add_worksheet(_sheet_name(words(say("What to do"))))
        about.set_column(0, 0, 90)
        advice = "\n".join(words(said) for said in _advice(len(rows), more))
        about.write_string(0, 0, advice, marked)  # one cell: a sheet of one row is no table when it is uploaded again
    return len(rows)


def reason(row: BadRow, words: Callable[[Said], str] = str) -> str:
    """Put the faults of a row into one line."""
    parts = []
    for fault in row.faults:
        column = f"{fault.column}: " if fault.column else ""
        parts.append(column + words(say("expected %(what)s", what=words(fault.expected))))
    where = words(say("row %(row)d", row=row.row))
    return f"{where}. " + "; ".join(parts)


def _advice(count: int, more: bool) -> list[Said]:
    said = [
        say("Correct the rows on the first sheet, save, and upload this workbook again."),
        say("Leave the first row as it is. The column Reason is not read."),
    ]
    if more:
        said.append(
            say("Only the first %(n)d bad rows are here. Upload the corrected file again for the rest.", n=count)
        )
    return said


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)[:_LONGEST]


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", text)[:31]
