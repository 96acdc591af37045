"""The tables of the forecasting floor."""

from forecasting.models.catalogue import Channel, Location, PriceBreak, Product, Supplier
from forecasting.models.connections import Connection, ConnectionEntry
from forecasting.models.events import Event
from forecasting.models.finance import ChannelMoney, ProductMoney, SaleMoney, ShelfMoney
from forecasting.models.forecasts import FittedModel, ProductForecast, Run
from forecasting.models.jobs import Job, Lane
from forecasting.models.oneoffs import OneOff
from forecasting.models.orders import Decision, Order, OrderCounter, OrderLine, Receipt
from forecasting.models.overrides import Override
from forecasting.models.plans import Policy, Proposal, Recipe, Transfer
from forecasting.models.production import (
    CapacityChange,
    Component,
    ProductionLoad,
    ProductionOrder,
    ProductionSlot,
    Routing,
    WorkCentre,
)
from forecasting.models.rates import Rate
from forecasting.models.replays import Replay
from forecasting.models.sales import Sale
from forecasting.models.stock import Inbound, StockCount
from forecasting.models.uploads import ColumnMapping, ReplacedRow, Upload

__all__ = [
    "CapacityChange",
    "Channel",
    "ChannelMoney",
    "ColumnMapping",
    "Component",
    "Connection",
    "ConnectionEntry",
    "Decision",
    "Event",
    "FittedModel",
    "Inbound",
    "Job",
    "Lane",
    "Location",
    "OneOff",
    "Order",
    "OrderCounter",
    "OrderLine",
    "Override",
    "Policy",
    "PriceBreak",
    "Product",
    "ProductForecast",
    "ProductMoney",
    "ProductionLoad",
    "ProductionOrder",
    "ProductionSlot",
    "Proposal",
    "Rate",
    "Receipt",
    "Recipe",
    "ReplacedRow",
    "Replay",
    "Routing",
    "Run",
    "Sale",
    "SaleMoney",
    "ShelfMoney",
    "StockCount",
    "Supplier",
    "Transfer",
    "Upload",
    "WorkCentre",
]
