"""The tenants app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Who may see what, and what they pay."""

    name = "tenants"
