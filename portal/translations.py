"""What a person reads, in their language: sentences of pure code spoken, and the catalogue of all messages."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext

from forecasting.words import Said, filled
from portal import formats

PLACE = re.compile(r"%\((\w+)\)[-+ 0#]*\d*(?:\.\d+)?([sdifeg])")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def spoken(said: Said | Mapping[str, Any] | str | None) -> str:
    """Say a sentence of pure code, or one kept as JSON (forecasting.words.pack), in the reader's language.

    Its numbers and dates are written as that language writes them; a place without a value stays empty.
    """
    if not said:
        return ""
    if isinstance(said, str):
        return gettext(said)
    kept = Said(said.template, said.values) if isinstance(said, Said) else unpacked(said)
    if not kept.template:
        return ""
    text = gettext(kept.template)
    try:
        return filled(text, _values(kept))
    except (TypeError, ValueError, KeyError):  # kept by an older version, or a sentence with a lone %
        return text


def speaker() -> Callable[[Mapping[str, Any] | str | None], str]:
    """Return `spoken` for the many sentences of one answer: it says anew only what it has not said yet."""
    known: dict[tuple[object, str], str] = {}

    def said(kept: Mapping[str, Any] | str | None) -> str:
        if type(kept) is not dict:
            return spoken(kept)
        values = kept.get("values")
        key = kept.get("template"), repr(values) if values else ""  # 1, 1.0 and true are written apart
        found = known.get(key)
        if found is None:
            found = known[key] = spoken(kept)
        return found

    return said


def unpacked(kept: Mapping[str, Any]) -> Said:
    """Turn what JSON kept of a sentence back into it; days come back as days."""
    values = kept.get("values") or {}
    return Said(str(kept.get("template") or ""), {name: _unpacked_value(value) for name, value in values.items()})


def _unpacked_value(value: object) -> object:
    if isinstance(value, Mapping):
        return unpacked(value)
    return date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else value


def _values(said: Said) -> Mapping[str, object]:
    """Write the values of a sentence, except where the template itself asks for a number (%(n)d)."""
    numeric = _numeric(said.template)
    written = {name: value if name in numeric else _value(value) for name, value in said.values.items()}
    return defaultdict(str, written)


@lru_cache(1 << 12)
def _numeric(template: str) -> frozenset[str]:
    """Find the places that a template itself writes as a number."""
    return frozenset(name for name, kind in PLACE.findall(template) if kind != "s")


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
