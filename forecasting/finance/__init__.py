"""From stock and plan to money: decimals at the edge, floats inside statistics, no Django."""

from forecasting.finance.amounts import Amount, amount
from forecasting.finance.margins import ChannelTerms, Margins, margin_total, margins
from forecasting.finance.stock import HoldingRate, MoneyFigures, StockFacts, money_figures

__all__ = [
    "Amount",
    "ChannelTerms",
    "HoldingRate",
    "Margins",
    "MoneyFigures",
    "StockFacts",
    "amount",
    "margin_total",
    "margins",
    "money_figures",
]
