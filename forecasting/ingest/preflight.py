"""A look at a ZIP or XLSX file before any library opens it: small files can ask for all the memory there is."""

import re
import zipfile
from typing import NoReturn

from forecasting.ingest.errors import Unreadable
from forecasting.words import say

ENTRIES = 200
UNPACKED = 600 << 20
RATIO = 200
CELLS = 20_000_000
_BLOCK = 1 << 20
_OVERLAP = 64
_COLUMN = re.compile(rb"\sr=[\"']([A-Za-z]{1,3})\d")
_ROW = re.compile(rb"\sr=[\"'][A-Za-z]{0,3}(\d{1,12})[\"']")
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UNSAVED = re.compile(rb"(?:</f>|<f[^>]*/>)(?:<v\s*/>|<v></v>)?</c>")


def check_entries(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive by its table of contents: too many entries, too large, too dense, locked, or names twice."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES:
        raise Unreadable(say("The file holds %(n)d parts; at most %(most)d are read.", n=len(entries), most=ENTRIES))
    if unpacked > UNPACKED:
        raise Unreadable(
            say(
                "Unpacked, the file would take %(size)d MB; at most %(most)d MB are read. Split it, or save it as CSV.",
                size=unpacked >> 20,
                most=UNPACKED >> 20,
            )
        )
    dense = any(entry.file_size > _BLOCK and entry.file_size > RATIO * entry.compress_size for entry in entries)
    if dense or (unpacked > _BLOCK and unpacked > RATIO * size):
        raise Unreadable(say("The file is packed more densely than any table is. Save it again as XLSX or CSV."))
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(say("The ZIP file is protected with a password. Pack it without one."))
    if len({entry.filename for entry in entries}) < len(entries):
        raise Unreadable(say("The file is damaged: it holds the same part twice."))


def check_workbook(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse a workbook that would harm: the limits of any archive, links to other files, DTDs, a huge extent."""
    check_entries(archive, size)
    names = archive.namelist()
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise Unreadable(
            say(
                "The workbook takes values from other files. "
                "Copy the table, paste it as values into a new workbook and upload that."
            )
        )
    try:
        for name in names:
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _check_sheet(archive, name)
            elif name.endswith((".xml", ".rels")):
                _check_part(archive, name)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable(say("The XLSX file is damaged.")) from error


def refuse_macros(archive: zipfile.ZipFile) -> None:
    """Refuse a workbook with macros."""
    types = archive.open("[Content_Types].xml").read(_BLOCK)
    if b"macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in archive.namelist()):
        raise Unreadable(say("The workbook contains macros. Save it as XLSX without macros and upload it again."))


def refuse_nesting() -> NoReturn:
    """Refuse a ZIP inside a ZIP."""
    raise Unreadable(say("There is a ZIP inside the ZIP. Unpack it first."))


def formulas_without_value(archive: zipfile.ZipFile) -> int:
    """Count formulas whose result the writing program did not save: they read as empty cells."""
    count = 0
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            with archive.open(name) as part:
                while block := part.read(_BLOCK):
                    count += len(_UNSAVED.findall(block))
    return count


def _check_part(archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name) as part:
        first = part.read(_BLOCK)
        _refuse_dtd(first)
        while part.read(_BLOCK):  # to the end: a part longer than it says is found by its checksum
            pass


def _check_sheet(archive: zipfile.ZipFile, name: str) -> None:
    """Scan every cell reference: the reader would lay out the whole rectangle between the first and the last one."""
    rows = columns = cells = 0
    with archive.open(name) as part:
        rest = b""
        first = True
        while block := part.read(_BLOCK):
            if first:
                _refuse_dtd(block)
                first = False
            data = rest + block
            columns = max(columns, max(map(_column_number, set(_COLUMN.findall(data))), default=0))
            rows = max(rows, max(map(int, set(_ROW.findall(data))), default=0))
            cells += block.count(b"<c ") + block.count(b"<c>")
            if max(rows, 1) * max(columns, 1) > CELLS or cells > CELLS:
                raise Unreadable(
                    say(
                        "A sheet reaches to row %(rows)s and column %(columns)s, which is more than any table needs. "
                        "Delete the empty rows and columns around the table, or save it as CSV.",
                        rows=f"{rows:,}",
                        columns=f"{columns:,}",
                    )
                )
            rest = data[-_OVERLAP:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _refuse_dtd(block: bytes) -> None:
    if _DTD.search(block):
        raise Unreadable(say("The workbook contains definitions that no table needs. Save it again as XLSX in Excel."))
