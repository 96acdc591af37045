"""The way of the data: files to rows, rows to demand, forecast, plan, money."""

__version__ = "0.1.0"
