"""What a person reads, in their language: sentences of pure code spoken, and the catalogue of all messages."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language, gettext

from forecasting.words import Said
from portal import formats

PLACE = re.compile(r"%\((\w+)\)([sdif])")


def spoken(said: Said | str | None) -> str:
    """Say a sentence of pure code in the reader's language, its numbers and dates as that language writes them."""
    if said is None or said == "":
        return ""
    if isinstance(said, str):
        return gettext(said)
    return gettext(said.template) % _values(said)


def _values(said: Said) -> Mapping[str, object]:
    """Write the values of a sentence, except where the template itself asks for a number (%(n)d)."""
    numeric = {name for name, kind in PLACE.findall(said.template) if kind != "s"}
    return {name: value if name in numeric else _value(value) for name, value in said.values.items()}


def _value(value: object) -> object:
    """Write one value as the reader's language does."""
    language = get_language() or "en"
    if isinstance(value, Said):
        return spoken(value)
    if isinstance(value, datetime):
        return formats.moment(value, language, today=timezone.localdate())
    if isinstance(value, date):
        return formats.day(value, language, today=timezone.localdate())
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return formats.units(value, language)
    return value
