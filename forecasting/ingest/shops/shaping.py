"""Brings the rows of a shop's export into the shape of a table that can be mapped, as they stream by."""

from collections.abc import Mapping, Sequence

from forecasting.ingest.delimited import Chunk
from forecasting.ingest.shops.catalogue import Reading
from forecasting.ingest.shops.steps import STEPS, Line, Run, place
from forecasting.words import Said, say

Partner = Mapping[str, Sequence[str]]  # what the file beside this one says: the key -> its cells


class Shaper:
    """Applies the steps of a reading; what a step remembers passes from chunk to chunk.

    headers: the columns as they come out, the file's own first. partner: the cells of the file beside this one, in
    the order of the reading's `columns`.
    """

    def __init__(self, reading: Reading, headers: Sequence[str], partner: Partner | None = None) -> None:
        self._width = len(headers)
        self._reading = reading
        self._partner = partner
        self._runs: list[Run] = []
        shaped = list(headers)
        if reading.partner is not None:
            self._key = place(shaped, str(reading.partner["on"]))
            shaped = [*shaped, *self._taken]
        for step in reading.steps:
            options = {name: value for name, value in step.items() if name != "do"}
            shaped, run = STEPS[step["do"]](shaped, **options)
            self._runs.append(run)
        self.headers = tuple(shaped)

    @property
    def _taken(self) -> Sequence[str]:
        """Name the columns taken from the file beside, each by the first of its spellings."""
        return () if self._reading.partner is None else [n.split("|")[0] for n in self._reading.partner["columns"]]

    def shape(self, chunk: Chunk) -> Chunk:
        """Shape one chunk; a row may become several, with the same number, or none."""
        out = Chunk([], [], [], chunk.done)
        lines = zip(chunk.rows, chunk.numbers, chunk.lines, strict=True)
        for cells, number, line in lines:
            shaped = [Line(self._beside(cells), number, line)]
            for run in self._runs:
                shaped = [made for each in shaped for made in run(each)]
            for each in shaped:
                more = cells[self._width :]  # cells beyond the header stay what they are: a fault to be told
                out.rows.append([*each.cells, *more] if any(cell.strip() for cell in more) else each.cells)
                out.numbers.append(each.number)
                out.lines.append(each.line)
                out.aside.append(each.aside)
        return out

    def rows(self, rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> Chunk:
        """Shape rows outside a file: a preview."""
        return self.shape(Chunk([list(row) for row in rows], list(numbers), list(numbers), 1.0))

    def mapping(self) -> dict[str, str]:
        """Map our fields to the shaped headers, the first of each field's headers that is there."""
        found: dict[str, str] = {}
        for name, choices in self._reading.mapping.items():
            at = next((at for choice in choices if (at := place(self.headers, choice)) is not None), None)
            if at is not None:
                found[name] = self.headers[at]
        return found

    def _beside(self, cells: Sequence[str]) -> list[str]:
        own = [cell.strip("\t ") for cell in cells[: self._width]] + [""] * (self._width - len(cells))
        if self._reading.partner is None or self._key is None:
            return own
        told = (self._partner or {}).get(own[self._key], [""] * len(self._taken))
        return [*own, *told]


def rules(title: str, reading: Reading) -> tuple[Said, ...]:
    """Say in words by which rules an export is read."""
    said = [say("Recognised: %(title)s.", title=title)]
    if reading.not_sold:
        words = ", ".join(sorted(reading.not_sold))
        said.append(say("Set aside as not sold, by their status: %(words)s.", words=words))
    for step in reading.steps:
        if step["do"] == "zone" and step.get("name"):
            said.append(say("Times are read as local time of %(zone)s.", zone=step["name"]))
        if step["do"] == "negative":
            said.append(say("Counted as returned: %(words)s.", words=", ".join(step["words"])))
        if step["do"] == "first" and step["into"] == "Lagom sold at":
            said.append(
                say("The day of sale is the first that is filled of: %(columns)s.", columns=", ".join(step["columns"]))
            )
    return (*said, *reading.rules)
