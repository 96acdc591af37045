"""What all shop systems have in common: lines of an order that are known again, also from the same shop's file."""

from collections import Counter
from collections.abc import Mapping, Sequence

from forecasting.ingest import shops

Row = dict[str, object]


def not_sold(export: str) -> frozenset[str]:
    """Return the statuses, in lower case, by which a shop's export sets a line aside.

    Refunds are not among them: a shop system tells them line by line. Raises KeyError where Lagom knows no such export.
    """
    return (shops.every()[export].readings["sales"].not_sold or frozenset()) - {"refunded", "wc-refunded"}


def numbered(lines: Sequence[Mapping[str, object]]) -> list[Row]:
    """Give each line of an order its line_id: its sku and how often it came before, as rows of files get theirs.

    So an order that was loaded from the shop's export and is fetched again is the same order.

    >>> [row["line_id"] for row in numbered([{"sku": "A"}, {"sku": "B"}, {"sku": "A"}])]
    ['A#1', 'B#1', 'A#2']
    """
    seen: Counter[object] = Counter()
    rows: list[Row] = []
    for line in lines:
        seen[line["sku"]] += 1
        rows.append({**line, "line_id": f"{line['sku']}#{seen[line['sku']]}"})
    return rows
