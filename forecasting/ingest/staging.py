"""What the first pass leaves behind, and the second pass that turns it into files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl

from forecasting.ingest.delimited import Chunk
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import Kind, columns_written
from forecasting.ingest.header import resolve
from forecasting.ingest.sales import order_ids
from forecasting.ingest.tally import Tally
from forecasting.ingest.types import Report, Settings
from forecasting.ingest.validate import Table
from forecasting.words import Said, say

_GROUP = 500_000  # keys that are looked at together
_SHOWN = 200  # signs of a faulty value that are repeated
_RAW = 32_000  # signs of a cell that go back into the workbook of bad rows


class Stage:
    """Collects checked chunks and, at the end, writes rows.csv, bad.ndjson and the figures of the report."""

    def __init__(self, kind: Kind, settings: Settings, work: Path) -> None:
        self.kind = kind
        self.settings = settings
        self.headers: tuple[str, ...] | None = None
        self.places: dict[str, int] = {}
        self.tally = Tally(kind, settings)
        self.work = work
        self._columns = columns_written(kind)
        self._parts: list[Path] = []
        self._keys: list[pl.Series] = []  # a hash per row of the file, null where the key is not known
        self._derived: list[pl.Series] = []
        self._good: list[pl.Series] = []
        self._bad = (work / "bad.stage").open("w", encoding="utf-8", newline="\n")

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self._bad.close()

    def begin(self, headers: tuple[str, ...], settings: Settings) -> None:
        """Take the headers of the file, and find the place of every mapped field among them."""
        self.headers = headers
        settings = replace(settings, mapping=resolve(settings.mapping, headers))
        self.settings = self.tally.settings = settings
        for name, header in settings.mapping.items():
            if header not in headers:
                raise Unreadable(say("There is no column %(header)s in this file.", header=header))
            self.places[name] = headers.index(header)

    def add(self, chunk: Chunk, table: Table) -> None:
        """Stage the good rows of a chunk, write its bad rows down, and count."""
        values = table.values
        good = ~table.bad & table.away.is_null()
        if self.kind.name == "sales":
            values["order_id"] = order_ids(values)
        self._write_bad(chunk, table, sum(map(len, self._keys)))
        self._remember_keys(values, good)
        self.tally.add(chunk, table, good, {**self.places})
        frame = pl.DataFrame({"row": pl.Series(chunk.numbers, dtype=pl.Int64), **values}).filter(good)
        part = self.work / f"{len(self._parts):06d}.arrow"
        frame.write_ipc_stream(part, compression="uncompressed")
        self._parts.append(part)

    def finish(self, out: Path) -> Report:
        """Write rows.csv and bad.ndjson into `out`; both appear only when complete."""
        self._bad.close()
        out.mkdir(parents=True, exist_ok=True)
        ordinals, keep = self._second_look()
        start = 0
        written = 0
        with (self.work / "rows.csv").open("wb") as file:
            file.write((",".join(self._columns) + "\n").encode())
            for part, good in zip(self._parts, self._good, strict=True):
                numbers = ordinals.slice(start, len(good)).filter(good)
                kept = keep.slice(start, len(good)).filter(good)
                frame = self._laid_out(pl.read_ipc_stream(part), numbers).filter(kept)
                frame.write_csv(file, include_header=False)
                written += frame.height
                start += len(good)
                part.unlink()
        self._finish_bad(ordinals)
        for name in ("rows.csv", "bad.ndjson"):
            (self.work / name).replace(out / name)
        return self.tally.report(self._columns, written)

    def _remember_keys(self, values: Mapping[str, pl.Series], good: pl.Series) -> None:
        size = len(good)
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, size)
        if self.kind.name != "sales":
            parts = [values.get(name, nothing).fill_null("") for name in self.kind.key]
            derived = pl.Series([False]).new_from_index(0, size)
            known = good
        else:
            line = values.get("line_id", nothing)
            derived = line.is_null()
            second = ("L" + line).zip_with(line.is_not_null(), "S" + values["sku"])
            parts = [values["order_id"], second]
            known = parts[0].is_not_null() & second.is_not_null()
        joined = pl.DataFrame([part.alias(str(place)) for place, part in enumerate(parts)]).select(
            pl.concat_str(pl.all(), separator="\x1f").hash(seed=1)
        )
        self._keys.append(joined.to_series().set(~known, None))
        self._derived.append(derived)
        self._good.append(good)

    def _second_look(self) -> tuple[pl.Series, pl.Series]:
        """Number the lines of the same order and product, and mark the last good row of every key.

        Keys are looked at in groups by their hash, so that the tables behind it stay small for any number of rows.
        """
        if not self._keys:
            return pl.Series([], dtype=pl.UInt32), pl.Series([], dtype=pl.Boolean)
        keys = pl.concat(self._keys, rechunk=False)
        good, derived = pl.concat(self._good), pl.concat(self._derived)
        ordinals = pl.Series([1], dtype=pl.UInt32).new_from_index(0, len(keys)).set(keys.is_null(), 0)
        keep = derived.clone()
        groups = len(keys) // _GROUP + 1
        for group in range(groups):
            at = (keys % groups == group).arg_true()
            some = pl.DataFrame({"at": at, "key": keys.gather(at), "good": good.gather(at), "own": derived.gather(at)})
            again = some.filter(pl.col("key").is_duplicated())
            numbers = again.select(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("key")).to_series()
            ordinals = ordinals.scatter(again["at"], numbers)
            told = some.filter(pl.col("good") & ~pl.col("own")).filter(pl.col("key").is_last_distinct())
            keep = keep.scatter(told["at"], True)
        return ordinals, keep

    def _laid_out(self, frame: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
        if self.kind.name == "sales":
            derived = frame["sku"] + "#" + numbers.cast(pl.String)
            line = frame["line_id"] if "line_id" in frame.columns else derived
            frame = frame.with_columns(line_id=line.zip_with(line.is_not_null(), derived))
        absent = [pl.lit(None, dtype=pl.String).alias(name) for name in self._columns if name not in frame.columns]
        return frame.with_columns(absent).select(self._columns)

    def _write_bad(self, chunk: Chunk, table: Table, start: int) -> None:
        if not bool(table.bad.any()):
            return
        found: dict[int, list[dict[str, object]]] = {place: [] for place in table.bad.arg_true().to_list()}
        for item in table.wrong:
            for place in (item.rows & table.bad).arg_true().to_list():
                found[place].append(self._fault(item.field, chunk.rows[place], item.expected))
        by_line = self.kind.name == "sales" and "line_id" not in self.places
        sku = table.values["sku"] if by_line else None
        for place, list_of in found.items():
            record = {
                "row": chunk.numbers[place],
                "line": chunk.lines[place],
                "faults": list_of,
                "raw": self._raw(chunk.rows[place]),
                "line_key": (sku[place] or "") if sku is not None else None,
            }
            self._bad.write(f"{start + place}\t{json.dumps(record, ensure_ascii=False)}\n")

    def _fault(self, field: str, row: list[str], expected: Said) -> dict[str, object]:
        headers = self.headers or ()
        place = self.places.get(field)
        value = (row[place] if place < len(row) else "") if place is not None else " … ".join(row[len(headers) :])
        column = headers[place] if place is not None else ""
        return {"column": column, "field": field, "value": value[:_SHOWN], "expected": asdict(expected)}

    def _raw(self, row: list[str]) -> dict[str, str]:
        headers = self.headers or ()
        cells = [*row[: len(headers)], *[""] * (len(headers) - len(row))]
        return {name: cell[:_RAW] for name, cell in zip(headers, cells, strict=True)}

    def _finish_bad(self, ordinals: pl.Series) -> None:
        """Give every bad line the key it would have had, now that the whole file is known."""
        before, after = self.work / "bad.stage", self.work / "bad.ndjson"
        with (
            before.open(encoding="utf-8", newline="\n") as staged,
            after.open("w", encoding="utf-8", newline="\n") as out,
        ):
            for line in staged:
                at, _, text = line.partition("\t")
                out.write(self._keyed(json.loads(text), int(ordinals[int(at)])) + "\n")

    @staticmethod
    def _keyed(record: dict[str, object], ordinal: int) -> str:
        sku = record.pop("line_key")
        if sku is not None:
            record["line_key"] = f"{sku}#{ordinal}" if ordinal else f"row-{record['row']}"
        return json.dumps(record, ensure_ascii=False)
