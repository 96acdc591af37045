"""Reads the shops' files, and recognises a shop by the header of its export."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from forecasting.ingest.fields import KINDS
from forecasting.ingest.header import header_word
from forecasting.ingest.synonyms import REASON
from forecasting.words import Said, say

ADVICE: Mapping[str, Said] = {
    "analytics": say(
        "This is the Analytics export of WooCommerce: it packs all products of an order into one text without their "
        "codes. Export the orders with line items instead (a plugin such as WebToffee's Order Export), or let Lagom "
        "fetch them: Settings → Connections."
    ),
}
RULES: Mapping[str, Said] = {
    "partly_refunded": say(
        "An order refunded in part counts whole: the export does not say which of its lines came back."
    ),
    "due": say("The day of sale is the one on which the customer wants the goods."),
}
NOT_A_SHOP = "none"  # as Settings.shop: a person said that the file is no shop's, and maps its columns by hand


@dataclass(frozen=True, slots=True)
class Reading:
    """How one kind of rows is read from a shop's export.

    steps: what is done to the rows before they are mapped, in order (see steps.py). mapping: our field -> headers, the
    first that the file has is taken. not_sold: words of the status, in lower case, that set a line aside.
    partner: the shop whose file must be read beside this one, the column on which both are joined, and what is taken.
    rules: what else a person should know of how it is read.
    """

    kind: str
    mapping: Mapping[str, tuple[str, ...]]
    steps: tuple[Mapping[str, Any], ...] = ()
    not_sold: frozenset[str] | None = None
    decimal: str | None = None
    partner: Mapping[str, Any] | None = None
    rules: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop's export: the headers that it always has, and what can be read from it.

    must: each entry is one header, or several spellings of it. advice: why it cannot be used, and what to do instead.
    companion: it holds nothing by itself and is read beside another file of the same shop.
    """

    name: str
    title: str
    must: tuple[tuple[str, ...], ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    advice: Said | None = None
    companion: str = ""

    def fits(self, words: frozenset[str]) -> bool:
        """Tell whether a header, as a set of header words, has all that this export always has."""
        return all(any(header_word(name) in words for name in names) for names in self.must)


def recognise(headers: Sequence[str]) -> Shop | None:
    """Find the shop whose export has this header, the one with the most telling columns; None for all others.

    A workbook of bad rows, which bears the reasons, has been shaped before and is nobody's export.
    """
    words = frozenset(map(header_word, headers))
    if header_word(REASON) in words:
        return None
    fitting = [shop for shop in every().values() if shop.fits(words)]
    return max(fitting, key=lambda shop: (len(shop.must), shop.name), default=None)


def find(name: str | None) -> Shop | None:
    """Return the shop of this name, or None."""
    return every().get(name or "")


@cache
def every() -> Mapping[str, Shop]:
    """Read all shops, by name.

    Raises ValueError where a file names a kind or a field that Lagom does not have.
    """
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {path.stem: _shop(path.stem, tomllib.loads(path.read_text(encoding="utf-8"))) for path in files}


def _shop(name: str, data: Mapping[str, Any]) -> Shop:
    readings = {kind: _reading(name, kind, data[kind], data) for kind in KINDS if kind in data}
    unknown = set(data) - set(KINDS) - {"title", "must", "advice", "companion", "steps"}
    if unknown:
        raise ValueError(f"{name}.toml: {', '.join(sorted(unknown))} is no kind of file")
    must = tuple(tuple(names.split("|")) for names in data["must"])
    return Shop(
        name,
        data["title"],
        must,
        readings,
        ADVICE[data["advice"]] if "advice" in data else None,
        data.get("companion", ""),
    )


def _reading(name: str, kind: str, own: Mapping[str, Any], data: Mapping[str, Any]) -> Reading:
    fields = {item.name for item in KINDS[kind].fields}
    unknown = set(own["map"]) - fields
    if unknown:
        raise ValueError(f"{name}.toml: {kind} have no {', '.join(sorted(unknown))}")
    words = own.get("not_sold")
    return Reading(
        kind=kind,
        mapping={field: tuple(str(headers).split("|")) for field, headers in own["map"].items()},
        steps=(*data.get("steps", ()), *own.get("steps", ())),
        not_sold=None if words is None else frozenset(word.casefold() for word in words),
        decimal=own.get("decimal"),
        partner=own.get("partner"),
        rules=tuple(RULES[rule] for rule in own.get("rules", ())),
    )
