"""Rows that are right, read column by column: most values of a call stand in it many times, so each is read once.

It only ever says of a row that all of it is right. Whatever it does not know to be right is left to be read row by row,
which alone says what is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from types import NoneType

from forecasting.ingest.fields import DAY_OF, Field
from forecasting.ingest.record_values import House, NotTaken

Reader = Callable[[Field, object, House], object]
_UNSURE = object()
_PLAIN = (str, int, float, bool)


class _Known(dict[object, object]):
    """What the values of one field and one type read as; a value that is new is read when it is asked for."""

    def __init__(self, one: Field, read: Reader, house: House) -> None:
        super().__init__()
        missing = _UNSURE if one.required or one.name in DAY_OF else None
        self[None] = self[""] = missing
        self.one, self.read, self.house = one, read, house

    def __missing__(self, value: object) -> object:
        try:
            told = self.read(self.one, value, self.house)
        except NotTaken:
            told = _UNSURE
        self[value] = told
        return told


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows that are right and name the same fields: their places in the call, and a column of values for each field."""

    names: tuple[str, ...]
    places: Sequence[int]
    columns: Sequence[Sequence[object]]


def read_whole(
    records: Sequence[object], readers: Mapping[str, tuple[Field, Reader]], required: set[str], house: House
) -> list[Alike]:
    """Read the rows that are right, those together that name the same fields; the others are left out."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, record in enumerate(records):
        if type(record) is dict:
            alike.setdefault(tuple(record), []).append(place)
    # 1 and 1.0 and true are one key of a dictionary, and different words in a file: each type has a memory of its own.
    known = {
        (name, kind): _Known(one, read, house) for name, (one, read) in readers.items() for kind in (*_PLAIN, NoneType)
    }
    out = []
    for names, places in alike.items():
        if required <= set(names) <= readers.keys():
            rows = [tuple(records[place].values()) for place in places]  # type: ignore[attr-defined]
            out.append(_read_alike(names, places, rows, known))
    return out


def _read_alike(
    names: tuple[str, ...],
    places: Sequence[int],
    rows: list[tuple[object, ...]],
    known: Mapping[tuple[str, type], _Known],
) -> Alike:
    """Read rows that name the same fields."""
    columns: list[Sequence[object]] = []
    keys: list[str] = []
    unsure: set[int] = set()
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        told = _read_column(name, values, known)
        if _UNSURE in told:
            unsure.update(at for at, value in enumerate(told) if value is _UNSURE)
        keys.append(name)
        if name in DAY_OF:
            keys.append(DAY_OF[name])
            pairs = [value if isinstance(value, tuple) else (None, None) for value in told]
            columns.extend(zip(*pairs, strict=True))
        else:
            columns.append(told)
    if unsure:
        sure = [at not in unsure for at in range(len(places))]
        places, columns = list(compress(places, sure)), [list(compress(column, sure)) for column in columns]
    return Alike(tuple(keys), places, columns)


def _read_column(name: str, values: tuple[object, ...], known: Mapping[tuple[str, type], _Known]) -> list[object]:
    types = set(map(type, values)) - {NoneType}
    if len(types) < 2 and types <= set(_PLAIN):
        memory = known[name, types.pop() if types else NoneType]
        return list(map(memory.__getitem__, values))
    return [known[name, type(value)][value] if (name, type(value)) in known else _UNSURE for value in values]
