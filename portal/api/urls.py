"""The addresses of the API, version 1."""

from django.urls import path

from portal.api import resources

urlpatterns = [
    path("organisation", resources.Organisation.as_view(), name="api_organisation"),
    path("products", resources.Products.as_view(), name="api_products"),
    path("products/<path:sku>", resources.OneProduct.as_view(), name="api_product"),
    path("plan", resources.Plan.as_view(), name="api_plan"),
    path("runs", resources.Runs.as_view(), name="api_runs"),
    path("runs/<uuid:run_id>", resources.OneRun.as_view(), name="api_run"),
]
