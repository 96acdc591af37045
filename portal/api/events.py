"""What happens on some days: promotions, price changes, days on which nothing is sold; by name and first day."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import Event, Supplier
from forecasting.services import events as service
from forecasting.services import intake
from forecasting.services.exports import plain_text
from portal.api.bodies import Body, strict_json, wants_all
from portal.api.calls import Call
from portal.api.lists import Asked, Code, Money, Number, One, Rows, amount
from portal.api.schema import Taken
from tenants.errors import Invalid, NotFound

KINDS = ("promotion", "closure", "price", "supplier")
FIRST = {"starts_on": "first_day", "ends_on": "last_day"}


class TextList(serializers.ListField):
    """Texts in a list; in CSV as our own files have them, as JSON, or with a semicolon between them."""

    child = serializers.CharField(max_length=200)

    def to_internal_value(self, data: Any) -> list[str]:
        """Take a list, or one text of many."""
        texts = _texts(data) if isinstance(data, str) else data
        return super().to_internal_value([text for text in texts if text] if isinstance(texts, list) else texts)


def _texts(cell: str) -> list[Any]:
    with suppress(ValueError):
        if isinstance(found := strict_json(cell.encode()), list):
            return found
    return [part.strip() for part in cell.split(";")]


class EventIn(serializers.Serializer[Any]):
    """An event of all products, or of some skus or categories. percent: change of the price, -20 = 20 % off.

    kind supplier: the supplier of this code is closed and sends nothing.
    """

    name = serializers.CharField(max_length=100)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    kind = serializers.ChoiceField(choices=KINDS)
    skus = TextList(required=False, allow_null=True, max_length=5000)
    categories = TextList(required=False, allow_null=True, max_length=500)
    supplier = serializers.CharField(required=False, allow_null=True, max_length=100)
    percent = Asked(required=False, allow_null=True, min_value=-99.9, max_value=1000)
    price = amount()


class EventOut(serializers.Serializer[Event]):
    """One event that stands."""

    name = serializers.CharField()
    starts_on = serializers.DateField(source="first_day")
    ends_on = serializers.DateField(source="last_day")
    kind = serializers.ChoiceField(choices=Event.Kind.values)
    skus = serializers.ListField(child=serializers.CharField())
    categories = serializers.ListField(child=serializers.CharField())
    supplier = Code(source="supplier.code", default=None)
    percent = Number()
    price = Money()


class Events(Rows):
    """All events that were not taken back."""

    serializer_class, rows, kind = EventOut, EventIn, "events"

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Event]:
        """Return the events."""
        return Event.objects.select_related("supplier").filter(undone_at=None)

    @extend_schema(request=None, responses={200: Taken})
    def upsert(self, request: Call) -> Response:
        """Insert or change events by name and first day."""
        body = request.data if isinstance(request.data, Body) else Body()
        intake.check_size(body.rows)
        good, errors = _read(body)
        if not (errors and wants_all(request)):
            for at, words in service.upsert([fields for _row, fields in good], by=request.user):
                errors.append({"row": good[at][0], "field": "", "value": "", "expected": words})
        rejected = len({error["row"] for error in errors})
        if errors and wants_all(request):
            words = ngettext(
                "%(n)d row is not right; nothing was loaded.",
                "%(n)d rows are not right; nothing was loaded.",
                rejected,
            )
            raise Invalid(words % {"n": rejected}, errors=errors[: intake.MOST_FAULTS])
        told = {"accepted": len(body.rows) - rejected, "rejected": rejected}
        return Response({**told, "errors": errors[: intake.MOST_FAULTS]})


Rowed = list[tuple[int, dict[str, Any]]]  # fields of events with the numbers of their rows


def _read(body: Body) -> tuple[Rowed, list[dict[str, Any]]]:
    good, errors = [], []
    for number, row in enumerate(body.rows, body.first):
        if not isinstance(row, Mapping):
            errors.append({"row": number, "field": "", "value": str(row)[:200], "expected": _("an object")})
            continue
        plain = {name: plain_text(value) if isinstance(value, str) else value for name, value in row.items()}
        said = EventIn(data={name: value for name, value in plain.items() if value != ""})
        unknown = [name for name in row if name not in said.fields]
        if unknown or not said.is_valid():
            errors += [
                {"row": number, "field": name, "value": "", "expected": ", ".join(said.fields)} for name in unknown
            ]
            errors += [
                {"row": number, "field": name, "value": str(row.get(name))[:200], "expected": str(words)}
                for name, words in ({} if unknown else said.errors).items()
            ]
            continue
        good.append((number, {FIRST.get(name, name): value for name, value in said.validated_data.items()}))
    return _with_suppliers(good, errors), errors


def _with_suppliers(good: Rowed, errors: list[dict[str, Any]]) -> Rowed:
    """Put the suppliers in the place of their codes; a row that names one that is not known is a bad one."""
    codes = {fields["supplier"] for _row, fields in good if fields.get("supplier")}
    if not codes:
        return good
    known = {one.code: one for one in Supplier.objects.filter(code__in=codes)}
    found = []
    for number, fields in good:
        code = fields.get("supplier")
        if code and code not in known:
            told = {"row": number, "field": "supplier", "value": code, "expected": _("a code that is known")}
            errors.append(told)
        else:
            found.append((number, {**fields, "supplier": known[code] if code else None}))
    return found


class OneEvent(One):
    """One event."""

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Call, starts_on: str, name: str) -> Response:
        """Take the event back: the next plan goes without it. Put it again to bring it back."""
        with suppress(ValueError):
            day = date.fromisoformat(starts_on)
            if found := Event.objects.filter(undone_at=None, name=name, first_day=day).order_by("-pk").first():
                service.undo(event_id=found.pk, by=request.user)
                return Response(status=204)
        raise NotFound(_("There is no such event."))
