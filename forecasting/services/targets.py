"""Where each kind of file goes: its table, its key, what each column is made from, and the rows it points to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from forecasting.services import kits
from tenants.isolation import current_organisation

# Loads of other kinds may make the same rows beside this one: in one order they wait for each other, and find it done.
ONCE = "ORDER BY 2 ON CONFLICT DO NOTHING"
NEW_PRODUCT = "(organisation_id, sku, name, category, currency, status, replaces, incomplete, upload_id)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the SQL that makes it from a row, and the field of the file that it stems from."""

    sql: str
    stems_from: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a kind of file goes: the table, its natural key, its other columns, and the rows they point to.

    key_is_the_files: the key stands in the file as it is, and reading has already left one row of each.
    check: what must hold of the table as a whole afterwards; raises Unreadable.
    traced: its rows know by which upload they came.
    alone: nothing but loads of this kind makes rows of its table.
    """

    table: str
    key: Mapping[str, str]
    columns: Mapping[str, Column]
    joins: str = ""
    points_to: tuple[Callable[[CursorWrapper, UUID | None], None], ...] = field(default=())
    key_is_the_files: bool = False
    check: Callable[[], None] | None = None
    traced: bool = True
    alone: bool = False


def _text(name: str) -> Column:
    return Column(f"COALESCE(i.{name}, '')", name)


def _same(*names: str) -> dict[str, Column]:
    return {name: Column(f"i.{name}", name) for name in names}


def _products_of_rows(cursor: CursorWrapper, upload: UUID | None) -> None:
    names = "max(i.name)" if _has(cursor, "name") else "NULL"
    cursor.execute(
        f"INSERT INTO forecasting_product {NEW_PRODUCT} "
        f"SELECT %s, i.sku, COALESCE({names}, ''), '', '', 'active', '', true, %s FROM incoming i "
        f"WHERE NOT EXISTS (SELECT FROM forecasting_product p WHERE p.sku = i.sku) GROUP BY i.sku {ONCE}",
        [current_organisation(), upload],
    )


def _products_named(column: str) -> Callable[[CursorWrapper, UUID | None], None]:
    def insert(cursor: CursorWrapper, upload: UUID | None) -> None:
        cursor.execute(
            f"INSERT INTO forecasting_product {NEW_PRODUCT} "
            f"SELECT DISTINCT %s::bigint, i.{column}, '', '', '', 'active', '', true, %s::uuid FROM incoming i "
            f"WHERE NOT EXISTS (SELECT FROM forecasting_product p WHERE p.sku = i.{column}) {ONCE}",
            [current_organisation(), upload],
        )

    return insert


def _suppliers_of_rows(cursor: CursorWrapper, upload: UUID | None) -> None:
    cursor.execute(
        "INSERT INTO forecasting_supplier (organisation_id, code, name, currency, upload_id) "
        "SELECT DISTINCT %s, i.supplier, '', '', %s::uuid FROM incoming i WHERE i.supplier IS NOT NULL "
        f"AND NOT EXISTS (SELECT FROM forecasting_supplier s WHERE s.code = i.supplier) {ONCE}",
        [current_organisation(), upload],
    )


def _places(table: str, column: str, default: str = "") -> Callable[[CursorWrapper, UUID | None], None]:
    value = f"COALESCE(i.{column}, '{default}')" if default else f"i.{column}"

    def insert(cursor: CursorWrapper, upload: UUID | None) -> None:
        cursor.execute(
            f"INSERT INTO {table} (organisation_id, code, name) "
            f"SELECT DISTINCT %s, {value}, '' FROM incoming i WHERE {value} IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM {table} t WHERE t.code = {value}) {ONCE}",
            [current_organisation()],
        )

    return insert


def _has(cursor: CursorWrapper, column: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_attribute WHERE attrelid = 'incoming'::regclass AND attname = %s", [column])
    return cursor.fetchone() is not None


PRODUCT = "JOIN forecasting_product p ON p.sku = i.sku"
MAIN = "main"  # the location of rows that name none
PLACE = f"JOIN forecasting_location l ON l.code = COALESCE(i.location, '{MAIN}')"

# What stands in an order that was made here comes back from the shop's own export: the order knows better what is open.
NOT_OURS = """WHERE NOT EXISTS (
    SELECT FROM forecasting_orderline x JOIN forecasting_order o ON o.id = x.order_id
    WHERE o.number = i.order_ref AND x.product_id = p.id)"""

TARGETS: Mapping[str, Target] = {
    "suppliers": Target(
        "forecasting_supplier",
        {"code": "i.code"},
        {
            "name": _text("name"),
            **_same("lead_time_days", "lead_time_sd_days", "review_days", "order_cost", "least_value", "least_units"),
            "currency": _text("currency"),
        },
    ),
    "products": Target(
        "forecasting_product",
        {"sku": "i.sku"},
        {
            "name": _text("name"),
            "category": _text("category"),
            **_same("unit_cost", "unit_price", "lead_time_days", "lead_time_sd_days", "review_days"),
            **_same("moq", "pack_size", "shelf_life_days", "service_level", "order_cost", "storage_units"),
            "currency": _text("currency"),
            "status": Column("COALESCE(i.status, 'active')", "status"),
            "replaces": _text("replaces"),
            "supplier_id": Column("s.id", "supplier"),
            "incomplete": Column("false"),
        },
        "LEFT JOIN forecasting_supplier s ON s.code = i.supplier",
        (_suppliers_of_rows,),
    ),
    "sales": Target(
        "forecasting_sale",
        {"order_id": "i.order_id", "line_id": "i.line_id"},
        {
            "product_id": Column("p.id"),
            **{name: Column(f"i.{name}") for name in ("sold_at", "sold_on", "units")},
            **_same("unit_price", "discount"),
            "currency": _text("currency"),
            "channel_id": Column("c.id", "channel"),
            "location_id": Column("l.id", "location"),
            "customer_ref": _text("customer_ref"),
            "status": _text("status"),
        },
        f"{PRODUCT} LEFT JOIN forecasting_channel c ON c.code = i.channel "
        "LEFT JOIN forecasting_location l ON l.code = i.location",
        (_products_of_rows, _places("forecasting_channel", "channel"), _places("forecasting_location", "location")),
        key_is_the_files=True,
        alone=True,
    ),
    "stock": Target(
        "forecasting_stockcount",
        {"product_id": "p.id", "location_id": "l.id", "counted_at": "i.counted_on"},
        {"on_hand": Column("i.on_hand"), "reserved": Column("COALESCE(i.reserved, 0)", "reserved")},
        f"{PRODUCT} {PLACE}",
        (_products_of_rows, _places("forecasting_location", "location", MAIN)),
        alone=True,
    ),
    "inbound": Target(
        "forecasting_inbound",
        {
            "order_ref": "COALESCE(i.order_ref, i.expected_on::text)",
            "product_id": "p.id",
            "location_id": "l.id",
        },
        {
            "units": Column("i.units"),
            "expected_on": Column("i.expected_on"),
            **_same("ordered_on", "received_on"),
        },
        f"{PRODUCT} {PLACE} {NOT_OURS}",
        (_products_of_rows, _places("forecasting_location", "location", MAIN)),
    ),
    "components": Target(
        "forecasting_component",
        {"parent_id": "p.id", "component_id": "c.id"},
        {"quantity": Column("i.quantity"), "made": Column("i.made", "made")},
        "JOIN forecasting_product p ON p.sku = i.parent_sku JOIN forecasting_product c ON c.sku = i.component_sku",
        (_products_named("parent_sku"), _products_named("component_sku")),
        check=kits.check,
        alone=True,
    ),
    "rates": Target(
        "forecasting_rate",
        {"currency": "i.currency", "day": "i.date"},
        {"rate": Column("i.rate"), "by": Column("''")},  # who entered it by hand is written afterwards
        key_is_the_files=True,
        alone=True,
    ),
    "locations": Target(
        "forecasting_location",
        {"code": "i.code"},
        {"name": _text("name"), **_same("transfer_days", "transfer_cost", "lead_time_extra_days")},
        traced=False,
    ),
    "channels": Target(
        "forecasting_channel",
        {"code": "i.code"},
        {
            "name": _text("name"),
            **_same("own", "fee_percent", "fee_fixed", "payment_percent", "payment_fixed"),
            **_same("shipping_per_unit", "ad_cost_percent", "return_cost"),
        },
        traced=False,
    ),
}
