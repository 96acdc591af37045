"""The counting behind a report: problems by column and words, lines set aside by reason and code, days and products."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from forecasting.ingest.delimited import Chunk
from forecasting.ingest.fields import Kind
from forecasting.ingest.sales import AWAY
from forecasting.ingest.types import Example, Problem, Report, SetAside, Settings
from forecasting.ingest.validate import Table
from forecasting.words import Said

FIRST = 5  # examples per problem
_GROUPS = 500  # groups of lines set aside that a report names
_SHOWN = 200


@dataclass(slots=True)
class _Seen:
    said: Said
    count: int = 0
    units: float = 0.0
    first: list[Example] = field(default_factory=list)

    def add(self, count: int, examples: list[Example]) -> None:
        self.count += count
        self.first.extend(examples[: FIRST - len(self.first)])


class Tally:
    """Counts chunk by chunk; memory grows with the number of different products, days and problems only."""

    def __init__(self, kind: Kind, settings: Settings) -> None:
        self.kind = kind
        self.settings = settings
        self._rows = self._bad = self._away = 0
        self._problems: dict[tuple[str, str, str], _Seen] = {}
        self._groups: dict[tuple[str, str], _Seen] = {}
        self._products: set[str] = set()
        self._currencies: Counter[str] = Counter()
        self._days: list[str] = []

    def add(self, chunk: Chunk, table: Table, good: pl.Series, places: Mapping[str, int]) -> None:
        """Count one chunk."""
        self._rows += len(chunk.rows)
        self._bad += int(table.bad.sum())
        self._away += len(chunk.rows) - int(table.away.null_count())
        for item in table.wrong:
            at = (item.rows & table.bad).arg_true().to_list()
            if at:
                seen = self._problems.setdefault(
                    (item.field, item.expected.template, str(item.expected.values)), _Seen(item.expected)
                )
                place = places.get(item.field)
                seen.add(len(at), [self._example(chunk, row, place) for row in at[:FIRST]])
        self._add_groups(chunk, table)
        self._add_facts(table.values, good)

    def report(self, columns: tuple[str, ...], written: int) -> Report:
        """Put the figures together; `written` is the number of rows in rows.csv."""
        mapping = self.settings.mapping
        problems = [
            Problem(name, mapping.get(name, ""), seen.said, seen.count, tuple(seen.first))
            for (name, _, _), seen in self._problems.items()
        ]
        groups = [
            SetAside(reason, seen.said, code, seen.count, round(seen.units, 6), tuple(seen.first))
            for (reason, code), seen in self._groups.items()
        ]
        return Report(
            kind=self.kind.name,
            settings=replace(self.settings, codes={}, bare={}),  # the whole catalogue need not come back
            columns=columns,
            rows=self._rows,
            good=written,
            bad=self._bad,
            set_aside=self._away,
            replaced=self._rows - self._bad - self._away - written,
            date_from=min(self._days, default=None),
            date_to=max(self._days, default=None),
            products=len(self._products),
            currencies=tuple(sorted(self._currencies)),
            problems=tuple(sorted(problems, key=lambda item: (-item.count, item.field))),
            set_aside_groups=tuple(sorted(groups, key=lambda item: (-item.count, item.reason, item.code))[:_GROUPS]),
        )

    def _add_groups(self, chunk: Chunk, table: Table) -> None:
        if table.away.null_count() == len(table.away):
            return
        shown = {"status": "status"} | dict.fromkeys(("zero", "total", "picture", "parent", "untracked", "other"), "")
        for place in table.away.is_not_null().arg_true().to_list():
            reason = table.away[place]
            by = shown.get(reason, self.kind.required[0])
            code = (table.values[by][place] or "") if by else ""
            seen = self._groups.setdefault((reason, code), _Seen(AWAY[reason]))
            units = table.values["units"][place] if "units" in table.values else None
            seen.units += float(units or 0)
            name = table.values["name"][place] if "name" in table.values else None
            seen.add(1, [Example(chunk.numbers[place], str(name or code)[:_SHOWN])])

    def _add_facts(self, values: Mapping[str, pl.Series], good: pl.Series) -> None:
        if self.kind.required[0].endswith("sku"):
            self._products.update(values[self.kind.required[0]].filter(good).unique().drop_nulls().to_list())
        if "currency" in values:
            self._currencies.update(values["currency"].filter(good).unique().drop_nulls().to_list())
        for name in ("sold_on", "counted_on", "expected_on", "date"):
            if name in values:
                days = values[name].filter(good).drop_nulls()
                if len(days):
                    self._days = [min([*self._days, str(days.min())]), max([*self._days, str(days.max())])]

    @staticmethod
    def _example(chunk: Chunk, row: int, place: int | None) -> Example:
        cells = chunk.rows[row]
        value = " | ".join(cells) if place is None else cells[place] if place < len(cells) else ""
        return Example(chunk.numbers[row], value[:_SHOWN])
