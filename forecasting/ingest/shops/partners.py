"""The file beside this one: Taobao's list of orders knows the days, its list of items the products."""

from collections.abc import Iterator
from pathlib import Path

from forecasting.ingest import delimited, workbook
from forecasting.ingest.container import Source, open_source
from forecasting.ingest.encoding import guess_encoding
from forecasting.ingest.header import find_header, named
from forecasting.ingest.shops import steps
from forecasting.ingest.shops.catalogue import Reading, recognise
from forecasting.ingest.types import Settings

_CHUNK = 20_000


def beside(source: Source, settings: Settings, reading: Reading, work: Path) -> dict[str, list[str]] | None:
    """Read the file that a reading needs beside its own: one in the same ZIP, or the one that the settings name.

    Returns for each key the cells of the reading's `columns`; None when there is no such file.
    Raises Unreadable where it is damaged.
    """
    if reading.partner is None:
        return None
    work.mkdir(exist_ok=True)
    candidates: list[tuple[Path, str | None]] = [
        (source.origin, member) for member in source.members if member != source.member
    ]
    if settings.partner:
        candidates.append((Path(settings.partner), None))
    for file, member in candidates:
        found = _table(open_source(file, work, member), reading)
        if found is not None:
            return found
    return None


def _table(source: Source, reading: Reading) -> dict[str, list[str]] | None:
    wanted = reading.partner or {}
    headers: tuple[str, ...] = ()
    table: dict[str, list[str]] = {}
    places: list[int | None] = []
    key: int | None = None
    for chunk in _chunks(source):
        rows = chunk.rows
        if not headers:
            top = find_header(rows[:40])
            headers = named(rows[top - 1]) if top else ()
            shop = recognise(headers)
            if shop is None or shop.name != wanted["shop"]:
                return None
            key = steps.place(headers, wanted["on"])
            places = [next(iter(steps.places(headers, names.split("|"))), None) for names in wanted["columns"]]
            rows = rows[top:]
        for row in rows:
            if key is not None and key < len(row):
                cells = [row[at].strip('\t "=') if at is not None and at < len(row) else "" for at in places]
                table[row[key].strip("\t ")] = cells
    return table if headers else None


def _chunks(source: Source) -> Iterator[delimited.Chunk]:
    if source.format == "xlsx":
        book = workbook.open_book(source.path)
        yield from workbook.stream(source.path, workbook.sheet_names(book)[0], ".", _CHUNK)
        return
    encoding = guess_encoding(source.path).encoding
    separator = delimited.sample(source.path, encoding).separator
    yield from delimited.stream(source.path, encoding, separator, _CHUNK)
