"""Rows of a text file: which sign separates the cells, a sample from all over it, and the whole as a stream."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, compress, islice
from pathlib import Path

from forecasting.ingest.encoding import known_encoding, undecodable
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.header import find_header, known_headers
from forecasting.words import say

SEPARATORS = (",", ";", "\t", "|")
LONGEST_CELL = 1 << 20
WIDEST = 2000
_HEAD = 1 << 17
_BLOCK = 1 << 15
_PLACES, _EACH = 24, 80  # places looked at, and rows taken from each
_NOTHING, _UNREADABLE = "\0", "\ufffd"  # a zero byte is no letter, and no database keeps one
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x7f]")
_BINARY = 0.03  # a text has hardly any control characters; of what is no text every tenth byte is one


@dataclass(slots=True)
class Chunk:
    """Some rows in a row: cells, the number of each row as Excel counts, the line where it begins in an editor.

    done is the share of the file read so far. aside: why a row of a shop's export holds nothing of ours, "" for others.
    """

    rows: list[list[str]]
    numbers: list[int]
    lines: list[int]
    done: float
    aside: list[str] = field(default_factory=list)


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """Open a file for the csv module: decoded strictly, line ends as they are."""
    known_encoding(encoding)
    return path.open(encoding=encoding, errors="strict", newline="")


def stream(path: Path, encoding: str, separator: str, size: int) -> Iterator[Chunk]:
    """Stream a file in chunks of `size` rows; blank rows are left out but counted.

    Raises Unreadable where a byte does not decode, or a quotation mark is opened and never closed.
    """
    known_separator(separator)
    csv.field_size_limit(LONGEST_CELL)
    total = max(path.stat().st_size, 1)
    with open_text(path, encoding) as text:
        reader = csv.reader(_legible(text), delimiter=separator)
        number, line, over_lines = 0, 0, False
        try:
            while rows := list(islice(reader, size)):
                chunk = _numbered(rows, number, line, reader.line_num)
                over_lines = _lines(rows[-1]) > 1
                number, line = number + len(rows), reader.line_num
                chunk.done = _told(text) / total
                if chunk.rows:
                    yield chunk
        except UnicodeError as error:
            raise undecodable(path, encoding) from error
        except csv.Error as error:
            raise _never_closed(_last_record(path, encoding, separator)) from error
        if over_lines:
            _check_end(path, encoding, separator)


def _legible(lines: Iterable[str]) -> Iterator[str]:
    return (line.replace(_NOTHING, _UNREADABLE) for line in lines)


def _numbered(rows: list[list[str]], number: int, line: int, last: int) -> Chunk:
    """Number the rows behind row `number`, which ended in line `line`; leave blank ones out."""
    count = len(rows)
    numbers = list(range(number + 1, number + count + 1))
    if last - line == count:
        lines = list(range(line + 1, last + 1))
    else:
        ends = list(accumulate(map(_lines, rows), initial=line))
        lines = [end + 1 for end in ends[:-1]]
    if all(map(any, rows)):
        return Chunk(rows, numbers, lines, 0.0)
    kept = [any(row) for row in rows]
    return Chunk(list(compress(rows, kept)), list(compress(numbers, kept)), list(compress(lines, kept)), 0.0)


def _lines(row: list[str]) -> int:
    """Count the lines a row takes in an editor: one, and one for each line break inside its cells."""
    return 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row if cell)


def _last_record(path: Path, encoding: str, separator: str) -> int:
    """Find the line where the last record begins, or the one that swallowed the rest of the file."""
    begins = ended = 0
    with open_text(path, encoding) as text:
        reader = csv.reader(_legible(text), delimiter=separator)
        try:
            for _row in reader:
                begins, ended = ended + 1, reader.line_num
        except csv.Error:
            return ended + 1
    return begins


def _told(text: io.TextIOWrapper) -> int:
    """Tell how many bytes are read; while lines are taken from it, the text itself cannot."""
    buffer = text.buffer
    return buffer.tell() if isinstance(buffer, io.BufferedReader) else 0


def _check_end(path: Path, encoding: str, separator: str) -> None:
    """Refuse a file whose last record runs to the end because a quotation mark was never closed."""
    line = _last_record(path, encoding, separator)
    with open_text(path, encoding) as text:
        try:
            for _row in csv.reader(_legible(islice(text, line - 1, None)), delimiter=separator, strict=True):
                pass
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise _never_closed(line) from error


def _never_closed(line: int) -> Unreadable:
    return Unreadable(
        say(
            "A quotation mark is opened in line %(line)s and never closed. Close it, or save the table again as CSV.",
            line=f"{line:,}",
        )
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows, further rows from all over the file (of the usual width), and how many rows there may be.

    typed: head and spread with only what was typed as text, where the file knows numbers (XLSX); else None.
    """

    separator: str
    head: list[list[str]]
    numbers: list[int]
    spread: list[list[str]]
    rows: int
    exact: bool
    typed: list[list[str]] | None = None


def sample(path: Path, encoding: str, separator: str | None = None) -> Sample:
    """Look into a file at its beginning and at places all over it; raises Unreadable where it is no text at all."""
    if separator:
        known_separator(separator)
    size = path.stat().st_size
    with path.open("rb") as file:
        whole = size <= _HEAD
        head_text = _decode(file.read(_HEAD), encoding, last=whole)
        if len(_CONTROL.findall(head_text)) > _BINARY * len(head_text):
            raise Unreadable(say("This file holds no text that can be read as a table. Save the table as CSV or XLSX."))
        told, body = _told_separator(head_text)
        separator = separator or told or find_separator(body)
        rows = _parse(head_text, separator, whole=whole)
        head = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
        spread, more = ([], 0) if whole else _elsewhere(file, size, encoding, separator)
    width = _usual_width([row for _, row in head])
    per_row = max(1.0, (_HEAD + (_PLACES * _BLOCK if more else 0)) / max(len(rows) + more, 1))
    return Sample(
        separator,
        [row for _, row in head],
        [number for number, _ in head],
        [row for row in spread if len(row) == width],
        len(head) if whole else int(size / per_row),
        whole,
    )


def known_separator(separator: str) -> None:
    """Refuse what cannot stand between cells; raises Unreadable."""
    if len(separator) != 1 or separator in '"\r\n':
        raise Unreadable(say("%(sign)s cannot stand between the cells of a table.", sign=repr(separator)))


def find_separator(text: str) -> str:
    """Find the sign that cuts the lines into equally many cells, best under a header whose names are known.

    >>> find_separator("sku;price\\nA;1,5\\nB;2,5\\n")
    ';'
    """
    best, best_score = ",", 0.0
    for place, separator in enumerate(SEPARATORS):
        rows = [row for row in _parse(text, separator, whole=False)[:300] if any(row)]
        width = _usual_width(rows)
        if width < 2:
            continue
        same = sum(len(row) == width for row in rows) / len(rows)
        header = find_header(rows[:40])
        known = known_headers(rows[header - 1]) if header else 0
        fits = header > 0 and len(rows[header - 1]) == width
        score = same + 0.5 * known + 0.5 * fits + 0.02 * min(width, 10) - 0.001 * place
        if score > best_score:
            best, best_score = separator, score
    return best


def _told_separator(text: str) -> tuple[str | None, str]:
    """Take Excel's own first line `sep=;` at its word."""
    first, _, rest = text.partition("\n")
    told = first.strip('\ufeff\r" ').casefold()
    if told.startswith("sep=") and len(told) == 5:
        return told[4], rest
    return None, text


def _decode(data: bytes, encoding: str, *, last: bool) -> str:
    text = data.decode(encoding, errors="replace")
    if last:
        return text
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def _parse(text: str, separator: str, *, whole: bool) -> list[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(_legible(io.StringIO(text, newline="")), delimiter=separator))
    except csv.Error:
        return rows
    return rows if whole or len(rows) < 2 else rows[:-1]


def _elsewhere(file: io.BufferedReader, size: int, encoding: str, separator: str) -> tuple[list[list[str]], int]:
    """Read blocks spread over the file, each without its cut first and last lines; counts the rows."""
    wide = 2 if encoding.startswith("utf-16") else 4 if encoding.startswith("utf-32") else 1
    plain = {"utf-16": _wide_name(file)}.get(encoding, encoding)
    rows: list[list[str]] = []
    seen = 0
    for place in range(1, _PLACES + 1):
        file.seek((size - _BLOCK) * place // _PLACES // wide * wide)
        text = file.read(_BLOCK).decode(plain, errors="replace")
        lines = text.splitlines(keepends=True)[1:]
        found = _parse("".join(lines), separator, whole=False)
        rows.extend(found[:: max(1, len(found) // _EACH)])
        seen += len(found)
    return rows, seen


def _wide_name(file: io.BufferedReader) -> str:
    file.seek(0)
    return "utf-16-be" if file.read(2) == b"\xfe\xff" else "utf-16-le"


def _usual_width(rows: list[list[str]]) -> int:
    widths = [len(row) for row in rows]
    return max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0
