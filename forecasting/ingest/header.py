"""The row that names the columns: cleaned, found below a preamble, and remembered by a key."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from forecasting.ingest.synonyms import LINE_KEY, REASON, synonyms

LOOK_AT = 40  # rows in which the header is sought
_NOISE = re.compile(r"[\s_\-./:*'\"`’\\]+")
_STRIPPED = " \t\r\n\x00\ufeff\u00a0\u3000'\"*:"
_NUMERIC = re.compile(r"^[\W_]*\d[\d\s.,:/\-T+%'’]*[\W_]*$")


def clean_header(text: str) -> str:
    """Take from a header what does not belong to its name: byte-order mark, tabs, apostrophes, line breaks.

    >>> clean_header("\\ufeff\\t'商品数量（件） ")
    '商品数量(件)'
    """
    folded = unicodedata.normalize("NFKC", text).strip(_STRIPPED)
    return re.sub(r"\s+", " ", folded)[:200]


@cache
def header_word(text: str) -> str:
    """Reduce a header to what is compared: no case, spaces, underscores or punctuation.

    >>> header_word("Unit_Price ") == header_word("unit price")
    True
    """
    return _NOISE.sub("", clean_header(text).casefold())


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """Give every column a name of its own: empty ones their number, repeated ones a number behind."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for place, cell in enumerate(cells, start=1):
        name = clean_header(cell) or f"Column {place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def header_key(headers: Sequence[str]) -> str:
    """Hash the headers so that the same layout is known again; Lagom's own two columns do not count."""
    own = {header_word(REASON), header_word(LINE_KEY)}
    words = [word for word in map(header_word, headers) if word not in own]
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:32]


@cache
def _known_words() -> frozenset[str]:
    return frozenset(header_word(word) for fields in synonyms().values() for words in fields.values() for word in words)


def resolve(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    """Find the headers of a remembered mapping in this file, whatever their case and spacing; others stay as they are.

    >>> resolve({"sku": "Stock Code"}, ["stock_code", "units"])
    {'sku': 'stock_code'}
    """
    words = {header_word(header): header for header in reversed(headers)}
    return {
        name: header if header in headers else words.get(header_word(header), header)
        for name, header in mapping.items()
    }


def known_headers(cells: Sequence[str]) -> int:
    """Count the cells that are a header name Lagom knows."""
    return len({word for word in map(header_word, cells) if word in _known_words()})


def looks_like_data(cell: str) -> bool:
    """Tell whether a cell is a number or a date rather than a name."""
    return bool(_NUMERIC.match(cell.strip()))


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Find the header among the first rows; returns its place from 1, or 0 when the data begin at once.

    A header has known names, texts instead of numbers, and as many cells as the rows below it.
    """
    best, best_score = 0, 0.0
    usual = _usual_width(rows)
    for place, row in enumerate(rows[:LOOK_AT], start=1):
        filled = [cell for cell in row if cell.strip()]
        if not filled or len(filled) < min(2, usual):
            continue
        texts = sum(not looks_like_data(cell) for cell in filled) / len(filled)
        score = 3.0 * known_headers(filled) + 2.0 * texts + len(filled) / max(usual, 1) - 0.01 * place
        if texts >= 0.5 and score > best_score:
            best, best_score = place, score
    return best


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = [sum(1 for cell in row if cell.strip()) for row in rows if any(cell.strip() for cell in row)]
    return max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0
