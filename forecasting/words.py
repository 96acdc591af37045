"""Words that a person will read, kept as template and values until a page knows the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: an English template with %(name)s places, and the values for them."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Render in English, for shells and files."""
        return self.template % self.values if self.values else self.template


def say(template: str, /, **values: object) -> Said:
    """Say a sentence; translators find the template by the name of this function.

    >>> str(say("%(n)d lines", n=3))
    '3 lines'
    """
    return Said(template, values)


def pack(said: object) -> dict[str, Any]:
    """Turn a sentence into what JSON can hold; other objects become a sentence without places.

    >>> pack(say("%(n)d lines", n=3))
    {'template': '%(n)d lines', 'values': {'n': 3}}
    """
    if not isinstance(said, Said):
        return {"template": str(said), "values": {}}
    return {"template": said.template, "values": {key: _plain(value) for key, value in said.values.items()}}


def _plain(value: object) -> object:
    if isinstance(value, Said):
        return pack(value)
    if isinstance(value, bool | int | float | str | type(None)):
        return value
    return value.item() if hasattr(value, "item") else str(value)
