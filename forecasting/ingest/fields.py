"""The columns Lagom knows: per kind of file its fields, their types and bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["identifier", "text", "number", "share", "moment", "day", "currency", "status", "flag"]

UNITS = 1e9  # more units than this in one cell is a slip of the keyboard
MONEY = 1e12
LEAST = 1e-9  # as a lower bound: more than nothing
DAYS = 3650.0


@dataclass(frozen=True, slots=True)
class Field:
    """One column of ours: its type, whether a row needs it, and what it may hold."""

    name: str
    type: Type
    required: bool = False
    low: float = 0.0
    high: float = MONEY
    longest: int = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its fields in the order they are written, and what makes two rows the same."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Name the fields without which a row cannot be loaded."""
        return tuple(field.name for field in self.fields if field.required)

    def field(self, name: str) -> Field:
        """Find a field by name; raises KeyError."""
        return {field.name: field for field in self.fields}[name]


def _identifier(name: str, *, required: bool = False) -> Field:
    return Field(name, "identifier", required, longest=100)


def _text(name: str, longest: int = 100) -> Field:
    return Field(name, "text", longest=longest)


def _number(name: str, *, required: bool = False, low: float = 0.0, high: float = UNITS) -> Field:
    return Field(name, "number", required, low, high)


PRODUCTS = Kind(
    "products",
    (
        _identifier("sku", required=True),
        _text("name", 300),
        _text("category"),
        _identifier("supplier"),
        _number("unit_cost", high=MONEY),
        _number("unit_price", high=MONEY),
        Field("currency", "currency"),
        _number("lead_time_days", high=DAYS),
        _number("lead_time_sd_days", high=DAYS),
        _number("review_days", high=DAYS),
        _number("moq"),
        _number("pack_size"),
        _number("shelf_life_days", high=36500),
        _number("order_cost", high=MONEY),
        _number("storage_units"),
        Field("service_level", "share"),
        Field("status", "status"),
        _identifier("replaces"),
    ),
    key=("sku",),
)
SALES = Kind(
    "sales",
    (
        _identifier("order_id"),
        _identifier("line_id"),
        _identifier("sku", required=True),
        Field("sold_at", "moment", required=True),
        _number("units", required=True, low=-UNITS),
        _text("name", 300),
        _number("unit_price", high=MONEY),
        _number("amount", low=-MONEY, high=MONEY),
        _number("discount", low=-MONEY, high=MONEY),
        Field("currency", "currency"),
        _text("channel"),
        _text("location"),
        _text("customer_ref"),
        _text("status"),
    ),
    key=("order_id", "line_id"),
)
STOCK = Kind(
    "stock",
    (
        _identifier("sku", required=True),
        _number("on_hand", required=True, low=-UNITS),
        _text("location"),
        Field("counted_at", "moment"),
        _number("reserved"),
    ),
    key=("sku", "location", "counted_at"),
)
SUPPLIERS = Kind(
    "suppliers",
    (
        _identifier("code", required=True),
        _text("name", 300),
        _number("lead_time_days", high=DAYS),
        _number("lead_time_sd_days", high=DAYS),
        _number("review_days", high=DAYS),
        _number("order_cost", high=MONEY),
        _number("least_value", high=MONEY),
        _number("least_units"),
        Field("currency", "currency"),
    ),
    key=("code",),
)
INBOUND = Kind(
    "inbound",
    (
        _identifier("sku", required=True),
        _number("units", required=True),
        Field("expected_on", "day", required=True),
        _identifier("order_ref"),
        _text("location"),
        Field("ordered_on", "day"),
        Field("received_on", "day"),
    ),
    key=("order_ref", "sku", "location", "expected_on"),
)

COMPONENTS = Kind(
    "components",
    (
        _identifier("parent_sku", required=True),
        _identifier("component_sku", required=True),
        _number("quantity", required=True, low=LEAST),
        Field("made", "flag"),
    ),
    key=("parent_sku", "component_sku"),
)

RATES = Kind(
    "rates",
    (
        Field("currency", "currency", required=True),
        Field("date", "day", required=True),
        _number("rate", required=True, low=LEAST),
    ),
    key=("currency", "date"),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (PRODUCTS, SALES, STOCK, SUPPLIERS, INBOUND, COMPONENTS, RATES)
}

# What convert adds to the fields of a kind in rows.csv: the row of the file first, and for a moment its local day.
DAY_OF: Mapping[str, str] = {"sold_at": "sold_on", "counted_at": "counted_on"}


def columns_written(kind: Kind) -> tuple[str, ...]:
    """Name the columns of rows.csv for a kind, in order."""
    names = ["row"]
    for field in kind.fields:
        names.append(field.name)
        if field.name in DAY_OF:
            names.append(DAY_OF[field.name])
    return tuple(names)
