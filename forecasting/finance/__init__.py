"""From stock and plan to money: decimals at the edge, floats inside statistics, no Django."""

from forecasting.finance.amounts import Amount, amount
from forecasting.finance.daily import Events, average, daily_stock, weekly
from forecasting.finance.margins import ChannelTerms, Move, Sold, Split, added, move, split
from forecasting.finance.rates import Rates
from forecasting.finance.stock import HoldingRate, MoneyFigures, StockFacts, money_figures

__all__ = [
    "Amount",
    "ChannelTerms",
    "Events",
    "HoldingRate",
    "MoneyFigures",
    "Move",
    "Rates",
    "Sold",
    "Split",
    "StockFacts",
    "added",
    "amount",
    "average",
    "daily_stock",
    "money_figures",
    "move",
    "split",
    "weekly",
]
