"""The tenants app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Who may see what, and what they pay."""

    name = "tenants"

    def ready(self) -> None:
        """Register the check of the database role."""
        import tenants.checks  # noqa: F401
