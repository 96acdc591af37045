"""Which column is what: the kind of a file and the headers of our fields, proposed with confidence."""

from collections.abc import Sequence

from forecasting.ingest.dates import could_be_moment
from forecasting.ingest.fields import KINDS, Field, Kind
from forecasting.ingest.header import header_word
from forecasting.ingest.numbers import could_be_number
from forecasting.ingest.synonyms import synonyms
from forecasting.ingest.types import KindGuess

_TELLING = {  # fields that say which kind it is, beyond being required
    "products": {"unit_cost", "lead_time_days", "moq", "pack_size", "category", "service_level"},
    "sales": {"order_id", "channel", "customer_ref", "amount", "unit_price"},
    "stock": {"on_hand", "reserved", "counted_at"},
    "suppliers": {"lead_time_days", "review_days"},
    "inbound": {"expected_on", "order_ref", "ordered_on"},
    "components": {"parent_sku", "component_sku"},
    "rates": set(),  # order lines have a currency, a date and a rate (their price) too
}
_SURE, _LIKELY, _MAYBE = 1.0, 0.8, 0.55
_DOUBTED = 0.35  # the name is exactly right, the content is not: proposed, so that the person sees it


def propose(headers: Sequence[str], rows: Sequence[Sequence[str]], hint: str = "") -> list[KindGuess]:
    """Propose a mapping for every kind, the best kind first; hint is the name of the sheet or member."""
    samples = [[row[place] for row in rows if place < len(row) and row[place].strip()] for place in range(len(headers))]
    guesses = [_guess(kind, headers, samples, hint) for kind in KINDS.values()]
    return sorted(guesses, key=lambda guess: -guess.score)


def propose_for(kind: Kind, headers: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, tuple[str, float]]:
    """Map the fields of one kind to headers, the surest pairs first; each header serves one field."""
    pairs: list[tuple[float, int, int, str, str]] = []
    for order, field in enumerate(kind.fields):
        for place, header in enumerate(headers):
            likeness, rank = _likeness(kind.name, field.name, header)
            confidence = likeness * _fits(field, samples[place])
            if likeness == _SURE:
                confidence = max(confidence, _DOUBTED)
            if confidence >= 0.3:
                pairs.append((-confidence, rank, order, field.name, header))
    taken: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for confidence, _rank, _order, name, header in sorted(pairs):
        if name not in taken and header not in used:
            taken[name] = (header, round(-confidence, 2))
            used.add(header)
    return taken


def _guess(kind: Kind, headers: Sequence[str], samples: Sequence[Sequence[str]], hint: str) -> KindGuess:
    taken = propose_for(kind, headers, samples)
    missing = tuple(name for name in kind.required if name not in taken)
    found = sum(taken[name][1] for name in kind.required if name in taken) / len(kind.required)
    telling = sum(confidence for name, (_, confidence) in taken.items() if name in _TELLING[kind.name])
    covered = len(taken) / max(len(headers), 1)
    score = 0.6 * found + 0.2 * min(telling / 2, 1) + 0.2 * covered
    if kind.name[:5] in hint.casefold():
        score += 0.1
    if missing:
        score *= 0.4
    if len(kind.key) == 1 and kind.key[0] in taken and _repeats(samples[headers.index(taken[kind.key[0]][0])]):
        score *= 0.2  # a list of products names each of them once; a file that repeats them tells what befell them
    return KindGuess(
        kind=kind.name,
        score=round(min(score, 1.0), 3),
        mapping={name: header for name, (header, _) in taken.items()},
        confidence={name: confidence for name, (_, confidence) in taken.items()},
        missing=missing,
    )


def _repeats(cells: Sequence[str]) -> bool:
    return len(set(cells)) * 2 < len(cells)


def _likeness(kind: str, field: str, header: str) -> tuple[float, int]:
    """Compare a header with the synonyms of a field; the rank orders equally good ones as the data list them."""
    word = header_word(header)
    bare = header_word(header.split("(")[0])
    best = (0.0, 999)
    for rank, synonym in enumerate((field, *synonyms()[kind].get(field, ()))):
        known = header_word(synonym)
        if word == known:
            return _SURE, rank
        if bare and bare == known:
            best = max(best, (_LIKELY, -rank))
        elif len(known) >= (2 if not known.isascii() else 5) and (word.startswith(known) or word.endswith(known)):
            best = max(best, (_MAYBE, -rank))
    return best[0], abs(best[1])


def _fits(field: Field, sample: Sequence[str]) -> float:
    """Weigh by content: a column of words is hardly a quantity."""
    cells = sample[:200]
    if not cells or field.type in ("identifier", "text", "status", "currency"):
        return 1.0 if cells else 0.9
    test = could_be_moment if field.type in ("moment", "day") else could_be_number
    share = sum(test(cell) for cell in cells) / len(cells)
    return 1.0 if share >= 0.95 else share
