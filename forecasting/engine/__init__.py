"""From demand series to forecasts: arrays in, arrays out, no Django."""

from forecasting.engine.backtest import Scores, backtest
from forecasting.engine.forecasting import forecast
from forecasting.engine.pooled import GlobalModel, fit
from forecasting.engine.types import LEVELS, Ahead, Calendar, DemandPanel, Forecast

__all__ = [
    "LEVELS",
    "Ahead",
    "Calendar",
    "DemandPanel",
    "Forecast",
    "GlobalModel",
    "Scores",
    "backtest",
    "fit",
    "forecast",
]
