"""The portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The outside: pages and API."""

    name = "portal"

    def ready(self) -> None:
        """Make this site's Celery the current one, so that every process can hand out jobs."""
        import portal.celery  # noqa: F401
