"""What a file is, by its first bytes: text, workbook or ZIP of those; everything else is refused by name."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forecasting.ingest.errors import DAMAGED, Unreadable
from forecasting.ingest.preflight import check_entries, check_workbook, refuse_macros, refuse_nesting
from forecasting.words import Said, say

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN: tuple[tuple[bytes, Said], ...] = (
    (b"%PDF", say("This is a PDF. Export the table as CSV or XLSX instead.")),
    (b"\x89PNG", say("This is a picture, not a table.")),
    (b"\xff\xd8\xff", say("This is a picture, not a table.")),
    (b"GIF8", say("This is a picture, not a table.")),
    (b"\x1f\x8b", say("This file is packed with gzip. Unpack it, or pack it as ZIP.")),
    (b"7z\xbc\xaf\x27\x1c", say("This file is packed with 7-Zip. Unpack it, or pack it as ZIP.")),
    (b"Rar!", say("This file is packed with RAR. Unpack it, or pack it as ZIP.")),
    (b"PAR1", say("This is a Parquet file. Export the table as CSV or XLSX instead.")),
    (b"SQLite format 3", say("This is a database. Export the table as CSV or XLSX instead.")),
    (b"\x7fELF", say("This is a program, not a table.")),
    (b"MZ\x90\x00", say("This is a program, not a table.")),
    (b"{\\rtf", say("This is a text document. Export the table as CSV or XLSX instead.")),
)
_WEB = say("This is a web page that only bears the name of a table. Open it in Excel and save it as XLSX.")
_OLD = say("This is an old Excel file (.xls). Open it in Excel and save it as XLSX or CSV.")
_LOCKED = say("This workbook is protected with a password. Save it without the password and upload it again.")
_EMPTY = say("The file is empty.")


@dataclass(frozen=True, slots=True)
class Source:
    """A file ready to be read: container as the person sees it, and the plain file behind it.

    origin: the file as it came, which for a ZIP holds the other members.
    """

    container: str
    format: Literal["text", "xlsx"]
    path: Path
    origin: Path
    members: tuple[str, ...] = ()
    member: str | None = None


def open_source(path: Path, work: Path, member: str | None = None) -> Source:
    """Find out what a file is and unpack what must be unpacked into `work`.

    Raises Unreadable for what Lagom does not take, in words that say what to do.
    """
    found = _format(path)
    if found != "zip":
        return Source("xlsx" if found == "xlsx" else "csv", found, path, path)
    with _opened(path) as archive:
        check_entries(archive, path.stat().st_size)
        names = _members(archive)
        if not names:
            raise Unreadable(say("There is no CSV or XLSX file in this ZIP."))
        chosen = member or names[0]
        if chosen not in names:
            raise Unreadable(say("There is no file %(member)s in this ZIP.", member=chosen))
        inner = work / "member"
        try:
            with archive.open(chosen) as packed, inner.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
        except DAMAGED as error:
            raise Unreadable(say("The ZIP file is damaged.")) from error
    unpacked = _format(inner)
    if unpacked == "zip":
        refuse_nesting()
        raise AssertionError
    return Source("zip", unpacked, inner, path, names, chosen)


def _format(path: Path) -> Literal["text", "xlsx", "zip"]:
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise Unreadable(_EMPTY)
    if head.startswith(_ZIP):
        return _kind_of_zip(path)
    if head.startswith(_COMPOUND):
        raise Unreadable(_LOCKED if _is_encrypted(path) else _OLD)
    for magic, said in _FOREIGN:
        if head.startswith(magic):
            raise Unreadable(said)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml")):
        raise Unreadable(_WEB)
    if not start.strip(b"\x00"):
        raise Unreadable(_EMPTY)
    return "text"


def _kind_of_zip(path: Path) -> Literal["xlsx", "zip"]:
    with _opened(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.bin" in names:
            raise Unreadable(say("This is a binary Excel file (.xlsb). Open it in Excel and save it as XLSX or CSV."))
        if "mimetype" in names and "content.xml" in names:
            raise Unreadable(say("This is an OpenDocument file. Save it as XLSX or CSV."))
        if "[Content_Types].xml" not in names:
            return "zip"
        refuse_macros(archive)
        if "xl/workbook.xml" not in names:
            raise Unreadable(say("This is an Office file, but no workbook. Save the table as XLSX or CSV."))
        check_workbook(archive, path.stat().st_size)
    return "xlsx"


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; damage that is found while it is read is told as damage too."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DAMAGED as error:
        raise Unreadable(say("The ZIP or XLSX file is damaged.")) from error


def _members(archive: zipfile.ZipFile) -> tuple[str, ...]:
    """Name the members that could be tables; what systems put beside them is left out."""
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    plain = [name for name in names if not name.startswith("__MACOSX/") and not name.split("/")[-1].startswith(".")]
    tables = [name for name in plain if name.lower().endswith((".csv", ".tsv", ".txt", ".tab", ".xlsx"))]
    return tuple(sorted(tables or plain))


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20)
