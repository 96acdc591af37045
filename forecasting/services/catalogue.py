"""Changes what is known of a product: its cost, price, lead time, lots."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from forecasting.models import PriceBreak, Product, Supplier
from tenants.errors import Conflict, Invalid
from tenants.models import User
from tenants.services import audit

TEXTS = ("name", "category", "replaces")
AMOUNTS = ("unit_cost", "unit_price", "order_cost")
FIGURES = (
    "lead_time_days", "lead_time_sd_days", "review_days", "moq", "pack_size", "shelf_life_days", "service_level",
    "storage_units",
)  # fmt: skip
TERMS = (*TEXTS, *AMOUNTS, *FIGURES, "status", "supplier")
POSITIVE = ("review_days", "pack_size", "shelf_life_days")
MOST = 1e9


def change_terms(*, product: Product, by: User, terms: Mapping[str, Any]) -> Product:
    """Change the terms given, None meaning "not known"; a supplier is given by its code.

    Raises Invalid, with one entry per wrong field, before anything is changed.
    """
    wrong = [problem for name, value in terms.items() if (problem := _problem(name, value))]
    older = str(terms.get("replaces") or "").strip()
    if older not in ("", product.replaces) and not _may_replace(product, older):
        wrong.append({"field": "replaces", "value": older, "expected": _("the code of another product")})
    if wrong:
        raise Invalid(_("Some terms are not right; nothing was changed."), errors=wrong)
    new = {name: _meant(name, value) for name, value in terms.items()}
    changed = {name: value for name, value in new.items() if getattr(product, name) != value}
    if not changed:
        return product
    before = {name: str(getattr(product, name)) for name in changed}
    for name, value in changed.items():
        setattr(product, name, value)
    if product.incomplete and product.name and _has_more(product):
        product.incomplete = False
    product.save(update_fields=[*changed, "incomplete"])
    told = {name: {"from": before[name], "to": str(value)} for name, value in changed.items()}
    audit.record("product.changed", by=by, target=product.sku, **told)
    return product


def _has_more(product: Product) -> bool:
    """Tell whether there is anything beside its name that a product can be told from others by."""
    return product.unit_cost is not None or bool(product.category or product.supplier_id)


def _may_replace(product: Product, older: str) -> bool:
    """Tell whether there is a product of this code that could have been before this one."""
    found = Product.objects.filter(sku=older).exclude(pk=product.pk).first()
    return found is not None and found.replaces != product.sku


def _problem(name: str, value: object) -> dict[str, object] | None:
    expected = _expected(name, value)
    return {"field": name, "value": str(value), "expected": expected} if expected else None


def _expected(name: str, value: object) -> str:
    if name not in TERMS:
        return _("a term of a product")
    if name == "status":
        return "" if value in Product.Status.values else _("active or discontinued")
    if name == "supplier":
        return "" if not value or Supplier.objects.filter(code=value).exists() else _("a supplier on the list")
    if name in TEXTS or value is None:
        return ""
    return _expected_number(name, value)


def _expected_number(name: str, value: object) -> str:
    if not isinstance(value, int | float | Decimal) or not -MOST < float(value) < MOST:  # also NaN
        return _("a number")
    if name == "service_level" and not 0 < value < 1:
        return _("more than 0 % and less than 100 %")
    if name in POSITIVE and value <= 0:
        return _("more than 0")
    return _("0 or more") if value < 0 else ""


def _meant(name: str, value: Any) -> Any:
    if name == "supplier":
        return Supplier.objects.filter(code=value).first() if value else None
    if name in AMOUNTS and value is not None:
        return Decimal(str(value)).quantize(Decimal("0.0001"))
    return str(value or "").strip() if name in TEXTS else value


def remove(*, product: Product, by: User) -> None:
    """Delete a product that nothing points to; raise Conflict for others."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            PriceBreak.objects.filter(product=product).delete()
            Product.objects.filter(pk=product.pk).delete()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # ask now what the end of the transaction would ask
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        raise Conflict(
            _("%(sku)s has sales, stock, orders or plans. Set its status to discontinued instead.")
            % {"sku": product.sku}
        ) from None
    audit.record("product.removed", by=by, target=product.sku)
