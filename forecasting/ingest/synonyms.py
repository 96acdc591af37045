"""Header names that people and shop systems give to our fields, from synonyms.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# The two columns Lagom itself adds to a workbook of bad rows.
REASON = "Reason"
LINE_KEY = "Lagom line"


@cache
def synonyms() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Read the names: kind -> field -> headers, the first ones first."""
    data = tomllib.loads((Path(__file__).parent / "synonyms.toml").read_text(encoding="utf-8"))
    return {kind: {field: tuple(words) for field, words in fields.items()} for kind, fields in data.items()}
