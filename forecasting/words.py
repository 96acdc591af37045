"""Words that a person will read, kept as template and values until a page knows the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: an English template with %(name)s places, and the values for them."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Render in English, for shells and files."""
        return self.template % self.values


def say(template: str, /, **values: object) -> Said:
    """Say a sentence; translators find the template by the name of this function.

    >>> str(say("%(n)d lines", n=3))
    '3 lines'
    """
    return Said(template, values)
