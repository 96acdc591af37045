"""Tells the framework who calls: the key that the door has let in."""

from typing import cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from portal.api.calls import AtTheDoor
from tenants.models import ApiKey, User


class KeyAuthentication(BaseAuthentication):
    """Take the key that came in Authorization, which the door has checked; nothing else counts, no cookie either."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return who acts, as the audit log will name it, and the key."""
        came = cast(AtTheDoor, request._request)
        return (came.actor, came.api_key) if hasattr(came, "api_key") else None

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that nobody being there is told with 401."""
        return 'Bearer realm="Lagom"'


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base has none
    """Describe it in the schema."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the definition."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "lg_<r|w>_<prefix>_<secret>"}
