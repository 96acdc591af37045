"""A whole file into rows.csv, bad.ndjson and report.json: streamed, in two passes, the same every time.

First pass: each chunk is checked; its good rows are staged, its bad rows written down, and a hash of every row's key
is kept (8 bytes a row). Second pass: the ordinals of lines without a line number, and which of the rows with the same
key came last, are known from the hashes, and rows.csv is written from the stage.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forecasting.ingest import delimited, workbook
from forecasting.ingest.container import Source, open_source
from forecasting.ingest.delimited import Chunk
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import KINDS, Kind
from forecasting.ingest.header import header_word, named
from forecasting.ingest.inspection import inspect
from forecasting.ingest.shops import Shaper, looking
from forecasting.ingest.staging import Stage
from forecasting.ingest.synonyms import LINE_KEY
from forecasting.ingest.types import Report, Settings
from forecasting.ingest.validate import checked
from forecasting.words import say

CHUNK = 20_000
Progress = Callable[[int, int], None]


def convert(path: Path, settings: Settings, out: Path, work: Path, on_progress: Progress) -> Report:
    """Convert a file by its settings; on_progress gets rows done and rows expected.

    Raises Unreadable; then `out` holds no rows.csv. What the settings leave open is proposed by `inspect`.
    """
    source = open_source(path, work, settings.member)
    if not _is_complete(settings, source):
        settings = inspect(path, settings, work).settings
    kind = _kind(settings)
    with Stage(kind, settings, work) as stage:
        _first_pass(source, stage, on_progress)
        report = stage.finish(out)
    on_progress(report.rows, report.rows)
    (out / "report.json").write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1), encoding="utf-8")
    return report


def _first_pass(source: Source, stage: Stage, on_progress: Progress) -> None:
    done = 0
    shaper: Shaper | None = None
    for raw, own in _chunks(source, stage.settings):
        if stage.headers is None:
            shaper = looking.shaper_of(source, stage.settings, own, stage.work)
        headers = shaper.headers if shaper else own
        chunk = shaper.shape(raw) if shaper else raw
        if stage.headers is None:
            stage.begin(headers, _with_line_key(stage.kind, stage.settings, headers))
        if not chunk.rows:
            continue
        stage.add(chunk, checked(chunk, stage.kind, stage.places, len(headers), stage.settings))
        done += len(chunk.rows)
        on_progress(done, max(done, int(done / max(chunk.done, 1e-6))))


def _is_complete(settings: Settings, source: Source) -> bool:
    """Tell whether nothing is left for `inspect` to propose."""
    told = settings.sheet if source.format == "xlsx" else settings.encoding and settings.separator
    return bool(told and settings.kind and settings.mapping and settings.header_row is not None)


def _kind(settings: Settings) -> Kind:
    kind = KINDS.get(settings.kind or "")
    if kind is None:
        raise Unreadable(say("%(kind)s is none of: %(kinds)s.", kind=settings.kind, kinds=", ".join(KINDS)))
    names = {field.name for field in kind.fields}
    unknown = sorted(set(settings.mapping) - names)
    if unknown:
        raise Unreadable(say("%(kind)s have no %(fields)s.", kind=kind.name, fields=", ".join(unknown)))
    missing = [name for name in kind.required if name not in settings.mapping]
    if missing:
        raise Unreadable(say("Say which column holds: %(fields)s.", fields=", ".join(missing)))
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Unreadable(say("%(zone)s is not a time zone.", zone=settings.timezone)) from error
    return kind


def _chunks(source: Source, settings: Settings) -> Iterator[tuple[Chunk, tuple[str, ...]]]:
    """Stream the rows below the header, each chunk with the headers."""
    header_row = settings.header_row or 0
    headers: tuple[str, ...] = ()
    for chunk in _read(source, settings):
        if not headers:
            headers = _headers(chunk, header_row)
        while chunk.numbers and chunk.numbers[0] <= header_row:
            for part in (chunk.rows, chunk.numbers, chunk.lines):
                del part[0]
        if chunk.rows:
            yield chunk, headers


def _read(source: Source, settings: Settings) -> Iterator[Chunk]:
    if source.format == "xlsx":
        return workbook.stream(source.path, settings.sheet or "", settings.decimal, CHUNK)
    return delimited.stream(source.path, settings.encoding or "utf-8", settings.separator or ",", CHUNK)


def _headers(chunk: Chunk, header_row: int) -> tuple[str, ...]:
    if not header_row:
        return named([""] * max(map(len, chunk.rows)))
    if header_row not in chunk.numbers:
        raise Unreadable(say("Row %(row)d, which should be the header, is empty.", row=header_row))
    row = list(chunk.rows[chunk.numbers.index(header_row)])
    while row and not row[-1].strip():
        row.pop()
    return named(row)


def _with_line_key(kind: Kind, settings: Settings, headers: tuple[str, ...]) -> Settings:
    """Take the line keys that Lagom wrote into its own workbook of bad rows."""
    own = next((header for header in headers if header_word(header) == header_word(LINE_KEY)), None)
    if kind.name != "sales" or own is None or "line_id" in settings.mapping:
        return settings
    return replace(settings, mapping={**settings.mapping, "line_id": own})
