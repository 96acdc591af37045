"""The addresses of the API, version 1."""

from typing import Any

from django.urls import path
from rest_framework.renderers import JSONRenderer

from portal.api.channels import Channels
from portal.api.components import Components
from portal.api.docs import docs, schema
from portal.api.events import Events, OneEvent
from portal.api.forecast import Stateless
from portal.api.forecasts import Forecasts
from portal.api.inbound import Inbound
from portal.api.jobs import Jobs, OneJob
from portal.api.ledger import Ledger
from portal.api.locations import Locations
from portal.api.money import MoneyView
from portal.api.oneoffs import DecideOneOffs, OneOffs
from portal.api.order_lines import OneReceipt, OrderLines, Receipts
from portal.api.orders import OneOrder, Orders
from portal.api.organisation import OrganisationView
from portal.api.overrides import OneOverride, Overrides
from portal.api.plan import Decide, Plan
from portal.api.policy import PolicyView
from portal.api.price_breaks import PriceBreaks
from portal.api.production import Production
from portal.api.products import OneProduct, Products
from portal.api.rates import OneRate, Rates
from portal.api.replay import ReplayView
from portal.api.replays import Replays
from portal.api.runs import OneRun, Runs
from portal.api.sales import Sales
from portal.api.stock import Stock
from portal.api.suppliers import OneSupplier, Suppliers
from portal.api.transfers import Transfers
from portal.api.tuning import TuningView
from portal.api.uploads import OneUpload, Uploads, Workbook
from portal.api.usage import UsageView
from portal.api.webhooks import Deliveries, OneWebhook, Webhooks
from portal.api.works import Capacities, OneCapacity, OneRouting, OneWorkCentre, Routings, WorkCentres

ROWS: dict[str, Any] = {"get": "list", "put": "upsert"}
LIST: dict[str, Any] = {"get": "list", "post": "create"}

urlpatterns = [
    path(
        "organisation",
        OrganisationView.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_organisation",
    ),
    path("policy", PolicyView.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_policy"),
    path("products", Products.as_view(ROWS), name="api_products"),
    path(
        "products/<path:sku>/price-breaks",
        PriceBreaks.as_view({"get": "retrieve", "put": "update"}),
        name="api_price_breaks",
    ),
    path(
        "products/<path:sku>",
        OneProduct.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="api_product",
    ),
    path("suppliers", Suppliers.as_view(ROWS), name="api_suppliers"),
    path(
        "suppliers/<path:code>",
        OneSupplier.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_supplier",
    ),
    path("locations", Locations.as_view(ROWS), name="api_locations"),
    path("channels", Channels.as_view(ROWS), name="api_channels"),
    path("components", Components.as_view(ROWS), name="api_components"),
    path("rates", Rates.as_view(ROWS), name="api_rates"),
    path("rates/<str:currency>/<str:day>", OneRate.as_view({"delete": "destroy"}), name="api_rate"),
    path("sales", Sales.as_view(ROWS), name="api_sales"),
    path("stock", Stock.as_view(ROWS), name="api_stock"),
    path("inbound", Inbound.as_view(ROWS), name="api_inbound"),
    path("usage", UsageView.as_view({"get": "retrieve"}), name="api_usage"),
    path("events", Events.as_view(ROWS), name="api_events"),
    path("events/<str:starts_on>/<path:name>", OneEvent.as_view({"delete": "destroy"}), name="api_event"),
    path("overrides", Overrides.as_view(LIST), name="api_overrides"),
    path("overrides/<uuid:override_id>", OneOverride.as_view({"delete": "destroy"}), name="api_override"),
    path("oneoffs", OneOffs.as_view({"get": "list"}), name="api_oneoffs"),
    path("oneoffs/decide", DecideOneOffs.as_view({"post": "create"}), name="api_oneoffs_decide"),
    path("jobs", Jobs.as_view({"get": "list"}), name="api_jobs"),
    path("jobs/<uuid:job_id>", OneJob.as_view({"get": "retrieve"}), name="api_job"),
    path("jobs/<uuid:job_id>/cancel", OneJob.as_view({"post": "cancel"}), name="api_job_cancel"),
    path("uploads", Uploads.as_view(LIST), name="api_uploads"),
    path("uploads/<uuid:upload_id>", OneUpload.as_view({"get": "retrieve", "delete": "destroy"}), name="api_upload"),
    path("uploads/<uuid:upload_id>/confirm", OneUpload.as_view({"post": "confirm"}), name="api_upload_confirm"),
    path("uploads/<uuid:upload_id>/by-hand", OneUpload.as_view({"post": "by_hand"}), name="api_upload_by_hand"),
    path(
        "uploads/<uuid:upload_id>/errors",
        OneUpload.as_view({"get": "errors"}, renderer_classes=[Workbook, JSONRenderer]),
        name="api_upload_errors",
    ),
    path("runs", Runs.as_view(LIST), name="api_runs"),
    path("runs/<uuid:run_id>", OneRun.as_view({"get": "retrieve"}), name="api_run"),
    path("runs/<uuid:run_id>/cancel", OneRun.as_view({"post": "cancel"}), name="api_run_cancel"),
    path("forecasts", Forecasts.as_view({"get": "list"}), name="api_forecasts"),
    path("forecast", Stateless.as_view({"post": "create"}), name="api_forecast"),
    path("plan", Plan.as_view({"get": "list"}), name="api_plan"),
    path("plan/<path:sku>/accept", Decide.as_view({"post": "accept"}), name="api_plan_accept"),
    path("plan/<path:sku>/change", Decide.as_view({"post": "change"}), name="api_plan_change"),
    path("plan/<path:sku>/ignore", Decide.as_view({"post": "ignore"}), name="api_plan_ignore"),
    path("plan/<path:sku>/undo", Decide.as_view({"post": "undo"}), name="api_plan_undo"),
    path("plan/decide", Decide.as_view({"post": "many"}), name="api_plan_decide"),
    path("production", Production.as_view({"get": "list"}), name="api_production"),
    path("work-centres", WorkCentres.as_view(LIST), name="api_work_centres"),
    path("work-centres/<path:code>", OneWorkCentre.as_view({"delete": "destroy"}), name="api_work_centre"),
    path("capacities", Capacities.as_view(LIST), name="api_capacities"),
    path(
        "capacities/<str:starts_on>/<path:code>",
        OneCapacity.as_view({"delete": "destroy"}),
        name="api_capacity",
    ),
    path("routings", Routings.as_view(LIST), name="api_routings"),
    path("routings/<path:sku>", OneRouting.as_view({"delete": "destroy"}), name="api_routing"),
    path("transfers", Transfers.as_view({"get": "list"}), name="api_transfers"),
    path("ledger", Ledger.as_view({"get": "list"}), name="api_ledger"),
    path("orders", Orders.as_view(LIST), name="api_orders"),
    path("orders/<uuid:order_id>", OneOrder.as_view({"get": "retrieve"}), name="api_order"),
    path("orders/<uuid:order_id>/send", OneOrder.as_view({"post": "send"}), name="api_order_send"),
    path("orders/<uuid:order_id>/send-again", OneOrder.as_view({"post": "send_again"}), name="api_order_send_again"),
    path("orders/<uuid:order_id>/cancel", OneOrder.as_view({"post": "cancel"}), name="api_order_cancel"),
    path("orders/<uuid:order_id>/lines", OrderLines.as_view({"post": "create"}), name="api_order_lines"),
    path(
        "orders/<uuid:order_id>/lines/<path:sku>",
        OrderLines.as_view({"patch": "partial_update", "delete": "destroy"}),
        name="api_order_line",
    ),
    path("orders/<uuid:order_id>/receive", OneOrder.as_view({"post": "receive"}), name="api_order_receive"),
    path("orders/<uuid:order_id>/receipts", Receipts.as_view({"get": "list"}), name="api_order_receipts"),
    path(
        "orders/<uuid:order_id>/receipts/<int:receipt_id>",
        OneReceipt.as_view({"delete": "destroy"}),
        name="api_order_receipt",
    ),
    path("money", MoneyView.as_view({"get": "show"}), name="api_money"),
    path("replay", ReplayView.as_view({"get": "retrieve", "post": "create"}), name="api_replay"),
    path("replays", Replays.as_view({"get": "list"}), name="api_replays"),
    path(
        "tuning",
        TuningView.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="api_tuning",
    ),
    path("webhooks", Webhooks.as_view(LIST), name="api_webhooks"),
    path("webhooks/<uuid:endpoint_id>", OneWebhook.as_view({"delete": "destroy"}), name="api_webhook"),
    path("webhooks/<uuid:endpoint_id>/deliveries", Deliveries.as_view({"get": "list"}), name="api_webhook_deliveries"),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/redeliver",
        Deliveries.as_view({"post": "redeliver"}),
        name="api_webhook_redeliver",
    ),
    path("schema", schema, name="api_schema"),
    path("docs", docs, name="api_docs"),
]
