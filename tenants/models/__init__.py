"""The tables of the tenants floor."""

from tenants.models.audit import AuditEntry
from tenants.models.organisations import Invitation, Membership, Organisation
from tenants.models.users import User

__all__ = ["AuditEntry", "Invitation", "Membership", "Organisation", "User"]
