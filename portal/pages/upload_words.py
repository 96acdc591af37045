"""The words for what a file holds and what its columns are."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from forecasting.ingest.fields import KINDS


def kind_words() -> dict[str, str]:
    """Name the kinds of files in the reader's language."""
    return {
        "products": _("Products"),
        "sales": _("Sales"),
        "stock": _("Stock"),
        "suppliers": _("Suppliers"),
        "inbound": _("Orders under way"),
        "components": _("Components of kits and made products"),
        "rates": _("Exchange rates"),
    }


def field_words(kind: str) -> dict[str, str]:
    """Name the fields of a kind in the reader's language, in the order in which people think of them."""
    if kind not in KINDS:
        return {}
    words = _words() | _own_words(kind)
    return {field.name: words[field.name] for field in KINDS[kind].fields}


def _words() -> dict[str, str]:
    return {
        "sku": _("Product code (SKU)"),
        "code": _("Supplier code"),
        "name": _("Name"),
        "category": _("Category"),
        "supplier": _("Supplier"),
        "unit_cost": _("Cost per unit"),
        "unit_price": _("Price per unit"),
        "currency": _("Currency"),
        "lead_time_days": _("Lead time in days"),
        "lead_time_sd_days": _("Lead time spread in days"),
        "review_days": _("Days between two orders"),
        "moq": _("Minimum order quantity"),
        "pack_size": _("Pack size"),
        "shelf_life_days": _("Shelf life in days"),
        "order_cost": _("Cost of one order"),
        "storage_units": _("Room for, pieces"),
        "least_value": _("Smallest order, money"),
        "least_units": _("Smallest order, pieces"),
        "service_level": _("Service level"),
        "status": _("Status"),
        "replaces": _("Replaces product"),
        "order_id": _("Order number"),
        "line_id": _("Line number"),
        "sold_at": _("Date sold"),
        "units": _("Quantity"),
        "amount": _("Line total"),
        "discount": _("Discount"),
        "channel": _("Sales channel"),
        "location": _("Location"),
        "customer_ref": _("Customer"),
        "on_hand": _("On hand"),
        "counted_at": _("Date counted"),
        "reserved": _("Reserved"),
        "expected_on": _("Expected on"),
        "order_ref": _("Order number"),
        "ordered_on": _("Ordered on"),
        "received_on": _("Received on"),
        "parent_sku": _("Kit or made product (SKU)"),
        "component_sku": _("Component (SKU)"),
        "quantity": _("Quantity of the component in one piece"),
        "date": _("From day"),
        "rate": _("What one unit is worth in your currency"),
        "made": _("Made to stock: yes or no (no: put together when it is sold)"),
    }


def _own_words(kind: str) -> dict[str, str]:
    return {"name": _("Product name")} if kind in {"products", "sales"} else {}


def option_words() -> dict[str, str]:
    """Name the answers to the questions that a file leaves open."""
    return {
        "dmy": pgettext("date order", "day, month, year: 31/12/2026"),
        "mdy": pgettext("date order", "month, day, year: 12/31/2026"),
        "ymd": pgettext("date order", "year, month, day: 2026-12-31"),
        ".": pgettext("decimal mark", "point: 1,234.56"),
        ",": pgettext("decimal mark", "comma: 1.234,56"),
        "name": pgettext("damaged codes", "Yes, by their name; lines of unknown names come back to me"),
        "restore": pgettext("lost zeros", "Yes: these codes are the products in my catalogue"),
        "as_written": pgettext("lost zeros", "No, they are other products"),
        "leave": pgettext("damaged codes", "No, give me these lines back to correct"),
    }
