"""Products, by their sku."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.response import Response

from forecasting import queries
from forecasting.models import Product
from forecasting.services import catalogue, intake
from portal.api.calls import Call
from portal.api.lists import Code, Money, Number, One, Rows, filters, row_of
from tenants.errors import Invalid

ProductIn = row_of("products")


class ProductOut(serializers.Serializer[Product]):
    """One product with its terms."""

    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    category = serializers.CharField(allow_blank=True)
    unit_cost = Money()
    unit_price = Money()
    currency = serializers.SerializerMethodField()
    supplier = Code(source="supplier.code", default=None)
    lead_time_days = Number()
    lead_time_sd_days = Number()
    review_days = Number()
    moq = Number()
    pack_size = Number()
    shelf_life_days = Number()
    service_level = Number()
    order_cost = Money()
    storage_units = Number()
    status = serializers.ChoiceField(choices=Product.Status.values)
    replaces = serializers.CharField(allow_blank=True)

    def get_currency(self, product: Product) -> str:
        """Name the currency that its money is counted in."""
        return product.currency or self.context["request"].organisation.currency


class ProductChange(ProductIn):  # type: ignore[misc, valid-type]  # its base is made from the fields that rows have
    """What is to be changed of a product; what is not named stays."""

    sku = None


class Products(Rows):
    """All products; search looks in sku and name."""

    serializer_class, rows, kind = ProductOut, ProductIn, "products"
    filters = filters(
        "ProductFilters",
        "What products may be asked for.",
        search=serializers.CharField(required=False, max_length=100),
        category=serializers.CharField(required=False, max_length=200),
        supplier=serializers.CharField(required=False, max_length=100),
        status=serializers.ChoiceField(choices=Product.Status.values, required=False),
    )
    keyset = ("sku",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Product]:
        """Return the products asked for."""
        chosen = Q()
        for word in asked.get("search", "").split():
            chosen &= Q(sku__icontains=word) | Q(name__icontains=word)
        named = {"category": "category", "supplier": "supplier__code", "status": "status"}
        exact = {column: asked[name] for name, column in named.items() if name in asked}
        return Product.objects.select_related("supplier").filter(chosen, **exact)


class OneProduct(RetrieveModelMixin, One):
    """One product."""

    serializer_class = ProductOut
    lookup_field, lookup_value_regex = "sku", ".+"

    def get_object(self) -> Product:
        """Return the product, or say that there is none."""
        return queries.product.get(self.kwargs["sku"])

    @extend_schema(request=ProductChange, responses=ProductOut)
    def partial_update(self, request: Call, sku: str) -> Response:
        """Change some terms of the product."""
        product = self.get_object()
        if not isinstance(request.data, Mapping) or "sku" in request.data or not request.data:
            raise Invalid("The body must be an object with the fields to change; a sku cannot be changed.")
        intake.upsert(
            [{**request.data, "sku": product.sku}],
            kind="products",
            organisation=request.organisation,
            by=request.user,
            atomic=True,
        )
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Call, sku: str) -> Response:
        """Delete the product; one that sales, stock or plans name can only be discontinued."""
        catalogue.remove(product=self.get_object(), by=request.user)
        return Response(status=204)
