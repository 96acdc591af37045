"""Lists, page by page: `next` leads on from the last row's key, so that a page costs the same wherever it lies."""

import base64
import binascii
import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.core.exceptions import ValidationError as WrongValue
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.urls import replace_query_param

from forecasting.services.exports import safe_text
from tenants.errors import Invalid

MOST = 1000
USUAL = 100


class Keyset(BasePagination):
    """Cut a queryset after the last row's values of `view.keyset`; "-id" goes down."""

    next: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that the query names."""
        limit = _limit(request.query_params.get("limit"))
        names = [name.lstrip("-") for name in view.keyset]
        down = view.keyset[0].startswith("-")
        found = queryset.order_by(*view.keyset)
        if cursor := request.query_params.get("cursor"):
            found = found.filter(_after(names, _values(queryset, names, cursor), down))
        rows = list(found[: limit + 1])
        self.next = None
        if len(rows) > limit:
            told = [getattr(rows[limit - 1], name) for name in names]
            self.next = replace_query_param(request.build_absolute_uri(), "cursor", _written(told))
        return rows[:limit]

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        """Answer with the rows and where the next ones are; in CSV that stands in the Link header."""
        headers = {"Link": f'<{self.next}>; rel="next"'} if self.next else {}
        return Response({"next": self.next, "results": data}, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the answer."""
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": ["string", "null"], "format": "uri"},
                "results": {"type": "array", "items": schema.get("items", schema)},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe what may be asked."""
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        return [
            {"name": "limit", "in": "query", "required": False, "schema": limit, "description": "Rows on a page."},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "Where the page begins; follow `next` instead of making one.",
            },
        ]


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MOST:
        expected = _("a number from 1 to %(n)d") % {"n": MOST}
        raise Invalid(_("This page cannot be had."), errors=[{"field": "limit", "value": text, "expected": expected}])
    return int(text)


def _written(values: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def _values(queryset: QuerySet[Any], names: Sequence[str], cursor: str) -> list[Any]:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        if not isinstance(told, list) or len(told) != len(names) or None in told or "\\u0000" in json.dumps(told):
            raise ValueError
        return [_column(queryset, name).to_python(value) for name, value in zip(names, told, strict=True)]
    except (ValueError, TypeError, binascii.Error, WrongValue, RecursionError, OverflowError):
        wrong = [{"field": "cursor", "value": cursor[:200], "expected": _("a cursor from `next`")}]
        raise Invalid(_("This page cannot be had."), errors=wrong) from None


def _column(queryset: QuerySet[Any], name: str) -> Any:
    field = queryset.model._meta.get_field(name)
    return field.target_field if field.is_relation else field


def _after(names: Sequence[str], values: Sequence[Any], down: bool) -> Q:
    """Say (a, b) > (x, y) so that an index on (a, b) finds where to begin."""
    beyond, sign = Q(), "lt" if down else "gt"
    for place in range(len(names)):
        same = Q(**dict(zip(names[:place], values[:place], strict=True)))
        beyond |= same & Q(**{f"{names[place]}__{sign}": values[place]})
    return Q(**{f"{names[0]}__{sign}e": values[0]}) & beyond


class Json(JSONRenderer):
    """Write JSON as the framework does, a thousand rows in a fifth of the time."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Return the text; what only the framework can write, it writes."""
        try:
            return orjson.dumps(data, JSONEncoder().default, orjson.OPT_PASSTHROUGH_DATETIME)
        except orjson.JSONEncodeError:
            return super().render(data, accepted_media_type, renderer_context)


class Csv(BaseRenderer):
    """Write a list as CSV: one column per field; what is a list itself is written as JSON."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Return the file; an error stays a problem in JSON, whatever was asked for."""
        if not isinstance(data, Mapping) or "results" not in data:
            return json.dumps(data, default=str, ensure_ascii=False).encode()
        view = renderer_context["view"]
        columns = list(view.get_serializer().fields)
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in data["results"])
        return out.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return value if _is_number(value) else safe_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, list | dict) else value


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
