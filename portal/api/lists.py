"""What the resources have in common: a list with filters, and rows that are put into it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from forecasting import queries
from forecasting.ingest.fields import Field
from forecasting.models import Run
from forecasting.services import intake
from portal.api import bodies
from portal.api.calls import Call
from portal.api.pages import Csv, Json, Keyset
from portal.api.schema import Taken
from tenants.errors import Invalid, NotFound


class Money(serializers.DecimalField):
    """Money as text, so that no program rounds it; null where it is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=24, decimal_places=4, allow_null=True, **options)


class Asked(serializers.FloatField):
    """A figure that a program sends: a number, or one written as text, and never true or false."""

    def to_internal_value(self, data: Any) -> float:
        """Read it, and take no yes for a 1."""
        if isinstance(data, bool):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class Number(serializers.FloatField):
    """A figure; null where it is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)


class Code(serializers.CharField):
    """The code of something that a row points to; null where it points to nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)


def amount(*, digits: int = 16, **options: Any) -> serializers.DecimalField:
    """Make a field of a body for money that may be left out; null: not known."""
    told = {"required": False, "allow_null": True, **options}
    return serializers.DecimalField(max_digits=digits, decimal_places=4, min_value=0, coerce_to_string=True, **told)


class NoFilters(serializers.Serializer[Any]):
    """A list that is always whole."""


def filters(
    name: str, words: str, **fields: serializers.Field[Any, Any, Any, Any]
) -> type[serializers.Serializer[Any]]:
    """Make the filters of a list; from_ and the like lose their underscore, for Python keeps those words to itself."""
    named = {field.rstrip("_"): told for field, told in fields.items()}
    return type(name, (serializers.Serializer,), {**named, "__doc__": words, "__module__": __name__})


def named(model: type[Model], field: str, code: str | None, *, column: str = "code") -> Any:
    """Find what a field of a body names, None where it names nothing; raise Invalid where there is no such thing."""
    if code is None:
        return None
    found = model._default_manager.filter(**{column: code}).first()
    if found is None:
        error = {"field": field, "value": code, "expected": _("a code that is known")}
        raise Invalid(_("Some values are not right."), errors=[error])
    return found


def newest_plan() -> Run:
    """Return the run whose plan stands, or raise NotFound."""
    run = queries.runs.newest()
    if run is None:
        raise NotFound(_("There is no plan yet. Start a run first."))
    return run


class One(GenericViewSet[Any]):
    """One thing, and what can be made of it."""

    request: Call
    renderer_classes = [JSONRenderer]
    parser_classes = [bodies.JsonObject]


class Lists(GenericViewSet[Any]):
    """A list: what may be asked for, the rows, and their order."""

    pagination_class = Keyset
    renderer_classes = [Json, Csv]
    filters: type[serializers.Serializer[Any]] = NoFilters
    keyset: tuple[str, ...] = ("id",)
    request: Call

    def initial(self, request: Request, *args: Any, **named: Any) -> None:
        """Refuse a query that asks for what is not known here: a slip would answer with rows nobody asked for."""
        super().initial(request, *args, **named)
        reads = (*self.filters().fields, "limit", "cursor")
        own = {"GET": reads, "HEAD": reads, "PUT": ("atomic",)}
        known = (*own.get(str(request.method), ()), "format")
        expected = _("one of: %(names)s") % {"names": ", ".join(known)}
        wrong = [
            {"field": name[:100], "value": value[:100], "expected": expected}
            for name, value in request.query_params.items()
            if name not in known
        ]
        if wrong:
            raise Invalid(_("The query asks for what is not known here."), errors=wrong)

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the rows of the page that the query names; every list has pages."""
        return super().paginate_queryset(queryset) or []

    def asked(self) -> dict[str, Any]:
        """Return the filters of the query, checked."""
        asked = self.filters(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        return said

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Any]:
        """Return the rows asked for."""
        raise NotImplementedError

    def list(self, request: Call, *args: Any, **named: Any) -> Response:
        """List the rows."""
        page = self.paginate_queryset(self.found(self.asked()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class Rows(Lists):
    """A list into which rows are put by their natural key."""

    rows: type[serializers.Serializer[Any]]
    kind: str
    parser_classes = bodies.PARSERS

    @extend_schema(request=None, responses={200: Taken})
    def upsert(self, request: Call) -> Response:
        """Insert or change rows by their natural key; what a row does not name is not touched."""
        return bodies.take(request, self.kind)


def row_of(kind: str) -> type[serializers.Serializer[Any]]:
    """Describe a row of a kind; it is read by forecasting.ingest.records, which the fields are taken from."""
    known = intake.kind_named(kind)
    name = f"{kind.removesuffix('s').capitalize()}In"
    named: dict[str, Any] = {one.name: _described(one) for one in known.fields}
    return type(name, (serializers.Serializer,), {**named, "__doc__": f"One row of {kind}.", "__module__": __name__})


def _described(one: Field) -> serializers.Field[Any, Any, Any, Any]:
    told: dict[str, Any] = {"required": one.required, "allow_null": not one.required}
    if one.type in ("identifier", "text"):
        return serializers.CharField(max_length=one.longest, allow_blank=not one.required, **told)
    if one.type == "number":
        return Asked(min_value=one.low, max_value=one.high, **told)
    if one.type == "share":
        return Asked(min_value=0.0001, max_value=0.9999, **told)
    if one.type == "flag":
        return serializers.BooleanField(**told)
    if one.type == "status":
        return serializers.ChoiceField(choices=["active", "discontinued"], **told)
    if one.type == "currency":
        return serializers.RegexField("^[A-Za-z]{3}$", **told)
    return serializers.DateField(**told) if one.type == "day" else serializers.DateTimeField(**told)
