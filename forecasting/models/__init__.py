"""The tables of the forecasting floor."""

from forecasting.models.catalogue import Channel, Location, PriceBreak, Product, Supplier
from forecasting.models.finance import ChannelMoney, ProductMoney
from forecasting.models.forecasts import ProductForecast, Run
from forecasting.models.jobs import Job, Lane
from forecasting.models.orders import Decision, Order, OrderCounter, OrderLine, Receipt
from forecasting.models.plans import Policy, Proposal, Transfer
from forecasting.models.sales import Sale
from forecasting.models.stock import Inbound, StockCount
from forecasting.models.uploads import ColumnMapping, ReplacedRow, Upload

__all__ = [
    "Channel",
    "ChannelMoney",
    "ColumnMapping",
    "Decision",
    "Inbound",
    "Job",
    "Lane",
    "Location",
    "Order",
    "OrderCounter",
    "OrderLine",
    "Policy",
    "PriceBreak",
    "Product",
    "ProductForecast",
    "ProductMoney",
    "Proposal",
    "Receipt",
    "ReplacedRow",
    "Run",
    "Sale",
    "StockCount",
    "Supplier",
    "Transfer",
    "Upload",
]
