"""Words that a person will read, kept as template and values until a page knows the reader's language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGE = 1e6  # from here on %g writes powers of ten
NUMBER = re.compile(r"%\((\w+)\)g")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: an English template with %(name)s places, and the values for them."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Render in English, for shells and files."""
        return filled(self.template, self.values) if self.values else self.template


def say(template: str, /, **values: object) -> Said:
    """Say a sentence; translators find the template by the name of this function.

    >>> str(say("%(n)d lines", n=3))
    '3 lines'
    """
    return Said(template, values)


def filled(template: str, values: Mapping[str, object]) -> str:
    """Put values into their places; large numbers keep their digits.

    >>> filled("Order %(n)g", {"n": 65904855.0})
    'Order 65904855'
    """
    large = {name: value for name, value in values.items() if isinstance(value, float | int) and abs(value) >= LARGE}
    if large:
        template = NUMBER.sub(lambda place: digits(large[place[1]]) if place[1] in large else place[0], template)
    return template % values


def digits(number: float) -> str:
    """Write a number as %g does, but a large one with all of its digits.

    >>> digits(2.5), digits(12345678.0)
    ('2.5', '12345678')
    """
    return f"{number:.0f}" if abs(number) >= LARGE else f"{number:g}"


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
