"""The forecasting app."""

from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    """The way of the data."""

    name = "forecasting"
