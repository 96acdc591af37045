"""Writes an order as the files that a supplier takes: CSV and XLSX."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from forecasting.models import Order, OrderLine
from forecasting.services.exports import Cell, csv_file, xlsx_file


def order_file(form: str, order: Order, lines: Iterable[OrderLine]) -> bytes:
    """Write the lines of an order; form is "csv" or "xlsx"."""
    rows = [_row(order, line) for line in lines]
    return csv_file(columns(), rows) if form == "csv" else xlsx_file(order.number, columns(), rows)


def columns() -> list[str]:
    """Name the columns of an order."""
    return [
        _("Order"),
        _("SKU"),
        _("Product"),
        _("Units"),
        _("Unit cost"),
        _("Value"),
        _("Currency"),
        _("Expected"),
    ]


def _row(order: Order, line: OrderLine) -> list[Cell]:
    value = None if line.unit_cost is None else float(line.unit_cost) * line.units
    product = line.product
    return [
        order.number,
        product.sku,
        product.name,
        line.units,
        line.unit_cost,
        None if value is None else round(value, 4),
        order.currency,
        line.expected_on,
    ]
