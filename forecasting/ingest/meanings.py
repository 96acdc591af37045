"""Words in cells that mean one thing, from meanings.toml: no product, a total, an order that did not happen."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "meanings.toml").read_text(encoding="utf-8"))


@cache
def _words(section: str, name: str = "words") -> frozenset[str]:
    return frozenset(word.casefold() for word in _data()[section][name])


@cache
def _shapes(name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{shape})" for shape in _data()["no_product"][name]))


@lru_cache(maxsize=1 << 15)
def is_no_product_code(code: str) -> bool:
    """Tell whether a code stands for postage, a fee, a voucher or the like.

    >>> is_no_product_code("POST"), is_no_product_code("85123A")
    (True, False)
    """
    folded = code.strip().casefold()
    return folded in _words("no_product", "codes") or _shapes("code_shapes").match(folded) is not None


@lru_cache(maxsize=1 << 15)
def is_doubtful_code(code: str) -> bool:
    """Tell whether a code is so short that only the name can say whether it is a product."""
    return code.strip().casefold() in _words("no_product", "doubtful_codes")


@lru_cache(maxsize=1 << 15)
def is_no_product_name(name: str) -> bool:
    """Tell whether a whole name stands for postage, a fee, a voucher or the like.

    >>> is_no_product_name("Postage"), is_no_product_name("VINTAGE POSTAGE STAMP BAG")
    (True, False)
    """
    folded = name.strip().casefold()
    return folded in _words("no_product", "names") or _shapes("name_shapes").match(folded) is not None


@lru_cache(maxsize=1 << 15)
def is_total(text: str) -> bool:
    """Tell whether a text heads a line of totals."""
    return text.strip().rstrip(":：").casefold() in _words("total")


@lru_cache(maxsize=1 << 15)
def is_not_sold(status: str) -> bool:
    """Tell whether a status says that the order was cancelled, closed or never paid."""
    return status.strip().casefold() in _words("not_sold")


def nothing() -> list[str]:
    """List the words, in lower case, that stand for an empty cell where a number or date may be absent."""
    return sorted(_words("nothing"))


def product_status(text: str) -> str | None:
    """Read the state of a product: active or discontinued; None when it is neither."""
    folded = text.strip().casefold()
    return next((name for name in ("active", "discontinued") if folded in _words("product_status", name)), None)


def yes_or_no(text: str) -> str | None:
    """Read yes or no as "true" or "false"; None when it is neither.

    >>> yes_or_no("Yes"), yes_or_no("0"), yes_or_no("maybe")
    ('true', 'false', None)
    """
    folded = text.strip().casefold()
    return next((name for name in ("true", "false") if folded in _words("flag", name)), None)


def currency(text: str) -> str | None:
    """Read a currency: its three letters, or a word that can only be one.

    >>> currency("eur"), currency("人民币"), currency("$")
    ('EUR', 'CNY', None)
    """
    folded = text.strip().casefold()
    found = _data()["currency"].get(folded)
    if found is None and len(folded) == 3 and folded.isascii() and folded.isalpha():
        return folded.upper()
    return str(found) if found else None
