"""The addresses of the API, version 1."""

from django.urls import path

from portal.api.channels import Channels
from portal.api.components import Components
from portal.api.inbound import Inbound
from portal.api.locations import Locations
from portal.api.organisation import OrganisationView
from portal.api.products import OneProduct, Products
from portal.api.sales import Sales
from portal.api.stock import Stock
from portal.api.suppliers import Suppliers
from portal.api.usage import UsageView

ROWS = {"get": "list", "put": "upsert"}

urlpatterns = [
    path("organisation", OrganisationView.as_view({"get": "retrieve"}), name="api_organisation"),
    path("products", Products.as_view(ROWS), name="api_products"),
    path(
        "products/<path:sku>",
        OneProduct.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="api_product",
    ),
    path("suppliers", Suppliers.as_view(ROWS), name="api_suppliers"),
    path("locations", Locations.as_view(ROWS), name="api_locations"),
    path("channels", Channels.as_view(ROWS), name="api_channels"),
    path("components", Components.as_view(ROWS), name="api_components"),
    path("sales", Sales.as_view(ROWS), name="api_sales"),
    path("stock", Stock.as_view(ROWS), name="api_stock"),
    path("inbound", Inbound.as_view(ROWS), name="api_inbound"),
    path("usage", UsageView.as_view({"get": "retrieve"}), name="api_usage"),
]
