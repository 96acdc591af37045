"""Suppliers with what hangs on them."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from forecasting.models import Product, Supplier


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """One line of the list: a supplier and how many products come from it."""

    supplier: Supplier
    products: int


def listed(search: str = "") -> QuerySet[Supplier]:
    """List the suppliers by code, those whose code or name holds the words."""
    return Supplier.objects.filter(Q(code__icontains=search) | Q(name__icontains=search)).order_by("code")


def rows(suppliers: list[Supplier]) -> list[SupplierRow]:
    """Count the products of each supplier in one question."""
    counts = dict(
        Product.objects.filter(supplier__in=suppliers)
        .values_list("supplier")
        .annotate(n=Count("pk"))
        .values_list("supplier", "n")
    )
    return [SupplierRow(supplier, counts.get(supplier.pk, 0)) for supplier in suppliers]


def get(code: str) -> Supplier | None:
    """Find a supplier by its code."""
    return Supplier.objects.filter(code=code).first()
