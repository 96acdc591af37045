"""A look at a ZIP or XLSX file before any library opens it: small files can ask for all the memory there is."""

import re
import zipfile
from typing import NoReturn

from forecasting.ingest.errors import DAMAGED, Unreadable
from forecasting.words import say

ENTRIES = 200
UNPACKED = 600 << 20
RATIO = 200
CELLS = 20_000_000
_BLOCK = 1 << 20
_OVERLAP = 64
_FIRST_ROW = 1 << 12  # a table this short is never too large, however wide
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
    except DAMAGED as error:
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
                    count += len(_UNSAVED.findall(block)) if b"<f" in block else 0
    return count


def _check_part(archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name) as part:
        first = part.read(_BLOCK)
        _refuse_dtd(first)
        while part.read(_BLOCK):  # to the end: a part longer than it says is found by its checksum
            pass


def _check_sheet(archive: zipfile.ZipFile, name: str) -> None:
    """Scan every cell reference: the reader would lay out the whole rectangle between the first and the last one."""
    extent = _Extent()
    with archive.open(name) as part:
        rest = b""
        first = True
        while block := part.read(_BLOCK):
            if first:
                _refuse_dtd(block)
                first = False
            extent.take(rest + block, block.count(b"<c ") + block.count(b"<c>"))
            rest = block[-_OVERLAP:]


class _Extent:
    """The rectangle that a sheet's cells span so far; one search a block finds what goes beyond it."""

    def __init__(self) -> None:
        self.columns, self.rows, self.cells = 1, _FIRST_ROW, 0
        self.last = 1  # the last row that was seen; rows is how far the search for later ones has moved
        self._beyond = self._pattern()

    def take(self, data: bytes, cells: int) -> None:
        """Look through a piece of the sheet; raises Unreadable when the rectangle grows too large."""
        self.cells += cells
        if self.cells > CELLS:
            raise self._too_large()
        while match := self._beyond.search(data):
            self.columns = max(self.columns, _column_number(match[1] or b""))
            self.last = max(self.last, int(match[2]))
            self.rows = max(self.rows, self.last)
            if self.rows * self.columns > CELLS:
                raise self._too_large()
            if self.rows > _FIRST_ROW:  # grow by halves, so that an ordinary sheet is not searched again for each row
                self.rows = min(self.rows * 3 // 2, max(self.rows, CELLS // self.columns))
            self._beyond = self._pattern()

    def _pattern(self) -> re.Pattern[bytes]:
        column, row = _above_letters(self.columns), _above_digits(self.rows)
        return re.compile(
            rb"r=[\"'](?:(?=(?:" + column + rb")\d|[A-Za-z]{0,3}(?:" + row + rb")[\"']))([A-Za-z]{0,3})(\d{1,12})"
        )

    def _too_large(self) -> Unreadable:
        return Unreadable(
            say(
                "A sheet reaches to row %(rows)s and column %(columns)s, which is more than any table needs. "
                "Delete the empty rows and columns around the table, or save it as CSV.",
                rows=f"{self.last:,}",
                columns=f"{self.columns:,}",
            )
        )


def _above_letters(number: int) -> bytes:
    """Write a pattern for the letters of every column beyond a number."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    parts = [f"[A-Za-z]{{{size}}}" for size in range(len(letters) + 1, 4)]
    for place, letter in enumerate(letters):
        if letter < "Z":
            after = chr(ord(letter) + 1)
            head = "".join(f"[{c}{c.lower()}]" for c in letters[:place])
            parts.append(f"{head}[{after}-Z{after.lower()}-z][A-Za-z]{{{len(letters) - place - 1}}}")
    return "|".join(parts or ["(?!)"]).encode()


def _above_digits(number: int) -> bytes:
    """Write a pattern for every whole number beyond a number."""
    digits = str(number)
    parts = [f"0*[1-9]\\d{{{len(digits)},}}"]
    for place, digit in enumerate(digits):
        if digit < "9":
            parts.append(f"0*{digits[:place]}[{int(digit) + 1}-9]\\d{{{len(digits) - place - 1}}}")
    return "|".join(parts).encode()


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _refuse_dtd(block: bytes) -> None:
    if _DTD.search(block):
        raise Unreadable(say("The workbook contains definitions that no table needs. Save it again as XLSX in Excel."))
