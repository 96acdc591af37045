"""The tables of the tenants floor."""

from tenants.models.account_managers import (
    AccountManager,
    Assignment,
    Consent,
    Departure,
    ManagerNote,
    OrganisationFigures,
    PurgeCertificate,
)
from tenants.models.api_keys import ApiKey, IdempotentCall
from tenants.models.audit import AuditEntry
from tenants.models.billing import (
    CreditEntry,
    Invoice,
    InvoiceCounter,
    LimitState,
    Payment,
    ProviderEvent,
    Subscription,
)
from tenants.models.letters import Letter
from tenants.models.organisations import Invitation, Membership, Organisation
from tenants.models.usage import Usage
from tenants.models.users import User
from tenants.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookTurn

__all__ = [
    "AccountManager",
    "ApiKey",
    "Assignment",
    "AuditEntry",
    "Consent",
    "CreditEntry",
    "Departure",
    "IdempotentCall",
    "Invitation",
    "Invoice",
    "InvoiceCounter",
    "Letter",
    "LimitState",
    "ManagerNote",
    "Membership",
    "Organisation",
    "OrganisationFigures",
    "Payment",
    "ProviderEvent",
    "PurgeCertificate",
    "Subscription",
    "Usage",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookTurn",
]
