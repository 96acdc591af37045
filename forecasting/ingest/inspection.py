"""A look into a file: what it is, how it is to be read, what it could mean, and what must be asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from python_calamine import CalamineWorkbook

from forecasting.ingest import delimited, workbook
from forecasting.ingest.columns import is_damaged
from forecasting.ingest.container import Source, open_source
from forecasting.ingest.dates import order_evidence
from forecasting.ingest.delimited import WIDEST, Sample
from forecasting.ingest.encoding import OFFERED, guess_encoding, known_encoding
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import KINDS
from forecasting.ingest.header import find_header, header_key, named, resolve
from forecasting.ingest.mapping import propose
from forecasting.ingest.numbers import decimal_evidence
from forecasting.ingest.preflight import formulas_without_value
from forecasting.ingest.shops import looking
from forecasting.ingest.types import Inspection, KindGuess, Question, Settings
from forecasting.ingest.validate import CODES
from forecasting.words import Said, say

PREVIEW = 20
_CELL = 200  # signs of a cell that a preview shows
_SURE = 0.75


def inspect(path: Path, told: Settings, work: Path) -> Inspection:
    """Look into a file; what `told` already says is taken as said, the rest is proposed.

    Raises Unreadable when it is no table, or nothing below a header.
    """
    source = open_source(path, work, told.member)
    settings = replace(told, member=source.member)
    questions: list[Question] = []
    sheets: tuple[str, ...] = ()
    if source.format == "xlsx":
        book = workbook.open_book(source.path)
        sheets = workbook.sheet_names(book)
        sheet, looked = _first_filled(book, (told.sheet,) if told.sheet else sheets)
        settings = replace(settings, sheet=sheet, date_system=workbook.date_system(source.path))
    else:
        settings, looked = _look_at_text(source.path, settings, questions)
    if not looked.head:
        raise Unreadable(say("The file is empty."))
    place = _header_place(settings, looked)
    headers, _body = _cut(looked, place)
    settings = replace(settings, header_row=looked.numbers[place - 1] if place else 0)
    own = looking.recognised(source, settings, looked, headers, work)
    return _understood(source, sheets, settings, own.sample if own else looked, questions, own)


def _first_filled(book: CalamineWorkbook, sheets: Sequence[str]) -> tuple[str, Sample]:
    """Take the first sheet that has rows below a header, or else the very first."""
    first: Sample | None = None
    for name in sheets:
        found = workbook.sample(book, name)
        if len(found.head) >= 2:
            return name, found
        first = first or found
    return sheets[0], first or workbook.sample(book, sheets[0])


def _look_at_text(path: Path, told: Settings, questions: list[Question]) -> tuple[Settings, Sample]:
    encoding = told.encoding
    if encoding is None:
        guess = guess_encoding(path)
        encoding = guess.encoding
        if guess.confidence < _SURE:
            options = tuple(dict.fromkeys((encoding, *guess.others, *OFFERED)))
            said = say("Which letters are right? The encoding of this file is not certain.")
            questions.append(Question("encoding", said, options, example=encoding))
    known_encoding(encoding)
    looked = delimited.sample(path, encoding, told.separator)
    return replace(told, encoding=encoding, separator=looked.separator), looked


def _understood(
    source: Source,
    sheets: tuple[str, ...],
    told: Settings,
    looked: Sample,
    questions: list[Question],
    own: looking.OfShop | None,
) -> Inspection:
    place = _header_place(told, looked)
    headers, body = _cut(looked, place)
    guesses, settings = _guessed(told, looked, headers, body, own)
    guess = guesses[0] if own else next(item for item in guesses if item.kind == settings.kind)
    settings = _decide(settings, headers, looked, place, questions)
    thin = len(guess.mapping) == 1 < len(headers)  # a code alone is in files of every kind
    close = len(guesses) > 1 and guesses[1].score > guess.score - 0.05
    if not own and not told.kind and (guess.missing or thin or close):
        questions.insert(0, Question("kind", say("What does this file hold?"), tuple(KINDS)))
    questions.extend(_repairs(settings, headers, body + looked.spread))
    questions.extend(_zeros(settings, headers, body + looked.spread))
    shown = body[:PREVIEW]
    return Inspection(
        container=source.container,
        members=source.members,
        sheets=sheets,
        settings=settings,
        header_key=header_key((*headers, own.shop.name, settings.kind or "") if own else headers),
        headers=headers,
        rows=max(0, looked.rows - place),
        rows_exact=looked.exact,
        preview=tuple(tuple(cell[:_CELL] for cell in row) for row in shown),
        preview_rows=tuple(looked.numbers[place : place + len(shown)]),
        kinds=tuple(guesses),
        questions=tuple(questions),
        notes=(*(own.notes if own else ()), *_notes(source, guess), *_as_of_today(settings)),
        shop=own.shop.title if own else "",
        waits_for=own.waits_for if own else "",
    )


def _guessed(
    told: Settings, looked: Sample, headers: Sequence[str], body: list[list[str]], own: looking.OfShop | None
) -> tuple[list[KindGuess], Settings]:
    """Propose kind and mapping: what the shop's file says, or what names and contents of the columns suggest."""
    if own is not None and not own.guesses:
        nothing = KindGuess("sales", 0.0, {}, {}, ())
        return [nothing], replace(told, kind="sales", shop=own.shop.name)
    if own is not None:
        reading = own.shop.readings[own.guesses[0].kind]
        settings = replace(told, shop=own.shop.name, decimal=told.decimal or reading.decimal)
        guesses = list(own.guesses)
    else:
        settings = told
        guesses = propose(headers, (body + looked.spread)[:500], f"{told.sheet or ''} {told.member or ''}")
    kind = (guesses[0].kind if own else told.kind) or guesses[0].kind
    guess = next(item for item in guesses if item.kind == kind)
    remembered = {name: header for name, header in resolve(told.mapping, headers).items() if header in headers}
    return guesses, replace(settings, kind=kind, mapping=remembered or dict(guess.mapping))


def _repairs(settings: Settings, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Question]:
    """Offer to find codes that Excel shortened to 6.93E+12 by the product's name, where the file has names."""
    if settings.repair or "name" not in settings.mapping or settings.kind not in ("sales", "products"):
        return []
    damaged = [cell for cell in _cells(settings.kind, ("identifier",), settings, headers, rows) if is_damaged(cell)]
    if not damaged:
        return []
    said = say("Excel has shortened codes in this file to numbers. Find these products by their name?")
    return [Question("repair", said, ("name", "leave"), damaged[0])]


def _zeros(settings: Settings, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Question]:
    """Offer to give codes back the zeros in front that Excel drops, where the catalogue knows them with zeros only."""
    if settings.zeros or not settings.bare:
        return []
    places = [headers.index(header) for name, header in settings.mapping.items() if name in CODES and header in headers]
    cells = (row[place].strip() for place in places for row in rows if place < len(row))
    found = next((cell for cell in cells if cell in settings.bare), None)
    if found is None:
        return []
    said = say(
        "Excel has dropped zeros in front of codes. Is %(code)s your %(sku)s?", code=found, sku=settings.bare[found]
    )
    return [Question("zeros", said, ("restore", "as_written"), found)]


def _header_place(told: Settings, looked: Sample) -> int:
    """Find the place of the header among the sampled rows: the row that was told, or the most likely one."""
    if told.header_row is None:
        return find_header(looked.head)
    if told.header_row == 0:
        return 0
    if told.header_row not in looked.numbers:
        raise Unreadable(say("Row %(row)d, which should be the header, is empty.", row=told.header_row))
    return looked.numbers.index(told.header_row) + 1


def _cut(looked: Sample, place: int) -> tuple[tuple[str, ...], list[list[str]]]:
    width = max((len(row) for row in looked.head[place : place + 50]), default=0)
    top = looked.head[place - 1] if place else []
    if max(len(top), width) > WIDEST:
        raise Unreadable(say("The table has %(n)d columns; at most %(most)d are read.", n=len(top), most=WIDEST))
    while len(top) > width > 0 and not top[-1].strip():
        top = top[:-1]
    headers = named(top if place else [""] * width)
    return headers, [[*row, *[""] * (len(headers) - len(row))] for row in looked.head[place:]]


def _decide(
    settings: Settings, headers: Sequence[str], looked: Sample, place: int, questions: list[Question]
) -> Settings:
    """Decide the decimal mark and the order of dates from the mapped columns, or ask."""
    kind = KINDS[settings.kind or "sales"]
    rows = looked.head[place:] + looked.spread
    texts = looked.typed[place:] if looked.typed is not None else rows
    numeric = _cells(kind.name, ("number", "share"), settings, headers, texts)
    dated = _cells(kind.name, ("moment", "day"), settings, headers, rows)
    if settings.decimal is None:
        found = decimal_evidence(numeric)
        mark = found.mark
        if mark is None and not found.unclear and not found.dots:
            mark = "."
        if mark is None:
            said = say("Is %(example)s a little more than one, or more than a thousand?", example=found.unclear)
            if found.dots or found.commas:
                said = say("Some numbers have a decimal point and some a decimal comma. Which is the decimal mark?")
            questions.append(Question("decimal", said, (".", ","), found.unclear))
        settings = replace(settings, decimal=mark)
    if settings.date_order is None:
        days = order_evidence(dated)
        if days.order is None:
            options = tuple(order for order in ("dmy", "mdy", "ymd") if days.votes[order])
            said = say("Which comes first in %(example)s: the day or the month?", example=days.unclear)
            questions.append(Question("date_order", said, options, days.unclear))
        settings = replace(settings, date_order=days.order)
    return settings


def _cells(
    kind: str, types: tuple[str, ...], settings: Settings, headers: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[str]:
    wanted = {field.name for field in KINDS[kind].fields if field.type in types}
    places = [
        headers.index(header) for name, header in settings.mapping.items() if name in wanted and header in headers
    ]
    return [row[place].strip() for place in places for row in rows if place < len(row) and row[place].strip()]


def _as_of_today(settings: Settings) -> tuple[Said, ...]:
    if settings.kind != "stock" or "counted_at" in settings.mapping or not settings.today:
        return ()
    return (
        say("The file names no day of counting: the stock is taken as that of today, %(day)s.", day=settings.today),
    )


def _notes(source: Source, guess: KindGuess) -> tuple[Said, ...]:
    notes: list[Said] = []
    if source.format == "xlsx":
        with ZipFile(source.path) as archive:
            unsaved = formulas_without_value(archive)
        if unsaved:
            notes.append(
                say(
                    "%(n)d formula has no saved result and reads as empty: save the workbook in Excel first."
                    if unsaved == 1
                    else "%(n)d formulas have no saved result and read as empty: save the workbook in Excel first.",
                    n=unsaved,
                )
            )
    if guess.missing:
        notes.append(say("No column was found for: %(fields)s.", fields=", ".join(guess.missing)))
    return tuple(notes)
