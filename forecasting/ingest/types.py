"""What goes into reading a file and what comes out; each type knows its own JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from forecasting.words import Said

DateOrder = Literal["ymd", "dmy", "mdy"]
Json = dict[str, Any]


def said_from(data: Mapping[str, Any]) -> Said:
    """Read a sentence from its JSON."""
    return Said(str(data["template"]), dict(data["values"]))


@dataclass(frozen=True, slots=True)
class Settings:
    """How one file is to be read; what is None is not known yet, and `convert` asks rather than guesses.

    header_row counts from 1 as Excel does (0: no header, the columns are "Column 1" …). mapping: our field -> header.
    date_system: 1900 or 1904, for dates written as numbers. today: ISO day after which nothing can have been sold.
    shop: whose export it is ("none": nobody's, a person maps it by hand). partner: path of the file read beside it.
    repair: "name" finds codes that Excel damaged by the product's name, in `codes` (name in lower case -> sku).
    zeros: "restore" gives codes the zeros in front that Excel dropped, from `bare` (code without them -> sku).
    """

    kind: str | None = None
    member: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    date_order: DateOrder | None = None
    date_system: int = 1900
    header_row: int | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    default_currency: str | None = None
    keep_codes: tuple[str, ...] = ()
    today: str | None = None
    shop: str | None = None
    partner: str | None = None
    repair: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    zeros: str | None = None
    bare: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> Json:
        """Write as plain JSON."""
        own = {
            "mapping": dict(self.mapping),
            "keep_codes": list(self.keep_codes),
            "codes": dict(self.codes),
            "bare": dict(self.bare),
        }
        return {**asdict(self), **own}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Settings":
        """Read what to_json wrote; names it does not know are ignored."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if data.get(name) is not None}
        known["keep_codes"] = tuple(str(code) for code in known.get("keep_codes", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file does not tell: the setting it decides, the words, and the values to choose from."""

    setting: str
    said: Said
    options: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True, slots=True)
class KindGuess:
    """How well a kind fits, between 0 and 1, and the mapping it would have."""

    kind: str
    score: float
    mapping: Mapping[str, str]
    confidence: Mapping[str, float]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look into a file found, before anything is read for good.

    settings is the proposal: `convert_file` takes it as it is, unless a question is open. preview_rows are the rows'
    own numbers. rows is an estimate for long text files. kinds come best first. shop: the title of whose export it is.
    waits_for: the name of the shop's export that must be read beside it, and is not there yet.
    """

    container: str
    members: tuple[str, ...]
    sheets: tuple[str, ...]
    settings: Settings
    header_key: str
    headers: tuple[str, ...]
    rows: int
    rows_exact: bool
    preview: tuple[tuple[str, ...], ...]
    preview_rows: tuple[int, ...]
    kinds: tuple[KindGuess, ...]
    questions: tuple[Question, ...]
    notes: tuple[Said, ...]
    shop: str = ""
    waits_for: str = ""

    def to_json(self) -> Json:
        """Write as plain JSON."""
        return {**asdict(self), "settings": self.settings.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Inspection":
        """Read what to_json wrote."""
        return cls(
            container=data["container"],
            members=tuple(data["members"]),
            sheets=tuple(data["sheets"]),
            settings=Settings.from_json(data["settings"]),
            header_key=data["header_key"],
            headers=tuple(data["headers"]),
            rows=data["rows"],
            rows_exact=data["rows_exact"],
            preview=tuple(tuple(row) for row in data["preview"]),
            preview_rows=tuple(data["preview_rows"]),
            kinds=tuple(KindGuess(**{**kind, "missing": tuple(kind["missing"])}) for kind in data["kinds"]),
            questions=tuple(
                Question(item["setting"], said_from(item["said"]), tuple(item["options"]), item["example"])
                for item in data["questions"]
            ),
            notes=tuple(said_from(note) for note in data["notes"]),
            shop=data.get("shop", ""),
            waits_for=data.get("waits_for", ""),
        )


@dataclass(frozen=True, slots=True)
class Example:
    """One cell that shows a problem or a group: its row and what stands there."""

    row: int
    value: str


@dataclass(frozen=True, slots=True)
class Problem:
    """The same fault in one column, counted; first are its first examples."""

    field: str
    column: str
    expected: Said
    count: int
    first: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Lines that are no demand, by reason and code; keep_codes in the settings brings a code back."""

    reason: str
    said: Said
    code: str
    count: int
    units: float
    first: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the rows of a file: rows = good + bad + set_aside + replaced (blank rows are not counted).

    date_from and date_to are local ISO days over the good rows. columns are those of rows.csv. problems come most
    frequent first. replaced counts rows that a later row with the same key took over.
    """

    kind: str
    settings: Settings
    columns: tuple[str, ...]
    rows: int
    good: int
    bad: int
    set_aside: int
    replaced: int
    date_from: str | None
    date_to: str | None
    products: int
    currencies: tuple[str, ...]
    problems: tuple[Problem, ...]
    set_aside_groups: tuple[SetAside, ...]

    def to_json(self) -> Json:
        """Write as plain JSON."""
        return {**asdict(self), "settings": self.settings.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Report":
        """Read what to_json wrote."""
        return cls(
            **{
                **data,
                "settings": Settings.from_json(data["settings"]),
                "columns": tuple(data["columns"]),
                "currencies": tuple(data["currencies"]),
                "problems": tuple(
                    Problem(**{**item, "expected": said_from(item["expected"]), "first": _examples(item["first"])})
                    for item in data["problems"]
                ),
                "set_aside_groups": tuple(
                    SetAside(**{**item, "said": said_from(item["said"]), "first": _examples(item["first"])})
                    for item in data["set_aside_groups"]
                ),
            }
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell that cannot be taken: its column in the file, our field, what stands there, what was expected."""

    column: str
    field: str
    value: str
    expected: Said


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was not taken: its number as Excel counts, its line in an editor, its faults, its cells by header.

    line_key is the identity the row would have had; the workbook of bad rows carries it, so that a corrected row
    takes its own place and nobody else's.
    """

    row: int
    line: int
    faults: tuple[Fault, ...]
    raw: Mapping[str, str]
    line_key: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "BadRow":
        """Read one line of bad.ndjson."""
        faults = tuple(
            Fault(item["column"], item["field"], item["value"], said_from(item["expected"])) for item in data["faults"]
        )
        return cls(data["row"], data["line"], faults, data["raw"], data.get("line_key", ""))


def _examples(items: list[Json]) -> tuple[Example, ...]:
    return tuple(Example(item["row"], item["value"]) for item in items)
