"""The tables of the money pages as files: a title, columns and rows each, for exports.csv_file and xlsx_file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from forecasting.models import SaleMoney
from forecasting.services.exports import Cell, Speak, csv_file, xlsx_file


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def file(self, form: str) -> bytes:
        """Write it as "csv" or "xlsx"."""
        if form == "csv":
            return csv_file(self.columns, self.rows)
        return xlsx_file(self.title, self.columns, self.rows)


def _stock_columns() -> dict[str, str]:
    return {
        "stock_value": _("In stock"),
        "average_value": _("Average of the year"),
        "target_value": _("Average by plan"),
        "freed": _("Can be freed"),
        "needed": _("Needed"),
        "dead_value": _("Unsold for 180 days"),
        "holding_cost": _("Holding a year"),
        "holding_capital": _("of it capital"),
        "holding_storage": _("of it storage"),
        "holding_risk": _("of it ageing and loss"),
    }


def _sold_columns() -> dict[str, str]:
    return {
        "revenue": _("Sales of the year"),
        "goods": _("Cost of goods sold"),
        "margin": _("Left after all costs"),
        "lost_margin": _("Margin likely to be lost"),
    }


def _ratio_columns() -> dict[str, str]:
    return {
        "days_of_stock": _("Days of stock"),
        "floor_days": _("Fewest days possible"),
        "turns": _("Turns a year"),
        "gmroi": _("Return on stock"),
        "sell_through": _("Sell-through"),
    }


def products(lines: Iterable[Any], *, currency: str, speak: Speak) -> Table:
    """List the money of products, or of the shelves of one place."""
    columns = _stock_columns() | _sold_columns() | _ratio_columns()
    head = [_("SKU"), _("Product"), _("Category"), _("Supplier"), _("Currency"), *columns.values(), _("Needs")]
    rows = [
        [
            line.product.sku,
            line.product.name,
            line.product.category,
            str(line.product.supplier or ""),
            currency,
            *(getattr(line, name, None) for name in columns),
            "; ".join(speak(need) for need in getattr(line, "missing", [])),
        ]
        for line in lines
    ]
    return Table(_("Money by product"), head, rows)


def groups(found: Iterable[Any], *, title: str, currency: str) -> Table:
    """List the money of categories, suppliers or places."""
    columns = _stock_columns() | _sold_columns()
    head = [title, _("Name"), _("Products"), _("Currency"), *columns.values()]
    rows = [
        [one.key, one.name, one.sums.products, currency, *(getattr(one.sums, name) for name in columns)]
        for one in found
    ]
    return Table(title, head, rows)


def weeks(found: Any, *, name: Callable[[str], str], currency: str) -> Table:
    """List the value of stock by week and category; name: says what a category is called."""
    names = list(found.groups) if found else []
    head = [
        _("Week until"),
        _("Currency"),
        _("Stock value"),
        _("Products counted"),
        *(name(one) for one in names),
    ]
    rows: list[list[Cell]] = []
    for at, day in enumerate(found.days if found else list[date]()):
        values = [round(found.groups[one][at], 2) for one in names]
        rows.append([day, currency, round(found.total[at], 2), found.known[at], *values])
    return Table(_("Stock value by week"), head, rows)


def _part_columns() -> dict[str, str]:
    return {
        "goods": _("Goods"),
        "fees": _("Platform fees"),
        "payment": _("Payment fees"),
        "shipping": _("Shipping"),
        "advertising": _("Advertising"),
        "returns": _("Returns"),
        "holding": _("Holding"),
        "margin": _("Left"),
    }


def channels(splits: Iterable[Any], *, currency: str, speak: Speak) -> Table:
    """List where each channel's sales go, in money and per 100."""
    parts = _part_columns()
    each = [_("%(part)s per 100") % {"part": label} for label in parts.values()]
    head = [_("Channel"), _("Name"), _("Currency"), _("Sales"), *parts.values(), *each, _("Left out"), _("Needs")]
    rows = [
        [
            one.code,
            one.name,
            currency,
            one.revenue,
            *((one.money or {}).get(part) for part in parts),
            *(None if one.parts.get(part) is None else round(one.parts[part], 2) for part in parts),
            one.left_out,
            "; ".join(speak(need) for need in one.missing),
        ]
        for one in splits
    ]
    return Table(_("Channels"), head, rows)


def sales(lines: Iterable[SaleMoney], *, currency: str, speak: Speak) -> Table:
    """List what each product leaves in each channel."""
    parts = _part_columns()
    head = [_("SKU"), _("Product"), _("Channel"), _("Units"), _("Currency"), _("Sales"), *parts.values(), _("Needs")]
    rows = [
        [
            line.product.sku,
            line.product.name,
            line.channel.code if line.channel else "",
            line.units,
            currency,
            line.revenue,
            *(getattr(line, part) for part in parts),
            "; ".join(speak(need) for need in line.missing),
        ]
        for line in lines
    ]
    return Table(_("Margin by product and channel"), head, rows)
