"""A shop's export as `inspect` sees it: recognised, shaped, and mapped by what the shop's file says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forecasting.ingest.container import Source
from forecasting.ingest.delimited import Sample
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import KINDS
from forecasting.ingest.shops.catalogue import NOT_A_SHOP, Reading, Shop, every, find, recognise
from forecasting.ingest.shops.partners import beside
from forecasting.ingest.shops.shaping import Shaper, rules
from forecasting.ingest.types import KindGuess, Settings
from forecasting.words import Said, say


@dataclass(frozen=True, slots=True)
class OfShop:
    """A recognised export: its sample in the shape that is mapped, and what each kind of rows would be.

    waits_for: the name of the export that must be read beside it and is not there.
    """

    shop: Shop
    sample: Sample
    guesses: tuple[KindGuess, ...]
    notes: tuple[Said, ...]
    waits_for: str


def recognised(source: Source, settings: Settings, looked: Sample, headers: Sequence[str], work: Path) -> OfShop | None:
    """Recognise a shop's export by its header and shape the sample; None where it is no shop's.

    Raises Unreadable, with advice, for an export that holds nothing a forecast could use.
    """
    place = looked.numbers.index(settings.header_row) + 1 if settings.header_row else 0
    shop = _shop(settings, headers, place)
    if shop is None:
        return None
    if shop.advice is not None:
        raise Unreadable(shop.advice)
    if shop.companion:
        return OfShop(shop, looked, (), (say("Recognised: %(title)s.", title=shop.title),), shop.companion)
    readings = _possible(shop, headers)
    reading = readings.get(settings.kind or "") or next(iter(readings.values()), None)
    if reading is None or (settings.kind and settings.kind not in readings):
        return None
    partner = beside(source, settings, reading, work / "beside")
    shaper = Shaper(reading, headers, partner)
    guesses = [_guess(each, Shaper(each, headers)) for each in readings.values()]
    guesses.sort(key=lambda guess: guess.kind != reading.kind)
    missing = reading.partner is not None and partner is None
    waits_for = str(reading.partner["shop"]) if missing and reading.partner else ""
    return OfShop(shop, _shaped(looked, place, shaper), tuple(guesses), rules(shop.title, reading), waits_for)


def reading_of(settings: Settings) -> Reading | None:
    """Return the reading that settings name; None where the file is no shop's."""
    shop = find(settings.shop)
    return shop.readings.get(settings.kind or "") if shop else None


def shaper_of(source: Source, settings: Settings, headers: Sequence[str], work: Path) -> Shaper | None:
    """Make the shaper of a file that is converted; None where it is no shop's.

    Raises Unreadable where the file that must be read beside it is not there.
    """
    reading = reading_of(settings)
    if reading is None:
        return None
    partner = beside(source, settings, reading, work / "beside")
    if reading.partner is not None and partner is None:
        other = every()[reading.partner["shop"]].title
        said = say("This file has no days of its own. Upload %(title)s too: both are read together.", title=other)
        raise Unreadable(said)
    return Shaper(reading, headers, partner)


def _shop(settings: Settings, headers: Sequence[str], place: int) -> Shop | None:
    if settings.shop == NOT_A_SHOP or not place:
        return None
    return find(settings.shop) or recognise(headers)


def _possible(shop: Shop, headers: Sequence[str]) -> Mapping[str, Reading]:
    """Leave out what this file lacks the columns for: an Odoo export without quantities holds no stock."""
    able = {}
    for kind, reading in shop.readings.items():
        mapped = Shaper(reading, headers).mapping()
        if all(name in mapped for name in KINDS[kind].required):
            able[kind] = reading
    return able


def _guess(reading: Reading, shaper: Shaper) -> KindGuess:
    mapping = shaper.mapping()
    return KindGuess(reading.kind, 1.0, mapping, dict.fromkeys(mapping, 1.0), ())


def _shaped(looked: Sample, place: int, shaper: Shaper) -> Sample:
    head = shaper.rows(looked.head[place:], looked.numbers[place:])
    spread = shaper.rows(looked.spread, [0] * len(looked.spread))
    typed = None if looked.typed is None else shaper.rows(looked.typed[place:], [0] * len(looked.typed[place:])).rows
    return replace(
        looked,
        head=[*looked.head[: place - 1], list(shaper.headers), *head.rows],
        numbers=[*looked.numbers[:place], *head.numbers],
        spread=spread.rows,
        typed=None if typed is None else [[]] * place + typed,
        exact=looked.exact and len(head.rows) == len(looked.head) - place,
    )
