"""Rows in a body: a JSON array, one JSON object a line, or CSV with a header; and what came of them."""

import csv
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from forecasting.services import intake
from portal.api.calls import Call

LONGEST_CELL = 1 << 16


@dataclass(slots=True)
class Body:
    """The rows of a call, and the number of the first of them: 1, or 2 below the header of a CSV file."""

    rows: list[Any] = field(default_factory=list)
    first: int = 1


def strict_json(text: bytes) -> Any:
    """Read JSON as the standard says: no NaN, no endless nesting."""

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no JSON")

    with suppress(orjson.JSONDecodeError):  # fast; what it will not read (half a surrogate pair, 1e400) the other may
        return orjson.loads(text)
    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


class JsonObject(BaseParser):
    """Read one JSON value."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the value, or raise ParseError."""
        try:
            return strict_json(stream.read())
        except ValueError as error:
            raise ParseError(_("The body is no JSON: %(why)s.") % {"why": error}) from None


class JsonRows(JsonObject):
    """Read a JSON array of rows."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the rows."""
        found = super().parse(stream, media_type, parser_context)
        if not isinstance(found, list):
            raise ParseError(_("The body must be an array of rows."))
        return Body(found)


class LineRows(BaseParser):
    """Read one JSON object a line; a line that is none is a row that is rejected."""

    media_type = "application/x-ndjson"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the rows, numbered as the lines are; empty lines at the end do not count."""
        return Body([_line(line) for line in stream.read().rstrip().split(b"\n")] if stream else [])


class JsonLines(LineRows):
    """The same under its other name."""

    media_type = "application/jsonl"


def _line(line: bytes) -> Any:
    try:
        return strict_json(line)
    except ValueError:
        return line.decode(errors="replace")


class CsvRows(BaseParser):
    """Read CSV in UTF-8 with a header; an empty cell is not known."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the rows as objects; cells beyond the header make the row a bad one."""
        try:
            text = stream.read().decode("utf-8-sig")
            csv.field_size_limit(LONGEST_CELL)
            lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
        except (UnicodeDecodeError, csv.Error) as error:
            raise ParseError(_("The body is no CSV in UTF-8: %(why)s.") % {"why": error}) from None
        header = [name.strip() for name in lines[0]] if lines else []
        _check_header(text, header)
        if len(set(header)) < len(header):
            raise ParseError(_("A column stands twice in the header."))
        return Body([_object(header, line) for line in lines[1:]], first=2)


def _check_header(text: str, header: list[str]) -> None:
    """Raise ParseError for the two slips with which a file never reads: line ends taken away, or other separators."""
    if text.strip() and not {"\n", "\r"} & set(text):
        raise ParseError(
            _("The body is one line, so there are no rows. curl sends a file as it is with --data-binary, not with -d.")
        )
    for mark in (";", "\t", "|") if len(header) == 1 else ():
        if mark in header[0]:
            raise ParseError(_("Separate the columns by commas, not by “%(mark)s”.") % {"mark": mark})


def _object(header: list[str], line: list[str]) -> Any:
    return dict(zip(header, line, strict=False)) if len(line) <= len(header) else ",".join(line)


PARSERS = [JsonRows, LineRows, JsonLines, CsvRows]


def take(request: Call, kind: str) -> Response:
    """Upsert the rows of a call and answer what came of them."""
    body = request.data if isinstance(request.data, Body) else Body()
    taken = intake.upsert(
        body.rows,
        kind=kind,
        organisation=request.organisation,
        by=request.user,
        atomic=wants_all(request),
        first=body.first,
    )
    return Response(told(taken))


def wants_all(request: Call) -> bool:
    """Tell whether the call is to load all or nothing."""
    return request.query_params.get("atomic") in ("1", "true")


def told(taken: intake.Taken) -> Mapping[str, object]:
    """Write what came of the rows."""
    errors = [intake.told(fault) for fault in taken.faults]
    return {"accepted": taken.accepted, "rejected": taken.rejected, "errors": errors}
